/* test_onednn.c — what a plan computes does not depend on what its scratch held before. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/normal.h"
#include "cpu/onednn.h"
#include "ops/op_case.h"

enum { SEED = 91 };

typedef struct tensor {
    void *data;
    size_t bytes;
} tensor;

/* n normal draws of a type; aligned as the backend's memory is. */
static tensor make_tensor(gan_dtype type, int64_t n, uint32_t stream)
{
    tensor t = {NULL, ((size_t)n * gan_dtype_size(type) + 63) / 64 * 64};
    float *draws = calloc((size_t)n, sizeof *draws);
    t.data = aligned_alloc(64, t.bytes);
    assert_true(draws && t.data);
    gan_normal_fill(SEED, stream, 0, 0, n, draws);
    memset(t.data, 0, t.bytes);
    for (int64_t i = 0; i < n; i++) {
        if (type == GAN_BF16) {
            ((uint16_t *)t.data)[i] = op_bf16_bits((double)draws[i]);
        } else {
            ((float *)t.data)[i] = draws[i];
        }
    }
    free(draws);
    return t;
}

static void must(gan_status status, const gan_error *err)
{
    if (status != GAN_OK) {
        fail_msg("%s", err->text);
    }
}

/* Runs the pass on scratch of zeros, and on scratch of large numbers. */
static void check_pass(gan_onednn *library, const gan_conv_geometry *g, int64_t batch,
                       gan_onednn_pass pass, gan_dtype type)
{
    const int64_t x = batch * g->h * g->w * g->c, w = g->k * g->r * g->s * g->c;
    const int64_t y = batch * g->p * g->q * g->k;
    const int64_t first = pass == GAN_ONEDNN_BWD_DATA ? y : x;
    const int64_t second = pass == GAN_ONEDNN_BWD_FILTER ? y : w;
    const int64_t result = pass == GAN_ONEDNN_FWD ? y : pass == GAN_ONEDNN_BWD_DATA ? x : w;
    const gan_onednn_types types = {type, pass == GAN_ONEDNN_BWD_FILTER ? type : GAN_F32, type};
    const unsigned char fills[] = {0x00, 0x7f};
    tensor a = make_tensor(types.first, first, 1), b = make_tensor(types.second, second, 2);
    tensor out[2] = {make_tensor(type, result, 3), make_tensor(type, result, 3)};
    gan_onednn_plan *plan = NULL;
    gan_error err = {0};
    must(gan_onednn_conv(library, pass, g, batch, types, &plan, &err), &err);
    const size_t bytes = ((size_t)gan_onednn_scratch(plan) + 64) / 64 * 64;
    for (int i = 0; i < 2; i++) {
        void *scratch = aligned_alloc(64, bytes);
        assert_non_null(scratch);
        memset(scratch, fills[i], bytes);
        must(gan_onednn_bind(plan, a.data, b.data, out[i].data, scratch, &err), &err);
        must(gan_onednn_run(plan, &err), &err);
        free(scratch);
    }
    if (memcmp(out[0].data, out[1].data, out[0].bytes) != 0) {
        fail_msg("%s, pass %d, %s: %lldx%lldx%lldx%lld, filter %lldx%lldx%lld, strides %lldx%lld: "
                 "the result depends on what was in the scratch (seed %d)",
                 gan_onednn_explain(plan), (int)pass, gan_dtype_name(type), (long long)batch,
                 (long long)g->h, (long long)g->w, (long long)g->c, (long long)g->k,
                 (long long)g->r, (long long)g->s, (long long)g->stride_h, (long long)g->stride_w,
                 SEED);
    }
    gan_onednn_destroy(plan);
    free(a.data);
    free(b.data);
    free(out[0].data);
    free(out[1].data);
}

/* Every map narrower, and not narrower, than its stride; paddings on either side. */
static void scratch_is_written_before_it_is_read(void **state)
{
    (void)state;
    gan_onednn *library = NULL;
    gan_error err = {0};
    must(gan_onednn_open(&library, &err), &err);
    for (int64_t w = 1; w <= 4; w++) {
        for (int64_t stride = 1; stride <= 4; stride++) {
            for (int64_t left = 0; left <= 2; left++) {
                const int64_t right = left == 0 ? 3 : 1, s = 4;
                if (w + left + right < s) {
                    continue;
                }
                const gan_conv_geometry g = {.h = 5,
                                             .w = w,
                                             .c = 17,
                                             .k = 6,
                                             .r = 3,
                                             .s = s,
                                             .p = 3,
                                             .q = (w + left + right - s) / stride + 1,
                                             .stride_h = 2,
                                             .stride_w = stride,
                                             .pad_top = 1,
                                             .pad_left = left,
                                             .pad_bottom = 1,
                                             .pad_right = right,
                                             .groups = 1};
                for (gan_onednn_pass pass = GAN_ONEDNN_FWD; pass <= GAN_ONEDNN_BWD_FILTER; pass++) {
                    check_pass(library, &g, 3, pass, GAN_F32);
                    check_pass(library, &g, 3, pass, GAN_BF16);
                }
            }
        }
    }
    gan_onednn_close(library);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scratch_is_written_before_it_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
