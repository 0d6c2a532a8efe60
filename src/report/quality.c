/* quality.c — what gan eval measured: the lines of metrics.jsonl as a table, and as curves.
 *
 * In such a line, what was measured is a real number and how it was measured (n, seed) a whole one
 * or a text; "<measure>_floor" is what real pictures get. */
#include <string.h>

#include "report/report.h"

static const char floor_end[] = "_floor", prefix[] = "Metrics/";

static bool is_floor(const char *key)
{
    const size_t n = strlen(key), end = sizeof floor_end - 1;
    return n > end && strcmp(key + n - end, floor_end) == 0;
}

/* The line of stats.jsonl of that step, or NULL. */
static const json_t *find_line(const json_t *lines, size_t n, const json_t *step)
{
    for (size_t i = 0; i < n; i++) {
        const json_t *line = json_array_get(lines, i);
        if (json_equal(json_object_get(line, "step"), step)) {
            return line;
        }
    }
    return NULL;
}

gan_status gan_report_add_quality(const json_t *quality, json_t *lines, gan_error *err)
{
    const size_t n_stats = json_array_size(lines);
    for (size_t i = 0; i < json_array_size(quality); i++) {
        json_t *from = json_array_get(quality, i), *to = json_object(), *value = NULL;
        const json_t *stats = find_line(lines, n_stats, json_object_get(from, "step"));
        const char *key = NULL;
        bool good = to && json_object_set(to, "step", json_object_get(from, "step")) == 0;
        json_object_foreach(from, key, value)
        {
            char name[128];
            const bool has = strncmp(key, prefix, sizeof prefix - 1) == 0;
            (void)snprintf(name, sizeof name, "%s%s", has ? "" : prefix, key);
            const bool is_drawn = json_equal(json_object_get(stats, key), value); /* --eval-every */
            good =
                good && (!json_is_real(value) || is_drawn || json_object_set(to, name, value) == 0);
        }
        good = good && json_array_append(lines, to) == 0;
        json_decref(to);
        if (!good) {
            return gan_fail(err, GAN_E_DATA, "a line of metrics.jsonl has no step");
        }
    }
    return GAN_OK;
}

/* Every key that holds a measure, its floor apart. */
static json_t *list_measures(const json_t *lines)
{
    json_t *keys = json_object();
    for (size_t i = 0; i < json_array_size(lines); i++) {
        const char *key = NULL;
        json_t *value = NULL;
        json_object_foreach(json_array_get(lines, i), key, value)
        {
            if (json_is_real(value) && !is_floor(key)) {
                json_object_set_new(keys, key, json_true());
            }
        }
    }
    return keys;
}

static void add_cell(gan_text *html, const json_t *line, const char *key)
{
    const json_t *value = json_object_get(line, key);
    if (json_is_string(value)) {
        gan_text_add(html, "<td>");
        gan_html_text(html, json_string_value(value));
    } else if (json_is_integer(value)) {
        gan_text_add(html, "<td class=\"number\">%lld", (long long)json_integer_value(value));
    } else {
        gan_text_add(html, "<td>");
    }
    gan_text_add(html, "</td>");
}

static void add_measure(gan_text *html, const json_t *line, const char *key)
{
    char name[128];
    const json_t *value = json_object_get(line, key);
    (void)snprintf(name, sizeof name, "%s%s", key, floor_end);
    const json_t *floor = json_object_get(line, name);
    gan_text_add(html, "<td class=\"number\">");
    if (json_is_real(value)) {
        gan_text_add(html, "%.5g", json_real_value(value));
    }
    if (json_is_real(floor)) {
        gan_text_add(html, " <small>(%.3g)</small>", json_real_value(floor));
    }
    gan_text_add(html, "</td>");
}

void gan_report_quality(gan_text *html, const gan_report_run *run)
{
    static const char *const settings[] = {"step", "features", "data", "split", "filter", "n"};
    enum { N_SETTINGS = sizeof settings / sizeof *settings };
    json_t *keys = list_measures(run->quality), *value = NULL;
    const char *key = NULL;
    gan_text_add(html, "<p>In parentheses: what as many real pictures get. Numbers of other "
                       "features, filters or n are not to be compared.</p>\n<div "
                       "class=\"wide\"><table><thead><tr>");
    for (int k = 0; k < N_SETTINGS; k++) {
        gan_text_add(html, "<th>%s</th>", settings[k]);
    }
    json_object_foreach(keys, key, value)
    {
        gan_text_add(html, "<th>");
        gan_html_text(html,
                      strncmp(key, prefix, sizeof prefix - 1) == 0 ? key + sizeof prefix - 1 : key);
        gan_text_add(html, "</th>");
    }
    gan_text_add(html, "</tr></thead><tbody>\n");
    for (size_t i = 0; i < json_array_size(run->quality); i++) {
        const json_t *line = json_array_get(run->quality, i);
        gan_text_add(html, "<tr>");
        for (int k = 0; k < N_SETTINGS; k++) {
            add_cell(html, line, settings[k]);
        }
        json_object_foreach(keys, key, value)
        {
            add_measure(html, line, key);
        }
        gan_text_add(html, "</tr>\n");
    }
    gan_text_add(html, "</tbody></table></div>\n");
    json_decref(keys);
}
