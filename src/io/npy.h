/* npy.h — NumPy's .npy format in memory. */
#ifndef GAN_IO_NPY_H
#define GAN_IO_NPY_H

#include <stdint.h>

#include "base/text.h"

/* Appends a file up to its data: type as NumPy writes it ("<f4"). n_dims 0: one value. */
void gan_npy_add_header(gan_text *text, const char *type, const int64_t *dims, int n_dims);

#endif
