/* options.c — what a caller may wish for, and what a compute capability allows. */
#include "cuda/options.h"

#include <stdio.h>
#include <string.h>

#include "base/words.h"

static const int64_t default_workspace_cap = (int64_t)256 << 20;

/* The first cuDNN without kernels for compute capabilities below 7.5 (NVIDIA, cuDNN's support
 * matrix), as cudnnGetVersion() has it. */
enum { CUDNN_FROM_75 = 91100, CUDNN_FROM_75_SM = 75 };

gan_status gan_cuda_check_sm(int sm, const char *name, gan_error *err)
{
    static const char last_ones[] = "build gan with CUDA 12 and cuDNN 9.10, the last ones for it "
                                    "(make CUDA_ARCH=70)";
    if (sm < GAN_CUDA_OLDEST_SM) {
        return gan_fail(err, GAN_E_NO_DEVICE,
                        "%s has compute capability %d.%d, and this build needs %d.%d: %s", name,
                        sm / 10, sm % 10, GAN_CUDA_OLDEST_SM / 10, GAN_CUDA_OLDEST_SM % 10,
                        sm >= 70 ? last_ones : "take a newer GPU");
    }
    const size_t cudnn = cudnnGetVersion();
    if (sm < CUDNN_FROM_75_SM && cudnn >= CUDNN_FROM_75) {
        return gan_fail(err, GAN_E_NO_DEVICE,
                        "%s has compute capability %d.%d, and cuDNN %zu.%zu needs 7.5: %s", name,
                        sm / 10, sm % 10, cudnn / 10000, cudnn / 100 % 100, last_ones);
    }
    return GAN_OK;
}

void gan_cuda_libraries(char *text, size_t size)
{
    const size_t cudnn = cudnnGetVersion();
    int major = 0, minor = 0;
    (void)cublasGetProperty(MAJOR_VERSION, &major);
    (void)cublasGetProperty(MINOR_VERSION, &minor);
    snprintf(text, size, "CUDA %d.%d, cuDNN %zu.%zu.%zu, cuBLAS %d.%d", CUDART_VERSION / 1000,
             CUDART_VERSION % 1000 / 10, cudnn / 10000, cudnn / 100 % 100, cudnn % 100, major,
             minor);
}

/* Whether it is the first of two words, "yes|no"; NULL means the default. */
static gan_status read_word(const char *word, const char *what, const char *words, bool by_default,
                            bool *out, gan_error *err)
{
    GAN_TRY(word ? gan_words_check(what, word, words, err) : GAN_OK);
    *out = word ? strcspn(words, "|") == strlen(word) && strncmp(words, word, strlen(word)) == 0
                : by_default;
    return GAN_OK;
}

gan_status gan_cuda_read_options(const gan_device_options *options, int sm, gan_cuda_spec *spec,
                                 gan_error *err)
{
    *spec = (gan_cuda_spec){.sm = sm, .workspace_cap = default_workspace_cap};
    if (options->workspace_cap < 0) {
        return gan_fail(err, GAN_E_USAGE, "workspace: it must not be negative");
    }
    if (options->workspace_cap > 0) {
        spec->workspace_cap = options->workspace_cap;
    }
    GAN_TRY(read_word(options->products, "products", "strict|tf32", false, &spec->strict, err));
    GAN_TRY(read_word(options->batch_norm, "batch norm", "cudnn|fused", sm >= GAN_CUDA_TF32_SM,
                      &spec->cudnn_batch_norm, err));
    if (spec->cudnn_batch_norm && sm < GAN_CUDA_TF32_SM) {
        return gan_fail(err, GAN_E_USAGE,
                        "batch norm: cuDNN has none below compute capability 8.0; take fused");
    }
    return GAN_OK;
}
