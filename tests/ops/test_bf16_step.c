/* test_bf16_step.c — whole programs in bf16 on the CPU: training beside fp32, sampling, refusals.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/philox.h"
#include "gan/net.h"
#include "net/net.h"
#include "ops/op_case.h"
#include "program/build.h"
#include "program/retype.h"

enum { N_STEPS = 20, N_IMAGES = 50, METRIC_ROWS = 32, SEED = 7, BATCH = 8 };

static const gan_backend *const cpu = &gan_cpu_backend;

/* A training step of a shipped network, its data and its initial values. */
typedef struct trainer {
    gan_net *net;
    gan_program *program;
    gan_device *device;
    gan_executable *executable;
} trainer;

typedef struct losses {
    float d[N_STEPS], g[N_STEPS];
} losses;

static void must(gan_status status, const gan_error *err)
{
    if (status != GAN_OK) {
        fail_msg("%s: %s (seed %d)", gan_status_text(status), err->text, SEED);
    }
}

static void *allocate(size_t n, size_t size)
{
    void *block = calloc(n ? n : 1, size);
    assert_non_null(block);
    return block;
}

static void write_stack(const trainer *t, const gan_stack *stack, const char *param,
                        const char *stat)
{
    gan_error err = {0};
    float *p = allocate((size_t)stack->param_floats, sizeof *p);
    float *s = allocate((size_t)stack->stat_floats, sizeof *s);
    gan_stack_init_params(stack, SEED, p, s);
    must(cpu->write(t->device, param, 0, p, stack->param_floats * (int64_t)sizeof *p, &err), &err);
    if (stack->stat_floats > 0) {
        must(cpu->write(t->device, stat, 0, s, stack->stat_floats * (int64_t)sizeof *s, &err),
             &err);
    }
    free(p);
    free(s);
}

static void write_state(const trainer *t)
{
    gan_error err = {0};
    const gan_build_options betas = {.adam_g = t->net->train.adam_g,
                                     .adam_d = t->net->train.adam_d};
    double rates[GAN_RATE_COUNT];
    gan_build_rates(&betas, 2e-3, 2e-3, 0.99, rates);
    int64_t count = t->program->buffers[gan_program_find(t->program, "data")].count;
    uint8_t *data = allocate((size_t)count, 1);
    for (int64_t i = 0; i < count; i++) {
        data[i] = (uint8_t)gan_philox(SEED, 99, 0, (uint32_t)i).v[0];
    }
    must(cpu->write(t->device, "data", 0, data, count, &err), &err);
    must(cpu->write(t->device, "rates", 0, rates, sizeof rates, &err), &err);
    write_stack(t, t->net->generator, "g.param", "g.stat");
    write_stack(t, t->net->discriminator, "d.param", "d.stat");
    free(data);
}

static gan_program *build(const gan_net *net, gan_dtype type, bool separate_passes)
{
    gan_error err = {0};
    gan_program *program = NULL;
    const gan_build_options options = {.batch = BATCH,
                                       .seed = SEED,
                                       .schedule = net->train.schedule,
                                       .loss = net->train.loss,
                                       .adam_g = net->train.adam_g,
                                       .adam_d = net->train.adam_d,
                                       .n_images = N_IMAGES,
                                       .metric_rows = METRIC_ROWS,
                                       .separate_passes = separate_passes};
    must(gan_build_train(net, &options, true, &program, NULL, &err), &err);
    if (type != GAN_F32) {
        must(gan_program_retype(program, type, true, &err), &err);
    }
    return program;
}

static void open_trainer(trainer *t, const char *net, gan_dtype type, const char *conv, int threads)
{
    gan_error err = {0};
    const gan_device_options options = {.threads = threads, .conv = conv};
    memset(t, 0, sizeof *t);
    must(gan_net_load(net, &t->net, &err), &err);
    t->program = build(t->net, type, false);
    must(cpu->open(&options, &t->device, &err), &err);
    must(cpu->compile(t->device, t->program, &t->executable, &err), &err);
    write_state(t);
}

static void close_trainer(trainer *t)
{
    cpu->destroy(t->executable);
    cpu->close(t->device);
    gan_program_destroy(t->program);
    gan_net_destroy(t->net);
}

static void run(const trainer *t, int n_steps, losses *out)
{
    gan_error err = {0};
    float ring[METRIC_ROWS][GAN_METRIC_COUNT];
    int32_t flag[2];
    must(cpu->run(t->executable, n_steps, &err), &err);
    must(cpu->read(t->device, "metrics", 0, ring, sizeof ring, &err), &err);
    must(cpu->read(t->device, "flag", 0, flag, sizeof flag, &err), &err);
    assert_int_equal(flag[0], 0);
    for (int i = 0; i < n_steps; i++) {
        out->d[i] = ring[i][GAN_METRIC_LOSS_D];
        out->g[i] = ring[i][GAN_METRIC_LOSS_G];
        assert_true(isfinite(out->d[i]) && isfinite(out->g[i]));
        assert_true(ring[i][GAN_METRIC_NORM_G] > 0.0f && ring[i][GAN_METRIC_NORM_D] > 0.0f);
    }
}

static void train(const char *net, gan_dtype type, const char *conv, int n_steps, losses *out)
{
    trainer t;
    open_trainer(&t, net, type, conv, 2);
    run(&t, n_steps, out);
    close_trainer(&t);
}

