/* kernels.c — which kernels of fast convolution this processor can run. */
#include "transform/kernels.h"

#include "base/processor.h"

/* The fastest set for fp32 products up to the limit. */
static gan_transform_isa best_isa(gan_transform_isa limit)
{
    return limit >= GAN_TRANSFORM_AVX512 && gan_processor_has_avx512() ? GAN_TRANSFORM_AVX512
           : limit >= GAN_TRANSFORM_AVX2 && gan_processor_has_avx2()   ? GAN_TRANSFORM_AVX2
                                                                       : GAN_TRANSFORM_PLAIN;
}

static const gan_transform_kernels *bf16_kernels(gan_transform_isa isa, gan_transform_isa limit)
{
    const bool any = isa == GAN_TRANSFORM_AUTO;
    const gan_transform_kernels *kernels = NULL;
    if ((isa == GAN_TRANSFORM_AMX || (any && limit >= GAN_TRANSFORM_AMX)) &&
        gan_processor_has_avx512bf16() && gan_processor_has_amx()) {
        kernels = gan_transform_kernels_amx();
    }
    if (!kernels && (isa == GAN_TRANSFORM_AVX512 || (any && limit >= GAN_TRANSFORM_AVX512)) &&
        gan_processor_has_avx512bf16()) {
        kernels = gan_transform_kernels_avx512bf16();
    }
    return kernels;
}

gan_status gan_transform_kernels_choose(const gan_transform_options *options,
                                        const gan_transform_kernels **kernels, gan_error *err)
{
    gan_transform_isa isa = options->isa;
    const gan_transform_isa limit =
        options->limit == GAN_TRANSFORM_AUTO ? GAN_TRANSFORM_AMX : options->limit;
    *kernels = NULL;
    if (options->products == GAN_TRANSFORM_BF16) {
        *kernels = bf16_kernels(isa, limit);
        return *kernels ? GAN_OK
                        : gan_fail(err, GAN_E_UNSUPPORTED,
                                   "bf16 products need AVX512_BF16 or AMX_BF16, which this "
                                   "processor or this choice of instructions has not; use fp32 "
                                   "products");
    }
    if (isa == GAN_TRANSFORM_AMX) {
        return gan_fail(err, GAN_E_UNSUPPORTED,
                        "AMX has no fp32 products; use bf16 products, or another instruction set");
    }
    isa = isa == GAN_TRANSFORM_AUTO ? best_isa(limit) : isa;
    if (isa == GAN_TRANSFORM_AVX512) {
        *kernels = gan_processor_has_avx512() ? gan_transform_kernels_avx512() : NULL;
    } else if (isa == GAN_TRANSFORM_AVX2) {
        *kernels = gan_processor_has_avx2() ? gan_transform_kernels_avx2() : NULL;
    } else {
        *kernels = gan_transform_kernels_plain();
    }
    return *kernels ? GAN_OK
                    : gan_fail(err, GAN_E_UNSUPPORTED,
                               "this processor or this build has no %s; choose another instruction "
                               "set, or auto",
                               isa == GAN_TRANSFORM_AVX512 ? "AVX-512" : "AVX2 with FMA");
}
