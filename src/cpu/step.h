/* step.h — one operation of a program bound to memory, and the row that knows how: what the files
 * of this room share.
 *
 * An op is bound in two phases. prepare() decides how the op is computed, makes what it needs
 * (library primitives, tables) and says how much scratch a run wants; no memory of the program is
 * known yet, so a forecast stops here. Then every buffer gets its address, and attach(), where
 * there is one, hands the addresses on. run() allocates nothing. Scratch is one block that all
 * steps of an executable share: its content is lost between steps. */
#ifndef GAN_CPU_STEP_H
#define GAN_CPU_STEP_H

#include "cpu/onednn.h"
#include "program/backend.h"
#include "program/program.h"

typedef struct gan_cpu_step gan_cpu_step;
typedef gan_status (*gan_cpu_step_run)(const gan_cpu_step *step, gan_error *err);

struct gan_cpu_step {
    /* given to prepare() */
    const gan_program *program;
    const gan_op *op;
    int threads;
    const char *conv; /* wish for the convolution engine, see conv_engine.h */
    const char *way;  /* what a tune says of this op: an engine's name; NULL = nothing */
    gan_onednn *onednn;

    /* set by prepare() where the row does not say it all */
    gan_cpu_step_run run;
    gan_status (*attach)(gan_cpu_step *step, gan_error *err); /* NULL = nothing to do */
    void (*destroy)(void *state);                             /* of state; NULL = nothing to do */
    void *state;
    int64_t scratch_bytes;
    bool with_previous; /* computes the step before, too: the time that it takes is both's */
    const char *how;    /* lives as long as the step; NULL = "loops" */

    /* lists as long as the op's, one block; filled between prepare() and attach(), with NULL for an
     * operand that is left out */
    void **in, **out;
    void *scratch; /* aligned to GAN_ALIGNMENT */
};

/* How one kind of operation is computed here. */
typedef struct gan_cpu_op {
    /* Of the operands that the row describes: a variadic row's further ones are as the last. */
    gan_dtype in[GAN_ROW_OPERANDS], out[GAN_ROW_OPERANDS]; /* types; f32 where not said */
    unsigned in_bf16, out_bf16; /* bit i: operand i may be bf16 too, each by itself */
    gan_cpu_step_run run;       /* NULL = prepare() chooses */
    gan_status (*prepare)(gan_cpu_step *step, gan_error *err); /* NULL = nothing to prepare */
} gan_cpu_op;

/* First phase of operation i, computed in a way (NULL = by the static rules; it must outlive the
 * step). After a failure *step holds nothing. GAN_E_UNSUPPORTED. */
gan_status gan_cpu_step_prepare(const gan_device *device, const gan_program *program, int i,
                                const char *way, gan_cpu_step *step, gan_error *err);
void gan_cpu_step_destroy(gan_cpu_step *step); /* a zeroed one is fine */

/* The row of a kind, each in the file of the same stem. */
const gan_cpu_op *gan_cpu_op_row(gan_op_kind kind);

/* The op's operand buffers; NULL for one that is left out. */
static inline const gan_buffer *gan_cpu_in(const gan_cpu_step *step, int i)
{
    return step->op->in[i] < 0 ? NULL : &step->program->buffers[step->op->in[i]];
}

static inline const gan_buffer *gan_cpu_out(const gan_cpu_step *step, int i)
{
    return step->op->out[i] < 0 ? NULL : &step->program->buffers[step->op->out[i]];
}

/* Every row, by the names of ops.def: a kind with no file does not link. */
#define GAN_OP(name, attr, n_in, n_out, summary, ...) extern const gan_cpu_op gan_cpu_op_##name;
#include "program/ops.def"
#undef GAN_OP

#endif
