/* pth_file.h — an open .pth file: what its files share. */
#ifndef GAN_IO_PTH_FILE_H
#define GAN_IO_PTH_FILE_H

#include <stdbool.h>
#include <zip.h>

#include "io/pickle.h"
#include "io/pth.h"

/* One type of elements: X(PyTorch's name, the class of its storages, bytes of an element) */
#define GAN_PTH_TYPE_LIST(X)                                                                       \
    X(float32, FloatStorage, 4)                                                                    \
    X(float64, DoubleStorage, 8)                                                                   \
    X(float16, HalfStorage, 2)                                                                     \
    X(bfloat16, BFloat16Storage, 2)                                                                \
    X(int64, LongStorage, 8)                                                                       \
    X(int32, IntStorage, 4)                                                                        \
    X(int16, ShortStorage, 2)                                                                      \
    X(int8, CharStorage, 1)                                                                        \
    X(uint8, ByteStorage, 1)                                                                       \
    X(bool, BoolStorage, 1)                                                                        \
    X(complex64, ComplexFloatStorage, 8)                                                           \
    X(complex128, ComplexDoubleStorage, 16)                                                        \
    X(uint16, NULL, 2)                                                                             \
    X(uint32, NULL, 4)                                                                             \
    X(uint64, NULL, 8)                                                                             \
    X(float8_e4m3fn, NULL, 1)                                                                      \
    X(float8_e5m2, NULL, 1)                                                                        \
    X(untyped, UntypedStorage, 1)

typedef enum gan_pth_type {
#define GAN_PTH_ENUM(name, storage, bytes) GAN_PTH_##name,
    GAN_PTH_TYPE_LIST(GAN_PTH_ENUM)
#undef GAN_PTH_ENUM
        GAN_PTH_TYPES
} gan_pth_type;

typedef struct gan_pth_type_row {
    const char *name, *storage;
    int64_t bytes;
} gan_pth_type_row;

const gan_pth_type_row *gan_pth_type_describe(gan_pth_type type);

/* A block of numbers that tensors are views of. */
typedef struct gan_pth_storage {
    char *key;
    gan_pth_type type;
    int64_t numel;
    int64_t at; /* in the stream, where its bytes begin; -1: not known. Not of an archive */
} gan_pth_storage;

/* A tensor as the pickle makes it, before it has a name. */
typedef struct gan_pth_view {
    const gan_pth_storage *storage;
    gan_pth_type type;
    int64_t offset; /* elements of type, in the storage */
    int n_dims;
    int64_t elements;
    int64_t *dims, *strides; /* one block, at dims */
} gan_pth_view;

typedef struct gan_pth_by_name {
    const char *name;
    size_t number; /* of the tensor */
} gan_pth_by_name;

struct gan_pth {
    char *label;
    uint8_t *own; /* bytes, where they are the file's to free */
    const uint8_t *bytes;
    size_t n_bytes;
    zip_t *zip;
    zip_source_t *source; /* until zip has it */
    char *folder;         /* of the archive: "archive/" */
    uint8_t *pickled;     /* the archive's data.pkl */

    gan_pickle pickle;
    void *by_key; /* a tree of gan_pth_storage (tsearch) */
    gan_pth_storage **storages;
    gan_pth_view **views;
    size_t n_storages, n_views, storages_capacity, views_capacity;
    size_t n_copied; /* items of dictionaries made of others, so far */

    gan_pth_tensor *tensors;
    const gan_pth_view **view_of; /* of each tensor */
    char **names;                 /* likewise */
    gan_pth_by_name *by_name;     /* sorted by name */
    size_t n_tensors;

    const gan_pth_storage *held; /* the storage that held_bytes are of */
    uint8_t *held_bytes;
};

/* The names that torch.save() writes: for gan_pickle_read() with the file as ctx. */
gan_pickle_reader gan_pth_reader(gan_pth *file);

/* The storage of that key; NULL where there is none. */
gan_pth_storage *gan_pth_storage_of(const gan_pth *file, const gan_pickle_value *key);

/* The object of a pickle's value as a tensor; NULL where it is none. */
const gan_pth_view *gan_pth_view_of(const gan_pickle_value *value);

/* Makes the tensors of the value that a pickle gives, with their names. */
gan_status gan_pth_name_tensors(gan_pth *file, const gan_pickle_value *root, gan_error *err);

/* The containers: both leave all storages with their places known. */
gan_status gan_pth_read_archive(gan_pth *file, const char *path, gan_error *err);
gan_status gan_pth_read_stream(gan_pth *file, gan_error *err);
bool gan_pth_is_stream(const uint8_t *bytes, size_t n);

/* All bytes of a storage of an archive, in a new block. */
gan_status gan_pth_hold_member(gan_pth *file, const gan_pth_storage *storage, uint8_t **bytes,
                               gan_error *err);

#endif