static void expect_near(const losses *got, const losses *want, int n_steps, float tolerance,
                        const char *what)
{
    bool differs = false;
    for (int i = 0; i < n_steps; i++) {
        float d = fabsf(got->d[i] - want->d[i]), g = fabsf(got->g[i] - want->g[i]);
        differs = differs || d > 0.0f || g > 0.0f;
        if (!(d <= tolerance && g <= tolerance)) {
            fail_msg("%s, step %d: losses %g and %g, fp32 has %g and %g (seed %d)", what, i,
                     (double)got->d[i], (double)got->g[i], (double)want->d[i], (double)want->g[i],
                     SEED);
        }
    }
    assert_true(differs); /* or it was not bf16 at all */
}

/* bf16 keeps 8 bits: logits of order 1 after five layers are off by a few roundings of 2^-9, and
 * what the steps add grows with each. Seen: 0.0096. */
static void test_losses_are_near_those_of_fp32(void **state)
{
    (void)state;
    static const char *const engines[] = {"auto", "direct", "dft", "winograd"};
    losses full, half;
    train("tiny", GAN_F32, NULL, N_STEPS, &full);
    assert_true(full.d[11] < full.d[0] - 0.1f); /* it learns: there is something to miss */
    for (int i = 0; i < 4; i++) {
        train("tiny", GAN_BF16, engines[i], N_STEPS, &half);
        expect_near(&half, &full, N_STEPS, 0.02f, engines[i]);
    }
}

/* Wide layers, where the engines are others. */
static void test_the_tutorial_network(void **state)
{
    (void)state;
    losses full, half;
    train("dcgan-mnist", GAN_F32, NULL, 3, &full);
    train("dcgan-mnist", GAN_BF16, NULL, 3, &half);
    expect_near(&half, &full, 3, 0.02f, "dcgan-mnist");
}

/* The same bits again. */
static void test_steps_repeat_exactly(void **state)
{
    (void)state;
    losses first, second;
    train("tiny", GAN_BF16, NULL, N_STEPS, &first);
    train("tiny", GAN_BF16, NULL, N_STEPS, &second);
    assert_memory_equal(&first, &second, sizeof first);
}

static void sample(const trainer *t, gan_dtype type, float *images, int64_t n)
{
    gan_error err = {0};
    gan_program *program = NULL;
    gan_executable *executable = NULL;
    must(gan_build_sample(t->net, 4, false, false, &program, &err), &err);
    must(gan_program_retype(program, type, true, &err), &err);
    must(cpu->compile(t->device, program, &executable, &err), &err);
    assert_int_equal(program->buffers[gan_program_find(program, "sample.images")].count, n);
    must(cpu->run(executable, 1, &err), &err);
    must(cpu->read(t->device, "sample.images", 0, images, n * (int64_t)sizeof *images, &err), &err);
    cpu->destroy(executable);
    gan_program_destroy(program);
}

/* Noise goes in and images come out as fp32; both programs read one store. An image is a tanh of
 * four layers: off by a few roundings. Seen: 0.0034 at most. */
static void test_sampling(void **state)
{
    (void)state;
    enum { N_NOISE = 4 * 16, N_PIXELS = 4 * 28 * 28 };
    trainer t;
    losses ignored;
    gan_error err = {0};
    float noise[N_NOISE], full[N_PIXELS], half[N_PIXELS], largest = 0.0f;
    open_trainer(&t, "tiny", GAN_BF16, NULL, 2);
    run(&t, N_STEPS, &ignored);
    for (int i = 0; i < N_NOISE; i++) {
        noise[i] = (float)(i % 7) / 4.0f - 0.75f;
    }
    sample(&t, GAN_F32, full, N_PIXELS); /* makes the store's buffers */
    must(cpu->write(t.device, "sample.z", 0, noise, sizeof noise, &err), &err);
    sample(&t, GAN_F32, full, N_PIXELS);
    sample(&t, GAN_BF16, half, N_PIXELS);
    for (int i = 0; i < N_PIXELS; i++) {
        assert_true(fabsf(half[i] - full[i]) <= 0.01f);
        largest = fmaxf(largest, fabsf(full[i]));
    }
    assert_true(largest > 0.1f);
    assert_memory_not_equal(half, full, sizeof full);
    close_trainer(&t);
}

static void test_fp16_is_refused(void **state)
{
    (void)state;
    gan_error err = {0};
    gan_net *net = NULL;
    gan_device *device = NULL;
    gan_executable *executable = NULL;
    must(gan_net_load("tiny", &net, &err), &err);
    gan_program *program = build(net, GAN_F16, true);
    must(cpu->open(NULL, &device, &err), &err);
    assert_int_equal(cpu->compile(device, program, &executable, &err), GAN_E_UNSUPPORTED);
    assert_null(executable);
    assert_non_null(strstr(err.text, "use bf16 or fp32"));
    cpu->close(device);
    gan_program_destroy(program);
    gan_net_destroy(net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_losses_are_near_those_of_fp32),
        cmocka_unit_test(test_the_tutorial_network),
        cmocka_unit_test(test_steps_repeat_exactly),
        cmocka_unit_test(test_sampling),
        cmocka_unit_test(test_fp16_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
