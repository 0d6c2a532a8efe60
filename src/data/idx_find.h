/* idx_find.h — where the IDX files of a split are: under MNIST's names, in the layouts that people
 * have. */
#ifndef GAN_DATA_IDX_FIND_H
#define GAN_DATA_IDX_FIND_H

#include <stdbool.h>

#include "base/error.h"

typedef enum gan_idx_part { GAN_IDX_IMAGES, GAN_IDX_LABELS } gan_idx_part;

/* The file of a split's ("train", "test") images or labels, a new string; NULL in *path where there
 * is none. Looked for in folder itself, folder/raw, and the folders that torchvision makes below
 * its root: MNIST/raw, FashionMNIST/raw, KMNIST/raw. The names are train-images-idx3-ubyte or
 * train-images.idx3-ubyte, with or without .gz (plain ones first: they are read ten times faster),
 * or a folder of that name with the file in it, as Kaggle unpacks. GAN_E_USAGE where folder holds
 * several of torchvision's sets: one must be named. */
gan_status gan_idx_find(const char *folder, const char *split, gan_idx_part part, char **path,
                        gan_error *err);

/* The labels that belong to an image file, by its name; NULL in *path where it has no such name or
 * they are not there. */
gan_status gan_idx_find_labels(const char *images, char **path, gan_error *err);

/* True if folder holds images of that split, or of several sets. */
bool gan_idx_has(const char *folder, const char *split);

#endif
