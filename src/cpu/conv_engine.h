/* conv_engine.h — which of several ways computes a convolution.
 *
 * An engine is a row of the table in conv_engine.c: a name, the family that `--conv` asks for, the
 * name of the way of a step that it computes together with the step before (NULL: it cannot), a
 * rule that says from shapes alone whether it fits, and the function that prepares a step. The
 * first row that fits is taken, so a choice depends on the program and the options, and on a
 * stopwatch only where a tune names the engine. */
#ifndef GAN_CPU_CONV_ENGINE_H
#define GAN_CPU_CONV_ENGINE_H

#include "cpu/step.h"

/* Which gradient of y = conv(x, w) a step computes, and in what order its operands come. */
typedef enum gan_conv_pass {
    GAN_CONV_FWD,   /* in x, w;  out y */
    GAN_CONV_DATA,  /* in dy, w; out dx */
    GAN_CONV_FILTER /* in x, dy; out dw */
} gan_conv_pass;

typedef struct gan_conv_engine {
    const char *name, *family, *joined;
    bool (*can)(const gan_cpu_step *step, gan_conv_pass pass);
    bool (*pays)(const gan_cpu_step *step, gan_conv_pass pass); /* NULL = as can */
    gan_status (*prepare)(gan_cpu_step *step, gan_conv_pass pass, gan_error *err);
} gan_conv_engine;

/* "auto" and every family are known words for `--conv`. */
bool gan_conv_engine_known(const char *wish);
const char *gan_conv_engine_names(void); /* "auto, direct, dft or winograd" */

/* Prepares the step with the engine that step->way names, if there is such a one and it can; else
 * with the first that step->conv allows, can, and pays unless it was asked for. */
gan_status gan_conv_engine_prepare(gan_cpu_step *step, gan_conv_pass pass, gan_error *err);

/* The engines that can compute the step, at most n of them; how many. */
int gan_conv_engine_list(const gan_cpu_step *step, gan_conv_pass pass,
                         const gan_conv_engine **found, int n);

/* Lets `second`, the step right after `first`, compute both where they are two passes of one
 * convolution that go through the same transform and share that of an operand: `first` then does
 * nothing. Steps that are no such pair stay as they are, and so does one whose way is another than
 * its engine's `joined`. Both are prepared, and stay where they are as long as they run. */
gan_status gan_conv_join(gan_cpu_step *first, gan_cpu_step *second, gan_error *err);

/* Samples that a convolution step works on. */
static inline int64_t gan_conv_batch(const gan_cpu_step *step)
{
    return gan_cpu_in(step, 0)->dims[0];
}

/* The engines' own rows, each in the file of the same stem. */
extern const gan_conv_engine gan_conv_direct, gan_conv_thin, gan_conv_thin_dw;
extern const gan_conv_engine gan_conv_narrow, gan_conv_narrow_dw;
extern const gan_conv_engine gan_conv_dft, gan_conv_winograd; /* both in conv_transform.c */

#endif
