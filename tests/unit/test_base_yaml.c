/* test_base_yaml.c — YAML documents: values, places in messages, what is refused, quoting. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/philox.h"
#include "base/yaml.h"
#include "unit/data_files.h"

static const char net[] = "name: tiny   # a comment\n"
                          "lr: 2e-4\n"
                          "seed: 18446744073709551615\n"
                          "flip: yes\n"
                          "quoted: \"7\"\n"
                          "nothing:\n"
                          "generator:\n"
                          "  layers:\n"
                          "    - {type: dense, units: 12544}\n"
                          "    - type: conv\n"
                          "      kernal: 5\n"
                          "discriminator:\n"
                          "  - type: conv\n"
                          "    kernel: five\n"
                          "    pad: [1, x]\n";

static gan_yaml *parse(const char *text)
{
    gan_yaml *yaml = NULL;
    gan_error err = {0};
    if (gan_yaml_parse("my.yaml", text, strlen(text), &yaml, &err) != GAN_OK) {
        fail_msg("%s", err.text);
    }
    gan_yaml_name_items(yaml, "layer");
    return yaml;
}

static gan_yaml_node at(const gan_yaml *yaml, const char *key)
{
    return gan_yaml_find(gan_yaml_root(yaml), key);
}

static void values_have_types(void **state)
{
    (void)state;
    gan_yaml *yaml = parse(net);
    const gan_yaml_node root = gan_yaml_root(yaml);
    const char *name = NULL;
    double lr = 0.0;
    uint64_t seed = 0;
    bool flip = false;
    int64_t units = 0, absent = 42;
    assert_int_equal(gan_yaml_get_string(root, "name", &name, NULL), GAN_OK);
    assert_string_equal(name, "tiny");
    assert_int_equal(gan_yaml_get_double(root, "lr", &lr, NULL), GAN_OK);
    assert_true(lr == 2e-4);
    assert_int_equal(gan_yaml_get_uint64(root, "seed", &seed, NULL), GAN_OK);
    assert_true(seed == UINT64_MAX);
    assert_int_equal(gan_yaml_get_bool(root, "flip", &flip, NULL), GAN_OK);
    assert_true(flip);
    assert_int_equal(gan_yaml_get_int64(root, "absent", &absent, NULL), GAN_OK);
    assert_int_equal(absent, 42);
    const gan_yaml_node layers = gan_yaml_find(at(yaml, "generator"), "layers");
    assert_int_equal(gan_yaml_size(layers), 2);
    assert_int_equal(gan_yaml_get_int64(gan_yaml_item(layers, 0), "units", &units, NULL), GAN_OK);
    assert_int_equal(units, 12544);
    assert_int_equal(gan_yaml_line(gan_yaml_item(layers, 1)), 10);
    gan_yaml_destroy(yaml);
}

static void nodes_tell_their_kind(void **state)
{
    (void)state;
    gan_yaml *yaml = parse("a: ~\nb: null\nc:\nd: ''\ne: 1\nf: []\ng: {}\n");
    static const gan_yaml_kind kinds[] = {GAN_YAML_NULL,   GAN_YAML_NULL,   GAN_YAML_NULL,
                                          GAN_YAML_SCALAR, GAN_YAML_SCALAR, GAN_YAML_SEQUENCE,
                                          GAN_YAML_MAP};
    const gan_yaml_node root = gan_yaml_root(yaml);
    assert_int_equal(gan_yaml_kind_of(root), GAN_YAML_MAP);
    assert_int_equal(gan_yaml_size(root), 7);
    for (size_t i = 0; i < 7; i++) {
        const char *key = NULL;
        assert_int_equal(gan_yaml_string(gan_yaml_key(root, i), &key, NULL), GAN_OK);
        assert_int_equal(key[0], 'a' + (int)i);
        assert_int_equal(gan_yaml_kind_of(gan_yaml_value(root, i)), kinds[i]);
    }
    const gan_yaml_node none = gan_yaml_value(root, 7);
    assert_int_equal(gan_yaml_kind_of(none), GAN_YAML_NONE);
    assert_int_equal(gan_yaml_size(none), 0);
    assert_int_equal(gan_yaml_kind_of(gan_yaml_find(none, "x")), GAN_YAML_NONE);
    assert_int_equal(gan_yaml_kind_of(gan_yaml_item(root, 0)), GAN_YAML_NONE);
    assert_int_equal(gan_yaml_kind_of(gan_yaml_key(at(yaml, "f"), 0)), GAN_YAML_NONE);
    gan_yaml_destroy(yaml);
}

static void messages_say_where(void **state)
{
    (void)state;
    static const char *const keys[] = {"type", "kernel", "stride"};
    gan_yaml *yaml = parse(net);
    gan_error err = {0};
    int64_t value = 7;
    bool flag = false;
    const char *text = NULL;
    const gan_yaml_node root = gan_yaml_root(yaml);
    const gan_yaml_node layers = gan_yaml_find(at(yaml, "generator"), "layers");
    const gan_yaml_node first = gan_yaml_item(at(yaml, "discriminator"), 0);
    assert_int_equal(gan_yaml_check_keys(gan_yaml_item(layers, 1), keys, 3, &err), GAN_E_DATA);
    assert_string_equal(err.text, "my.yaml:11:7: generator layer 2: unknown key 'kernal' "
                                  "(did you mean 'kernel'?)");
    assert_int_equal(gan_yaml_check_keys(gan_yaml_item(layers, 0), keys, 3, &err), GAN_E_DATA);
    assert_string_equal(err.text, "my.yaml:9:21: generator layer 1: unknown key 'units'; known "
                                  "here: type, kernel, stride");
    assert_int_equal(gan_yaml_get_int64(first, "kernel", &value, &err), GAN_E_DATA);
    assert_string_equal(err.text, "my.yaml:14:13: discriminator layer 1 kernel: 'five' is not a "
                                  "whole number");
    assert_int_equal(value, 7);
    const gan_yaml_node pad = gan_yaml_item(gan_yaml_find(first, "pad"), 1);
    assert_int_equal(gan_yaml_int64(pad, &value, &err), GAN_E_DATA);
    assert_string_equal(err.text, "my.yaml:15:14: discriminator layer 1 pad item 2: 'x' is not a "
                                  "whole number");
    assert_int_equal(gan_yaml_get_int64(root, "quoted", &value, &err), GAN_E_DATA);
    assert_string_equal(err.text, "my.yaml:5:9: quoted: a whole number is wanted, here is a quoted "
                                  "text; leave the quotes out");
    assert_int_equal(gan_yaml_get_int64(root, "nothing", &value, &err), GAN_E_DATA);
    assert_string_equal(err.text, "my.yaml:6:9: nothing: a whole number is wanted, here is "
                                  "nothing");
    assert_int_equal(gan_yaml_get_bool(root, "name", &flag, &err), GAN_E_DATA);
    assert_string_equal(err.text, "my.yaml:1:7: name: true or false is wanted, here is 'tiny'");
    assert_int_equal(gan_yaml_get_string(root, "generator", &text, &err), GAN_E_DATA);
    assert_string_equal(err.text, "my.yaml:8:3: generator: a text is wanted, here is a map");
    assert_int_equal(gan_yaml_fail(root, &err, "%d wrong", 3), GAN_E_DATA);
    assert_string_equal(err.text, "my.yaml:1:1: 3 wrong");
    gan_yaml_destroy(yaml);
}

static void needed_things_are_missed(void **state)
{
    (void)state;
    gan_yaml *yaml = parse(net);
    gan_error err = {0};
    gan_yaml_node node;
    int64_t value = 0;
    const gan_yaml_node layers = gan_yaml_find(at(yaml, "generator"), "layers");
    assert_int_equal(gan_yaml_need(gan_yaml_item(layers, 0), "units", &node, &err), GAN_OK);
    assert_int_equal(gan_yaml_need(gan_yaml_item(layers, 1), "kernel", &node, &err), GAN_E_DATA);
    assert_string_equal(err.text, "my.yaml:10:7: generator layer 2: 'kernel' is missing");
    assert_int_equal(gan_yaml_need(layers, "kernel", &node, &err), GAN_E_DATA);
    assert_string_equal(err.text, "my.yaml:9:5: generator layers: a map of 'key: value' is wanted, "
                                  "here is a list");
    assert_int_equal(gan_yaml_get_int64(layers, "kernel", &value, &err), GAN_E_DATA);
    assert_int_equal(gan_yaml_expect_sequence(layers, &err), GAN_OK);
    assert_int_equal(gan_yaml_expect_sequence(at(yaml, "name"), &err), GAN_E_DATA);
    assert_string_equal(err.text, "my.yaml:1:7: name: a list is wanted, here is a single value");
    assert_int_equal(gan_yaml_expect_map(at(yaml, "absent"), &err), GAN_E_DATA);
    assert_string_equal(err.text, "my.yaml: a map of 'key: value' is wanted, here is nothing");
    gan_yaml_destroy(yaml);
}

static void choices_name_the_nearest(void **state)
{
    (void)state;
    static const char *const words[] = {"same", "valid"};
    gan_yaml *yaml = parse("a: valid\nb: smae\nc: zero\n");
    const gan_yaml_node root = gan_yaml_root(yaml);
    gan_error err = {0};
    int choice = 5;
    assert_int_equal(gan_yaml_get_choice(root, "absent", words, 2, &choice, &err), GAN_OK);
    assert_int_equal(choice, 5);
    assert_int_equal(gan_yaml_get_choice(root, "a", words, 2, &choice, &err), GAN_OK);
    assert_int_equal(choice, 1);
    assert_int_equal(gan_yaml_get_choice(root, "b", words, 2, &choice, &err), GAN_E_DATA);
    assert_string_equal(err.text, "my.yaml:2:4: b: unknown word 'smae' (did you mean 'same'?)");
    assert_int_equal(gan_yaml_get_choice(root, "c", words, 2, &choice, &err), GAN_E_DATA);
    assert_string_equal(err.text, "my.yaml:3:4: c: unknown word 'zero'; known here: same, valid");
    assert_int_equal(choice, 1);
    gan_yaml_destroy(yaml);
}

static void bools_are_words(void **state)
{
    (void)state;
    gan_yaml *yaml = parse("[true, yes, on, True, false, no, off, OFF]");
    for (size_t i = 0; i < 8; i++) {
        bool value = i >= 4;
        const gan_yaml_node item = gan_yaml_item(gan_yaml_root(yaml), i);
        assert_int_equal(gan_yaml_bool(item, &value, NULL), GAN_OK);
        assert_int_equal(value, i < 4);
    }
    gan_yaml_destroy(yaml);
}

static void aliases_are_followed(void **state)
{
    (void)state;
    gan_yaml *yaml = parse("base: &b {kernel: x}\nlayers: [*b, *b]\n");
    gan_error err = {0};
    int64_t value = 0;
    const gan_yaml_node second = gan_yaml_item(at(yaml, "layers"), 1);
    assert_int_equal(gan_yaml_get_int64(second, "kernel", &value, &err), GAN_E_DATA);
    assert_string_equal(err.text, "my.yaml:1:19: base kernel: 'x' is not a whole number");
    gan_yaml_destroy(yaml);
}

typedef struct refusal {
    const char *text, *message;
} refusal;

static const refusal refusals[] = {
    {"", "my.yaml: is empty"},
    {"# only a remark\n", "my.yaml: is empty"},
    {"a: 1\nb:\n  a: 2\na: 3\n", "my.yaml:4:1: the key 'a' is here twice, first on line 1"},
    {"b: {a: 1, a: 2}", "my.yaml:1:11: b: the key 'a' is here twice, first on line 1"},
    {"? [x]\n: 1\n", "my.yaml:1:3: a key must be a plain word, not a list or a map"},
    {"{? &k [z] : *k}", "my.yaml:1:4: a key must be a plain word"},
    {"&a [*a]", "my.yaml:1:1: an alias inside its own anchor"},
    {"x: &a {y: [*a]}", "my.yaml:1:4: x: an alias inside its own anchor"},
    {"a: [1, 2\nb: 3\n", "my.yaml:2:2: while parsing a flow sequence did not find expected ','"},
    {"a\n---\nb\n", "my.yaml:2: a second document begins here; one is wanted"},
    {"a\n...\nb\n", "my.yaml:3:1: did not find expected <document start>"},
    {"a: 1\nb: \xff\n", "my.yaml:2:4: not a text in UTF-8"},
    {"a: \xC3(\n", "my.yaml:1:5: not a text in UTF-8"},
    {"a: \x01\n", "my.yaml:1:4: not a text in UTF-8: control characters are not allowed"},
    {"a: !thing 3", "my.yaml:1:4: a: the tag '!thing' means nothing here"},
    {"%TAG ! tag:x,2000:\n---\na", "my.yaml:1: %TAG means nothing here"},
    {"a: *nobody", "my.yaml:1:4: found undefined alias"},
    {"a: 'x\n", "my.yaml:2:1: while scanning a quoted scalar found unexpected end"},
    {"\ta: 1", "my.yaml:1: begins with a tab; YAML is indented by blanks"},
    {"a:\n  b: 1\n \tc: 2\n", "my.yaml:3: begins with a tab; YAML is indented by blanks"},
    {"a: @", "my.yaml:1:4: while scanning for the next token found character that cannot start"},
    {"a: b: c", "my.yaml:1:5: mapping values are not allowed"},
};

static void bad_documents_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        gan_yaml *yaml = (gan_yaml *)1;
        gan_error err = {0};
        const char *text = refusals[i].text;
        assert_int_equal(gan_yaml_parse("my.yaml", text, strlen(text), &yaml, &err), GAN_E_DATA);
        assert_null(yaml);
        if (!strstr(err.text, refusals[i].message)) {
            fail_msg("case %zu: got \"%s\", want \"%s\"", i, err.text, refusals[i].message);
        }
    }
}

/* As editors on Windows save it. */
static void a_byte_order_mark_is_passed_over(void **state)
{
    (void)state;
    gan_yaml *yaml = NULL;
    gan_error err = {0};
    static const char text[] = "\xef\xbb\xbfname: a\r\nb: 1\r\n", bad[] = "\xef\xbb\xbf{";
    assert_int_equal(gan_yaml_parse("my.yaml", text, sizeof text - 1, &yaml, &err), GAN_OK);
    gan_yaml_destroy(yaml);
    assert_int_equal(gan_yaml_parse("my.yaml", bad, 3, &yaml, &err), GAN_E_DATA);
    assert_string_equal(err.text, "my.yaml: is empty");
    assert_int_equal(gan_yaml_parse("my.yaml", bad, 4, &yaml, &err), GAN_E_DATA);
}

