/* exchange.h — trained networks in the files of other programs.
 *
 * One network goes into one file: the generator, with its averaged weights where there are any, or
 * the discriminator. What is written computes what `gan sample` does: a generator's batch norm by
 * statistics that are measured for its weights, another network's by its moving ones; no dropout.
 * docs/exchange.md says what each format holds and how closely the tools agree. */
#ifndef GAN_EXCHANGE_H
#define GAN_EXCHANGE_H

#include <stdbool.h>
#include <stdint.h>

#include "gan/listener.h"
#include "gan/sample.h"
#include "gan/status.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* A format of gan_export(). */
typedef struct gan_exchange_format {
    const char *name;    /* "pytorch" */
    const char *ending;  /* of files that are written in it where no format is named; NULL: none */
    const char *content; /* what is in it, for a list */
} gan_exchange_format;

/* The formats, i from 0; NULL behind the last. */
const gan_exchange_format *gan_exchange_format_at(int i);

enum { GAN_ONNX_OLDEST = -1 }; /* as an opset: the oldest that can say the network */

/* All zero is a good default. */
typedef struct gan_export_options {
    const char *format;      /* a format's name; NULL: as the output's name ends */
    const char *network;     /* "generator", "discriminator"; "network": the one of a description of
                              * one; NULL: the generator, or that one */
    gan_averaging averaging; /* of the generator's weights, or of the one network's */
    gan_statistics statistics;    /* of a generator's batch norm */
    int opset;                    /* of onnx; 0: 17 */
    bool bytes;                   /* of onnx: a generator's images as bytes (N,3,H,W), 0 to 255 */
    const gan_listener *listener; /* told of a damaged checkpoint passed over; may be NULL */
    const gan_listener *wrote;    /* told each file, when it is in place; may be NULL */
} gan_export_options;

/* What was written. */
typedef struct gan_export_result {
    const char *format;          /* a format's name */
    const char *network;         /* "generator" */
    int64_t step;                /* of training, at the checkpoint */
    bool averaged;               /* the averaged weights */
    bool precise_bn;             /* a generator's statistics that were measured */
    int64_t tensors, parameters; /* moving statistics counted */
} gan_export_result;

/* gan_export() — writes a network of a checkpoint in another program's format.
 *
 *  path    a checkpoint, or a run's folder: its newest whole checkpoint
 *  output  the file. Some formats write a second one beside it, or a folder
 *  result  overwritten on success; may be NULL
 *
 * Files are written whole or not at all. GAN_E_NO_INPUT; GAN_E_DATA: the checkpoint is damaged;
 * GAN_E_USAGE: an unknown format, ending or network, with those that there are, or averaged weights
 * of a checkpoint without; GAN_E_UNSUPPORTED names the layer that the format cannot say;
 * GAN_E_CREATE, GAN_E_IO, GAN_E_MEMORY. */
gan_status gan_export(const char *path, const char *output, const gan_export_options *options,
                      gan_export_result *result, gan_error *err);

/* Files of weights, and where to tell. */
typedef struct gan_import_options {
    const char *generator, *discriminator; /* files; NULL: that network stays as it is */
    const gan_listener *listener; /* told of a damaged checkpoint passed over; may be NULL */
    const gan_listener *table;    /* told what goes where, a line each; may be NULL */
} gan_import_options;

/* gan_import() — a checkpoint with the weights of another program.
 *
 *  path    a checkpoint of the same network, or a run's folder: what it says of data and settings
 *          holds for the new one
 *  output  the new checkpoint: step 0, the optimizer's moments 0, the average as G. It can be
 *          sampled from and resumed
 *
 * Files: safetensors with names of a state_dict or of gan_export(); PyTorch's .pth; Keras 3's
 * .weights.h5 and .keras; ONNX; NumPy's .npz. Tensors are matched by name, or by the order of
 * layers; every one must fit. GAN_E_DATA says which does not; GAN_E_USAGE: no file, or one with an
 * unknown ending; GAN_E_NO_INPUT, GAN_E_UNSUPPORTED, GAN_E_CREATE, GAN_E_IO, GAN_E_MEMORY. */
gan_status gan_import(const char *path, const char *output, const gan_import_options *options,
                      gan_error *err);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
