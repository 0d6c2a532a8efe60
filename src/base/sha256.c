/* sha256.c — SHA-256 (FIPS 180-4) in portable C, and the bookkeeping of both ways of folding.
 *
 * Blocks of 64 bytes are folded into eight words, one after another; what does not fill a block
 * waits for more. At the end come a one bit, zeros, and the length in bits as the last 8 bytes of a
 * block. */
#include "base/sha256.h"

#include <string.h>

static uint32_t rotate_right(uint32_t x, int n)
{
    return x >> n | x << (32 - n);
}

static uint32_t load_be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void store_be32(uint8_t *p, uint32_t x)
{
    p[0] = (uint8_t)(x >> 24);
    p[1] = (uint8_t)(x >> 16);
    p[2] = (uint8_t)(x >> 8);
    p[3] = (uint8_t)x;
}

/* The message schedule: 16 words of the block, then 48 that each depend on four before them. */
static void expand_block(const uint8_t *block, uint32_t w[64])
{
    for (int t = 0; t < 16; t++) {
        w[t] = load_be32(block + 4 * t);
    }
    for (int t = 16; t < 64; t++) {
        uint32_t s0 = rotate_right(w[t - 15], 7) ^ rotate_right(w[t - 15], 18) ^ w[t - 15] >> 3;
        uint32_t s1 = rotate_right(w[t - 2], 17) ^ rotate_right(w[t - 2], 19) ^ w[t - 2] >> 10;
        w[t] = w[t - 16] + s0 + w[t - 7] + s1;
    }
}

static void fold_block(uint32_t state[8], const uint8_t *block)
{
    uint32_t w[64];
    expand_block(block, w);
    uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
    uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
    for (int t = 0; t < 64; t++) {
        uint32_t s1 = rotate_right(e, 6) ^ rotate_right(e, 11) ^ rotate_right(e, 25);
        uint32_t t1 = h + s1 + ((e & f) ^ (~e & g)) + gan_sha256_rounds[t] + w[t];
        uint32_t s0 = rotate_right(a, 2) ^ rotate_right(a, 13) ^ rotate_right(a, 22);
        uint32_t t2 = s0 + ((a & b) ^ (a & c) ^ (b & c));
        h = g;
        g = f;
        f = e;
        e = d + t1;
        d = c;
        c = b;
        b = a;
        a = t1 + t2;
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
    state[4] += e;
    state[5] += f;
    state[6] += g;
    state[7] += h;
}

void gan_sha256_fold_portable(uint32_t state[8], const uint8_t *blocks, size_t n_blocks)
{
    for (size_t i = 0; i < n_blocks; i++) {
        fold_block(state, blocks + i * GAN_SHA256_BLOCK);
    }
}

void gan_sha256_init(gan_sha256 *hash)
{
    static const uint32_t initial[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                        0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    memcpy(hash->state, initial, sizeof initial);
    memset(hash->rest, 0, sizeof hash->rest);
    hash->n_bytes = 0;
    gan_sha256_fold *fast = gan_sha256_fold_fast();
    hash->fold = fast ? fast : gan_sha256_fold_portable;
}

void gan_sha256_update(gan_sha256 *hash, const void *bytes, size_t n)
{
    const uint8_t *p = bytes;
    size_t held = (size_t)(hash->n_bytes % GAN_SHA256_BLOCK);
    hash->n_bytes += n;
    if (held > 0) {
        size_t wanted = GAN_SHA256_BLOCK - held;
        size_t taken = n < wanted ? n : wanted;
        memcpy(hash->rest + held, p, taken);
        p += taken;
        n -= taken;
        if (taken < wanted) {
            return;
        }
        hash->fold(hash->state, hash->rest, 1);
    }
    size_t n_blocks = n / GAN_SHA256_BLOCK;
    if (n_blocks > 0) {
        hash->fold(hash->state, p, n_blocks);
        p += n_blocks * GAN_SHA256_BLOCK;
        n -= n_blocks * GAN_SHA256_BLOCK;
    }
    if (n > 0) {
        memcpy(hash->rest, p, n);
    }
}

void gan_sha256_final(gan_sha256 *hash, uint8_t digest[GAN_SHA256_BYTES])
{
    static const uint8_t padding[GAN_SHA256_BLOCK] = {0x80};
    uint64_t n_bits = hash->n_bytes * 8;
    size_t held = (size_t)(hash->n_bytes % GAN_SHA256_BLOCK);
    uint8_t length[8];
    store_be32(length, (uint32_t)(n_bits >> 32));
    store_be32(length + 4, (uint32_t)n_bits);
    gan_sha256_update(hash, padding, held < 56 ? 56 - held : 120 - held);
    gan_sha256_update(hash, length, sizeof length);
    for (int i = 0; i < 8; i++) {
        store_be32(digest + 4 * i, hash->state[i]);
    }
}

void gan_sha256_final_text(gan_sha256 *hash, char text[GAN_SHA256_TEXT])
{
    static const char digits[] = "0123456789abcdef";
    uint8_t digest[GAN_SHA256_BYTES];
    gan_sha256_final(hash, digest);
    for (int i = 0; i < GAN_SHA256_BYTES; i++) {
        text[2 * i] = digits[digest[i] >> 4];
        text[2 * i + 1] = digits[digest[i] & 15];
    }
    text[2 * GAN_SHA256_BYTES] = '\0';
}
