/* check.h — what the checks of packed data sets and of picture folders share. */
#ifndef GAN_DATA_CHECK_H
#define GAN_DATA_CHECK_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/sha256.h"
#include "gan/data.h"

/* An image's pixels in short. Two images with the same digest are the same. */
typedef struct gan_image_digest {
    uint8_t bytes[GAN_SHA256_BYTES];
    int64_t index; /* of the image */
    int64_t first; /* the lowest index with the same digest; its own before matching */
} gan_image_digest;

/* Hashes n_bytes of pixels on top of start, in which what else must be equal (a shape) is hashed
 * already. */
void gan_image_digest_take(gan_image_digest *digest, int64_t index, const uint8_t *pixels,
                           size_t n_bytes, const gan_sha256 *start);

/* Sets `first` of every digest; their order is by index before and after. */
void gan_image_digests_match(gan_image_digest *digests, int64_t n);

/* Counts a finding and hands it to the callback. */
void gan_check_tell(const gan_data_check_options *options, gan_data_report *report,
                    gan_data_flaw flaw, const char *file, const char *text);

/* Loads one split; what cannot be loaded is a finding, and so are duplicates. */
gan_status gan_check_split(const char *source, const char *path, const char *split,
                           const gan_data_check_options *options, gan_data_report *report,
                           gan_error *err);

/* gan_data_check for a folder of pictures. */
gan_status gan_check_folder(const char *path, const gan_data_check_options *options,
                            gan_data_report *report, gan_error *err);

#endif
