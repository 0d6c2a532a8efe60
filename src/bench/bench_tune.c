/* bench_tune.c — every way of every operation, timed; the faster ones into a tune file.
 *
 * Variant 0 follows the static rules. Variant k > 0 computes each operation in its k-th way, all in
 * one step, so that an operation is timed among its neighbours, with their traffic in the caches. A
 * way that computes the operation before along is judged by the time of both. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/path.h"
#include "base/say.h"
#include "bench/bench.h"
#include "bench/bench_choose.h"
#include "session/tune_file.h"

static void clear(gan_tune_search *s)
{
    for (int i = 0; i < s->n_ops; i++) {
        free(s->ops[i].name);
        free(s->ops[i].label);
        free(s->ops[i].rule);
        free(s->ops[i].rounds);
    }
    free(s->ops);
    for (int v = 0; v < GAN_TUNE_VARIANTS; v++) {
        gan_tune_destroy(s->variants[v]);
    }
    gan_tune_destroy(s->found);
    s->bench->tune = NULL;
}

/* --- the ways --- */

static gan_status list_ways_of(gan_tune_search *s, int row, int i, gan_tune_op *op, gan_error *err)
{
    const gan_session *session = s->bench->session;
    const gan_backend *backend = session->backend;
    const gan_program *program = session->programs[row];
    void *memory = NULL;
    const char *how = backend->explain ? backend->explain(session->executables[row], i) : NULL;
    const gan_op *program_op = &program->ops[i];
    op->n_ways = backend->ways ? backend->ways(session->device, program, i, op->ways) : 0;
    if (op->n_ways + 1 > s->n_variants) {
        s->n_variants = op->n_ways + 1;
    }
    GAN_TRY(gan_tune_name(program, i, &op->name, err));
    GAN_TRY(gan_format(&op->label, err, "%s%s%s", session->list.n > 1 ? program->name : "",
                       session->list.n > 1 ? ": " : "", program_op->label));
    op->kind = gan_op_describe(program_op->kind)->name;
    GAN_TRY(gan_strdup(how ? how : "", &op->rule, err));
    GAN_TRY(gan_calloc(GAN_TUNE_VARIANTS * (size_t)s->o->rounds, sizeof(double), &memory, err));
    op->rounds = memory;
    return GAN_OK;
}

/* The operations of each program in turn, as a profile has them. */
static gan_status list_ways(gan_tune_search *s, gan_error *err)
{
    const gan_session *session = s->bench->session;
    void *memory = NULL;
    int n = 0;
    for (int row = 0; row < session->list.n; row++) {
        n += session->programs[row]->n_ops;
    }
    GAN_TRY(gan_calloc((size_t)n, sizeof *s->ops, &memory, err));
    s->ops = memory;
    s->n_ops = n;
    s->n_variants = 1;
    for (int row = 0, k = 0; row < session->list.n; row++) {
        for (int i = 0; i < session->programs[row]->n_ops; i++, k++) {
            GAN_TRY(list_ways_of(s, row, i, &s->ops[k], err));
        }
    }
    return GAN_OK;
}

/* Variant v > 0 of operation i, after those before it. */
static gan_status try_way(gan_tune_search *s, int v, int i, gan_error *err)
{
    gan_tune_op *op = &s->ops[i];
    const gan_way *way = &op->ways[v - 1];
    if (op->n_ways < 2 || v > op->n_ways) {
        return GAN_OK;
    }
    if (way->previous[0]) {
        if (i == 0 || s->ops[i - 1].trials[v] == GAN_TUNE_JOINED) { /* one neighbour is enough */
            return GAN_OK;
        }
        GAN_TRY(gan_tune_set(s->variants[v], s->ops[i - 1].name, way->previous, err));
        s->ops[i - 1].trials[v] = GAN_TUNE_SUPPORTING;
    }
    op->trials[v] = way->previous[0] ? GAN_TUNE_JOINED : GAN_TUNE_ALONE;
    return gan_tune_set(s->variants[v], op->name, way->name, err);
}

