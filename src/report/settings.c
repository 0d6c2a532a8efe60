/* settings.c — the settings of runs beside each other, and the commands that repeat a run. */
#include <stdlib.h>
#include <string.h>

#include "report/report.h"

/* The setting as a flag would take it, in a new string; NULL where there is no memory. */
static char *value_of(const gan_report_run *run, gan_option_id id)
{
    char *text = NULL;
    return gan_options_text(&run->options, id, &text, NULL) == GAN_OK ? text : NULL;
}

static bool is_saved(gan_option_id id)
{
    return gan_option_describe(id)->on_resume != GAN_RESUME_unsaved;
}

static bool differs(const gan_report_run *runs, int n, gan_option_id id)
{
    bool found = false;
    char *first = value_of(&runs[0], id);
    for (int i = 1; i < n; i++) {
        char *other = value_of(&runs[i], id);
        found = found || (first && other && strcmp(first, other) != 0);
        free(other);
    }
    free(first);
    return found;
}

static void add_row(gan_text *html, const gan_report_run *runs, int n, gan_option_id id)
{
    gan_text_add(html, "<tr><th scope=\"row\">%s</th>", gan_option_describe(id)->key);
    for (int i = 0; i < n; i++) {
        char *text = value_of(&runs[i], id);
        gan_text_add(html, "<td>");
        gan_html_text(html, text ? text : "");
        gan_text_add(html, "</td>");
        free(text);
    }
    gan_text_add(html, "</tr>\n");
}

static void add_table(gan_text *html, const gan_report_run *runs, int n, bool that_differ)
{
    gan_text_add(html, "<div class=\"wide\"><table><thead><tr><th>setting</th>");
    for (int i = 0; i < n; i++) {
        gan_text_add(html, "<th class=\"run run%d\">", i % 6);
        gan_html_text(html, runs[i].name);
        gan_text_add(html, "</th>");
    }
    gan_text_add(html, "</tr></thead><tbody>\n");
    for (int i = 0; i < GAN_OPTION_COUNT; i++) {
        const gan_option_id id = (gan_option_id)i;
        if (is_saved(id) && differs(runs, n, id) == that_differ) {
            add_row(html, runs, n, id);
        }
    }
    gan_text_add(html, "</tbody></table></div>\n");
}

void gan_report_settings(gan_text *html, const gan_report_run *runs, int n)
{
    if (n > 1) {
        gan_text_add(html, "<h3>that differ</h3>\n");
        add_table(html, runs, n, true);
        gan_text_add(html, "<details><summary>that are the same</summary>\n");
        add_table(html, runs, 1, false);
        gan_text_add(html, "</details>\n");
    } else {
        add_table(html, runs, n, false);
    }
}

/* A word as a shell reads it back. */
static void add_word(gan_text *line, const char *word)
{
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./+-";
    if (*word && !word[strspn(word, plain)]) {
        gan_text_add(line, " %s", word);
        return;
    }
    gan_text_add(line, " '");
    for (const char *c = word; *c; c++) {
        gan_text_add(line, *c == '\'' ? "'\\''" : "%c", *c);
    }
    gan_text_add(line, "'");
}

/* --key value, of what is not as it is without it. */
static void add_flag(gan_text *line, const gan_report_run *run, const gan_options *usual,
                     gan_option_id id)
{
    const gan_option_row *row = gan_option_describe(id);
    const gan_report_run none = {.options = *usual};
    char name[64] = "", *text = value_of(run, id), *otherwise = value_of(&none, id);
    for (size_t i = 0; row->key[i] && i + 1 < sizeof name; i++) {
        name[i] = row->key[i] == '_' ? '-' : row->key[i];
    }
    const bool is_flag = row->type == GAN_OPTION_flag;
    if (text && *text && otherwise && strcmp(text, otherwise) != 0) {
        gan_text_add(line, " --%s%s", is_flag && strcmp(text, "false") == 0 ? "no-" : "", name);
        if (!is_flag) {
            add_word(line, text);
        }
    }
    free(text);
    free(otherwise);
}

/* The command with every setting that is not the usual one. */
static void add_training(gan_text *line, const gan_report_run *run, const char *command)
{
    gan_options usual = {0};
    gan_text_add(line, "gan %s", command);
    if (gan_options_init(&usual, NULL) != GAN_OK) {
        line->status = GAN_E_MEMORY;
        return;
    }
    for (int i = 0; i < GAN_OPTION_COUNT; i++) {
        const gan_option_id id = (gan_option_id)i;
        if (is_saved(id) && run->options.from[i] != GAN_FROM_DEFAULT) {
            add_flag(line, run, &usual, id);
        }
    }
    gan_options_free(&usual);
}

void gan_report_commands(gan_text *html, const gan_report_run *run)
{
    gan_text line = {0};
    const bool is_gan = !run->net || gan_net_kind_of(run->net) == GAN_NET_KIND_GAN;
    const char *command = is_gan ? "train" : "classify";
    add_training(&line, run, command);
    gan_text_add(&line, "\ngan %s --config", command);
    add_word(&line, run->folder);
    gan_text_add(&line, "/config.yaml\ngan %s --resume", command);
    add_word(&line, run->folder);
    if (is_gan) {
        gan_text_add(&line, "\ngan sample");
        add_word(&line, run->folder);
        gan_text_add(&line, " --seeds 0-63 -o samples.png");
    }
    if (gan_text_check(&line, NULL) == GAN_OK) {
        gan_text_add(html, "<pre tabindex=\"0\"><code>");
        gan_html_text(html, line.data);
        gan_text_add(html, "</code></pre>\n");
    } else if (html->status == GAN_OK) {
        html->status = line.status;
    }
    gan_text_free(&line);
}
