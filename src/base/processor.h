/* processor.h — what this processor can do, asked of itself: the same answers on each call. */
#ifndef GAN_BASE_PROCESSOR_H
#define GAN_BASE_PROCESSOR_H

#include <stdbool.h>

bool gan_processor_has_avx2(void);       /* with FMA */
bool gan_processor_has_avx512(void);     /* F, DQ, BW, VL */
bool gan_processor_has_avx512bf16(void); /* on top of AVX-512 */
bool gan_processor_has_amx(void);        /* tiles for bf16, and the system lets us use them */

/* Whether bf16 is multiplied well above the speed of fp32: by AMX, or by AVX512_BF16 where its
 * instruction takes no longer than an fp32 multiply-add does, which is so on AMD's (Zen 4 and
 * later: A. Fog, "Instruction tables", and seen) and was not seen on Intel's. */
bool gan_processor_has_fast_bf16(void);

#endif
