/* floats.h — operands that are fp32 or bf16, for loops that compute in fp32.
 *
 * A loop takes a block at a time: bf16 is widened into a room of the caller's when the block is
 * read, and rounded to the nearest, ties to even, when it is written, so that what it holds stays
 * in the first cache. fp32 is read and written where it lies: no copy, and the bits of a loop over
 * the whole tensor. */
#ifndef GAN_CPU_FLOATS_H
#define GAN_CPU_FLOATS_H

#include <string.h>

#include "base/half.h"
#include "cpu/step.h"

enum { GAN_FLOATS_BLOCK = 1024 }; /* elements that a loop takes at a time: 4 KiB of fp32 */

typedef struct gan_floats {
    void *data;     /* NULL for an operand that is left out */
    gan_dtype type; /* GAN_F32 or GAN_BF16 */
} gan_floats;

static inline gan_floats gan_floats_in(const gan_cpu_step *step, int i)
{
    const gan_buffer *b = gan_cpu_in(step, i);
    return (gan_floats){step->in[i], b ? b->type : GAN_F32};
}

static inline gan_floats gan_floats_out(const gan_cpu_step *step, int i)
{
    const gan_buffer *b = gan_cpu_out(step, i);
    return (gan_floats){step->out[i], b ? b->type : GAN_F32};
}

/* n bf16 numbers as fp32, exactly. */
void gan_bf16_widen(const uint16_t *from, int64_t n, float *to);

/* n fp32 numbers as bf16, to the nearest, ties to even: beyond the largest one lies infinity. A NaN
 * stays one. */
void gan_bf16_round(const float *from, int64_t n, uint16_t *to);

/* n numbers from one operand to another by the threads of gan_cpu_set_threads(). */
void gan_floats_copy(gan_floats from, gan_floats to, int64_t n);

/* Elements [start, start + n): where they lie if they are fp32, otherwise widened into room. */
static inline const float *gan_floats_read(gan_floats from, int64_t start, int64_t n, float *room)
{
    if (from.type == GAN_F32) {
        return (const float *)from.data + start;
    }
    gan_bf16_widen((const uint16_t *)from.data + start, n, room);
    return room;
}

/* Where to put what gan_floats_write() is given next: the elements from start on, or room. */
static inline float *gan_floats_at(gan_floats to, int64_t start, float *room)
{
    return to.type == GAN_F32 ? (float *)to.data + start : room;
}

/* Rounds n values into elements [start, start + n); fp32 is there already. */
static inline void gan_floats_write(gan_floats to, int64_t start, int64_t n, const float *values)
{
    if (to.type != GAN_F32) {
        gan_bf16_round(values, n, (uint16_t *)to.data + start);
    }
}

/* One element. */
static inline float gan_floats_get(gan_floats from, int64_t i)
{
    return from.type == GAN_F32 ? ((const float *)from.data)[i]
                                : gan_bf16_to_f32(((const uint16_t *)from.data)[i]);
}

static inline void gan_floats_set(gan_floats to, int64_t i, float value)
{
    if (to.type == GAN_F32) {
        ((float *)to.data)[i] = value;
    } else {
        ((uint16_t *)to.data)[i] = gan_f32_to_bf16(value);
    }
}

/* Elements of the block at i of [.., end). */
static inline int64_t gan_floats_block(int64_t i, int64_t end)
{
    return end - i < GAN_FLOATS_BLOCK ? end - i : GAN_FLOATS_BLOCK;
}

#endif
