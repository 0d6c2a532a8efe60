/* widen_filter.c — the filter of an upsampling and a convolution in one, by its definition: every
 * pair of taps is asked whether it belongs together. */
#include <math.h>

#include "reference/call.h"

/* Whether tap r of the filter is part of tap t of the widened one. */
static bool belongs(int64_t r, int64_t taps, int64_t t, int64_t factor)
{
    return t + r - (taps - 1) >= 0 && t + r - (taps - 1) < factor;
}

static void add_taps(const gan_reference_call *call, const int64_t at[4])
{
    const gan_widen_filter_attr *a = &call->attr->widen_filter;
    const gan_reference_tensor *in = &call->in[0], *out = &call->out[0];
    const int64_t *w = a->transposed ? out->dims : in->dims;
    const int64_t to =
        ((at[0] * out->dims[1] + at[1]) * out->dims[2] + at[2]) * out->dims[3] + at[3];
    double sum = 0.0, size = 0.0;
    for (int64_t i = 0; i < in->dims[1]; i++) {
        for (int64_t j = 0; j < in->dims[2]; j++) {
            const int64_t r = a->transposed ? at[1] : i, t = a->transposed ? i : at[1];
            const int64_t s = a->transposed ? at[2] : j, u = a->transposed ? j : at[2];
            if (belongs(r, w[1], t, a->factor_h) && belongs(s, w[2], u, a->factor_w)) {
                const double x =
                    in->v[((at[3] * in->dims[1] + i) * in->dims[2] + j) * in->dims[3] + at[0]];
                sum += x;
                size += fabs(x);
            }
        }
    }
    out->v[to] = sum;
    if (call->weight[0]) {
        call->weight[0][to] = size;
    }
}

static void widen_one(const void *ctx, int64_t n)
{
    const gan_reference_call *call = ctx;
    const int64_t *dims = call->out[0].dims;
    for (int64_t p = 0; p < dims[1]; p++) {
        for (int64_t q = 0; q < dims[2]; q++) {
            for (int64_t c = 0; c < dims[3]; c++) {
                add_taps(call, (const int64_t[4]){n, p, q, c});
            }
        }
    }
}

static void run(const gan_reference_call *call)
{
    gan_reference_parallel(call->threads, call->out[0].dims[0], widen_one, call);
}

const gan_reference_row gan_reference_widen_filter = {.run = run, .weighted = 1};