/* UTF-16 has zero bytes. */
static void utf16_is_refused(void **state)
{
    (void)state;
    gan_yaml *yaml = NULL;
    static const char text[] = "\xFF\xFE"
                               "a\0:\0 \0"
                               "1";
    assert_int_equal(gan_yaml_parse("my.yaml", text, sizeof text, &yaml, NULL), GAN_E_DATA);
    static const char marked[] = "\xEF\xBB\xBF"
                                 "a: 1\n"; /* a mark at the front is fine */
    assert_int_equal(gan_yaml_parse("my.yaml", marked, sizeof marked - 1, &yaml, NULL), GAN_OK);
    gan_yaml_destroy(yaml);
}

static gan_status parse_repeated(const char *start, const char *each, int n, gan_error *err)
{
    gan_text text = {0};
    gan_yaml *yaml = NULL;
    gan_text_add(&text, "%s", start);
    for (int i = 0; i < n; i++) {
        gan_text_add(&text, each, i);
    }
    const gan_status status = gan_yaml_parse("my.yaml", text.data, text.length, &yaml, err);
    gan_yaml_destroy(yaml);
    gan_text_free(&text);
    return status;
}

static void growth_is_bounded(void **state)
{
    (void)state;
    static const char laughs[] = "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
                                 "b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\n"
                                 "c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\n"
                                 "d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\n"
                                 "e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\n"
                                 "f: [*e,*e,*e,*e,*e,*e,*e,*e,*e,*e]\n";
    gan_error err = {0};
    gan_yaml *yaml = NULL;
    assert_int_equal(gan_yaml_parse("my.yaml", laughs, sizeof laughs - 1, &yaml, &err), GAN_E_DATA);
    assert_non_null(strstr(err.text, "aliases make more than 1000000 entries"));
    assert_int_equal(parse_repeated("", "[", 1000000, &err), GAN_E_DATA);
    assert_non_null(strstr(err.text, "nested more than 64 deep"));
    assert_int_equal(parse_repeated("", "- ", 500000, &err), GAN_E_DATA);
    assert_non_null(strstr(err.text, "nested more than 64 deep"));
    assert_int_equal(parse_repeated("", "- &a%d x\n", 2000, &err), GAN_E_DATA);
    assert_non_null(strstr(err.text, "more than 1000 anchors"));
    assert_int_equal(parse_repeated("", "xxxxxxxxxx%d", 200000, &err), GAN_E_DATA);
    assert_string_equal(err.text, "my.yaml: larger than 1.0 MiB, which is no description");
    assert_int_equal(parse_repeated("", "k%d: 1\n", 60000, &err), GAN_OK);
}

