/* bench_print_profile.c — what gan bench --profile prints: ops, sums by kind, the step. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/bench.h"
#include "cli/json.h"
#include "cli/table.h"

enum { OP, KIND, LABEL, MS, SHARE, LEAST, FLOPS, BYTES, ROOF, HOW, N_COLUMNS };

static const char *const titles[N_COLUMNS] = {"op",       "kind",    "label", "ms",      "share",
                                              "least ms", "GFLOP/s", "GB/s",  "of roof", "how"};

/* An op, or the sum of all ops of a kind. */
typedef struct line {
    int op, n; /* index in the program; ops summed */
    gan_bench_op sum;
    double bound;
} line;

static int compare_lines(const void *a, const void *b)
{
    const line *x = a, *y = b;
    int by_time = (y->sum.seconds > x->sum.seconds) - (y->sum.seconds < x->sum.seconds);
    return by_time != 0 ? by_time : x->op - y->op;
}

static double bound_of(const gan_bench_op *op, const gan_bench_peaks *peaks)
{
    return peaks ? gan_bench_op_bound(op->flops, op->bytes, peaks) : NAN;
}

static void set_numbers(cli_table *t, int row, const line *l, double whole)
{
    double seconds = l->sum.seconds;
    cli_table_set(t, row, MS, "%.3f", 1e3 * seconds);
    cli_table_set(t, row, SHARE, "%.1f%%", whole > 0 ? 100 * seconds / whole : 0);
    cli_table_set(t, row, LEAST, "%.3f", 1e3 * l->sum.least);
    if (seconds > 0) {
        cli_table_set(t, row, FLOPS, "%.1f", l->sum.flops / seconds / 1e9);
        cli_table_set(t, row, BYTES, "%.1f", l->sum.bytes / seconds / 1e9);
        cli_table_set(t, row, ROOF, "%.0f%%", 100 * l->bound / seconds);
    }
}

static void print_table(cli_table *t, bool with_roof, cli_bench_style style)
{
    t->hidden[ROOF] = !with_roof;
    t->left[KIND] = t->left[LABEL] = t->left[HOW] = true;
    cli_table_print(t, style == CLI_BENCH_MARKDOWN);
    cli_table_free(t);
    printf("\n");
}

static void print_ops(const gan_bench_profile *p, line *lines, const gan_bench_peaks *peaks,
                      cli_bench_style style)
{
    cli_table t;
    for (int i = 0; i < p->n_ops; i++) {
        lines[i] = (line){.op = i, .n = 1, .sum = p->ops[i]};
        lines[i].bound = bound_of(&p->ops[i], peaks);
    }
    qsort(lines, (size_t)p->n_ops, sizeof *lines, compare_lines);
    if (!cli_table_begin(&t, titles, N_COLUMNS, p->n_ops)) {
        return;
    }
    for (int i = 0; i < p->n_ops; i++) {
        cli_table_set(&t, i, OP, "%d", lines[i].op);
        cli_table_set(&t, i, KIND, "%s", lines[i].sum.kind);
        cli_table_set(&t, i, LABEL, "%s", lines[i].sum.label);
        cli_table_set(&t, i, HOW, "%s", lines[i].sum.how);
        set_numbers(&t, i, &lines[i], p->ops_seconds);
    }
    print_table(&t, peaks, style);
}

static void print_kinds(const gan_bench_profile *p, line *lines, const gan_bench_peaks *peaks,
                        cli_bench_style style)
{
    int n = 0;
    cli_table t;
    for (int i = 0; i < p->n_ops; i++) {
        int k = 0;
        while (k < n && strcmp(lines[k].sum.kind, p->ops[i].kind) != 0) {
            k++;
        }
        if (k == n) {
            lines[n++] = (line){.op = i, .sum = {.kind = p->ops[i].kind}};
        }
        lines[k].n++;
        lines[k].sum.seconds += p->ops[i].seconds;
        lines[k].sum.least += p->ops[i].least;
        lines[k].sum.flops += p->ops[i].flops;
        lines[k].sum.bytes += p->ops[i].bytes;
        lines[k].bound += bound_of(&p->ops[i], peaks);
    }
    qsort(lines, (size_t)n, sizeof *lines, compare_lines);
    if (!cli_table_begin(&t, titles, N_COLUMNS, n)) {
        return;
    }
    for (int i = 0; i < n; i++) {
        cli_table_set(&t, i, OP, "%dx", lines[i].n);
        cli_table_set(&t, i, KIND, "%s", lines[i].sum.kind);
        set_numbers(&t, i, &lines[i], p->ops_seconds);
    }
    t.hidden[LABEL] = t.hidden[HOW] = true;
    print_table(&t, peaks, style);
}

static void print_json(const gan_bench_about *about, const gan_bench_profile *p,
                       const gan_bench_peaks *peaks)
{
    for (int i = 0; i < p->n_ops; i++) {
        const gan_bench_op *op = &p->ops[i];
        cli_json j = cli_json_begin(stdout);
        cli_json_string(&j, "net", about->net);
        cli_json_integer(&j, "batch_size", p->batch);
        cli_json_integer(&j, "op", i);
        cli_json_string(&j, "kind", op->kind);
        cli_json_string(&j, "label", op->label);
        cli_json_string(&j, "how", op->how);
        cli_json_real(&j, "ms", 1e3 * op->seconds);
        cli_json_real(&j, "least_ms", 1e3 * op->least);
        cli_json_real(&j, "share", op->seconds / p->ops_seconds);
        cli_json_real(&j, "gflop", op->flops / 1e9);
        cli_json_real(&j, "mb", op->bytes / 1e6);
        cli_json_real(&j, "gflop_per_s", op->flops / op->seconds / 1e9);
        cli_json_real(&j, "gb_per_s", op->bytes / op->seconds / 1e9);
        cli_json_real(&j, "roofline_share", bound_of(op, peaks) / op->seconds);
        cli_json_end(&j);
    }
}

void cli_bench_print_profile(const gan_bench_about *about, const gan_bench_profile *profile,
                             const gan_bench_peaks *peaks, cli_bench_style style)
{
    if (style == CLI_BENCH_JSON) {
        print_json(about, profile, peaks);
        return;
    }
    line *lines = calloc((size_t)profile->n_ops, sizeof *lines);
    if (!lines) {
        fprintf(stderr, "gan bench: no memory for the table\n");
        return;
    }
    printf("%s, %s, batch %lld; %s\n", about->net, about->precision, (long long)profile->batch,
           about->device);
    if (peaks) {
        printf("peaks measured in this run: %.1f GFLOP/s (matrix product), %.1f GB/s (sum)\n",
               peaks->flops / 1e9, peaks->bytes / 1e9);
    }
    printf("\n");
    print_ops(profile, lines, peaks, style);
    print_kinds(profile, lines, peaks, style);
    printf("step %.3f ms (median of %lld); its operations' medians add up to %.3f ms\n",
           1e3 * profile->step_seconds, (long long)profile->steps, 1e3 * profile->ops_seconds);
    free(lines);
}
