/* crc32c.c — CRC-32C, four bits at a time: a table of 16 fits where one of 256 would need code to
 * make it, and event files are small. */
#include "io/crc32c.h"

uint32_t gan_crc32c(const void *bytes, size_t n)
{
    /* row i: the remainder of i, shifted by 28, bits reversed: polynomial 0x82f63b78 */
    static const uint32_t table[16] = {0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1,
                                       0x417b1dbc, 0x5125dad3, 0x61c69362, 0x7198540d,
                                       0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9,
                                       0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75};
    const unsigned char *at = bytes;
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < n; i++) {
        crc ^= at[i];
        crc = crc >> 4 ^ table[crc & 15];
        crc = crc >> 4 ^ table[crc & 15];
    }
    return ~crc;
}

uint32_t gan_crc32c_masked(const void *bytes, size_t n)
{
    const uint32_t crc = gan_crc32c(bytes, n);
    return (crc >> 15 | crc << 17) + 0xa282ead8u;
}