/* Deep only when the aliases are written out: each list holds the one before it. */
static void depth_through_aliases_counts(void **state)
{
    (void)state;
    for (int lists = 63; lists <= 64; lists++) {
        gan_text text = {0};
        gan_yaml *yaml = NULL;
        gan_error err = {0};
        gan_text_add(&text, "- &a0 []\n");
        for (int i = 1; i < lists; i++) {
            gan_text_add(&text, "- &a%d [*a%d]\n", i, i - 1);
        }
        const gan_status want = lists == 63 ? GAN_OK : GAN_E_DATA;
        assert_int_equal(gan_yaml_parse("my.yaml", text.data, text.length, &yaml, &err), want);
        assert_true(want == GAN_OK || strstr(err.text, "nested more than 64 deep"));
        gan_yaml_destroy(yaml);
        gan_text_free(&text);
    }
}

static void depth_of_64_is_fine(void **state)
{
    (void)state;
    char text[200] = "";
    gan_yaml *yaml = NULL;
    gan_error err = {0};
    memset(text, '[', 64);
    memset(text + 64, ']', 64);
    assert_int_equal(gan_yaml_parse("my.yaml", text, 128, &yaml, &err), GAN_OK);
    gan_yaml_node node = gan_yaml_root(yaml);
    for (int i = 0; i < 63; i++) {
        node = gan_yaml_item(node, 0);
    }
    assert_int_equal(gan_yaml_fail(node, &err, "the sentence"), GAN_E_DATA);
    assert_non_null(strstr(err.text, "...")); /* a long path is cut, never the sentence */
    assert_non_null(strstr(err.text, ": the sentence"));
    gan_yaml_destroy(yaml);
}

