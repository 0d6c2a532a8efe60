/* precision.h — what a word of --precision means for a program and for the device that runs it. */
#ifndef GAN_PROGRAM_PRECISION_H
#define GAN_PROGRAM_PRECISION_H

#include "program/build.h"

typedef struct gan_precision {
    const char *name;     /* the word: fp32, tf32, strict, bf16 or fp16 */
    gan_dtype type;       /* of activations and gradients */
    const char *products; /* of fp32 operands, as in gan_device_options */
    bool separate_passes; /* as in gan_build_options */
} gan_precision;

/* fp32 takes TF32 products where a GPU has them, as the frameworks' convolutions do; tf32 asks for
 * them; strict does without. GAN_E_USAGE names the nearest word. */
gan_status gan_precision_find(const char *name, gan_precision *out, gan_error *err);

/* Builds a training step as gan_build_train() does, or, of a network alone, gan_build_classify(),
 * in this precision: *out is placed. The same errors, and those of
 * gan_program_retype(). */
gan_status gan_precision_build(const gan_precision *precision, const gan_net *net,
                               gan_build_options options, bool share, gan_program **out,
                               gan_train_ids *ids, gan_error *err);

#endif
