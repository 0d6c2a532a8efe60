/* crc32c.h — the CRC that TFRecord files carry (Castagnoli's polynomial, RFC 3720 appendix B.4). */
#ifndef GAN_IO_CRC32C_H
#define GAN_IO_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/* Of bytes[0..n-1]. "123456789" gives 0xe3069283. */
uint32_t gan_crc32c(const void *bytes, size_t n);

/* As TFRecord stores it: rotated right by 15 bits plus 0xa282ead8, so that the CRC of a file with
 * CRCs in it is as good as any. */
uint32_t gan_crc32c_masked(const void *bytes, size_t n);

#endif