static void texts_with_zero_bytes_are_refused(void **state)
{
    (void)state;
    gan_yaml *yaml = parse("\"a\\0b\": \"c\\0d\"\n");
    gan_error err = {0};
    const char *text = NULL;
    const gan_yaml_node root = gan_yaml_root(yaml);
    assert_int_equal(gan_yaml_string(gan_yaml_value(root, 0), &text, &err), GAN_E_DATA);
    assert_int_equal(gan_yaml_kind_of(gan_yaml_find(root, "a")), GAN_YAML_NONE);
    gan_yaml_destroy(yaml);
}

static void files_are_read(void **state)
{
    (void)state;
    data_folder folder;
    gan_yaml *yaml = NULL;
    gan_error err = {0};
    data_folder_make(&folder);
    const char *path = data_at(&folder, "net.yaml");
    assert_int_equal(gan_yaml_read(path, &yaml, &err), GAN_E_NO_INPUT);
    data_write(path, net, sizeof net - 1);
    assert_int_equal(gan_yaml_read(path, &yaml, &err), GAN_OK);
    assert_int_equal(gan_yaml_fail(gan_yaml_root(yaml), &err, "x"), GAN_E_DATA);
    assert_memory_equal(err.text, path, strlen(path));
    gan_yaml_destroy(yaml);
    data_folder_remove(&folder);
}