static gan_status make_variants(gan_tune_search *s, gan_error *err)
{
    const char *choices = s->bench->session->backend->choices(s->bench->session->device);
    for (int v = 0; v < s->n_variants; v++) {
        GAN_TRY(gan_tune_create(choices, &s->variants[v], err));
        for (int i = 0; v > 0 && i < s->n_ops; i++) {
            GAN_TRY(try_way(s, v, i, err));
        }
    }
    return GAN_OK;
}

/* --- times --- */

static gan_status measure_variant(gan_tune_search *s, int v, int round, gan_error *err)
{
    gan_bench_profile p = {0};
    s->bench->tune = s->variants[v];
    GAN_TRY(gan_bench_start(s->bench, s->batch, s->o->warmup, NULL, err));
    gan_status status = gan_bench_profile_make(s->bench, s->o->steps, &p, err);
    for (int i = 0; status == GAN_OK && i < s->n_ops; i++) {
        s->ops[i].rounds[v * s->o->rounds + round] = p.ops[i].seconds;
    }
    if (status == GAN_OK) {
        gan_say(s->o->progress, "batch %lld, round %d of %d, variant %d of %d: %.1f ms",
                (long long)s->batch, round + 1, s->o->rounds, v + 1, s->n_variants,
                1e3 * p.step_seconds);
    }
    gan_bench_profile_free(&p);
    return status;
}

static gan_status measure_variants(gan_tune_search *s, gan_error *err)
{
    for (int round = 0; round < s->o->rounds; round++) {
        for (int k = 0; k < s->n_variants; k++) {
            int v = round % 2 == 0 ? k : s->n_variants - 1 - k;
            GAN_TRY(measure_variant(s, v, round, err));
        }
    }
    for (int i = 0; i < s->n_ops; i++) {
        for (int v = 0; v < s->n_variants; v++) {
            s->ops[i].seconds[v] =
                gan_bench_median(s->ops[i].rounds + v * s->o->rounds, s->o->rounds);
        }
    }
    return GAN_OK;
}

/* --- what came of it --- */

static gan_status report(const gan_tune_search *s, gan_bench_tuned *row, gan_error *err)
{
    void *memory = NULL;
    GAN_TRY(gan_calloc(gan_tune_size(s->found), sizeof *row->ops, &memory, err));
    row->ops = memory;
    for (int i = 0; i < s->n_ops; i++) {
        const gan_tune_op *op = &s->ops[i];
        row->choices += op->n_ways > 1;
        if (op->way) {
            gan_bench_tuned_op *told = &row->ops[row->n_ops++];
            told->before = op->seconds[GAN_TUNE_RULES];
            told->after = op->seconds[op->variant];
            told->kind = op->kind;
            GAN_TRY(gan_strdup(op->label, &told->label, err));
            GAN_TRY(gan_strdup(op->way, &told->way, err));
            GAN_TRY(gan_strdup(op->rule, &told->rule, err));
        }
    }
    return GAN_OK;
}

static gan_status time_steps(gan_tune_search *s, const gan_tune *tune, double *rate, gan_error *err)
{
    gan_bench_block block;
    s->bench->tune = tune;
    GAN_TRY(gan_bench_start(s->bench, s->batch, s->o->warmup, NULL, err));
    GAN_TRY(gan_bench_steps(s->bench, s->o->steps, NULL, &block, err));
    *rate = block.img_per_s;
    return GAN_OK;
}

/* Whole steps by the rules and by what was found, in turns. */
static gan_status prove(gan_tune_search *s, gan_bench_tuned *row, gan_error *err)
{
    const int n = s->o->rounds;
    void *memory = NULL;
    gan_status status = GAN_OK;
    row->rules = row->tuned = row->ratio = row->lowest = row->highest = NAN;
    if (row->n_ops == 0) {
        return GAN_OK;
    }
    GAN_TRY(gan_calloc(3 * (size_t)n, sizeof(double), &memory, err));
    double *rules = memory, *tuned = rules + n, *ratios = tuned + n;
    for (int k = 0; k < n; k++) {
        bool rules_first = k % 2 == 0;
        for (int turn = 0; turn < 2; turn++) {
            bool by_rules = rules_first == (turn == 0);
            GAN_TRY_DONE(time_steps(s, by_rules ? s->variants[GAN_TUNE_RULES] : s->found,
                                    by_rules ? &rules[k] : &tuned[k], err));
        }
        ratios[k] = tuned[k] / rules[k];
        gan_say(s->o->progress, "batch %lld, round %d of %d: %.1f img/s by the rules, %.1f tuned",
                (long long)s->batch, k + 1, n, rules[k], tuned[k]);
    }
    row->rules = gan_bench_median(rules, n);
    row->tuned = gan_bench_median(tuned, n);
    row->ratio = gan_bench_median(ratios, n);
    row->lowest = ratios[0];
    row->highest = ratios[n - 1];
    row->kept = row->ratio > 1;
done:
    free(memory);
    return status;
}

