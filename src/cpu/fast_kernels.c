/* fast_kernels.c — which kernels of fast convolution this processor can run. */
#include "cpu/fast_kernels.h"

#include "cpu/onednn.h"
#include "cpu/processor.h"

/* The fastest set for fp32 products that may be used. */
static gan_fast_isa best_isa(void)
{
    return gan_processor_has_avx512() && gan_onednn_has_avx512() ? GAN_FAST_AVX512
           : gan_processor_has_avx2() && gan_onednn_has_avx2()   ? GAN_FAST_AVX2
                                                                 : GAN_FAST_PLAIN;
}

bool gan_fast_bf16_pays(void)
{
    return gan_processor_has_fast_bf16() && gan_onednn_has_bf16();
}

gan_status gan_fast_kernels_choose(gan_fast_isa isa, gan_fast_type products,
                                   const gan_fast_kernels **kernels, gan_error *err)
{
    *kernels = NULL;
    if (products == GAN_FAST_BF16) {
        const bool any = isa == GAN_FAST_AUTO;
        if ((isa == GAN_FAST_AMX || (any && gan_onednn_has_amx())) &&
            gan_processor_has_avx512bf16() && gan_processor_has_amx()) {
            *kernels = gan_fast_kernels_amx();
        }
        if (!*kernels && (isa == GAN_FAST_AVX512 || (any && gan_onednn_has_bf16())) &&
            gan_processor_has_avx512bf16()) {
            *kernels = gan_fast_kernels_avx512bf16();
        }
        return *kernels ? GAN_OK
                        : gan_fail(err, GAN_E_UNSUPPORTED,
                                   "bf16 products need AVX512_BF16 or AMX_BF16, which this "
                                   "processor or this choice of instructions has not; use fp32 "
                                   "products");
    }
    if (isa == GAN_FAST_AMX) {
        return gan_fail(err, GAN_E_UNSUPPORTED,
                        "AMX has no fp32 products; use bf16 products, or another instruction set");
    }
    isa = isa == GAN_FAST_AUTO ? best_isa() : isa;
    if (isa == GAN_FAST_AVX512) {
        *kernels = gan_processor_has_avx512() ? gan_fast_kernels_avx512() : NULL;
    } else if (isa == GAN_FAST_AVX2) {
        *kernels = gan_processor_has_avx2() ? gan_fast_kernels_avx2() : NULL;
    } else {
        *kernels = gan_fast_kernels_plain();
    }
    return *kernels ? GAN_OK
                    : gan_fail(err, GAN_E_UNSUPPORTED,
                               "this processor or this build has no %s; choose another instruction "
                               "set, or auto",
                               isa == GAN_FAST_AVX512 ? "AVX-512" : "AVX2 with FMA");
}
