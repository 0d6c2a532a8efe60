/* bench_print_tuned.c — what gan bench --tune prints: rows of batch sizes, and what changed. */
#include <math.h>
#include <stdio.h>

#include "cli/bench.h"
#include "cli/command.h"
#include "cli/json.h"
#include "cli/table.h"

static void print_sizes(const gan_bench_tuned *rows, int n_rows, bool markdown)
{
    enum { BATCH, CHOICES, CHANGED, RULES, TUNED, RATIO, RANGE, N_COLUMNS };
    static const char *const titles[N_COLUMNS] = {"batch", "choices", "changed",  "img/s by rules",
                                                  "tuned", "ratio",   "of rounds"};
    cli_table t;
    if (!cli_table_begin(&t, titles, N_COLUMNS, n_rows)) {
        return;
    }
    for (int i = 0; i < n_rows; i++) {
        const gan_bench_tuned *r = &rows[i];
        cli_table_set(&t, i, BATCH, "%lld", (long long)r->batch);
        cli_table_set(&t, i, CHOICES, "%d", r->choices);
        cli_table_set(&t, i, CHANGED, "%d%s", r->kept ? r->n_ops : 0,
                      r->n_ops > 0 && !r->kept ? " *" : "");
        if (isfinite(r->ratio)) {
            cli_table_set(&t, i, RULES, "%.1f", r->rules);
            cli_table_set(&t, i, TUNED, "%.1f", r->tuned);
            cli_table_set(&t, i, RATIO, "%.3f", r->ratio);
            cli_table_set(&t, i, RANGE, "%.3f to %.3f", r->lowest, r->highest);
        }
    }
    cli_table_print(&t, markdown);
    cli_table_free(&t);
}

static void print_ops(const gan_bench_tuned *rows, int n_rows, int n_ops, bool markdown)
{
    enum { BATCH, KIND, LABEL, RULE, BEFORE, WAY, AFTER, N_COLUMNS };
    static const char *const titles[N_COLUMNS] = {"batch", "kind", "label", "by rules",
                                                  "ms",    "way",  "ms"};
    cli_table t;
    if (n_ops == 0 || !cli_table_begin(&t, titles, N_COLUMNS, n_ops)) {
        return;
    }
    for (int i = 0, line = 0; i < n_rows; i++) {
        for (int k = 0; rows[i].kept && k < rows[i].n_ops; k++, line++) {
            const gan_bench_tuned_op *op = &rows[i].ops[k];
            cli_table_set(&t, line, BATCH, "%lld", (long long)rows[i].batch);
            cli_table_set(&t, line, KIND, "%s", op->kind);
            cli_table_set(&t, line, LABEL, "%s", op->label);
            cli_table_set(&t, line, RULE, "%s", op->rule);
            cli_table_set(&t, line, BEFORE, "%.3f", 1e3 * op->before);
            cli_table_set(&t, line, WAY, "%s", op->way);
            cli_table_set(&t, line, AFTER, "%.3f", 1e3 * op->after);
        }
    }
    t.left[KIND] = t.left[LABEL] = t.left[RULE] = t.left[WAY] = true;
    printf("\n");
    cli_table_print(&t, markdown);
    cli_table_free(&t);
}

static void print_json(const gan_bench_about *about, const gan_bench_tuned *rows, int n_rows,
                       const char *path)
{
    for (int i = 0; i < n_rows; i++) {
        const gan_bench_tuned *r = &rows[i];
        cli_json j = cli_json_begin(stdout);
        cli_json_string(&j, "net", about->net);
        cli_json_string(&j, "precision", about->precision);
        cli_json_string(&j, "device", about->device);
        cli_json_string(&j, "tune_file", path);
        cli_json_integer(&j, "batch_size", r->batch);
        cli_json_integer(&j, "choices", r->choices);
        cli_json_integer(&j, "changed", r->kept ? r->n_ops : 0);
        cli_json_real(&j, "rules_img_per_s", r->rules);
        cli_json_real(&j, "tuned_img_per_s", r->tuned);
        cli_json_real(&j, "ratio", r->ratio);
        cli_json_real(&j, "lowest_ratio", r->lowest);
        cli_json_real(&j, "highest_ratio", r->highest);
        cli_json_bool(&j, "kept", r->kept);
        cli_json_end(&j);
        for (int k = 0; r->kept && k < r->n_ops; k++) {
            j = cli_json_begin(stdout);
            cli_json_integer(&j, "batch_size", r->batch);
            cli_json_string(&j, "kind", r->ops[k].kind);
            cli_json_string(&j, "label", r->ops[k].label);
            cli_json_string(&j, "rule", r->ops[k].rule);
            cli_json_real(&j, "rule_ms", 1e3 * r->ops[k].before);
            cli_json_string(&j, "way", r->ops[k].way);
            cli_json_real(&j, "way_ms", 1e3 * r->ops[k].after);
            cli_json_end(&j);
        }
    }
}

void cli_bench_print_tuned(const gan_bench_about *about, const gan_bench_tuned *rows, int n_rows,
                           const char *path, cli_bench_style style)
{
    const bool markdown = style == CLI_BENCH_MARKDOWN;
    const char *item = markdown ? "- " : "";
    int n_ops = 0, n_dropped = 0;
    if (style == CLI_BENCH_JSON) {
        print_json(about, rows, n_rows, path);
        return;
    }
    for (int i = 0; i < n_rows; i++) {
        n_ops += rows[i].kept ? rows[i].n_ops : 0;
        n_dropped += rows[i].n_ops > 0 && !rows[i].kept;
    }
    printf("%s, %s; %s\n\n", about->net, about->precision, about->device);
    print_sizes(rows, n_rows, markdown);
    print_ops(rows, n_rows, n_ops, markdown);
    printf("\n%schanged: another way was more than 3 %% faster than the static rules'\n", item);
    if (n_dropped > 0) {
        printf("%s* other ways seemed faster, but whole steps were not: the rules stay\n", item);
    }
    printf("%swritten to %s; to follow it: gan train --tune-file ", item, path);
    cli_print_quoted(stdout, path);
    printf("\n");
}
