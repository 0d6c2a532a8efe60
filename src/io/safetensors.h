/* safetensors.h — named tensors in one file, in the safetensors format.
 *
 * The format (huggingface/safetensors, README): 8 bytes of header length, little-endian; a JSON
 * header {"name": {"dtype", "shape", "data_offsets"}, ..., "__metadata__": {string: string}};
 * the tensors' bytes, little-endian and row-major, with no holes and no overlaps.
 *
 * A file can carry its own SHA-256: a metadata field that the caller names holds 64 lower-case
 * hexadecimal digits, the digest of the whole file with these digits as '0'. */
#ifndef GAN_IO_SAFETENSORS_H
#define GAN_IO_SAFETENSORS_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/file.h"

/* X(name in the file, bytes of an element) */
#define GAN_SAFETENSORS_TYPE_LIST(X)                                                               \
    X(BOOL, 1)                                                                                     \
    X(U8, 1)                                                                                       \
    X(I8, 1)                                                                                       \
    X(F8_E5M2, 1)                                                                                  \
    X(F8_E4M3, 1)                                                                                  \
    X(F8_E8M0, 1)                                                                                  \
    X(I16, 2)                                                                                      \
    X(U16, 2)                                                                                      \
    X(F16, 2)                                                                                      \
    X(BF16, 2)                                                                                     \
    X(I32, 4)                                                                                      \
    X(U32, 4)                                                                                      \
    X(F32, 4)                                                                                      \
    X(C64, 8)                                                                                      \
    X(F64, 8)                                                                                      \
    X(I64, 8)                                                                                      \
    X(U64, 8)

typedef enum gan_safetensors_type {
#define GAN_SAFETENSORS_ENUM(name, bytes) GAN_SAFETENSORS_##name,
    GAN_SAFETENSORS_TYPE_LIST(GAN_SAFETENSORS_ENUM)
#undef GAN_SAFETENSORS_ENUM
        GAN_SAFETENSORS_TYPES
} gan_safetensors_type;

enum {
    GAN_SAFETENSORS_MAX_HEADER = 100000000, /* bytes; the format's own limit */
    GAN_SAFETENSORS_MAX_DIMS = 32
};

/* "F32", and the bytes of one element. */
const char *gan_safetensors_type_name(gan_safetensors_type type);
int64_t gan_safetensors_type_bytes(gan_safetensors_type type);

/* ---- writing ---- */

/* Fills bytes with those of a tensor from offset on, n of them. Called in order, without gaps. A
 * failure ends the writing and is returned from it. */
typedef gan_status gan_safetensors_source(void *user, int64_t offset, int64_t n, void *bytes,
                                          gan_error *err);

/* A tensor to be written, all of it only read. Its bytes come from memory, or, where bytes is
 * NULL, from source in pieces of at most 1 MiB. */
typedef struct gan_safetensors_entry {
    const char *name; /* UTF-8, not "__metadata__" */
    gan_safetensors_type type;
    const int64_t *dims;
    int n_dims; /* 0: one element */
    const void *bytes;
    gan_safetensors_source *source;
    void *user;
} gan_safetensors_entry;

typedef struct gan_safetensors_meta {
    const char *key, *value; /* UTF-8 */
} gan_safetensors_meta;

typedef struct gan_safetensors_content {
    const gan_safetensors_entry *entries;
    size_t n_entries;
    const gan_safetensors_meta *metadata;
    size_t n_metadata;
    const char *digest_key; /* the metadata field of the file's SHA-256; NULL: none */
} gan_safetensors_content;

/* Writes a file whole or not at all, as base/file.h has it; the disk's space is looked at first.
 * Tensors are laid out by the size of their elements, largest first, then by name; metadata by
 * key; data begins at a multiple of 64: the same content in any order gives the same bytes.
 * options (NULL is fine) go to the file writer. GAN_E_USAGE: a name twice, not UTF-8, reserved, or
 * a shape that no memory holds. GAN_E_CREATE, GAN_E_IO, GAN_E_MEMORY. */
gan_status gan_safetensors_write(const char *path, const gan_safetensors_content *content,
                                 const gan_file_options *options, gan_error *err);

/* ---- reading ---- */

typedef struct gan_safetensors gan_safetensors;

/* A tensor in an open file. name and dims belong to the file. */
typedef struct gan_safetensors_tensor {
    const char *name;
    gan_safetensors_type type;
    int n_dims;
    const int64_t *dims;
    int64_t elements;
    int64_t begin, end; /* bytes, from the start of the data */
} gan_safetensors_tensor;

/* Opens a file and checks its header and size; tensors are read when asked for. Refused, with
 * GAN_E_DATA and a sentence that says what is wrong: shorter or longer than its header says, a
 * header over 100 MB or that is not such JSON, a key twice, unknown fields or types, shapes that
 * overflow or disagree with their bytes, holes, overlaps, metadata that is not strings.
 * GAN_E_NO_INPUT: missing, not readable, not a regular file. GAN_E_IO, GAN_E_MEMORY. *out is owned
 * by the caller (gan_safetensors_close; NULL is fine) and NULL after a failure. */
gan_status gan_safetensors_open(const char *path, gan_safetensors **out, gan_error *err);

/* The same on n bytes in memory, which must outlive *out. label stands for a path in messages. */
gan_status gan_safetensors_open_memory(const char *label, const void *bytes, size_t n,
                                       gan_safetensors **out, gan_error *err);
void gan_safetensors_close(gan_safetensors *file);

/* GAN_OK when the metadata field digest_key holds the file's SHA-256, all of it read; GAN_E_DATA
 * when it does not, or is not there. */
gan_status gan_safetensors_verify(gan_safetensors *file, const char *digest_key, gan_error *err);

/* The tensors, i = 0..count-1, in the order of their bytes; by name, or NULL. */
size_t gan_safetensors_count(const gan_safetensors *file);
const gan_safetensors_tensor *gan_safetensors_at(const gan_safetensors *file, size_t i);
const gan_safetensors_tensor *gan_safetensors_find(const gan_safetensors *file, const char *name);

/* The metadata, in the order of the file; the value under a key, or NULL. */
size_t gan_safetensors_meta_count(const gan_safetensors *file);
gan_safetensors_meta gan_safetensors_meta_at(const gan_safetensors *file, size_t i);
const char *gan_safetensors_meta_find(const gan_safetensors *file, const char *key);

/* Copies bytes offset..offset+n-1 of a tensor as they are. GAN_E_USAGE: outside of it. GAN_E_IO;
 * GAN_E_DATA when the file has become shorter. */
gan_status gan_safetensors_read(gan_safetensors *file, const gan_safetensors_tensor *tensor,
                                int64_t offset, int64_t n, void *bytes, gan_error *err);

/* Copies elements first..first+n-1 as floats: F32 as they are, F16 and BF16 exactly, F64 rounded
 * to the nearest. Other types: GAN_E_DATA, named. x: n floats, overwritten; undefined after a
 * failure. */
gan_status gan_safetensors_read_f32(gan_safetensors *file, const gan_safetensors_tensor *tensor,
                                    int64_t first, int64_t n, float *x, gan_error *err);

#endif
