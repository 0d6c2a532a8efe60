/* test_session_locale.c — a checkpoint of a run that was rolled back, written by a program whose
 * numbers have a decimal comma: its metadata are no text of the locale. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gan/gan.h"
#include "session/checkpoint.h"
#include "unit/comma_locale.h"
#include "unit/data_files.h"

static void must(gan_status status, const gan_error *err)
{
    if (status != GAN_OK) {
        fail_msg("%s: %s", gan_status_text(status), err->text);
    }
}

static gan_session *make_session(gan_net *net, const gan_data *data)
{
    static const struct {
        gan_option_id id;
        const char *value;
    } settings[] = {{GAN_OPTION_ID_device, "cpu"},
                    {GAN_OPTION_ID_threads, "1"},
                    {GAN_OPTION_ID_batch_size, "4"}};
    gan_error err = {0};
    gan_options options;
    gan_session *session = NULL;
    must(gan_options_init(&options, &err), &err);
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        must(gan_options_set(&options, settings[i].id, settings[i].value, GAN_FROM_FLAG, &err),
             &err);
    }
    must(gan_session_create(net, data, &options, NULL, &session, &err), &err);
    gan_options_free(&options);
    return session;
}

static void a_factor_of_rates_comes_back(void **state)
{
    (void)state;
    gan_error err = {0};
    gan_net *net = NULL;
    gan_data *data = NULL;
    gan_checkpoint checkpoint = {0};
    data_folder folder;
    const gan_data_options few = {.limit = 8};
    data_folder_make(&folder);
    must(gan_net_load("data/nets/tiny.yaml", &net, &err), &err);
    must(gan_data_open("digits", &few, &data, &err), &err);
    gan_session *session = make_session(net, data);
    const char *path = data_at(&folder, "rolled-back.safetensors");
    const bool commas = comma_locale_set();
    must(gan_session_roll_back(session, NULL, 3, 0.125, &err), &err);
    must(gan_session_save(session, path, &err), &err);
    must(gan_checkpoint_open(path, &checkpoint, &err), &err);
    assert_true(checkpoint.rollbacks == 3 && checkpoint.lr_factor == 0.125);
    must(gan_session_load(session, path, NULL, &err), &err);
    if (commas) {
        comma_locale_reset();
    }
    gan_checkpoint_close(&checkpoint);
    gan_session_destroy(session);
    gan_data_close(data);
    gan_net_destroy(net);
    data_folder_remove(&folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_factor_of_rates_comes_back)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
