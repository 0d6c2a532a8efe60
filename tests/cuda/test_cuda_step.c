/* test_cuda_step.c — a training step as one replayed graph: what it costs, and that neither 16
 * bits, nor a streamed data set, nor a refused engine, nor debugging make another computation of
 * it. */
#define _GNU_SOURCE /* setenv */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cuda/cuda_rig.h"

static const rig_options tiny = {.net = "tiny", .batch = 6, .n_images = 20};

/* Losses of n steps, one run each. */
static void train(const rig_options *options, int n, float (*losses)[2])
{
    cuda_rig rig;
    rig_open(&rig, options);
    for (int i = 0; i < n; i++) {
        rig_run(&rig, 1);
        rig_losses(&rig, &losses[i][0], &losses[i][1]);
    }
    rig_close(&rig);
}

static void test_a_step_waits_for_nothing(void **state)
{
    (void)state;
    cuda_rig rig;
    rig_open(&rig, &tiny);
    rig_run(&rig, 1);
    rig_wait(&rig);
    const gan_sim_counts before = rig_counts();
    rig_run(&rig, 7); /* one less than may be in flight */
    const gan_sim_counts after = rig_counts();
    assert_int_equal(after.synchronizations, before.synchronizations);
    assert_int_equal(after.queued_h2d_copies, before.queued_h2d_copies);
    assert_int_equal(after.queued_d2h_copies, before.queued_d2h_copies);
    assert_int_equal(after.queued_kernels, before.queued_kernels);
    assert_int_equal(after.queued_library_calls, before.queued_library_calls);
    assert_int_equal(after.device_allocations, before.device_allocations);
    assert_int_equal(after.graph_launches, before.graph_launches + 7);
    rig_wait(&rig);
    const gan_sim_counts done = rig_counts();
    assert_int_equal(done.replayed_h2d_copies, 0);
    assert_int_equal(done.replayed_d2h_copies, 0);
    assert_int_equal(done.replayed_host_functions, 0);
    rig_close(&rig);
}

static void test_at_most_eight_steps_are_in_flight(void **state)
{
    (void)state;
    cuda_rig rig;
    rig_open(&rig, &tiny);
    rig_wait(&rig);
    const gan_sim_counts before = rig_counts();
    rig_run(&rig, 20);
    const gan_sim_counts after = rig_counts();
    assert_in_range(after.synchronizations - before.synchronizations, 1, 12);
    rig_wait(&rig);
    int64_t counters[GAN_COUNTER_COUNT];
    rig_read(&rig, "counters", counters, sizeof counters);
    assert_int_equal(counters[GAN_COUNTER_STEP], 20);
    rig_close(&rig);
}

static int launches_of(const cuda_rig *rig)
{
    int n = 0;
    for (int i = 0; i < rig->program->n_ops; i++) {
        n += rig->backend->launches(rig->executable, i);
    }
    return n;
}

static void test_the_tutorial_is_at_most_34_launches(void **state)
{
    (void)state;
    cuda_rig rig;
    const rig_options o = {
        .net = "dcgan-mnist", .batch = 2, .n_images = 8, .device = {.batch_norm = "fused"}};
    rig_open(&rig, &o);
    rig_wait(&rig);
    const gan_sim_counts before = rig_counts();
    rig_run(&rig, 1);
    rig_wait(&rig);
    const gan_sim_counts after = rig_counts();
    const int64_t kernels = after.replayed_kernels - before.replayed_kernels;
    const int64_t calls = after.replayed_library_calls - before.replayed_library_calls;
    /* fp32 without TF32 is as strict as strict: zeros are padded in by 12 launches more */
    assert_in_range(kernels + calls, 20, rig_has("tf32") ? 34 : 46);
    assert_int_equal(kernels + calls, launches_of(&rig)); /* as it is told */
    rig_close(&rig);
}

