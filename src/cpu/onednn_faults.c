/* onednn_faults.c — which of oneDNN's implementations must not be used for what.
 *
 * Seen in 2.6.3 and in 3.2 with channels last (tests/ops/test_onednn_faults.c --sweep), but for the
 * forward rule of a wide stride, which is older and which no sweep has shown; AMX was not swept. A
 * rule may be wider than the fault: what it refuses in vain is a rare shape that another
 * implementation computes. */
#include "cpu/onednn_faults.h"

#include <string.h>

static bool is_jit_1x1(const char *implementation)
{
    return strncmp(implementation, "jit", 3) == 0 && strstr(implementation, "1x1");
}

/* jit_1x1, filter gradient of every stride-th pixel: they are gathered into a workspace of the
 * scratchpad, those from i on at i * block, where block is 8 channels with AVX2 and 16 with
 * AVX-512, but the workspace is booked for the channels that there are. With fewer than a block
 * they go past its end: wrong sums, a barrier of threads overwritten (a hang), a heap overrun
 * (uxlfoundation/oneDNN#6035). A part of a block at the end is refused with them, by caution: the
 * addresses are computed alike, and no sweep has shown it wrong. */
static bool workspace_overrun(const char *implementation, gan_onednn_pass pass,
                              const gan_conv_geometry *g)
{
    const int64_t block = strstr(implementation, "avx2") ? 8 : 16;
    return pass == GAN_ONEDNN_BWD_FILTER && g->c % block != 0 &&
           (g->stride_h > 1 || g->stride_w > 1) && is_jit_1x1(implementation);
}

/* jit_bf16_1x1: bf16 is multiplied in pairs of channels. Beside the last of an odd number of them
 * is what memory held before (with a stride, the workspace), and NaN times the weight of 0 there is
 * NaN. In the data gradient it is the next pixel's first channel: wrong sums. */
static bool half_pair(const char *implementation, gan_onednn_pass pass, const gan_conv_geometry *g)
{
    const int64_t summed = pass == GAN_ONEDNN_FWD ? g->c : g->k;
    return pass != GAN_ONEDNN_BWD_FILTER && summed % 2 != 0 && is_jit_1x1(implementation);
}

bool gan_onednn_is_faulty(const char *implementation, gan_onednn_pass pass,
                          const gan_conv_geometry *g, bool bf16)
{
    if (workspace_overrun(implementation, pass, g)) {
        return true;
    }
    if (!bf16) {
        return false;
    }
    /* jit_bf16, filter gradient of a map narrower than the stride: reads scratch that it has not
     * written. */
    if (pass == GAN_ONEDNN_BWD_FILTER && g->w < g->stride_w) {
        return true;
    }
    /* jit_bf16, forward pass of so wide a stride and padding on the left: wrong where an image's
     * row is shared by threads. */
    if (pass == GAN_ONEDNN_FWD && g->stride_w > 2 && g->pad_left > 1) {
        return true;
    }
    return half_pair(implementation, pass, g);
}

/* gemm:jit, bf16 without instructions for it (AVX-512 alone): one sweep of 2.6.3 ended in a crash
 * in a product of 1 x 31 by 31 x 33, both transposed, with two threads. Where bf16 pays, another
 * implementation comes first. */
bool gan_onednn_is_faulty_product(const char *implementation, bool bf16)
{
    return bf16 && strcmp(implementation, "gemm:jit") == 0;
}
