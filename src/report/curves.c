/* curves.c — what a run measured, as the data of a page's curves.
 *
 * {"runs": [{"name", "step": [...], "epoch": [...], "seconds": [...], "values": {KEY: [...]}}]}: of
 * long runs, MOST_POINTS points or fewer, each the mean of as many lines. A key that a line does
 * not have is null there. */
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "io/json.h"
#include "report/report.h"

enum { MOST_POINTS = 4000 };

/* Not curves: x, and how a line was made. */
static bool is_curve(const char *key)
{
    static const char *const others[] = {"step", "epoch", "steps", "timestamp", "Timing/seconds"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        if (strcmp(key, others[i]) == 0) {
            return false;
        }
    }
    return true;
}

static void add_number(gan_text *json, double value)
{
    if (isfinite(value)) {
        gan_text_add(json, "%.7g", value);
    } else {
        gan_text_add(json, "null");
    }
}

/* The mean of a key in lines [first, end); NAN where none has it. */
static double mean_of(const json_t *lines, size_t first, size_t end, const char *key)
{
    double sum = 0;
    int n = 0;
    for (size_t i = first; i < end; i++) {
        const json_t *value = json_object_get(json_array_get(lines, i), key);
        if (json_is_number(value)) {
            sum += json_number_value(value);
            n++;
        }
    }
    return n > 0 ? sum / n : (double)NAN;
}

static double first_time(const json_t *lines)
{
    const json_t *value = json_object_get(json_array_get(lines, 0), "timestamp");
    return json_is_number(value) ? json_number_value(value) : 0;
}

/* The key's numbers, less `origin`. */
static void add_column(gan_text *json, const json_t *lines, const char *key, double origin)
{
    const size_t n = json_array_size(lines), every = (n + MOST_POINTS - 1) / MOST_POINTS;
    gan_text_add(json, "[");
    for (size_t i = 0; i < n; i += every) {
        gan_text_add(json, "%s", i > 0 ? "," : "");
        add_number(json, mean_of(lines, i, i + every < n ? i + every : n, key) - origin);
    }
    gan_text_add(json, "]");
}

/* An object with every key that a line has. */
static json_t *list_keys(const json_t *lines)
{
    json_t *keys = json_object();
    for (size_t i = 0; i < json_array_size(lines); i++) {
        const char *key = NULL;
        json_t *value = NULL;
        json_object_foreach(json_array_get(lines, i), key, value)
        {
            if (is_curve(key) && json_is_number(value) && !json_object_get(keys, key)) {
                json_object_set_new(keys, key, json_true());
            }
        }
    }
    return keys;
}

static void add_run(gan_text *json, const gan_report_run *run)
{
    const json_t *lines = run->lines;
    json_t *keys = list_keys(lines), *value = NULL;
    const char *key = NULL, *comma = "";
    gan_text_add(json, "{\"name\":");
    gan_json_quote(json, run->name);
    gan_text_add(json, ",\"step\":");
    add_column(json, lines, "step", 0);
    gan_text_add(json, ",\"epoch\":");
    add_column(json, lines, "epoch", 0);
    gan_text_add(json, ",\"seconds\":");
    add_column(json, lines, "timestamp", first_time(lines));
    gan_text_add(json, ",\"values\":{");
    json_object_foreach(keys, key, value)
    {
        gan_text_add(json, "%s", comma);
        gan_json_quote(json, key);
        gan_text_add(json, ":");
        add_column(json, lines, key, 0);
        comma = ",";
    }
    gan_text_add(json, "}}");
    json_decref(keys);
}

/* A "<" in a name could end the element that holds the data. */
void gan_report_curves(gan_text *html, const gan_report_run *runs, int n)
{
    gan_text json = {0};
    gan_text_add(&json, "{\"runs\":[");
    for (int i = 0; i < n; i++) {
        gan_text_add(&json, "%s", i > 0 ? "," : "");
        add_run(&json, &runs[i]);
    }
    gan_text_add(&json, "]}");
    gan_text_add(html, "<script type=\"application/json\" id=\"data\">");
    for (const char *c = json.data; json.status == GAN_OK && *c; c++) {
        if (*c == '<') {
            gan_text_add(html, "\\u003c");
        } else {
            gan_text_add_bytes(html, c, 1);
        }
    }
    gan_text_add(html, "</script>\n");
    if (html->status == GAN_OK) {
        html->status = json.status;
    }
    gan_text_free(&json);
}