/* The eager first run and the capture work on state of their own. */
static void test_compiling_changes_no_state(void **state)
{
    (void)state;
    cuda_rig rig;
    gan_error err = {0};
    rig_open(&rig, &tiny);
    rig_run(&rig, 3);
    static const char *const names[] = {"g.param", "g.m",      "g.v",  "g.stat",
                                        "d.param", "counters", "flag", "metrics"};
    enum { N = sizeof names / sizeof names[0] };
    void *before[N];
    for (int i = 0; i < N; i++) {
        before[i] = rig_copy(&rig, names[i]);
    }
    rig.backend->destroy(rig.executable);
    assert_int_equal(rig.backend->compile(rig.device, rig.program, &rig.executable, &err), GAN_OK);
    for (int i = 0; i < N; i++) {
        void *after = rig_copy(&rig, names[i]);
        assert_memory_equal(after, before[i], (size_t)rig_bytes(&rig, names[i]));
        free(after);
        free(before[i]);
    }
    rig_close(&rig);
}

static void test_a_streamed_data_set_gives_the_same_bits(void **state)
{
    (void)state;
    cuda_rig resident, streamed;
    rig_options o = tiny;
    o.flip = true;
    rig_open(&resident, &o);
    o.device.data_store = "stream";
    rig_open(&streamed, &o);
    const gan_sim_counts before = rig_counts();
    rig_run(&streamed, 11); /* 66 images of 20: over the ends of three epochs */
    const gan_sim_counts after = rig_counts();
    assert_int_equal(after.queued_h2d_copies - before.queued_h2d_copies, 11);
    assert_int_equal(after.h2d_bytes - before.h2d_bytes, 11 * 6 * 784);
    rig_run(&resident, 11);
    for (int again = 0; again < 2; again++) {
        void *a = rig_copy(&resident, "d.param"), *b = rig_copy(&streamed, "d.param");
        assert_memory_equal(a, b, (size_t)rig_bytes(&resident, "d.param"));
        free(a);
        free(b);
        /* and again after the host set the step, as a resumed run does */
        const int64_t counters[GAN_COUNTER_COUNT] = {500, 11, 11};
        rig_write(&resident, "counters", counters, sizeof counters);
        rig_write(&streamed, "counters", counters, sizeof counters);
        rig_run(&resident, 2);
        rig_run(&streamed, 2);
    }
    rig_close(&resident);
    rig_close(&streamed);
}

static void test_a_refused_engine_gives_way(void **state)
{
    (void)state;
    (void)rig_counts(); /* only the simulated device refuses on demand */
    if (!rig_has("tf32")) {
        print_message("neither of the two engines is there\n");
        skip();
    }
    float free_to_choose[5][2], barred[5][2];
    /* Engine 46 multiplies in TF32, of 11 bits as fp16 is (test_cuda_half.c); the next does not. */
    static const struct {
        const char *engine, *products, *note, *choice;
        float tolerance;
    } cases[] = {
        {"46", "tf32", "from now on the next plan is taken", "barred: cuDNN engine 46", 4e-3f},
        {"7", "strict", "from now on own kernels do it", "batch norm fused after all", 1e-4f}};
    for (int i = 0; i < 2; i++) {
        cuda_rig rig;
        rig_options o = tiny;
        o.device.products = cases[i].products;
        train(&o, 5, free_to_choose);
        assert_int_equal(setenv("GAN_SIM_CUDNN_NO_CAPTURE", cases[i].engine, 1), 0);
        rig_open(&rig, &o);
        assert_int_equal(unsetenv("GAN_SIM_CUDNN_NO_CAPTURE"), 0);
        assert_non_null(strstr(rig.notes, cases[i].note));
        assert_non_null(strstr(rig.backend->choices(rig.device), cases[i].choice));
        for (int k = 0; k < 5; k++) {
            rig_run(&rig, 1);
            rig_losses(&rig, &barred[k][0], &barred[k][1]);
            for (int loss = 0; loss < 2; loss++) {
                const float difference = fabsf(barred[k][loss] - free_to_choose[k][loss]);
                assert_true(difference <= cases[i].tolerance);
            }
        }
        rig_close(&rig);
    }
}

