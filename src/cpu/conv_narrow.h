/* conv_narrow.h — what the loops for convolutions with few channels on one side share: fp32 images,
 * a block at a time where they are stored in bf16, and the pixels whose filter leaves the map. */
#ifndef GAN_CPU_CONV_NARROW_H
#define GAN_CPU_CONV_NARROW_H

#include "cpu/conv_engine.h"
#include "cpu/floats.h"

enum { GAN_NARROW_CHANNELS = 4 }; /* at most so many count as few */

/* Offset of a part of `floats` fp32 numbers, added to the step's scratch. */
int64_t gan_narrow_reserve(gan_cpu_step *step, int64_t floats);

/* Images that are widened at once: all, and nothing is, where operand `in` is fp32. */
int64_t gan_narrow_block(const gan_cpu_step *step, int in, int64_t image_floats);

/* Images [first, first + n) of operand `in`: where they lie, or widened into scratch at `room`. */
const float *gan_narrow_images(const gan_cpu_step *step, int in, int64_t first, int64_t n,
                               int64_t image_floats, int64_t room);

/* Taps [begin, end) of a filter that lie in a map, when its first one lies at `at`. */
typedef struct gan_narrow_taps {
    int64_t begin, end;
} gan_narrow_taps;

static inline gan_narrow_taps gan_narrow_taps_at(int64_t at, int64_t taps, int64_t size)
{
    const int64_t begin = at < 0 ? -at : 0, end = size - at < taps ? size - at : taps;
    return (gan_narrow_taps){begin, end > begin ? end : begin};
}

#endif
