/* bench_sweep.c — a table over batch sizes: interleaved rounds, medians, spread, disturbances. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/say.h"
#include "bench/bench.h"
#include "program/cost.h"

/* Beyond these a row is called disturbed. On an idle machine threads wait for a core less than 1 %
 * of their time, and rounds differ by 1 to 3 %. */
static const double most_waiting = 0.05, most_stolen = 0.05, most_spread = 0.10;
static const double least_busy = 0.80; /* asked only where waiting is not known */

/* What the rounds of one batch size gave. */
typedef struct tally {
    double *seconds;                           /* [rounds * steps] */
    double *rates;                             /* [rounds]: images a second */
    double *starts;                            /* [rounds] */
    double busy, waiting, stolen, page_faults; /* sums over rounds */
    int rounds;                                /* done so far */
} tally;

double gan_bench_op_bound(double flops, double bytes, const gan_bench_peaks *peaks)
{
    return fmax(flops / peaks->flops, bytes / peaks->bytes);
}

static double program_bound(const gan_program *program, const gan_bench_peaks *peaks)
{
    double sum = 0;
    for (int i = 0; i < program->n_ops; i++) {
        gan_cost cost = gan_op_cost(program, &program->ops[i]);
        sum += gan_bench_op_bound(cost.flops, cost.bytes_read + cost.bytes_written, peaks);
    }
    return sum;
}

/* Of each of the session's programs as often as it runs. */
static double step_bound(const gan_session *s, const gan_bench_peaks *peaks)
{
    double sum = 0;
    for (int i = 0; i < s->list.n; i++) {
        sum += gan_step_list_share(&s->list, i) * program_bound(s->programs[i], peaks);
    }
    return sum;
}

static gan_status make_tally(const gan_bench_sweep_options *o, tally *t, gan_error *err)
{
    void *memory = NULL;
    size_t rounds = (size_t)o->rounds, steps = (size_t)o->steps;
    if (steps > SIZE_MAX / sizeof(double) / (rounds + 2)) {
        return gan_fail(err, GAN_E_USAGE, "%lld steps are too many", (long long)o->steps);
    }
    GAN_TRY(gan_calloc(rounds * (steps + 2), sizeof(double), &memory, err));
    t->seconds = memory;
    t->rates = t->seconds + rounds * steps;
    t->starts = t->rates + rounds;
    return GAN_OK;
}

/* One round at one batch size. */
static gan_status measure(gan_bench *bench, const gan_bench_sweep_options *o, gan_bench_row *row,
                          tally *t, gan_error *err)
{
    gan_bench_block block;
    gan_bench_start_times start;
    GAN_TRY(gan_bench_start(bench, row->batch, o->warmup, &start, err));
    GAN_TRY(gan_bench_steps(bench, o->steps, t->seconds + t->rounds * o->steps, &block, err));
    if (t->rounds == 0) {
        row->plan = gan_bench_plan(bench);
        row->start.since_exec = start.since_exec;
        row->bound = o->peaks ? step_bound(bench->session, o->peaks) : NAN;
    }
    t->rates[t->rounds] = block.img_per_s;
    t->starts[t->rounds] = start.session;
    t->busy += block.busy;
    t->waiting += block.waiting;
    t->stolen += block.stolen;
    t->page_faults += block.page_faults;
    t->rounds++;
    gan_say(o->progress, "round %d of %d, batch %lld: %.1f img/s", t->rounds, o->rounds,
            (long long)row->batch, block.img_per_s);
    return GAN_OK;
}

/* Appends a remark and calls the row disturbed. */
static void remark(gan_bench_row *row, const char *what, double share)
{
    size_t used = strlen(row->remark);
    snprintf(row->remark + used, sizeof row->remark - used, "%s%s %.0f%%", used ? "; " : "", what,
             100 * share);
    row->disturbed = true;
}

static void judge(gan_bench_row *row)
{
    double spread = (row->fastest - row->slowest) / row->all.img_per_s;
    if (row->all.waiting > most_waiting) {
        remark(row, "threads waited for a core", row->all.waiting);
    }
    if (isnan(row->all.waiting) && row->all.busy < least_busy) {
        remark(row, "threads ran only", row->all.busy);
    }
    if (row->all.stolen > most_stolen) {
        remark(row, "the host took", row->all.stolen);
    }
    if (spread > most_spread) {
        remark(row, "rounds differ by", spread);
    }
}

static void fill(gan_bench_row *row, tally *t, int64_t steps, bool alone)
{
    const double n = t->rounds;
    row->all = gan_bench_summarize(t->seconds, t->rounds * steps, row->batch);
    row->all.img_per_s = gan_bench_median(t->rates, t->rounds);
    row->slowest = t->rates[0];
    row->fastest = t->rates[t->rounds - 1];
    row->start.session = gan_bench_median(t->starts, t->rounds);
    row->all.busy = t->busy / n;
    row->all.waiting = t->waiting / n;
    row->all.stolen = t->stolen / n;
    row->all.page_faults = t->page_faults / n;
    row->peak_bytes = alone ? gan_bench_peak_bytes() : -1;
    judge(row);
}

gan_status gan_bench_sweep(gan_bench *bench, const gan_bench_sweep_options *options,
                           gan_bench_row *rows, gan_error *err)
{
    const gan_bench_sweep_options *o = options;
    void *memory = NULL;
    gan_status status = GAN_OK;
    GAN_TRY(gan_calloc((size_t)o->n_batches, sizeof(tally), &memory, err));
    tally *tallies = memory;
    const bool alone = o->n_batches == 1 && !bench->used;
    for (int i = 0; i < o->n_batches; i++) {
        rows[i] = (gan_bench_row){.batch = o->batches[i]};
        GAN_TRY_DONE(make_tally(o, &tallies[i], err));
    }
    for (int round = 0; round < o->rounds; round++) {
        for (int k = 0; k < o->n_batches; k++) {
            int i = round % 2 == 0 ? k : o->n_batches - 1 - k;
            GAN_TRY_DONE(measure(bench, o, &rows[i], &tallies[i], err));
        }
    }
    for (int i = 0; i < o->n_batches; i++) {
        fill(&rows[i], &tallies[i], o->steps, alone);
    }
done:
    for (int i = 0; i < o->n_batches; i++) {
        free(tallies[i].seconds);
    }
    free(tallies);
    return status;
}
