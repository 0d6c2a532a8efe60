/* safetensors_file.h — the inside of an open safetensors file. */
#ifndef GAN_IO_SAFETENSORS_FILE_H
#define GAN_IO_SAFETENSORS_FILE_H

#include <jansson.h>
#include <stdint.h>

#include "io/safetensors.h"

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "safetensors are little-endian, and so is every machine this was written for"
#endif

struct gan_safetensors {
    char *label;
    int fd;                      /* -1: the bytes are in memory */
    const unsigned char *memory; /* borrowed */
    int64_t size;                /* of the file */
    int64_t header_bytes;        /* the data begins at 8 + header_bytes */
    char *header;
    json_t *root; /* owns the names and the metadata */
    gan_safetensors_tensor *tensors;
    size_t n_tensors;
    int64_t *dims; /* of all tensors */
    const gan_safetensors_tensor **by_name;
    gan_safetensors_meta *metadata;
    size_t n_metadata;
};

/* Bytes offset..offset+n-1 of the file, which has them. */
gan_status gan_safetensors_fetch(gan_safetensors *file, int64_t offset, int64_t n, void *bytes,
                                 gan_error *err);

/* Parses and checks file->header: fills everything from root on. */
gan_status gan_safetensors_parse(gan_safetensors *file, gan_error *err);

/* elements * bytes of an element in *bytes; -1 where a dim is negative or 2^62 is passed. */
int64_t gan_safetensors_elements(const int64_t *dims, int n_dims, gan_safetensors_type type);

#endif
