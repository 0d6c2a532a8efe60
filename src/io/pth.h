/* pth.h — named tensors out of a file of PyTorch's torch.save(): .pth, .pt, .bin, .ckpt.
 *
 * Both containers: the zip archive (PyTorch 1.6 and newer, 2020: <name>/data.pkl, a pickle, and a
 * file <name>/data/<key> for each storage), and the stream of before (five pickles, then the
 * storages). Read are tensors, and the dictionaries, lists and tuples that they are in; numbers and
 * texts are passed over. Nothing is run: a pickle that asks for more than the few names by which
 * PyTorch writes tensors (pth_globals.c) is refused, naming what it asks for.
 *
 * A tensor's name is the keys that lead to it with dots between: "conv1.weight" of a state_dict,
 * "optimizer.state.0.exp_avg" of a training script's dictionary, "" of a lone tensor. */
#ifndef GAN_IO_PTH_H
#define GAN_IO_PTH_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum { GAN_PTH_MAX_DIMS = 64 };

typedef struct gan_pth gan_pth;

/* A tensor in an open file. name and dims belong to the file. */
typedef struct gan_pth_tensor {
    const char *name; /* the file's own bytes: for messages, gan_text_clean() */
    const char *type; /* "float32", as PyTorch calls it */
    int n_dims;       /* 0: one element */
    const int64_t *dims;
    int64_t elements;
} gan_pth_tensor;

/* Opens a file and reads its pickles; tensors are read when asked for. A storage that several
 * tensors share is read once for those that are read one after the other. *out is the caller's
 * (gan_pth_close; NULL is fine) and NULL after a failure:
 *   GAN_E_DATA  of neither container, damaged, of a big-endian machine, a program (TorchScript), a
 *               whole model or anything else that PyTorch would have to run code for, two tensors
 * of one name, a tensor that reaches beyond its storage GAN_E_NO_INPUT, GAN_E_IO, GAN_E_MEMORY */
gan_status gan_pth_open(const char *path, gan_pth **out, gan_error *err);

/* The same on n bytes in memory, which must outlive *out. label stands for a path in messages. */
gan_status gan_pth_open_memory(const char *label, const void *bytes, size_t n, gan_pth **out,
                               gan_error *err);
void gan_pth_close(gan_pth *file);

/* The tensors, i = 0..count-1, in the order of the file; by name, or NULL. */
size_t gan_pth_count(const gan_pth *file);
const gan_pth_tensor *gan_pth_at(const gan_pth *file, size_t i);
const gan_pth_tensor *gan_pth_find(const gan_pth *file, const char *name);

/* Copies elements first..first+n-1 in row-major order, whatever the tensor's strides, as floats:
 * exactly where a float holds the number, else rounded to the nearest. Complex and quantized
 * numbers: GAN_E_DATA, named. x: n floats, overwritten; undefined after a failure. GAN_E_USAGE:
 * outside of the tensor; GAN_E_DATA: the storage is damaged or cut off; GAN_E_IO, GAN_E_MEMORY. */
gan_status gan_pth_read_f32(gan_pth *file, const gan_pth_tensor *tensor, int64_t first, int64_t n,
                            float *x, gan_error *err);

#endif
