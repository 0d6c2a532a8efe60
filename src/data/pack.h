/* pack.h — a data set as one file of the safetensors format, which is mapped into memory, not read.
 *
 * Tensors images (N,H,W,C) U8 and, where there are any, labels (N) I32; metadata that save reading
 * them all: fingerprint, classes, class_names (a JSON list), source. An existing format, because
 * Python and others read and write it in a line, its data lie in one piece behind a short header,
 * as mapping wants it, and this program has its reader and writer. */
#ifndef GAN_DATA_PACK_H
#define GAN_DATA_PACK_H

#include "data/store.h"

/* Files that end in .safetensors. */
extern const gan_data_format gan_format_pack;

#endif
