/* feature_files.h — which network, and which weights, a person means by a word or a path. */
#ifndef GAN_EVAL_FEATURE_FILES_H
#define GAN_EVAL_FEATURE_FILES_H

#include <stdbool.h>

#include "net/net.h"

/* Strings are owned. */
typedef struct gan_feature_files {
    gan_net *net;
    char *weights; /* NULL: initial values */
    char *name;    /* of the features: the shipped file's, or the network's */
    bool averaged; /* the weights are tensors "ema/..." of a checkpoint */
} gan_feature_files;

/* Of a spec, by the first that fits:
 *   FILE.safetensors          weights that hold their network's description: a checkpoint, or what
 *                             `gan export --to safetensors` wrote
 *   RUN                       a run folder: its newest whole checkpoint
 *   NAME                      the same as a file that comes with gan.c, features/NAME.safetensors
 *   NAME|FILE.yaml            a description; initial values of seed 1
 *   NAME|FILE.yaml:WEIGHTS    and weights for it
 * GAN_E_NO_INPUT, GAN_E_DATA: no description in it; GAN_E_IO, GAN_E_MEMORY. Free what is there
 * after a failure, too. */
gan_status gan_feature_files_find(const char *spec, const gan_listener *listener,
                                  gan_feature_files *out, gan_error *err);
void gan_feature_files_free(gan_feature_files *files); /* a zeroed one is fine */

#endif
