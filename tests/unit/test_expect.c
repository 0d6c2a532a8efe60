/* test_expect.c — the images of a mapped data set that a session expects are those that its steps
 * draw. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "session/expect.h"
#include "unit/data_files.h"

enum { N = 12, BATCH = 4 };

static void count(void *ctx, int64_t i)
{
    int *seen = ctx;
    assert_true(i >= 0 && i < N);
    seen[i]++;
}

static gan_session *open_session(const char *source, gan_net *net, gan_data **data)
{
    gan_options options = {0};
    gan_session *session = NULL;
    gan_error err = {0};
    const gan_data_options wanted = {.height = 28, .width = 28, .channels = 1};
    assert_int_equal(gan_data_open(source, &wanted, data, &err), GAN_OK);
    assert_int_equal(gan_options_init(&options, &err), GAN_OK);
    if (gan_options_set(&options, GAN_OPTION_ID_batch_size, "4", GAN_FROM_FLAG, &err) != GAN_OK ||
        gan_options_set(&options, GAN_OPTION_ID_threads, "1", GAN_FROM_FLAG, &err) != GAN_OK ||
        gan_options_set(&options, GAN_OPTION_ID_device, "cpu", GAN_FROM_FLAG, &err) != GAN_OK ||
        gan_session_create(net, *data, &options, NULL, &session, &err) != GAN_OK) {
        fail_msg("%s", err.text);
    }
    gan_options_free(&options);
    return session;
}

/* Every image of an epoch is expected once, two steps and more before it is read. */
static void every_image_of_an_epoch_once(void **state)
{
    (void)state;
    data_folder folder;
    uint8_t pixels[28 * 28];
    gan_data *data = NULL;
    gan_net *net = NULL;
    gan_error err = {0};
    gan_data_info info;
    data_folder_make(&folder);
    for (uint32_t i = 0; i < N; i++) {
        data_fill(pixels, sizeof pixels, i);
        data_write_png8(data_at(&folder, "f/%02u.png", i), 28, 28, 1, pixels);
    }
    const char *packed = data_at(&folder, "p.safetensors");
    assert_int_equal(gan_data_pack(data_at(&folder, "f"), NULL, packed, &info, &err), GAN_OK);
    assert_int_equal(gan_net_load("tiny", &net, &err), GAN_OK);
    gan_session *session = open_session(packed, net, &data);
    for (int64_t epoch = 0; epoch < 3; epoch++) {
        int seen[N] = {0};
        for (int64_t step = 0; step < N / BATCH; step++) {
            gan_expect_images(session, epoch * (N / BATCH) + step, count, seen);
        }
        for (int i = 0; i < N; i++) {
            assert_int_equal(seen[i], 1);
        }
    }
    assert_int_equal(gan_session_run(session, 3, &err), GAN_OK);
    assert_true(session->expected >= 2 + 64 / BATCH); /* what the third step needed was there */
    assert_true(gan_expect_ahead(session));
    assert_false(session->gives_back); /* it is small */
    gan_session_destroy(session);
    gan_data_close(data);
    session = open_session(data_at(&folder, "f"), net, &data);
    assert_false(gan_expect_ahead(session)); /* in memory */
    gan_session_destroy(session);
    gan_data_close(data);
    gan_net_destroy(net);
    data_folder_remove(&folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_image_of_an_epoch_once)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
