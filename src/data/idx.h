/* idx.h — IDX, the format of MNIST (Y. LeCun, "The MNIST database", FILE FORMATS):
 *
 *   two zero bytes, a type byte (0x08: unsigned byte), the number of dimensions, each dimension as
 *   a big-endian 32-bit number, then the items, row by row.
 *
 * Images are N x H x W, or N x H x W x C; labels are N. Files may be packed with gzip. */
#ifndef GAN_DATA_IDX_H
#define GAN_DATA_IDX_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "data/store.h"

extern const gan_data_format gan_format_idx;

enum { GAN_IDX_SIGNATURE = 8 };

/* True if folder holds images of the train or the test split, as idx_find.h finds them. */
bool gan_idx_in_folder(const char *folder);

/* True if, besides, the labels of either split begin with the given ones: the files of MNIST and
 * Fashion-MNIST differ in nothing else. */
bool gan_idx_is_folder_of(const char *folder, const uint8_t train[GAN_IDX_SIGNATURE],
                          const uint8_t test[GAN_IDX_SIGNATURE]);

#endif
