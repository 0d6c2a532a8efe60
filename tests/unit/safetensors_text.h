/* safetensors_text.h — safetensors files made by hand, right and wrong ones. */
#ifndef TESTS_UNIT_SAFETENSORS_TEXT_H
#define TESTS_UNIT_SAFETENSORS_TEXT_H

#include <stddef.h>

#include "base/error.h"

/* A file in memory: the length of header, header, n_data bytes 0, 1, 2, ... free() it. */
unsigned char *safetensors_text(const char *header, size_t n_data, size_t *n);

/* Opens such a file and closes it; GAN_OK or what the reader said. The bytes end at a page that
 * must not be touched, so that a read beyond them ends the test. */
gan_status safetensors_text_open(const char *header, size_t n_data, gan_error *err);

/* The same for n bytes as they are. */
gan_status safetensors_bytes_open(const unsigned char *bytes, size_t n, gan_error *err);

#endif
