/* registry.h — the two tables of this room: data sets known by name, and formats.
 *
 * A new data set is one file that defines a gan_dataset, and its row in registry.c. */
#ifndef GAN_DATA_REGISTRY_H
#define GAN_DATA_REGISTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "data/store.h"

typedef struct gan_dataset_file {
    const char *name;
    const char *md5; /* as published; 32 lower-case hexadecimal digits */
    int64_t bytes;
} gan_dataset_file;

enum { GAN_DATASET_FILES = 4, GAN_DATASET_MIRRORS = 3 };

typedef struct gan_dataset gan_dataset;
struct gan_dataset {
    const char *name, *what, *source, *licence;
    int64_t n_train, n_test, height, width, channels;
    int32_t n_classes;              /* 0: no labels */
    const char *const *class_names; /* of each; NULL: they have none */
    const gan_data_format *format;
    const char *system_folder; /* where a package of the system puts it; NULL: there is none */
    const char *inner;         /* the folder that torchvision makes of it below its root; or NULL */
    const char *archive;       /* the file that Keras makes of it; or NULL */
    /* True if folder holds it. shared: the folder is not named after this data set, so its content
     * must tell it from others with the same file names. NULL for what the program draws. */
    bool (*is_in)(const char *folder, bool shared);
    gan_dataset_file files[GAN_DATASET_FILES]; /* to download; the list ends at a NULL name */
    const char *mirrors[GAN_DATASET_MIRRORS];  /* folders of addresses, in order; likewise */
    const gan_dataset *base; /* what the program makes it of, whose files are these; or NULL */
    const char *features;    /* that tell its pictures apart best, as gan_extractor_open() takes
                                them; NULL: none of its own */
};

extern const gan_dataset gan_dataset_mnist, gan_dataset_fashion_mnist, gan_dataset_cifar10,
    gan_dataset_digits, gan_dataset_stacked_mnist, gan_dataset_stacked_digits;

/* Row i, 0 <= i; NULL behind the last. */
const gan_dataset *gan_dataset_at(size_t i);

/* The data set of that name, or NULL. */
const gan_dataset *gan_dataset_find(const char *name);

/* " (did you mean 'mnist'?)", or "" when no name is near. */
void gan_dataset_hint(const char *name, char *out, size_t size);

/* The format that reads the file or folder at path; there always is one. */
const gan_data_format *gan_data_format_of(const char *path);

int gan_dataset_n_files(const gan_dataset *set);
int gan_dataset_n_mirrors(const gan_dataset *set);
int64_t gan_dataset_bytes(const gan_dataset *set); /* of all files */

#endif
