/* test_cuda_classify.c — a classifier's steps on the CUDA plugin against those on the CPU, in each
 * precision that the device has, with its data resident and streamed, and its test. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cuda/cuda_rig.h"
#include "gan/session.h"

enum { STEPS = 4, BATCH = 12 };

static const char yaml[] = "name: small\nimage: {height: 28, width: 28, channels: 1}\n"
                           "network:\n"
                           "  - conv: {channels: 4, kernel: 3, stride: 2, padding: same}\n"
                           "  - batch_norm: {momentum: 0.5}\n"
                           "  - leaky_relu: 0.2\n"
                           "  - conv: {channels: 6, kernel: 3, stride: 2, padding: same}\n"
                           "  - tanh\n"
                           "  - dropout: 0.2\n"
                           "  - flatten\n"
                           "  - dense: 10\n"
                           "train: {batch_size: 12, adam: {lr: 1e-2}, ema: 0.5}\n";

/* What some steps on a device leave. */
typedef struct outcome {
    gan_metrics step[STEPS];
    double tested;
} outcome;

static void must(gan_status status, const gan_error *err)
{
    if (status != GAN_OK) {
        fail_msg("%s: %s", gan_status_text(status), err->text);
    }
}

static void set(gan_options *options, gan_option_id id, const char *text)
{
    gan_error err = {0};
    must(gan_options_set(options, id, text, GAN_FROM_FLAG, &err), &err);
}

static outcome classify(const char *device, const char *precision, const char *store)
{
    const gan_data_options data_options = {.limit = 40, .seed = 3};
    outcome out;
    gan_net *net = NULL;
    gan_data *data = NULL;
    gan_session *session = NULL;
    gan_options options = {0};
    gan_error err = {0};
    int64_t used = 0;
    must(gan_net_parse(yaml, "small.yaml", &net, &err), &err);
    must(gan_data_open("digits", &data_options, &data, &err), &err);
    must(gan_options_init(&options, &err), &err);
    set(&options, GAN_OPTION_ID_device, device);
    set(&options, GAN_OPTION_ID_precision, precision);
    set(&options, GAN_OPTION_ID_data_store, store);
    set(&options, GAN_OPTION_ID_threads, "1");
    must(gan_session_create(net, data, &options, NULL, &session, &err), &err);
    for (int i = 0; i < STEPS; i++) {
        must(gan_session_run(session, 1, &err), &err);
        must(gan_session_check(session, &err), &err);
        must(gan_session_metrics(session, 1, &out.step[i], &used, &err), &err);
        assert_int_equal(used, 1);
    }
    must(gan_session_test(session, data, &out.tested, &err), &err);
    gan_session_destroy(session);
    gan_options_free(&options);
    gan_data_close(data);
    gan_net_destroy(net);
    return out;
}

/* Losses and norms within a share of what the CPU has in fp32: rounding of the precision through
 * four steps of Adam, whose first divide by what little there is of v. */
static void expect_near(const outcome *got, const outcome *want, double share, const char *what)
{
    for (int i = 0; i < STEPS; i++) {
        const gan_metrics *a = &got->step[i], *b = &want->step[i];
        if (!(fabs(a->loss - b->loss) <= share * b->loss) ||
            !(fabs(a->norm - b->norm) <= 4 * share * b->norm) ||
            !(fabs(a->accuracy - b->accuracy) * BATCH <= (i == 0 || share < 1e-3 ? 0.01 : 2.01))) {
            fail_msg(
                "%s, step %d: loss %.7g, accuracy %g, norm %.7g, and on the CPU %.7g, %g, %.7g",
                what, i, a->loss, a->accuracy, a->norm, b->loss, b->accuracy, b->norm);
        }
        assert_true(isnan(a->loss_d) && isnan(a->norm_g));
    }
}

static void test_steps_are_those_of_the_cpu(void **state)
{
    const outcome cpu = classify("cpu", "fp32", "resident");
    const outcome strict = classify("cuda", "strict", "resident");
    const outcome streamed = classify("cuda", "strict", "stream");
    (void)state;
    expect_near(&strict, &cpu, 2e-5, "strict");
    assert_true(fabs(strict.tested - cpu.tested) <= 1.01 / 40);
    for (int i = 0; i < STEPS; i++) {
        assert_true(strict.step[i].loss == streamed.step[i].loss);
        assert_true(strict.step[i].accuracy == streamed.step[i].accuracy);
    }
    assert_true(strict.tested == streamed.tested);
}

static void test_sixteen_bits(void **state)
{
    static const char *const precisions[] = {"bf16", "fp16"};
    const outcome cpu = classify("cpu", "fp32", "resident");
    (void)state;
    for (int i = 0; i < 2; i++) {
        if (rig_has(precisions[i])) {
            const outcome half = classify("cuda", precisions[i], "resident");
            expect_near(&half, &cpu, i == 0 ? 3e-2 : 5e-3, precisions[i]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_steps_are_those_of_the_cpu),
        cmocka_unit_test(test_sixteen_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
