/* registry.c — the tables of known data sets and of formats. */
#include "data/registry.h"

#include <string.h>

#include "base/nearest.h"
#include "base/path.h"
#include "data/archive.h"
#include "data/cifar.h"
#include "data/csv.h"
#include "data/folder.h"
#include "data/idx.h"
#include "data/npz.h"
#include "data/pack.h"

static const gan_dataset *const datasets[] = {
    &gan_dataset_mnist,  &gan_dataset_fashion_mnist, &gan_dataset_cifar10,
    &gan_dataset_digits, &gan_dataset_stacked_mnist, &gan_dataset_stacked_digits,
};

/* Asked in this order; the IDX reader takes every file and the last one every folder. */
static const gan_data_format *const formats[] = {
    &gan_format_npz,   &gan_format_archive, &gan_format_pack,   &gan_format_csv,
    &gan_format_cifar, &gan_format_idx,     &gan_format_folder,
};

enum {
    N_DATASETS = sizeof datasets / sizeof *datasets,
    N_FORMATS = sizeof formats / sizeof *formats
};

const gan_dataset *gan_dataset_at(size_t i)
{
    return i < N_DATASETS ? datasets[i] : NULL;
}

const gan_dataset *gan_dataset_find(const char *name)
{
    for (size_t i = 0; i < N_DATASETS; i++) {
        if (strcmp(name, datasets[i]->name) == 0) {
            return datasets[i];
        }
    }
    return NULL;
}

void gan_dataset_hint(const char *name, char *out, size_t size)
{
    const char *names[N_DATASETS];
    for (size_t i = 0; i < N_DATASETS; i++) {
        names[i] = datasets[i]->name;
    }
    gan_nearest_hint(name, names, N_DATASETS, out, size);
}

const gan_data_format *gan_data_format_of(const char *path)
{
    bool is_folder = gan_path_is_folder(path);
    size_t i = 0;
    while (i + 1 < N_FORMATS && !formats[i]->accepts(path, is_folder)) {
        i++;
    }
    return formats[i];
}

int gan_dataset_n_files(const gan_dataset *set)
{
    int n = 0;
    while (n < GAN_DATASET_FILES && set->files[n].name) {
        n++;
    }
    return n;
}

int gan_dataset_n_mirrors(const gan_dataset *set)
{
    int n = 0;
    while (n < GAN_DATASET_MIRRORS && set->mirrors[n]) {
        n++;
    }
    return n;
}

int64_t gan_dataset_bytes(const gan_dataset *set)
{
    int64_t bytes = 0;
    for (int i = 0; i < gan_dataset_n_files(set); i++) {
        bytes += set->files[i].bytes;
    }
    return bytes;
}
