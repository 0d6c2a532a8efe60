/* bench_print.c — what gan bench prints: the table over batch sizes, and the lines of --serve. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/number.h"
#include "cli/bench.h"
#include "cli/json.h"
#include "cli/table.h"
#include "gan/version.h"

static const double mebi = 1024.0 * 1024.0;

static void print_about(const gan_bench_about *a, const gan_bench_peaks *peaks)
{
    printf("%s, %s, convolutions %s; %s: %lld image%s of %lldx%lldx%lld\n%s\n", a->net,
           a->precision, a->conv, a->data, (long long)a->n_images, gan_plural(a->n_images),
           (long long)a->height, (long long)a->width, (long long)a->channels, a->device);
    if (peaks) {
        printf("peaks measured in this run: %.1f GFLOP/s (matrix product), %.1f GB/s (sum)\n",
               peaks->flops / 1e9, peaks->bytes / 1e9);
    }
    printf("\n");
}

static void set_bytes(cli_table *t, int row, int column, int64_t bytes)
{
    char text[GAN_NUMBER_TEXT_SIZE];
    gan_number_bytes(bytes, text);
    cli_table_set(t, row, column, "%s", bytes < 0 ? "" : text);
}

static void set_row(cli_table *t, int i, const gan_bench_row *r)
{
    enum { BATCH, RATE, SPREAD, P50, P95, STATE, ARENA, WORK, PEAK, FLOPS, ROOF, START };
    cli_table_set(t, i, BATCH, "%lld", (long long)r->batch);
    cli_table_set(t, i, RATE, "%.1f%s", r->all.img_per_s, r->disturbed ? " *" : "");
    cli_table_set(t, i, SPREAD, "%.1f to %.1f", r->slowest, r->fastest);
    cli_table_set(t, i, P50, "%.2f", 1e3 * r->all.p50);
    cli_table_set(t, i, P95, "%.2f", 1e3 * r->all.p95);
    set_bytes(t, i, STATE, r->plan.state_bytes);
    set_bytes(t, i, ARENA, r->plan.arena_bytes);
    set_bytes(t, i, WORK, r->plan.workspace_bytes);
    set_bytes(t, i, PEAK, r->peak_bytes);
    cli_table_set(t, i, FLOPS, "%.1f", r->plan.flops / r->all.p50 / 1e9);
    if (isfinite(r->bound)) {
        cli_table_set(t, i, ROOF, "%.0f%%", 100 * r->bound / r->all.p50);
    }
    cli_table_set(t, i, START, "%.3f", r->start.session);
}

static void print_footnotes(const gan_bench_row *rows, int n, int rounds, bool markdown)
{
    const char *item = markdown ? "- " : "";
    printf("\n%simg/s: median of %d round%s, slowest to fastest beside it; %lld step%s in all\n",
           item, rounds, gan_plural(rounds), (long long)rows[0].all.steps,
           gan_plural(rows[0].all.steps));
    printf("%sGFLOP/s: useful ones, the additions and multiplications of direct convolution\n",
           item);
    printf("%sstart: seconds from nothing but data in memory to the end of the first step\n", item);
    for (int i = 0; i < n; i++) {
        if (isfinite(rows[i].start.since_exec)) {
            printf("%sstart of the process to the first finished step: %.2f s (batch %lld)\n", item,
                   rows[i].start.since_exec, (long long)rows[i].batch);
        }
    }
    for (int i = 0; i < n; i++) {
        if (rows[i].disturbed) {
            printf("%s* batch %lld was disturbed: %s\n", item, (long long)rows[i].batch,
                   rows[i].remark);
        }
    }
}

static void print_json_row(const gan_bench_about *a, const gan_bench_row *r, int rounds)
{
    cli_json j = cli_json_begin(stdout);
    cli_json_string(&j, "net", a->net);
    cli_json_string(&j, "data", a->data);
    cli_json_string(&j, "device", a->device);
    cli_json_string(&j, "conv", a->conv);
    cli_json_string(&j, "precision", a->precision);
    cli_json_integer(&j, "threads", a->threads);
    cli_json_integer(&j, "batch_size", r->batch);
    cli_json_integer(&j, "rounds", rounds);
    cli_json_integer(&j, "steps", r->all.steps);
    cli_json_real(&j, "img_per_s", r->all.img_per_s);
    cli_json_real(&j, "img_per_s_slowest", r->slowest);
    cli_json_real(&j, "img_per_s_fastest", r->fastest);
    cli_json_real(&j, "ms_per_step_p50", 1e3 * r->all.p50);
    cli_json_real(&j, "ms_per_step_p95", 1e3 * r->all.p95);
    cli_json_integer(&j, "state_bytes", r->plan.state_bytes);
    cli_json_integer(&j, "activation_bytes", r->plan.arena_bytes);
    cli_json_integer(&j, "workspace_bytes", r->plan.workspace_bytes);
    cli_json_integer(&j, "data_bytes", r->plan.data_bytes);
    cli_json_real(&j, "peak_rss_mb", r->peak_bytes < 0 ? NAN : (double)r->peak_bytes / mebi);
    cli_json_integer(&j, "operations", r->plan.operations);
    cli_json_real(&j, "useful_gflop_per_step", r->plan.flops / 1e9);
    cli_json_real(&j, "useful_gflop_per_s", r->plan.flops / r->all.p50 / 1e9);
    cli_json_real(&j, "roofline_share", r->bound / r->all.p50);
    cli_json_real(&j, "start_s", r->start.session);
    cli_json_real(&j, "first_step_s", r->start.since_exec);
    cli_json_real(&j, "busy", r->all.busy);
    cli_json_real(&j, "waiting", r->all.waiting);
    cli_json_real(&j, "stolen", r->all.stolen);
    cli_json_real(&j, "page_faults_per_step", r->all.page_faults);
    cli_json_bool(&j, "disturbed", r->disturbed);
    cli_json_string(&j, "remark", r->remark);
    cli_json_end(&j);
}

void cli_bench_print_rows(const gan_bench_about *about, const gan_bench_row *rows, int n_rows,
                          int rounds, const gan_bench_peaks *peaks, cli_bench_style style)
{
    static const char *const titles[] = {"batch", "img/s",   "rounds",      "ms/step p50",
                                         "p95",   "state",   "activations", "workspace",
                                         "peak",  "GFLOP/s", "of roof",     "start s"};
    cli_table t;
    if (style == CLI_BENCH_JSON) {
        for (int i = 0; i < n_rows; i++) {
            print_json_row(about, &rows[i], rounds);
        }
        return;
    }
    if (!cli_table_begin(&t, titles, sizeof titles / sizeof *titles, n_rows)) {
        fprintf(stderr, "gan bench: no memory for the table\n");
        return;
    }
    for (int i = 0; i < n_rows; i++) {
        set_row(&t, i, &rows[i]);
    }
    t.hidden[8] = rows[0].peak_bytes < 0;
    t.hidden[10] = !peaks;
    print_about(about, peaks);
    cli_table_print(&t, style == CLI_BENCH_MARKDOWN);
    print_footnotes(rows, n_rows, rounds, style == CLI_BENCH_MARKDOWN);
    cli_table_free(&t);
}

/* --- lines of --serve --- */

