/* yaml_value.c — a node's text as a value of the type that is wanted. */
#include <string.h>

#include "base/number.h"
#include "base/yaml_document.h"

static bool is_plain(gan_yaml_node scalar)
{
    return gan_yaml_raw(scalar)->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
}

gan_status gan_yaml_string(gan_yaml_node node, const char **out, gan_error *err)
{
    if (gan_yaml_kind_of(node) != GAN_YAML_SCALAR) {
        return gan_yaml_fail(node, err, "a text is wanted, here is %s", gan_yaml_what_is(node));
    }
    const yaml_node_t *raw = gan_yaml_raw(node);
    const char *text = (const char *)raw->data.scalar.value;
    if (strlen(text) != raw->data.scalar.length) {
        return gan_yaml_fail(node, err, "a text with a zero byte");
    }
    *out = text;
    return GAN_OK;
}

/* The text of an unquoted scalar. */
static gan_status plain_text(gan_yaml_node node, const char *wanted, const char **out,
                             gan_error *err)
{
    if (gan_yaml_kind_of(node) != GAN_YAML_SCALAR) {
        return gan_yaml_fail(node, err, "%s is wanted, here is %s", wanted, gan_yaml_what_is(node));
    }
    if (!is_plain(node)) {
        return gan_yaml_fail(node, err, "%s is wanted, here is a quoted text; leave the quotes out",
                             wanted);
    }
    return gan_yaml_string(node, out, err);
}

static gan_status at_node(gan_yaml_node node, gan_status status, const gan_error *why,
                          gan_error *err)
{
    return status == GAN_E_USAGE ? gan_yaml_fail(node, err, "%s", why->text)
           : status == GAN_OK    ? GAN_OK
                                 : gan_fail(err, status, "%s", why->text);
}

gan_status gan_yaml_int64(gan_yaml_node node, int64_t *out, gan_error *err)
{
    const char *text = NULL;
    gan_error why = {0};
    GAN_TRY(plain_text(node, "a whole number", &text, err));
    return at_node(node, gan_number_int64(text, out, &why), &why, err);
}

gan_status gan_yaml_uint64(gan_yaml_node node, uint64_t *out, gan_error *err)
{
    const char *text = NULL;
    gan_error why = {0};
    GAN_TRY(plain_text(node, "a whole number", &text, err));
    return at_node(node, gan_number_uint64(text, out, &why), &why, err);
}

gan_status gan_yaml_double(gan_yaml_node node, double *out, gan_error *err)
{
    const char *text = NULL;
    gan_error why = {0};
    GAN_TRY(plain_text(node, "a number", &text, err));
    return at_node(node, gan_number_double(text, out, &why), &why, err);
}

gan_status gan_yaml_bool(gan_yaml_node node, bool *out, gan_error *err)
{
    static const char *const words[] = {"false", "no",  "off", "False", "No",  "Off",
                                        "FALSE", "NO",  "OFF", "true",  "yes", "on",
                                        "True",  "Yes", "On",  "TRUE",  "YES", "ON"};
    const size_t n = sizeof words / sizeof *words;
    const char *text = "";
    char shown[GAN_TEXT_CLEAN_SIZE];
    GAN_TRY(plain_text(node, "true or false", &text, err));
    for (size_t i = 0; i < n; i++) {
        if (strcmp(text, words[i]) == 0) {
            *out = i >= n / 2;
            return GAN_OK;
        }
    }
    return gan_yaml_fail(node, err, "true or false is wanted, here is '%s'",
                         gan_text_clean(text, shown));
}

gan_status gan_yaml_choice(gan_yaml_node node, const char *const *words, size_t n, int *out,
                           gan_error *err)
{
    const char *text = "";
    GAN_TRY(gan_yaml_string(node, &text, err));
    for (size_t i = 0; i < n; i++) {
        if (strcmp(text, words[i]) == 0) {
            *out = (int)i;
            return GAN_OK;
        }
    }
    return gan_yaml_fail_unknown(node, "word", words, n, err);
}

gan_status gan_yaml_get_int64(gan_yaml_node map, const char *key, int64_t *out, gan_error *err)
{
    GAN_TRY(gan_yaml_expect_map(map, err));
    const gan_yaml_node node = gan_yaml_find(map, key);
    return node.id > 0 ? gan_yaml_int64(node, out, err) : GAN_OK;
}

gan_status gan_yaml_get_uint64(gan_yaml_node map, const char *key, uint64_t *out, gan_error *err)
{
    GAN_TRY(gan_yaml_expect_map(map, err));
    const gan_yaml_node node = gan_yaml_find(map, key);
    return node.id > 0 ? gan_yaml_uint64(node, out, err) : GAN_OK;
}

gan_status gan_yaml_get_double(gan_yaml_node map, const char *key, double *out, gan_error *err)
{
    GAN_TRY(gan_yaml_expect_map(map, err));
    const gan_yaml_node node = gan_yaml_find(map, key);
    return node.id > 0 ? gan_yaml_double(node, out, err) : GAN_OK;
}

gan_status gan_yaml_get_bool(gan_yaml_node map, const char *key, bool *out, gan_error *err)
{
    GAN_TRY(gan_yaml_expect_map(map, err));
    const gan_yaml_node node = gan_yaml_find(map, key);
    return node.id > 0 ? gan_yaml_bool(node, out, err) : GAN_OK;
}

gan_status gan_yaml_get_string(gan_yaml_node map, const char *key, const char **out, gan_error *err)
{
    GAN_TRY(gan_yaml_expect_map(map, err));
    const gan_yaml_node node = gan_yaml_find(map, key);
    return node.id > 0 ? gan_yaml_string(node, out, err) : GAN_OK;
}

gan_status gan_yaml_get_choice(gan_yaml_node map, const char *key, const char *const *words,
                               size_t n, int *out, gan_error *err)
{
    GAN_TRY(gan_yaml_expect_map(map, err));
    const gan_yaml_node node = gan_yaml_find(map, key);
    return node.id > 0 ? gan_yaml_choice(node, words, n, out, err) : GAN_OK;
}
