/* md5.h — MD5 (RFC 1321), streaming: mirrors publish these sums for MNIST and its like.
 * It finds damage, not malice; what must resist an attacker uses sha256.h. */
#ifndef GAN_BASE_MD5_H
#define GAN_BASE_MD5_H

#include <stddef.h>
#include <stdint.h>

enum { GAN_MD5_BLOCK = 64, GAN_MD5_TEXT = 33 };

typedef struct gan_md5 {
    uint32_t state[4];
    uint64_t n_bytes;
    uint8_t rest[GAN_MD5_BLOCK]; /* the n_bytes % 64 bytes not folded yet */
} gan_md5;

void gan_md5_init(gan_md5 *hash);
void gan_md5_update(gan_md5 *hash, const void *bytes, size_t n);

/* Writes 32 lower-case hexadecimal digits and a final zero; hash is spent. */
void gan_md5_final_text(gan_md5 *hash, char text[GAN_MD5_TEXT]);

#endif