static void put_head(cli_json *j, const gan_bench_about *a, int64_t batch,
                     const gan_bench_start_times *start)
{
    cli_json_string(j, "peer", "gan.c");
    cli_json_string(j, "version", gan_version());
    cli_json_string(j, "net", a->net);
    cli_json_string(j, "mode", a->conv);
    cli_json_string(j, "precision", a->precision);
    cli_json_string(j, "device", a->device);
    cli_json_integer(j, "batch_size", batch);
    cli_json_integer(j, "threads", a->threads);
    cli_json_real(j, "first_step_s", start->since_exec);
}

static void put_block(cli_json *j, const gan_bench_block *b)
{
    cli_json_real(j, "img_per_s", b->img_per_s);
    cli_json_real(j, "ms_per_step_p50", 1e3 * b->p50);
    cli_json_real(j, "ms_per_step_p95", 1e3 * b->p95);
    cli_json_integer(j, "steps", b->steps);
}

static void end_line(cli_json *j)
{
    cli_json_end(j);
    (void)fflush(stdout);
}

void cli_bench_print_ready(const gan_bench_about *about, int64_t batch,
                           const gan_bench_start_times *start)
{
    cli_json j = cli_json_begin(stdout);
    cli_json_bool(&j, "ready", true);
    put_head(&j, about, batch, start);
    end_line(&j);
}

void cli_bench_print_block(const gan_bench_block *block)
{
    cli_json j = cli_json_begin(stdout);
    cli_json_real(&j, "seconds", block->seconds);
    put_block(&j, block);
    cli_json_real(&j, "busy", block->busy);
    cli_json_real(&j, "waiting", block->waiting);
    cli_json_real(&j, "stolen", block->stolen);
    cli_json_real(&j, "page_faults_per_step", block->page_faults);
    end_line(&j);
}

void cli_bench_print_misread(const char *line)
{
    char text[192];
    snprintf(text, sizeof text, "expected 'run N' or 'quit', read '%s'", line);
    cli_json j = cli_json_begin(stdout);
    cli_json_string(&j, "error", text);
    end_line(&j);
}

void cli_bench_print_served(const gan_bench_about *about, int64_t batch,
                            const gan_bench_start_times *start, const gan_bench_block *sum)
{
    cli_json j = cli_json_begin(stdout);
    put_head(&j, about, batch, start);
    if (sum->steps > 0) {
        put_block(&j, sum);
    } else {
        cli_json_integer(&j, "steps", 0);
    }
    cli_json_real(&j, "peak_rss_mb", (double)gan_bench_peak_bytes() / mebi);
    end_line(&j);
}
