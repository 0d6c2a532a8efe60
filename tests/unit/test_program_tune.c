/* test_program_tune.c — tunes: what is listed, how it reads and writes, names of operations. */
#include "program/tune.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "program/build.h"

static gan_tune *parse(const char *text)
{
    gan_error err = {0};
    gan_tune *tune = NULL;
    if (gan_tune_parse("t.yaml", text, strlen(text), &tune, &err) != GAN_OK) {
        fail_msg("%s", err.text);
    }
    return tune;
}

static char *text_of(const gan_tune *tune)
{
    char *text = NULL;
    assert_int_equal(gan_tune_text(tune, &text, NULL), GAN_OK);
    return text;
}

/* A training step of a shipped network, placed. */
static gan_program *step_of(const char *name, int64_t batch, gan_net **net)
{
    gan_error err = {0};
    gan_program *program = NULL;
    gan_train_ids ids;
    assert_int_equal(gan_net_load(name, net, &err), GAN_OK);
    const gan_build_options options = {.batch = batch,
                                       .loss = "bce",
                                       .adam_g = (*net)->train.adam_g,
                                       .adam_d = (*net)->train.adam_d,
                                       .n_images = 64,
                                       .metric_rows = 4};
    if (gan_build_train(*net, &options, true, &program, &ids, &err) != GAN_OK) {
        fail_msg("%s", err.text);
    }
    return program;
}

static void what_is_listed_is_found(void **state)
{
    (void)state;
    gan_net *net = NULL;
    gan_program *program = step_of("tiny", 4, &net), *larger = NULL;
    gan_tune *tune = NULL, *copy = NULL;
    assert_int_equal(gan_tune_create("here", &tune, NULL), GAN_OK);
    assert_null(gan_tune_find(NULL, program, 0));
    /* backwards, so that entries are put before others */
    for (int i = program->n_ops - 1; i >= 0; i--) {
        char *name = NULL, way[GAN_WAY_SIZE];
        assert_null(gan_tune_find(tune, program, i)); /* as no name is another's */
        assert_int_equal(gan_tune_name(program, i, &name, NULL), GAN_OK);
        (void)snprintf(way, sizeof way, "way %d", i);
        assert_int_equal(gan_tune_set(tune, name, way, NULL), GAN_OK);
        free(name);
    }
    assert_int_equal(gan_tune_size(tune), program->n_ops);
    assert_int_equal(gan_tune_copy(tune, &copy, NULL), GAN_OK);
    gan_tune_destroy(tune);
    for (int i = 0; i < program->n_ops; i++) {
        char way[GAN_WAY_SIZE];
        (void)snprintf(way, sizeof way, "way %d", i);
        assert_string_equal(gan_tune_find(copy, program, i), way);
    }
    gan_net_destroy(net);
    larger = step_of("tiny", 5, &net);
    int found = 0;
    for (int i = 0; i < larger->n_ops; i++) {
        bool has_batch = strncmp(gan_op_describe(larger->ops[i].kind)->name, "conv", 4) == 0;
        assert_false(has_batch && gan_tune_find(copy, larger, i));
        found += gan_tune_find(copy, larger, i) != NULL;
    }
    assert_true(found > 0); /* Adam does not know of batches */
    gan_tune_destroy(copy);
    gan_program_destroy(program);
    gan_program_destroy(larger);
    gan_net_destroy(net);
}

