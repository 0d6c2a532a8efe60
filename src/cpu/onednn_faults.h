/* onednn_faults.h — which of oneDNN's implementations must not be used for what. */
#ifndef GAN_CPU_ONEDNN_FAULTS_H
#define GAN_CPU_ONEDNN_FAULTS_H

#include "cpu/onednn.h"

/* Whether the implementation of that name ("jit_1x1:avx512_core") is known to compute a pass of the
 * convolution g wrongly, or to leave its memory, with channels last: in bf16, or in fp32. The exact
 * conditions are in onednn_faults.c; tests/ops/test_onednn_faults.c looks for more. */
bool gan_onednn_is_faulty(const char *implementation, gan_onednn_pass pass,
                          const gan_conv_geometry *g, bool bf16);

/* The same of a matrix product. */
bool gan_onednn_is_faulty_product(const char *implementation, bool bf16);

#endif
