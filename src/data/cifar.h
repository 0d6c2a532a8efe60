/* cifar.h — CIFAR-10's binary version (A. Krizhevsky, "Learning multiple layers of features from
 * tiny images", 2009): records of one label byte and 3 x 32 x 32 bytes, red plane first; five
 * batches for training, one for testing; as a folder, a single batch, or the tar.gz. */
#ifndef GAN_DATA_CIFAR_H
#define GAN_DATA_CIFAR_H

#include <stdbool.h>

#include "data/store.h"

extern const gan_data_format gan_format_cifar;

#define GAN_CIFAR_ARCHIVE "cifar-10-binary.tar.gz"

/* True if folder holds batches, or has them in cifar-10-batches-bin/, or holds the archive. */
bool gan_cifar_in_folder(const char *folder);

#endif