static void check_quote(const char *string, const char *want)
{
    gan_text text = {0};
    gan_yaml_quote(&text, string);
    if (want) {
        assert_string_equal(text.data, want);
    }
    gan_text document = {0};
    gan_text_add(&document, "key: %s\n%s: [%s, x]\n", text.data, text.data, text.data);
    gan_yaml *yaml = parse(document.data);
    const char *values[3] = {NULL, NULL, NULL};
    const gan_yaml_node root = gan_yaml_root(yaml);
    const gan_yaml_node list = gan_yaml_value(root, 1);
    assert_int_equal(gan_yaml_string(gan_yaml_value(root, 0), &values[0], NULL), GAN_OK);
    assert_int_equal(gan_yaml_string(gan_yaml_key(root, 1), &values[1], NULL), GAN_OK);
    assert_int_equal(gan_yaml_string(gan_yaml_item(list, 0), &values[2], NULL), GAN_OK);
    for (int i = 0; i < 3; i++) {
        assert_string_equal(values[i], string);
    }
    gan_yaml_destroy(yaml);
    gan_text_free(&document);
    gan_text_free(&text);
}

static void quoted_strings_read_back(void **state)
{
    (void)state;
    check_quote("dcgan-mnist", "dcgan-mnist");
    check_quote("data/nets/x.yaml", "data/nets/x.yaml");
    check_quote("", "\"\"");
    check_quote("1e-4", "\"1e-4\"");
    check_quote("true", "\"true\"");
    check_quote("Null", "\"Null\"");
    check_quote("no", "\"no\"");
    check_quote("north", "north");
    check_quote("-x", "\"-x\"");
    check_quote("a: b", "\"a: b\"");
    check_quote("say \"hi\" \\ \t\n\r\x01\x7f", "\"say \\\"hi\\\" \\\\ \\t\\n\\r\\x01\\x7F\"");
    check_quote("\xC3\xA9t\xC3\xA9 \xE2\x80\xA8 \xEF\xBB\xBF \xC2\x85 \xF0\x9F\x98\x80", NULL);
    check_quote("# *&!|>%@`{}[],?'", NULL);
}

