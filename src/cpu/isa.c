/* isa.c — which instructions own kernels may use. */
#include "cpu/isa.h"

#include "base/processor.h"
#include "cpu/onednn.h"

gan_transform_isa gan_cpu_isa_limit(gan_transform_type products)
{
    if (products == GAN_TRANSFORM_BF16) {
        return gan_onednn_has_amx()    ? GAN_TRANSFORM_AMX
               : gan_onednn_has_bf16() ? GAN_TRANSFORM_AVX512
                                       : GAN_TRANSFORM_PLAIN;
    }
    return gan_onednn_has_avx512() ? GAN_TRANSFORM_AVX512
           : gan_onednn_has_avx2() ? GAN_TRANSFORM_AVX2
                                   : GAN_TRANSFORM_PLAIN;
}

bool gan_cpu_bf16_pays(void)
{
    return gan_processor_has_fast_bf16() && gan_onednn_has_bf16();
}

bool gan_cpu_has_amx(void)
{
    return gan_processor_has_amx() && gan_onednn_has_amx();
}