/* The generator ends in a normalization of 7 x 5 x 1, whose result is the second half of a batch:
 * at an address that is a multiple of 4 alone. It is computed in a way that may be there, and no
 * other normalization changes its own for it. */
static void test_a_norm_at_an_odd_address_stays_alone(void **state)
{
    (void)state;
    cuda_rig rig;
    rig_options o = tiny;
    o.net = "tests/cuda/odd_last_norm.yaml";
    o.batch = 3;
    o.device.products = "strict";
    rig_open(&rig, &o);
    rig_run(&rig, 3);
    rig_wait(&rig);
    assert_null(strstr(rig.notes, "does not run here"));
    const bool by_cudnn = strstr(rig.backend->choices(rig.device), "batch norm cudnn") != NULL;
    int n = 0;
    for (int i = 0; i < rig.program->n_ops; i++) {
        const gan_op *op = &rig.program->ops[i];
        if (op->kind == GAN_OP_batch_norm && strstr(op->label, "norm0")) {
            n++;
            assert_true((strstr(rig.backend->explain(rig.executable, i), "cuDNN") != NULL) ==
                        by_cudnn);
        }
    }
    assert_int_equal(n, 1);
    rig_close(&rig);
}

/* Looking a plan up in the cache asks nothing of the device, which is slow to answer. */
static void test_the_cache_knows_its_device(void **state)
{
    (void)state;
    cuda_rig rig;
    char folder[] = "/tmp/gan-cudnn-cache-XXXXXX", *former = getenv("GAN_CUDNN_CACHE");
    char *kept = former ? strdup(former) : NULL;
    const gan_sim_counts before = rig_counts();
    rig_open(&rig, &tiny);
    const gan_sim_counts without = rig_counts();
    rig_close(&rig);
    assert_non_null(mkdtemp(folder));
    assert_int_equal(setenv("GAN_CUDNN_CACHE", folder, 1), 0);
    for (int again = 0; again < 2; again++) {
        const gan_sim_counts begin = rig_counts();
        rig_open(&rig, &tiny);
        assert_int_equal(rig_counts().property_queries - begin.property_queries,
                         without.property_queries - before.property_queries);
        int n_cached = 0;
        for (int i = 0; i < rig.program->n_ops; i++) {
            n_cached += strstr(rig.backend->explain(rig.executable, i), "from the cache") != NULL;
        }
        assert_true(!again || n_cached > 0 ||
                    !strstr(rig.backend->choices(rig.device), "batch norm cudnn"));
        rig_close(&rig);
    }
    assert_int_equal(kept ? setenv("GAN_CUDNN_CACHE", kept, 1) : unsetenv("GAN_CUDNN_CACHE"), 0);
    free(kept);
    char command[64];
    snprintf(command, sizeof command, "rm -r %s", folder);
    assert_int_equal(system(command), 0);
}

/* Ops that share a launch (src/cuda/fuse.c) leave what each by itself would: to the bit in fp32. In
 * 16 bits they round less, and five steps of losses stay within a few roundings of 8 bits. */
static void test_fusing_gives_the_same_numbers(void **state)
{
    (void)state;
    static const gan_dtype types[] = {GAN_F32, GAN_BF16, GAN_F16};
    static const char *const names[] = {"g.param", "g.m",       "g.v",     "g.stat",
                                        "d.param", "d.m",       "d.v",     "counters",
                                        "metrics", "ema.param", "ema.stat"};
    const bool has_bf16 = rig_has("bf16");
    for (int run = 0; run < 4; run++) {
        const int t = run % 3;
        if (types[t] == GAN_BF16 && !has_bf16) {
            continue;
        }
        cuda_rig together, apart;
        rig_options o = tiny;
        o.batch = run < 3 ? 6 : 61; /* sums of few terms have but one order that matters */
        o.device.batch_norm = "fused";
        o.type = types[t];
        o.separate_passes = types[t] == GAN_F16;
        o.ema = true; /* it reads the counters, which a shared launch moves before it */
        rig_open(&together, &o);
        o.apart = true;
        rig_open(&apart, &o);
        assert_true(launches_of(&together) <= launches_of(&apart) - 8);
        for (int step = 0; step < 5; step++) {
            float a[2], b[2];
            rig_run(&together, 1);
            rig_run(&apart, 1);
            rig_losses(&together, &a[0], &a[1]);
            rig_losses(&apart, &b[0], &b[1]);
            assert_true(fabsf(a[0] - b[0]) <= 0.02f && fabsf(a[1] - b[1]) <= 0.02f);
        }
        for (size_t i = 0; t == 0 && i < sizeof names / sizeof names[0]; i++) {
            void *a = rig_copy(&together, names[i]), *b = rig_copy(&apart, names[i]);
            assert_memory_equal(a, b, (size_t)rig_bytes(&together, names[i]));
            free(a);
            free(b);
        }
        rig_close(&together);
        rig_close(&apart);
    }
}

