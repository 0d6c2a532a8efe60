/* fuzz_yaml.c — any bytes as YAML: refused with a sentence, or a tree that can be walked, asked for
 * every type, and quoted so that it reads back. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/yaml.h"

enum { MAX_VISITS = 2000, MAX_QUOTED = 16 };

/* How much of a tree is looked at: aliases make it far larger than the file. */
typedef struct walk {
    int visits, quoted;
} walk;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "fuzz_yaml: %s\n", what);
        abort();
    }
}

static void check_quote(const char *string)
{
    gan_text text = {0};
    gan_yaml *yaml = NULL;
    const char *back = NULL;
    gan_yaml_quote(&text, string);
    if (text.length < GAN_YAML_MAX_BYTES) {
        require(gan_yaml_parse("quoted", text.data, text.length, &yaml, NULL) == GAN_OK, "a quote");
        require(gan_yaml_string(gan_yaml_root(yaml), &back, NULL) == GAN_OK, "no text");
        require(strcmp(back, string) == 0, "another text");
    }
    gan_yaml_destroy(yaml);
    gan_text_free(&text);
}

static void check_scalar(gan_yaml_node node, walk *state)
{
    int64_t whole = 0;
    uint64_t natural = 0;
    double real = 0.0;
    bool truth = false;
    const char *text = NULL;
    static const char *const words[] = {"same", "valid"};
    int choice = 0;
    gan_error err = {0};
    (void)gan_yaml_int64(node, &whole, &err);
    (void)gan_yaml_uint64(node, &natural, &err);
    (void)gan_yaml_bool(node, &truth, &err);
    (void)gan_yaml_choice(node, words, 2, &choice, &err);
    require(gan_yaml_double(node, &real, &err) != GAN_OK || real - real == 0.0, "not finite");
    if (gan_yaml_string(node, &text, &err) == GAN_OK && state->quoted++ < MAX_QUOTED) {
        check_quote(text);
    }
}

static void visit(gan_yaml_node node, int depth, walk *state)
{
    gan_error err = {0};
    require(depth <= GAN_YAML_MAX_DEPTH, "too deep");
    if (++state->visits > MAX_VISITS) {
        return;
    }
    require(gan_yaml_fail(node, &err, "x") == GAN_E_DATA && err.text[0], "no place");
    require(gan_yaml_line(node) > 0, "no line");
    if (gan_yaml_kind_of(node) == GAN_YAML_SCALAR) {
        check_scalar(node, state);
    }
    for (size_t i = 0; i < gan_yaml_size(node) && state->visits <= MAX_VISITS; i++) {
        if (gan_yaml_kind_of(node) == GAN_YAML_MAP) {
            visit(gan_yaml_key(node, i), depth + 1, state);
            visit(gan_yaml_value(node, i), depth + 1, state);
        } else {
            visit(gan_yaml_item(node, i), depth + 1, state);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const keys[] = {"type", "kernel"};
    gan_yaml *yaml = NULL;
    gan_error err = {0};
    walk state = {0};
    const gan_status status = gan_yaml_parse("fuzz", (const char *)data, size, &yaml, &err);
    require((status == GAN_OK) == (yaml != NULL), "status and document disagree");
    require(status == GAN_OK || (err.status == status && err.text[0]), "no sentence");
    if (yaml) {
        gan_yaml_name_items(yaml, "type"); /* so that a list under 'types' can be met */
        (void)gan_yaml_check_keys(gan_yaml_root(yaml), keys, 2, &err);
        visit(gan_yaml_root(yaml), 0, &state);
    }
    gan_yaml_destroy(yaml);
    return 0;
}
