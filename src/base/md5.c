/* md5.c — MD5 after RFC 1321.
 *
 * Known files of data sets are published with their MD5, so it is here to recognize them, not to
 * protect anything. Blocks of 64 bytes are folded into four words; at the end come a one bit,
 * zeros, and the length in bits as the last 8 bytes of a block, lowest first. */
#include "base/md5.h"

#include <string.h>

/* floor(2^32 |sin(i + 1)|), the table T of RFC 1321 section 3.4 */
static const uint32_t sines[64] = {
    0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
    0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
    0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
    0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
    0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
    0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
    0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
    0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391};

static const uint8_t shifts[4][4] = {
    {7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};

static uint32_t load_le32(const uint8_t *p)
{
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* F, G, H and I of the RFC: one for each round of 16 steps. */
static uint32_t mix(int round, uint32_t b, uint32_t c, uint32_t d)
{
    switch (round) {
    case 0:
        return (b & c) | (~b & d);
    case 1:
        return (b & d) | (c & ~d);
    case 2:
        return b ^ c ^ d;
    default:
        return c ^ (b | ~d);
    }
}

static void fold_block(uint32_t state[4], const uint8_t *block)
{
    /* Each round reads all 16 words of the block, in steps of 1, 5, 3 and 7, all odd. */
    static const uint8_t step[4] = {1, 5, 3, 7}, start[4] = {0, 1, 5, 0};
    uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
    for (int i = 0; i < 64; i++) {
        int round = i / 16;
        int word = (start[round] + step[round] * i) % 16;
        int shift = shifts[round][i % 4];
        uint32_t sum = a + mix(round, b, c, d) + sines[i] + load_le32(block + 4 * word);
        a = d;
        d = c;
        c = b;
        b += sum << shift | sum >> (32 - shift);
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
}

void gan_md5_init(gan_md5 *hash)
{
    static const gan_md5 initial = {.state = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476}};
    *hash = initial;
}

void gan_md5_update(gan_md5 *hash, const void *bytes, size_t n)
{
    const uint8_t *p = bytes;
    while (n > 0) {
        size_t held = (size_t)(hash->n_bytes % GAN_MD5_BLOCK);
        size_t taken = n < GAN_MD5_BLOCK - held ? n : GAN_MD5_BLOCK - held;
        memcpy(hash->rest + held, p, taken);
        hash->n_bytes += taken;
        p += taken;
        n -= taken;
        if (held + taken == GAN_MD5_BLOCK) {
            fold_block(hash->state, hash->rest);
        }
    }
}

void gan_md5_final_text(gan_md5 *hash, char text[GAN_MD5_TEXT])
{
    static const uint8_t padding[GAN_MD5_BLOCK] = {0x80};
    static const char digits[] = "0123456789abcdef";
    uint64_t n_bits = hash->n_bytes * 8;
    size_t held = (size_t)(hash->n_bytes % GAN_MD5_BLOCK);
    uint8_t length[8];
    for (int i = 0; i < 8; i++) {
        length[i] = (uint8_t)(n_bits >> 8 * i);
    }
    /* To 8 bytes before the end of this block, or of the next where those are taken. */
    gan_md5_update(hash, padding, held < 56 ? 56 - held : 120 - held);
    gan_md5_update(hash, length, sizeof length);
    for (int i = 0; i < 16; i++) {
        uint8_t byte = (uint8_t)(hash->state[i / 4] >> 8 * (i % 4));
        text[2 * i] = digits[byte >> 4];
        text[2 * i + 1] = digits[byte & 15];
    }
    text[32] = '\0';
}