static void entries_are_replaced_and_removed(void **state)
{
    (void)state;
    gan_tune *tune = NULL;
    char *text = NULL, before[GAN_TUNE_DIGEST_SIZE], after[GAN_TUNE_DIGEST_SIZE];
    assert_int_equal(gan_tune_create("a: b", &tune, NULL), GAN_OK);
    assert_int_equal(gan_tune_set(tune, "b", "one", NULL), GAN_OK);
    assert_int_equal(gan_tune_digest(tune, before, NULL), GAN_OK);
    assert_int_equal(gan_tune_set(tune, "a", "two", NULL), GAN_OK);
    assert_int_equal(gan_tune_set(tune, "b", "three", NULL), GAN_OK);
    assert_int_equal(gan_tune_set(tune, "c", NULL, NULL), GAN_OK); /* was not there */
    assert_int_equal(gan_tune_size(tune), 2);
    text = text_of(tune);
    assert_non_null(strstr(text, "ways:\n  - operation: a\n    way: two\n  - operation: b\n    "
                                 "way: three\n"));
    free(text);
    assert_int_equal(gan_tune_digest(tune, after, NULL), GAN_OK);
    assert_string_not_equal(before, after);
    assert_int_equal(gan_tune_set(tune, "a", NULL, NULL), GAN_OK);
    assert_int_equal(gan_tune_set(tune, "b", "one", NULL), GAN_OK);
    assert_int_equal(gan_tune_digest(tune, after, NULL), GAN_OK);
    assert_string_equal(before, after);
    assert_int_equal(strlen(after), GAN_TUNE_DIGEST_SIZE - 1);
    gan_tune_destroy(tune);
}

static void text_reads_back(void **state)
{
    (void)state;
    gan_tune *tune = NULL;
    assert_int_equal(gan_tune_create("cpu; \"x\": 2, # y", &tune, NULL), GAN_OK);
    for (int n = 0; n < 3; n++) {
        char *text = text_of(tune);
        gan_tune *again = parse(text);
        char *twice = text_of(again);
        assert_string_equal(text, twice);
        assert_string_equal(gan_tune_device(again), "cpu; \"x\": 2, # y");
        assert_int_equal(gan_tune_size(again), n);
        free(text);
        free(twice);
        gan_tune_destroy(again);
        const char *names[] = {"train: conv d.conv0: 4x8x8x1:f32 -> x", "- [odd] {name}", "last"};
        assert_int_equal(gan_tune_set(tune, names[n], "A2:38", NULL), GAN_OK);
    }
    gan_tune_destroy(tune);
}

static void mistakes_are_told_with_their_place(void **state)
{
    (void)state;
#define HEAD "format: gan.c tune 1\ndevice: d\n"
    static const struct {
        const char *text, *words;
    } cases[] = {
        {"- a\n", "t.yaml:1:1:"},
        {"device: d\nways: []\n", "'format' is missing"},
        {"format: gan.c tune 9\ndevice: d\nways: []\n", "t.yaml:1:9: format: 'gan.c tune 9'"},
        {"format: gan.c tune 1\nways: []\n", "'device' is missing"},
        {HEAD, "'ways' is missing"},
        {HEAD "way: []\n", "did you mean 'ways'"},
        {HEAD "ways: {}\n", "t.yaml:3:7:"},
        {HEAD "ways:\n  - a\n", "t.yaml:4:5:"},
        {HEAD "ways:\n  - {operation: a}\n", "'way' is missing"},
        {HEAD "ways:\n  - {way: a}\n", "'operation' is missing"},
        {HEAD "ways:\n  - {operation: a, wy: b}\n", "did you mean 'way'"},
        {HEAD "ways:\n  - {operation: a, way: \"\"}\n", "at most 31 characters"},
        {HEAD "ways:\n  - {operation: a, way: abcdefghijklmnopqrstuvwxyzabcdef}\n",
         "at most 31 characters"},
        {HEAD "ways:\n  - {operation: a, way: b}\n  - {operation: a, way: c}\n",
         "t.yaml:5:17: ways item 2 operation: this operation is listed twice"},
    };
#undef HEAD
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        gan_error err = {0};
        gan_tune *tune = NULL;
        const char *text = cases[i].text;
        assert_int_equal(gan_tune_parse("t.yaml", text, strlen(text), &tune, &err), GAN_E_DATA);
        assert_null(tune);
        if (!strstr(err.text, cases[i].words)) {
            fail_msg("case %zu: '%s' does not hold '%s'", i, err.text, cases[i].words);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_listed_is_found),
        cmocka_unit_test(entries_are_replaced_and_removed),
        cmocka_unit_test(text_reads_back),
        cmocka_unit_test(mistakes_are_told_with_their_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
