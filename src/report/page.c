/* page.c — the page: its head, its sections in their order, its style and script. */
#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "gan/metrics.h"
#include "gan/version.h"
#include "report/report.h"

static void begin_section(gan_text *html, const char *id, const char *title)
{
    gan_text_add(html, "<section id=\"%s\"><h2>%s</h2>\n", id, title);
}

static void end_section(gan_text *html)
{
    gan_text_add(html, "</section>\n");
}

static void name_run(gan_text *html, const gan_report_run *run, int index, int n)
{
    if (n > 1) {
        gan_text_add(html, "<h3 class=\"run run%d\">", index % 6);
        gan_html_text(html, run->name);
        gan_text_add(html, "</h3>\n");
    }
}

/* What is known of every run, a column of the overview each, where a run has it. */
static const struct {
    const char *title, *key;
    int digits;
} numbers[] = {
    {"step", "step", 0},
    {"epoch", "epoch", 2},
#define METRIC(id, field, key, tag, label, digits) {label, key, digits},
    GAN_ALL_METRIC_LIST(METRIC)
#undef METRIC
        {"images/s", "Timing/img_per_s", 1},
    {"peak memory, MB", "Memory/peak_MB", 0},
};
enum { N_NUMBERS = sizeof numbers / sizeof *numbers };

static bool is_shown(const gan_report_run *runs, int n, int column)
{
    bool known = false;
    for (int i = 0; i < n; i++) {
        known = known || isfinite(gan_report_last(&runs[i], numbers[column].key));
    }
    return known && *numbers[column].title;
}

static void add_value(gan_text *html, const gan_report_run *run, const char *key, int digits)
{
    const double value = gan_report_last(run, key);
    gan_text_add(html, "<td class=\"number\">");
    if (isfinite(value)) {
        gan_text_add(html, "%.*f", digits, value);
    }
    gan_text_add(html, "</td>");
}

static void add_overview_row(gan_text *html, const gan_report_run *runs, int n, int index)
{
    const gan_report_run *run = &runs[index];
    const char *const words[] = {run->options.net, run->options.data};
    gan_text_add(html, "<tr><th scope=\"row\" class=\"run run%d\">", index % 6);
    gan_html_text(html, run->name);
    gan_text_add(html, "</th>");
    for (int k = 0; k < 2; k++) {
        gan_text_add(html, "<td>");
        gan_html_text(html, words[k]);
        gan_text_add(html, "</td>");
    }
    for (int k = 0; k < N_NUMBERS; k++) {
        if (is_shown(runs, n, k)) {
            add_value(html, run, numbers[k].key, numbers[k].digits);
        }
    }
    gan_text_add(html, "</tr>\n");
}

static void add_overview(gan_text *html, const gan_report_run *runs, int n)
{
    begin_section(html, "overview", "Runs");
    gan_text_add(html, "<div class=\"wide\"><table><thead><tr><th>run</th><th>network</th><th>data"
                       "</th>");
    for (int k = 0; k < N_NUMBERS; k++) {
        if (is_shown(runs, n, k)) {
            gan_text_add(html, "<th>%s</th>", numbers[k].title);
        }
    }
    gan_text_add(html, "</tr></thead><tbody>\n");
    for (int i = 0; i < n; i++) {
        add_overview_row(html, runs, n, i);
    }
    gan_text_add(html, "</tbody></table></div>\n");
    end_section(html);
}

static void add_machine(gan_text *html, const gan_report_run *run)
{
    gan_text_add(html, "<p>");
    gan_html_text(html, *run->device ? run->device : "not known before the first checkpoint");
    if (*run->version) {
        gan_text_add(html, "; gan.c ");
        gan_html_text(html, run->version);
    }
    gan_text_add(html, "; ");
    gan_html_text(html, run->folder);
    gan_text_add(html, "</p>\n");
}

