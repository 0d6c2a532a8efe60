/* dft_avx512bf16.c — DFT convolution kernels with AVX-512 and bf16 products. */
#include "cpu/dft_kernels.h"

const gan_dft_kernels *gan_dft_kernels_avx512bf16(void)
{
    return NULL;
}
