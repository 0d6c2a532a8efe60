/* test_cuda_half.c — bf16 and fp16 training: close to fp32, weights copied by Adam and made anew
 * when somebody else writes them, and fp16's loss scale when gradients overflow. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cuda/cuda_rig.h"
#include "program/build.h"
#include "program/retype.h"

enum { N_STEPS = 10 };

static rig_options options_of(gan_dtype type)
{
    return (rig_options){.net = "tiny",
                         .batch = 8,
                         .n_images = 50,
                         .type = type,
                         .separate_passes = type == GAN_F16};
}

static void train(gan_dtype type, float losses[N_STEPS][2])
{
    cuda_rig rig;
    const rig_options o = options_of(type);
    rig_open(&rig, &o);
    for (int i = 0; i < N_STEPS; i++) {
        rig_run(&rig, 1);
        rig_losses(&rig, &losses[i][0], &losses[i][1]);
    }
    rig_close(&rig);
}

/* bf16 keeps 8 bits, fp16 11: logits of order 1 after five layers are off by a few such roundings,
 * and what the steps add grows with each. */
static void test_losses_are_close_to_fp32(void **state)
{
    (void)state;
    static const struct {
        gan_dtype type;
        float tolerance;
    } cases[] = {{GAN_BF16, 0.03f}, {GAN_F16, 0.004f}};
    float full[N_STEPS][2], half[N_STEPS][2];
    train(GAN_F32, full);
    assert_true(full[N_STEPS - 1][0] <
                full[0][0] - 0.1f); /* it learns: there is something to miss */
    for (int c = rig_has("bf16") ? 0 : 1; c < 2; c++) {
        train(cases[c].type, half);
        bool differs = false;
        for (int i = 0; i < N_STEPS; i++) {
            for (int k = 0; k < 2; k++) {
                const float error = fabsf(half[i][k] - full[i][k]);
                differs |= error > 0;
                if (!(error <= cases[c].tolerance)) {
                    fail_msg("%s, step %d, loss %d: %g, fp32 has %g", gan_dtype_name(cases[c].type),
                             i, k, (double)half[i][k], (double)full[i][k]);
                }
            }
        }
        assert_true(differs);
    }
}

/* The same steps by a device whose weights' copies are made anew before each: what Adam writes
 * along is what a conversion gives. */
static void test_adam_writes_the_copies(void **state)
{
    (void)state;
    static const gan_dtype types[] = {GAN_BF16, GAN_F16};
    for (int t = rig_has("bf16") ? 0 : 1; t < 2; t++) {
        cuda_rig kept, renewed;
        const rig_options o = options_of(types[t]);
        rig_open(&kept, &o);
        rig_open(&renewed, &o);
        for (int i = 0; i < 4; i++) {
            rig_run(&kept, 1);
            rig_run(&renewed, 1);
            void *g = rig_copy(&renewed, "g.param"), *d = rig_copy(&renewed, "d.param");
            rig_write(&renewed, "g.param", g, rig_bytes(&renewed, "g.param"));
            rig_write(&renewed, "d.param", d, rig_bytes(&renewed, "d.param"));
            void *same = rig_copy(&kept, "d.param");
            assert_memory_equal(same, d, (size_t)rig_bytes(&kept, "d.param"));
            free(g);
            free(d);
            free(same);
        }
        rig_close(&kept);
        rig_close(&renewed);
    }
}

/* A 16-bit sampling program on the device of the training: it sees each step's weights. */
static void check_sampling(gan_dtype trained_in, gan_dtype half)
{
    cuda_rig rig;
    gan_error err = {0};
    gan_program *sample = NULL;
    gan_executable *sampler = NULL;
    const rig_options o = options_of(trained_in);
    rig_open(&rig, &o);
    assert_int_equal(gan_build_sample(rig.net, 4, false, false, &sample, &err), GAN_OK);
    assert_int_equal(gan_program_retype(sample, half, true, &err), GAN_OK);
    assert_int_equal(rig.backend->compile(rig.device, sample, &sampler, &err), GAN_OK);
    const int z = gan_program_find(sample, "sample.z");
    const int images = gan_program_find(sample, "sample.images");
    const int64_t n = sample->buffers[images].count, nz = sample->buffers[z].count;
    const int64_t bytes = n * (int64_t)sizeof(float);
    float *noise = malloc((size_t)nz * sizeof *noise), *first = malloc((size_t)bytes);
    float *second = malloc((size_t)bytes);
    assert_true(noise && first && second);
    for (int64_t i = 0; i < nz; i++) {
        noise[i] = (float)(i % 7) / 4.0f - 0.75f;
    }
    rig_write(&rig, "sample.z", noise, nz * (int64_t)sizeof *noise);
    float *const into[] = {first, second, second};
    for (int round = 0; round < 3; round++) {
        assert_int_equal(rig.backend->run(sampler, 1, &err), GAN_OK);
        rig_read(&rig, "sample.images", into[round], bytes);
        if (round == 0) {
            rig_run(&rig, 3);
        }
        if (round == 1) {
            assert_memory_not_equal(first, second, (size_t)bytes);
            void *same = rig_copy(&rig, "g.param"); /* written back, it is converted anew */
            rig_write(&rig, "g.param", same, rig_bytes(&rig, "g.param"));
            assert_int_equal(rig.backend->run(sampler, 1, &err), GAN_OK);
            rig_read(&rig, "sample.images", first, bytes);
            assert_memory_equal(first, second, (size_t)bytes);
            free(same);
            void *zeros = calloc(1, (size_t)rig_bytes(&rig, "g.param"));
            rig_write(&rig, "g.param", zeros, rig_bytes(&rig, "g.param"));
            free(zeros);
        }
    }
    for (int64_t i = 0; i < n; i++) {
        assert_true(second[i] == 0.0f); /* a network of zeros paints zeros */
        assert_true(first[i] >= -1.0f && first[i] <= 1.0f);
    }
    free(noise);
    free(first);
    free(second);
    rig.backend->destroy(sampler);
    gan_program_destroy(sample);
    rig_close(&rig);
}