static void add_head(gan_text *html, const gan_report_run *runs, int n)
{
    char when[GAN_CLOCK_ISO_SIZE];
    gan_clock_iso(gan_clock_wall(), when);
    gan_text_add(html, "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n<meta "
                       "name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta "
                       "name=\"color-scheme\" content=\"light dark\">\n<title>");
    gan_html_text(html, runs[0].name);
    gan_text_add(html, "%s</title>\n<style>\n%s</style></head>\n<body>\n<header><h1>",
                 n > 1 ? " and others" : "", (const char *)gan_report_style);
    gan_html_text(html, n > 1 ? "Training runs" : runs[0].name);
    gan_text_add(html,
                 "</h1><p>gan.c %s, <time>%s</time></p>\n<nav><a href=\"#curves\">curves</a> <a "
                 "href=\"#samples\">samples</a> <a href=\"#settings\">settings</a> <a "
                 "href=\"#network\">network</a> <a href=\"#repeat\">repeat it</a> <a "
                 "href=\"#machine\">machine</a></nav></header>\n<main>\n",
                 gan_version(), when);
}

/* The section, if a run was measured. */
static void add_quality(gan_text *html, const gan_report_run *runs, int n)
{
    bool known = false;
    for (int i = 0; i < n; i++) {
        if (json_array_size(runs[i].quality) == 0) {
            continue;
        }
        if (!known) {
            begin_section(html, "quality", "Quality");
        }
        known = true;
        name_run(html, &runs[i], i, n);
        gan_report_quality(html, &runs[i]);
    }
    if (known) {
        end_section(html);
    }
}

static gan_status add_sections(gan_text *html, const gan_report_run *runs, int n, gan_error *err)
{
    add_overview(html, runs, n);
    begin_section(html, "curves", "Curves");
    gan_text_add(html, "<div id=\"charts\"></div><noscript><p>The curves are drawn by a script in "
                       "this file, which is off.</p></noscript>\n");
    end_section(html);
    begin_section(html, "samples", "Samples");
    for (int i = 0; i < n; i++) {
        GAN_TRY(gan_report_pictures(html, &runs[i], i, err));
    }
    end_section(html);
    add_quality(html, runs, n);
    begin_section(html, "settings", "Settings");
    gan_report_settings(html, runs, n);
    end_section(html);
    begin_section(html, "network", "Network and cost");
    for (int i = 0; i < n; i++) {
        name_run(html, &runs[i], i, n);
        GAN_TRY(gan_report_network(html, &runs[i], err));
        gan_report_profile(html, &runs[i]);
    }
    end_section(html);
    begin_section(html, "repeat", "Commands that repeat it");
    for (int i = 0; i < n; i++) {
        name_run(html, &runs[i], i, n);
        gan_report_commands(html, &runs[i]);
    }
    end_section(html);
    begin_section(html, "machine", "Machine");
    for (int i = 0; i < n; i++) {
        name_run(html, &runs[i], i, n);
        add_machine(html, &runs[i]);
    }
    end_section(html);
    return GAN_OK;
}

static gan_status write_page(const gan_report_run *runs, int n, const char *output, gan_error *err)
{
    gan_text html = {0};
    gan_status status = GAN_OK;
    add_head(&html, runs, n);
    GAN_TRY_DONE(add_sections(&html, runs, n, err));
    gan_text_add(&html, "</main>\n");
    gan_report_curves(&html, runs, n);
    gan_text_add(&html, "<script>\n%s</script>\n</body></html>\n", (const char *)gan_report_script);
    GAN_TRY_DONE(gan_text_check(&html, err));
    GAN_TRY_DONE(gan_file_write_whole(output, html.data, html.length, err));
done:
    gan_text_free(&html);
    return status;
}

gan_status gan_report_write(const char *const *runs, int n, const char *output,
                            const gan_listener *listener, gan_error *err)
{
    void *memory = NULL;
    int n_read = 0;
    gan_status status = GAN_OK;
    if (n < 1) {
        return gan_fail(err, GAN_E_USAGE, "a report is of one run or more");
    }
    GAN_TRY(gan_calloc((size_t)n, sizeof(gan_report_run), &memory, err));
    gan_report_run *read = memory;
    for (; n_read < n && status == GAN_OK; n_read++) {
        status = gan_report_read(runs[n_read], listener, &read[n_read], err);
    }
    if (status == GAN_OK) {
        status = write_page(read, n, output, err);
    }
    for (int i = 0; i < n_read; i++) {
        gan_report_free(&read[i]);
    }
    free(read);
    return status;
}
