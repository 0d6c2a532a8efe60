/* sha256.h — SHA-256 (FIPS 180-4), streaming.
 *
 * The digest names a data set and guards a checkpoint. Where the processor has the SHA extensions
 * of x86-64 they do the work (1.7 GB/s at 2.6 GHz); elsewhere portable C does (0.28 GB/s), with the
 * same digests. Copying a gan_sha256 forks it: both copies may be updated on their own. */
#ifndef GAN_BASE_SHA256_H
#define GAN_BASE_SHA256_H

#include <stddef.h>
#include <stdint.h>

enum { GAN_SHA256_BLOCK = 64, GAN_SHA256_BYTES = 32, GAN_SHA256_TEXT = 65 };

/* Folds n_blocks blocks of 64 bytes into state, which is read and overwritten. */
typedef void gan_sha256_fold(uint32_t state[8], const uint8_t *blocks, size_t n_blocks);

typedef struct gan_sha256 {
    uint32_t state[8];
    uint64_t n_bytes;
    gan_sha256_fold *fold;
    uint8_t rest[GAN_SHA256_BLOCK]; /* the n_bytes % 64 bytes not folded yet */
} gan_sha256;

void gan_sha256_init(gan_sha256 *hash);
void gan_sha256_update(gan_sha256 *hash, const void *bytes, size_t n);

/* Writes the 32 bytes of the digest; hash is spent and wants gan_sha256_init before it is used
 * again. */
void gan_sha256_final(gan_sha256 *hash, uint8_t digest[GAN_SHA256_BYTES]);

/* The same as 64 lower-case hexadecimal digits and a final zero. */
void gan_sha256_final_text(gan_sha256 *hash, char text[GAN_SHA256_TEXT]);

/* The two ways of folding, for the tests that compare them. gan_sha256_fold_fast() is NULL where
 * this processor, or this build, has no faster way than the portable one. */
void gan_sha256_fold_portable(uint32_t state[8], const uint8_t *blocks, size_t n_blocks);
gan_sha256_fold *gan_sha256_fold_fast(void);

extern const uint32_t gan_sha256_rounds[64]; /* the constants K of FIPS 180-4 section 4.2.2 */

#endif
