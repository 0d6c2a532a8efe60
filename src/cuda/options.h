/* options.h — what a caller may wish for, and what a compute capability allows. */
#ifndef GAN_CUDA_OPTIONS_H
#define GAN_CUDA_OPTIONS_H

#include "cuda/work.h"
#include "program/backend.h"

enum {
    GAN_CUDA_OLDEST_SM = CUDART_VERSION >= 13000 ? 75 : 70, /* that this toolkit compiles for */
    GAN_CUDA_TF32_SM = 80 /* the first with TF32, bf16 and a batch normalization of cuDNN's */
};

/* GAN_E_NO_DEVICE for a device that these libraries no longer run on, naming the CUDA and cuDNN
 * that do. name is the device's. */
gan_status gan_cuda_check_sm(int sm, const char *name, gan_error *err);

/* Fills all of *spec but its target and cache from the options; sm decides the defaults.
 * GAN_E_USAGE for a word that is not known. */
gan_status gan_cuda_read_options(const gan_device_options *options, int sm, gan_cuda_spec *spec,
                                 gan_error *err);

/* Versions of CUDA, cuDNN and cuBLAS in one line. */
void gan_cuda_libraries(char *text, size_t size);

#endif
