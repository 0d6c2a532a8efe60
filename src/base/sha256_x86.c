/* sha256_x86.c — SHA-256 by the SHA extensions of x86-64, chosen when the processor has them.
 *
 * sha256rnds2 does two rounds on the state split as (a,b,e,f) and (c,d,g,h); sha256msg1 and
 * sha256msg2 are the two halves of the message schedule (Intel SDM volume 2, SHA256RNDS2). On
 * other processors this file holds only the answer "no faster way". */
#include "base/sha256.h"

#if defined(__x86_64__)

#include <cpuid.h>
#include <immintrin.h>

#define SHA_TARGET __attribute__((target("sha,sse4.1,ssse3")))

/* The next four schedule words from the last sixteen, w0 the oldest. */
SHA_TARGET static __m128i next_words(__m128i w0, __m128i w1, __m128i w2, __m128i w3)
{
    __m128i sum = _mm_sha256msg1_epu32(w0, w1);
    sum = _mm_add_epi32(sum, _mm_alignr_epi8(w3, w2, 4));
    return _mm_sha256msg2_epu32(sum, w3);
}

SHA_TARGET static void fold_sha(uint32_t state[8], const uint8_t *blocks, size_t n_blocks)
{
    const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0bLL, 0x0405060700010203LL);
    __m128i abef = _mm_set_epi32((int)state[0], (int)state[1], (int)state[4], (int)state[5]);
    __m128i cdgh = _mm_set_epi32((int)state[2], (int)state[3], (int)state[6], (int)state[7]);
    for (size_t i = 0; i < n_blocks; i++, blocks += GAN_SHA256_BLOCK) {
        const __m128i abef_before = abef, cdgh_before = cdgh;
        __m128i w[4];
        for (int j = 0; j < 4; j++) {
            w[j] = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(blocks + 16 * j)), swap);
        }
        for (int group = 0; group < 16; group++) {
            const __m128i k = _mm_loadu_si128((const __m128i *)(gan_sha256_rounds + 4 * group));
            const __m128i wk = _mm_add_epi32(w[0], k);
            cdgh = _mm_sha256rnds2_epu32(cdgh, abef, wk);
            abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(wk, 0x0e));
            const __m128i next = next_words(w[0], w[1], w[2], w[3]);
            w[0] = w[1];
            w[1] = w[2];
            w[2] = w[3];
            w[3] = next;
        }
        abef = _mm_add_epi32(abef, abef_before);
        cdgh = _mm_add_epi32(cdgh, cdgh_before);
    }
    state[0] = (uint32_t)_mm_extract_epi32(abef, 3);
    state[1] = (uint32_t)_mm_extract_epi32(abef, 2);
    state[2] = (uint32_t)_mm_extract_epi32(cdgh, 3);
    state[3] = (uint32_t)_mm_extract_epi32(cdgh, 2);
    state[4] = (uint32_t)_mm_extract_epi32(abef, 1);
    state[5] = (uint32_t)_mm_extract_epi32(abef, 0);
    state[6] = (uint32_t)_mm_extract_epi32(cdgh, 1);
    state[7] = (uint32_t)_mm_extract_epi32(cdgh, 0);
}

gan_sha256_fold *gan_sha256_fold_fast(void)
{
    unsigned a = 0, b = 0, c = 0, d = 0;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_SSSE3) || !(c & bit_SSE4_1)) {
        return NULL;
    }
    const unsigned sha_bit = 1u << 29; /* leaf 7, EBX */
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d) || !(b & sha_bit)) {
        return NULL;
    }
    return fold_sha;
}

#else

gan_sha256_fold *gan_sha256_fold_fast(void)
{
    return NULL;
}

#endif