/* Gradients of a parameter, by its role, from Adam's first moment after the first step. */
static void compare_gradients(const gan_stack *stack, const float *a, const float *b)
{
    float largest = 0.0f;
    for (int64_t i = 0; i < stack->param_floats; i++) {
        largest = fmaxf(largest, fabsf(b[i]));
    }
    assert_true(largest > 0.0f);
    for (int i = 0; i < stack->n_params; i++) {
        const gan_param *p = &stack->params[i];
        if (p->role == GAN_PARAM_GAMMA || p->role == GAN_PARAM_BETA) {
            assert_memory_equal(a + p->offset, b + p->offset, (size_t)p->count * sizeof *a);
        } else if (p->role == GAN_PARAM_KERNEL) {
            for (int64_t k = p->offset; k < p->offset + p->count; k++) {
                assert_true(fabsf(a[k] - b[k]) <= 0x1p-22f * largest);
            }
        }
    }
}

/* A discriminator that takes real and generated images apart: what makes a gradient adds it to the
 * other pass's. To the bit, but that cuDNN may round a filter's gradient once less. */
static void test_sums_of_gradients_are_made_along(void **state)
{
    (void)state;
    static const char *const norms[] = {"fused", NULL};
    for (int k = 0; k < 2; k++) {
        cuda_rig together, apart;
        rig_options o = {.net = "tests/cuda/two_passes.yaml", .batch = 8, .n_images = 20};
        o.device.products = "strict";
        o.device.batch_norm = norms[k];
        rig_open(&together, &o);
        o.apart = true;
        rig_open(&apart, &o);
        int n_adds = 0, n_launches = 0;
        for (int i = 0; i < together.program->n_ops; i++) {
            if (together.program->ops[i].kind == GAN_OP_add) {
                n_adds++;
                n_launches += together.backend->launches(together.executable, i);
            }
        }
        assert_int_equal(n_adds, 4); /* two filters, a gamma, a beta */
        assert_int_equal(n_launches, 0);
        rig_run(&together, 1);
        rig_run(&apart, 1);
        void *a = rig_copy(&together, "d.m"), *b = rig_copy(&apart, "d.m");
        compare_gradients(together.net->discriminator, a, b);
        free(a);
        free(b);
        rig_run(&together, 4);
        rig_wait(&together);
        assert_null(strstr(together.notes, "does not run here"));
        rig_close(&together);
        rig_close(&apart);
    }
}

static void test_debugging_gives_the_same_bits(void **state)
{
    (void)state;
    float replayed[4][2], eager[4][2];
    train(&tiny, 4, replayed);
    assert_int_equal(setenv("GAN_DEBUG_SYNC", "1", 1), 0);
    train(&tiny, 4, eager);
    assert_int_equal(unsetenv("GAN_DEBUG_SYNC"), 0);
    assert_memory_equal(replayed, eager, sizeof eager);
}

