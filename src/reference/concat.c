/* concat.c — maps side by side, and some channels of one. */
#include "reference/call.h"

static int64_t pixels_of(const gan_reference_tensor *t)
{
    return t->dims[0] * t->dims[1] * t->dims[2];
}

static void concat_pixel(const void *ctx, int64_t pixel)
{
    const gan_reference_call *call = ctx;
    const int64_t channels = call->out[0].dims[3];
    double *y = call->out[0].v + pixel * channels;
    int64_t at = call->attr->concat.before;
    for (int64_t c = 0; c < channels; c++) {
        y[c] = 0.0;
    }
    for (int k = 0; k < call->n_in; k++) {
        const int64_t n = call->in[k].dims[3];
        for (int64_t c = 0; c < n; c++) {
            y[at++] = call->in[k].v[pixel * n + c];
        }
    }
}

static void slice_pixel(const void *ctx, int64_t pixel)
{
    const gan_reference_call *call = ctx;
    const int64_t from = call->in[0].dims[3], n = call->out[0].dims[3];
    for (int64_t c = 0; c < n; c++) {
        call->out[0].v[pixel * n + c] = call->in[0].v[pixel * from + call->attr->slice.first + c];
    }
}

static void run_concat(const gan_reference_call *call)
{
    gan_reference_parallel(call->threads, pixels_of(&call->out[0]), concat_pixel, call);
}

static void run_slice(const gan_reference_call *call)
{
    gan_reference_parallel(call->threads, pixels_of(&call->out[0]), slice_pixel, call);
}

const gan_reference_row gan_reference_concat = {.run = run_concat, .exact = true};
const gan_reference_row gan_reference_slice = {.run = run_slice, .exact = true};