static void test_sampling_sees_the_new_weights(void **state)
{
    (void)state;
    const gan_dtype half = rig_has("bf16") ? GAN_BF16 : GAN_F16;
    check_sampling(half, half);    /* Adam writes the weights' copies along */
    check_sampling(GAN_F32, half); /* it does not: they are made anew */
}

/* A scale that overflows every gradient of G: G's step is skipped and its scale halved, D goes on.
 */
static void test_an_overflow_skips_the_step_and_halves_the_scale(void **state)
{
    (void)state;
    cuda_rig rig;
    const rig_options o = options_of(GAN_F16);
    rig_open(&rig, &o);
    float scales[2], before[2];
    int64_t counters[GAN_COUNTER_COUNT];
    int32_t flag[2];
    rig_read(&rig, "loss_scale", scales, sizeof scales);
    assert_true(scales[0] == 65536.0f && scales[1] == 65536.0f);
    scales[0] = 8388608.0f; /* 2^23 */
    rig_write(&rig, "loss_scale", scales, sizeof scales);
    memcpy(before, scales, sizeof before);
    void *g = rig_copy(&rig, "g.param"), *stat = rig_copy(&rig, "g.stat");
    void *d = rig_copy(&rig, "d.param");
    rig_run(&rig, 1);
    rig_read(&rig, "loss_scale", scales, sizeof scales);
    rig_read(&rig, "counters", counters, sizeof counters);
    rig_read(&rig, "flag", flag, sizeof flag);
    assert_true(scales[0] == before[0] / 2);
    assert_true(scales[1] == before[1]);
    assert_int_equal(counters[GAN_COUNTER_STEP], 1);
    assert_int_equal(counters[gan_counter_of(GAN_NET_G)], 0);
    assert_int_equal(counters[gan_counter_of(GAN_NET_D)], 1);
    assert_int_equal(flag[0], 0);
    void *g_after = rig_copy(&rig, "g.param"), *d_after = rig_copy(&rig, "d.param");
    void *stat_after = rig_copy(&rig, "g.stat");
    assert_memory_equal(g, g_after, (size_t)rig_bytes(&rig, "g.param"));
    assert_memory_equal(stat, stat_after, (size_t)rig_bytes(&rig, "g.stat"));
    assert_memory_not_equal(d, d_after, (size_t)rig_bytes(&rig, "d.param"));
    rig_run(&rig, 12); /* the scale falls until the gradients fit again */
    rig_read(&rig, "counters", counters, sizeof counters);
    assert_true(counters[gan_counter_of(GAN_NET_G)] > 0 &&
                counters[gan_counter_of(GAN_NET_D)] == 13);
    void *const blocks[] = {g, d, stat, g_after, d_after, stat_after};
    for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++) {
        free(blocks[i]);
    }
    rig_close(&rig);
}

/* After so many finite steps the scale doubles, up to its largest; each network's by itself. */
static void test_the_scale_grows(void **state)
{
    (void)state;
    enum { EVERY = 2000 }; /* common mixed precision's number */
    cuda_rig rig;
    const rig_options o = options_of(GAN_F16);
    rig_open(&rig, &o);
    float scales[2] = {256.0f, 16777216.0f}; /* the second is the largest: 2^24 */
    int32_t growth[2] = {EVERY - 2, EVERY - 1};
    rig_write(&rig, "loss_scale", scales, sizeof scales);
    rig_write(&rig, "loss_growth", growth, sizeof growth);
    rig_run(&rig, 1);
    rig_read(&rig, "loss_scale", scales, sizeof scales);
    rig_read(&rig, "loss_growth", growth, sizeof growth);
    assert_true(scales[0] == 256.0f && growth[0] == EVERY - 1);
    /* that scale is too large for D, or is not: it never grows beyond it */
    assert_true(scales[1] == 8388608.0f || scales[1] == 16777216.0f);
    assert_int_equal(growth[1], 0);
    rig_run(&rig, 1);
    rig_read(&rig, "loss_scale", scales, sizeof scales);
    rig_read(&rig, "loss_growth", growth, sizeof growth);
    assert_true(scales[0] == 512.0f && growth[0] == 0);
    rig_run(&rig, 1);
    rig_read(&rig, "loss_scale", scales, sizeof scales);
    rig_read(&rig, "loss_growth", growth, sizeof growth);
    assert_true(scales[0] == 512.0f && growth[0] == 1);
    rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_losses_are_close_to_fp32),
        cmocka_unit_test(test_adam_writes_the_copies),
        cmocka_unit_test(test_sampling_sees_the_new_weights),
        cmocka_unit_test(test_an_overflow_skips_the_step_and_halves_the_scale),
        cmocka_unit_test(test_the_scale_grows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
