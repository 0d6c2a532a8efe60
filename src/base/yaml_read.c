/* yaml_read.c — from bytes to a document, with libyaml's errors in our words. */
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/number.h"
#include "base/yaml_document.h"

typedef struct event_counts {
    int depth, documents, anchors;
} event_counts;

/* Where a byte is: the reader of libyaml knows only its offset. */
static void locate(const char *text, size_t offset, size_t *line, size_t *column)
{
    *line = *column = 1;
    for (size_t i = 0; i < offset; i++) {
        *column = text[i] == '\n' ? 1 : *column + 1;
        *line += text[i] == '\n';
    }
}

/* A tab among the blanks that a line begins with: the commonest mistake, and libyaml's words for it
 * name no tab. Lines are counted from 0. */
static bool is_indented_by_tab(const char *text, size_t n, size_t line)
{
    size_t i = 0;
    for (size_t at = 0; at < line && i < n; i++) {
        at += text[i] == '\n';
    }
    while (i < n && text[i] == ' ') {
        i++;
    }
    return i < n && text[i] == '\t';
}

static gan_status fail_parse(const char *label, const char *text, size_t n,
                             const yaml_parser_t *parser, gan_error *err)
{
    const char *problem = parser->problem ? parser->problem : "not YAML";
    size_t line = parser->problem_mark.line + 1, column = parser->problem_mark.column + 1;
    /* where libyaml fails and has no error to tell, it had no memory either */
    if (parser->error == YAML_MEMORY_ERROR || parser->error == YAML_NO_ERROR) {
        return gan_fail(err, GAN_E_MEMORY, "%s: no memory to read it", label);
    }
    if (parser->error == YAML_READER_ERROR) {
        locate(text, parser->problem_offset < n ? parser->problem_offset : n, &line, &column);
        return gan_fail(err, GAN_E_DATA, "%s:%zu:%zu: not a text in UTF-8: %s", label, line, column,
                        problem);
    }
    if (parser->error == YAML_SCANNER_ERROR && is_indented_by_tab(text, n, line - 1)) {
        return gan_fail(err, GAN_E_DATA, "%s:%zu: begins with a tab; YAML is indented by blanks",
                        label, line);
    }
    if (!parser->context || strcmp(parser->context, problem) == 0) {
        return gan_fail(err, GAN_E_DATA, "%s:%zu:%zu: %s", label, line, column, problem);
    }
    return gan_fail(err, GAN_E_DATA, "%s:%zu:%zu: %s %s (from line %zu)", label, line, column,
                    parser->context, problem, parser->context_mark.line + 1);
}

static gan_status open_parser(yaml_parser_t *parser, const char *label, const char *text, size_t n,
                              gan_error *err)
{
    if (!yaml_parser_initialize(parser)) {
        return gan_fail(err, GAN_E_MEMORY, "%s: no memory to read it", label);
    }
    yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(parser, (const unsigned char *)text, n);
    return GAN_OK;
}

/* libyaml compares every %TAG with every other. */
static gan_status refuse_tag_directives(const char *label, const char *text, size_t n,
                                        gan_error *err)
{
    static const char directive[] = "%TAG";
    const size_t length = sizeof directive - 1;
    for (size_t i = 0, line = 1; i + length <= n; i++) {
        line += i > 0 && text[i - 1] == '\n';
        if ((i == 0 || text[i - 1] == '\n' || text[i - 1] == '\r') &&
            memcmp(text + i, directive, length) == 0) {
            return gan_fail(err, GAN_E_DATA, "%s:%zu: %%TAG means nothing here; leave it out",
                            label, line);
        }
    }
    return GAN_OK;
}

/* Adds one event to the counts and refuses what would be too much. */
static gan_status count_event(const char *label, const yaml_event_t *event, event_counts *counts,
                              gan_error *err)
{
    const size_t line = event->start_mark.line + 1, column = event->start_mark.column + 1;
    const yaml_event_type_t type = event->type;
    const bool opens = type == YAML_SEQUENCE_START_EVENT || type == YAML_MAPPING_START_EVENT;
    const bool closes = type == YAML_SEQUENCE_END_EVENT || type == YAML_MAPPING_END_EVENT;
    counts->depth += opens - closes;
    counts->documents += type == YAML_DOCUMENT_START_EVENT;
    counts->anchors += (type == YAML_SCALAR_EVENT && event->data.scalar.anchor) ||
                       (type == YAML_SEQUENCE_START_EVENT && event->data.sequence_start.anchor) ||
                       (type == YAML_MAPPING_START_EVENT && event->data.mapping_start.anchor);
    if (counts->depth > GAN_YAML_MAX_DEPTH) {
        return gan_fail(err, GAN_E_DATA, "%s:%zu:%zu: nested more than %d deep", label, line,
                        column, GAN_YAML_MAX_DEPTH);
    }
    if (counts->documents > 1) {
        return gan_fail(err, GAN_E_DATA, "%s:%zu: a second document begins here; one is wanted",
                        label, line);
    }
    if (counts->anchors > GAN_YAML_MAX_ANCHORS) {
        return gan_fail(err, GAN_E_DATA, "%s:%zu:%zu: more than %d anchors", label, line, column,
                        GAN_YAML_MAX_ANCHORS);
    }
    return GAN_OK;
}