static void random_strings_read_back(void **state)
{
    (void)state;
    static const char letters[] = "ab1 \t\n:-#'\"\\{}[],&*!|>%@`?.~=\x07\x1b";
    for (uint32_t i = 0; i < 500; i++) {
        char string[17] = "";
        for (uint32_t k = 0; k < i % 17; k++) {
            const gan_philox4 r = gan_philox(7, 0, i, k);
            string[k] = letters[r.v[0] % (sizeof letters - 1)];
        }
        check_quote(string, NULL);
    }
}

static void stray_bytes_become_characters(void **state)
{
    (void)state;
    gan_text text = {0};
    gan_yaml_quote(&text, "a\xff"
                          "b");
    assert_string_equal(text.data, "\"a\\xFFb\"");
    gan_text_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_have_types),
        cmocka_unit_test(nodes_tell_their_kind),
        cmocka_unit_test(messages_say_where),
        cmocka_unit_test(needed_things_are_missed),
        cmocka_unit_test(choices_name_the_nearest),
        cmocka_unit_test(bools_are_words),
        cmocka_unit_test(aliases_are_followed),
        cmocka_unit_test(bad_documents_are_refused),
        cmocka_unit_test(utf16_is_refused),
        cmocka_unit_test(a_byte_order_mark_is_passed_over),
        cmocka_unit_test(growth_is_bounded),
        cmocka_unit_test(depth_through_aliases_counts),
        cmocka_unit_test(depth_of_64_is_fine),
        cmocka_unit_test(texts_with_zero_bytes_are_refused),
        cmocka_unit_test(files_are_read),
        cmocka_unit_test(quoted_strings_read_back),
        cmocka_unit_test(random_strings_read_back),
        cmocka_unit_test(stray_bytes_become_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