/* This size's choices in place of those that the tune had. */
static gan_status merge(const gan_tune_search *s, bool kept, gan_tune *into, gan_error *err)
{
    for (int i = 0; i < s->n_ops; i++) {
        if (s->ops[i].n_ways > 1) {
            GAN_TRY(gan_tune_set(into, s->ops[i].name, kept ? s->ops[i].way : NULL, err));
        }
    }
    return GAN_OK;
}

/* The tune to add to: what the file holds, or a new one. */
static gan_status open_tune(const gan_bench *bench, const char *path, gan_tune **out,
                            gan_error *err)
{
    const char *choices = bench->session->backend->choices(bench->session->device);
    gan_path_kind kind;
    GAN_TRY(gan_path_look(path, &kind, err)); /* what cannot be read is not written over */
    if (kind == GAN_PATH_NOTHING) {
        return gan_tune_create(choices, out, err);
    }
    GAN_TRY(gan_tune_file_read(path, out, err));
    return gan_tune_file_is_for(*out, choices)
               ? GAN_OK
               : gan_fail(err, GAN_E_USAGE,
                          "%s was measured on '%s', and this is '%s': name another file, or remove "
                          "it",
                          path, gan_tune_device(*out), choices);
}

static gan_status tune_size(gan_bench *bench, const gan_bench_tune_options *o, gan_bench_tuned *row,
                            gan_tune **tune, gan_error *err)
{
    gan_tune_search s = {.bench = bench, .o = o, .batch = row->batch};
    gan_status status = GAN_OK;
    GAN_TRY_DONE(gan_bench_start(bench, row->batch, 0, NULL, err));
    if (!*tune) {
        GAN_TRY_DONE(open_tune(bench, o->path, tune, err));
    }
    GAN_TRY_DONE(list_ways(&s, err));
    GAN_TRY_DONE(make_variants(&s, err));
    GAN_TRY_DONE(measure_variants(&s, err));
    GAN_TRY_DONE(gan_tune_choose(&s, err));
    GAN_TRY_DONE(report(&s, row, err));
    GAN_TRY_DONE(prove(&s, row, err));
    GAN_TRY_DONE(merge(&s, row->kept, *tune, err));
done:
    clear(&s);
    return status;
}

gan_status gan_bench_tune(gan_bench *bench, const gan_bench_tune_options *options,
                          gan_bench_tuned *rows, gan_error *err)
{
    gan_tune *tune = NULL;
    gan_status status = GAN_OK;
    for (int i = 0; i < options->n_batches; i++) {
        rows[i] = (gan_bench_tuned){.batch = options->batches[i]};
    }
    if (bench->options.tune_file && *bench->options.tune_file) {
        return gan_fail(err, GAN_E_USAGE, "a bench with a tune file of its own cannot tune");
    }
    GAN_TRY(gan_bench_check_output(options->path, err));
    for (int i = 0; i < options->n_batches && status == GAN_OK; i++) {
        status = tune_size(bench, options, &rows[i], &tune, err);
        if (status == GAN_OK) {
            status = gan_tune_file_write(tune, options->path, err);
        }
    }
    gan_tune_destroy(tune);
    return status;
}

void gan_bench_tuned_free(gan_bench_tuned *row)
{
    for (int i = 0; i < row->n_ops; i++) {
        free(row->ops[i].label);
        free(row->ops[i].way);
        free(row->ops[i].rule);
    }
    free(row->ops);
    *row = (gan_bench_tuned){0};
}