static void test_profiling_gives_the_same_bits_and_times(void **state)
{
    (void)state;
    cuda_rig rig, plain;
    gan_error err = {0};
    const double *seconds = NULL;
    rig_open(&rig, &tiny);
    rig_open(&plain, &tiny);
    assert_int_equal(rig.backend->profile(rig.executable, true, &seconds, &err), GAN_OK);
    rig_run(&rig, 2);
    for (int i = 0; i < rig.program->n_ops; i++) {
        assert_true(seconds[i] >= 0 && isfinite(seconds[i]));
        assert_non_null(rig.backend->explain(rig.executable, i));
    }
    assert_int_equal(rig.backend->profile(rig.executable, false, NULL, &err), GAN_OK);
    rig_run(&rig, 1);
    rig_run(&plain, 3);
    void *a = rig_copy(&rig, "g.param"), *b = rig_copy(&plain, "g.param");
    assert_memory_equal(a, b, (size_t)rig_bytes(&rig, "g.param"));
    free(a);
    free(b);
    rig_close(&rig);
    rig_close(&plain);
}

static void test_devices_that_are_none_are_refused(void **state)
{
    (void)state;
    gan_plugin plugin;
    gan_device *device = (gan_device *)&plugin;
    gan_error err = {0};
    assert_int_equal(gan_plugin_load(&plugin, &err), GAN_OK);
    static const struct {
        gan_device_options options;
        gan_status status;
        const char *words;
    } cases[] = {{{.index = 99}, GAN_E_NO_DEVICE, "no device cuda:99"},
                 {{.index = -1}, GAN_E_NO_DEVICE, "no device cuda:-1"},
                 {{.products = "tf23"}, GAN_E_USAGE, "not one of strict|tf32"},
                 {{.batch_norm = "none"}, GAN_E_USAGE, "not one of cudnn|fused"},
                 {{.data_store = "disk"}, GAN_E_USAGE, "not one of resident|stream"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(plugin.backend->open(&cases[i].options, &device, &err), cases[i].status);
        assert_non_null(strstr(err.text, cases[i].words));
        assert_null(device);
    }
}

static void test_copies_stay_inside_their_buffers(void **state)
{
    (void)state;
    cuda_rig rig;
    gan_error err = {0};
    double numbers[GAN_RATE_COUNT] = {0};
    rig_open(&rig, &tiny);
    const gan_backend *b = rig.backend;
    const int64_t all = sizeof numbers, one = sizeof *numbers;
    assert_int_equal(b->read(rig.device, "rates", one, numbers, all, &err), GAN_E_FAILED);
    assert_int_equal(b->read(rig.device, "rates", -1, numbers, one, &err), GAN_E_FAILED);
    assert_int_equal(b->write(rig.device, "rates", 0, numbers, all + 1, &err), GAN_E_FAILED);
    assert_int_equal(b->read(rig.device, "rate", 0, numbers, one, &err), GAN_E_FAILED);
    assert_int_equal(b->read(rig.device, "rates", all, numbers, 0, &err), GAN_OK);
    assert_int_equal(b->read(rig.device, "rates", 0, numbers, 2 * one, &err), GAN_OK);
    assert_true(numbers[0] == (double)0.99f && numbers[1] == (double)2e-3f);
    assert_int_equal(b->peek(rig.executable, rig.program->n_buffers, numbers, 4, &err),
                     GAN_E_FAILED);
    rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_step_waits_for_nothing),
        cmocka_unit_test(test_at_most_eight_steps_are_in_flight),
        cmocka_unit_test(test_the_tutorial_is_at_most_34_launches),
        cmocka_unit_test(test_compiling_changes_no_state),
        cmocka_unit_test(test_a_streamed_data_set_gives_the_same_bits),
        cmocka_unit_test(test_a_refused_engine_gives_way),
        cmocka_unit_test(test_the_cache_knows_its_device),
        cmocka_unit_test(test_a_norm_at_an_odd_address_stays_alone),
        cmocka_unit_test(test_fusing_gives_the_same_numbers),
        cmocka_unit_test(test_sums_of_gradients_are_made_along),
        cmocka_unit_test(test_debugging_gives_the_same_bits),
        cmocka_unit_test(test_profiling_gives_the_same_bits_and_times),
        cmocka_unit_test(test_devices_that_are_none_are_refused),
        cmocka_unit_test(test_copies_stay_inside_their_buffers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
