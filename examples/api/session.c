/* session.c — training step by step: what is needed, stepping, measuring, saving, resuming; and a
 * classifier's test. */
#include "need.h"

#include "gan/gan.h"

static void line(void *ctx, const char *text)
{
    (void)ctx;
    puts(text);
}

static const gan_listener printer = {line, NULL};

static gan_session *opened(const gan_net *net, const gan_data *data, gan_error *err)
{
    gan_options options = {0};
    gan_session *session = NULL;
    need(gan_options_init(&options, err), err);
    need(gan_options_set(&options, GAN_OPTION_ID_batch_size, "16", GAN_FROM_FLAG, err), err);
    need(gan_session_create(net, data, &options, &printer, &session, err), err);
    gan_options_free(&options); /* they were copied */
    return session;
}

static void train_a_gan(gan_error *err)
{
    static float images[4 * 28 * 28];
    static const uint64_t seeds[] = {0, 1, 2, 3};
    gan_net *net = NULL;
    gan_data *data = NULL;
    gan_options options = {0};
    gan_session_plan plan;
    gan_metrics mean;
    int64_t used = 0;
    const gan_data_options few = {.limit = 256};
    need(gan_options_init(&options, err), err);
    need(gan_net_load("tiny", &net, err), err);
    need(gan_data_open("digits", &few, &data, err), err);
    need(gan_session_forecast(net, gan_data_describe(data)->n, &options, &plan, err), err);
    printf("it will take %.1f MB\n", (double)plan.needed_bytes / 1e6);
    gan_session *session = opened(net, data, err);
    plan = gan_session_describe(session);
    printf("%s on %s: %d operations a step, %lld steps an epoch, seed %llu\n",
           gan_net_name(gan_session_net(session)), gan_session_device(session), plan.operations,
           (long long)gan_session_steps_per_epoch(session),
           (unsigned long long)gan_session_options(session)->seed);
    need(gan_session_run(session, 5, err), err);
    need(gan_session_metrics(session, 5, &mean, &used, err), err);
    printf("Loss_D %.3f, Loss_G %.3f: means of %lld steps\n", mean.loss_d, mean.loss_g,
           (long long)used);
    need(gan_session_sample(session, seeds, 4, false, images, err), err);
    need(gan_session_check(session, err), err);
    need(gan_session_save(session, "five.safetensors", err), err);
    gan_session_destroy(session);

    session = opened(net, data, err); /* in another process, say */
    need(gan_session_load(session, "five.safetensors", &printer, err), err);
    need(gan_session_run(session, 1, err), err);
    printf("step %lld\n", (long long)gan_session_step(session));
    gan_session_destroy(session);
    gan_data_close(data);
    gan_net_destroy(net);
    gan_options_free(&options);
}

static void test_a_classifier(gan_error *err)
{
    gan_net *net = NULL;
    gan_data *train = NULL, *test = NULL;
    gan_pulse pulse = {0}; /* another thread may see by it that a step hangs */
    double accuracy = 0;
    const gan_data_options few = {.limit = 256}, others = {.limit = 64, .split = "test"};
    need(gan_net_load("mnist-classifier", &net, err), err);
    need(gan_data_open("digits", &few, &train, err), err);
    need(gan_data_open("digits", &others, &test, err), err);
    gan_session *session = opened(net, train, err);
    gan_session_set_pulse(session, &pulse);
    need(gan_session_run(session, 4, err), err);
    need(gan_session_test(session, test, &accuracy, err), err);
    printf("%.0f %% of the test images\n", 100 * accuracy);
    gan_session_destroy(session);
    gan_data_close(test);
    gan_data_close(train);
    gan_net_destroy(net);
}

int main(void)
{
    gan_error err = {0};
    train_a_gan(&err);
    test_a_classifier(&err);
    return 0;
}