/* Walks over the text before anything is built from it: libyaml's time grows with the square of
 * the depth and of the number of anchors, so these are bounded here, while they are still small. */
static gan_status look_over(const char *label, const char *text, size_t n, gan_error *err)
{
    event_counts counts = {0};
    yaml_parser_t parser;
    gan_status status = GAN_OK;
    bool at_end = false;
    GAN_TRY(refuse_tag_directives(label, text, n, err));
    GAN_TRY(open_parser(&parser, label, text, n, err));
    while (status == GAN_OK && !at_end) {
        yaml_event_t event;
        if (!yaml_parser_parse(&parser, &event)) {
            status = fail_parse(label, text, n, &parser, err);
        } else {
            status = count_event(label, &event, &counts, err);
            at_end = event.type == YAML_STREAM_END_EVENT;
            yaml_event_delete(&event);
        }
    }
    yaml_parser_delete(&parser);
    return status;
}

static gan_status load(gan_yaml *yaml, const char *text, size_t n, gan_error *err)
{
    yaml_parser_t parser;
    gan_status status = GAN_OK;
    GAN_TRY(open_parser(&parser, yaml->label, text, n, err));
    yaml->loaded = yaml_parser_load(&parser, &yaml->document) != 0;
    if (!yaml->loaded) {
        status = fail_parse(yaml->label, text, n, &parser, err);
    } else if (!yaml_document_get_root_node(&yaml->document)) {
        status = gan_fail(err, GAN_E_DATA, "%s: is empty", yaml->label);
    } else {
        yaml->n_nodes = (int)(yaml->document.nodes.top - yaml->document.nodes.start);
    }
    yaml_parser_delete(&parser);
    return status;
}

gan_status gan_yaml_parse(const char *label, const char *text, size_t n, gan_yaml **out,
                          gan_error *err)
{
    gan_status status = GAN_OK;
    void *block = NULL;
    char shown[GAN_NUMBER_TEXT_SIZE];
    static const char mark[] = "\xef\xbb\xbf"; /* before UTF-8, as editors on Windows write it */
    const size_t skipped = n >= 3 && memcmp(text, mark, 3) == 0 ? 3 : 0;
    *out = NULL;
    if (n > GAN_YAML_MAX_BYTES) {
        gan_number_bytes(GAN_YAML_MAX_BYTES, shown);
        return gan_fail(err, GAN_E_DATA, "%s: larger than %s, which is no description", label,
                        shown);
    }
    GAN_TRY(gan_calloc(1, sizeof(gan_yaml), &block, err));
    gan_yaml *yaml = block;
    yaml->item_word = "item";
    GAN_TRY_DONE(gan_strdup(label, &yaml->label, err));
    GAN_TRY_DONE(look_over(label, text + skipped, n - skipped, err));
    GAN_TRY_DONE(load(yaml, text + skipped, n - skipped, err));
    GAN_TRY_DONE(gan_yaml_check(yaml, err));
    *out = yaml;
    yaml = NULL;
done:
    gan_yaml_destroy(yaml);
    return status;
}

gan_status gan_yaml_read(const char *path, gan_yaml **out, gan_error *err)
{
    char *text = NULL;
    size_t n = 0;
    *out = NULL;
    GAN_TRY(gan_file_read_whole(path, GAN_YAML_MAX_BYTES, &text, &n, err));
    const gan_status status = gan_yaml_parse(path, text, n, out, err);
    free(text);
    return status;
}

void gan_yaml_destroy(gan_yaml *yaml)
{
    if (!yaml) {
        return;
    }
    if (yaml->loaded) {
        yaml_document_delete(&yaml->document);
    }
    free(yaml->label);
    free(yaml->parent);
    free(yaml->tallies);
    free(yaml);
}
