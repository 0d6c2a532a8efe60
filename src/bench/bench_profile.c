/* bench_profile.c — seconds of every op of a step, and the steps as trace events. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "bench/bench.h"
#include "io/json.h"
#include "program/cost.h"

static gan_status describe_op(const gan_session *s, int row, int i, gan_bench_op *out,
                              gan_error *err)
{
    const gan_program *program = s->programs[row];
    const gan_op *op = &program->ops[i];
    const gan_cost cost = gan_op_cost(program, op);
    const char *how = s->backend->explain ? s->backend->explain(s->executables[row], i) : "";
    char *label = NULL, *copy = NULL;
    out->program = program->name;
    out->share = gan_step_list_share(&s->list, row);
    out->kind = gan_op_describe(op->kind)->name;
    out->flops = out->share * cost.flops;
    out->bytes = out->share * (cost.bytes_read + cost.bytes_written);
    GAN_TRY(s->list.n > 1 ? gan_format(&label, err, "%s: %s", program->name, op->label)
                          : gan_strdup(op->label, &label, err));
    out->label = label;
    GAN_TRY(gan_strdup(how ? how : "", &copy, err));
    out->how = copy;
    return GAN_OK;
}

static gan_status describe_ops(const gan_session *s, gan_bench_profile *p, gan_error *err)
{
    for (int row = 0, k = 0; row < s->list.n; row++) {
        for (int i = 0; i < s->programs[row]->n_ops; i++, k++) {
            GAN_TRY(describe_op(s, row, i, &p->ops[k], err));
        }
    }
    return GAN_OK;
}

/* The first op of a row's program; of the row after the last, how many there are. */
static int first_op(const gan_session *s, int row)
{
    int n = 0;
    for (int i = 0; i < row; i++) {
        n += s->programs[i]->n_ops;
    }
    return n;
}

static gan_status make_room(int n_ops, int64_t n, gan_bench_profile *p, gan_error *err)
{
    void *memory = NULL;
    GAN_TRY(gan_calloc((size_t)n_ops, sizeof *p->ops, &memory, err));
    p->ops = memory;
    p->n_ops = n_ops;
    GAN_TRY(gan_calloc((size_t)n, sizeof(double), &memory, err));
    p->began = memory;
    GAN_TRY(gan_calloc((size_t)n * (size_t)n_ops, sizeof(double), &memory, err));
    p->op_seconds = memory;
    for (int64_t i = 0; i < n * n_ops; i++) {
        p->op_seconds[i] = (double)NAN;
    }
    return GAN_OK;
}

static gan_status set_profiling(const gan_session *s, bool on, gan_error *err)
{
    const double *unused = NULL;
    for (int row = 0; row < s->list.n; row++) {
        GAN_TRY(s->backend->profile(s->executables[row], on, &unused, err));
    }
    return GAN_OK;
}

/* Runs the steps, each with the program that comes next; wall receives the seconds of each. */
static gan_status run(const gan_session *s, gan_bench_profile *p, int64_t n, double *wall,
                      gan_error *err)
{
    double origin = gan_clock_seconds();
    for (int64_t i = 0; i < n; i++) {
        const int row = gan_step_list_at(&s->list, s->step + i);
        const double *seconds = NULL;
        double began = gan_clock_seconds();
        GAN_TRY(s->backend->run(s->executables[row], 1, err));
        GAN_TRY(s->backend->wait(s->device, err));
        wall[i] = gan_clock_seconds() - began;
        p->began[i] = began - origin;
        GAN_TRY(s->backend->profile(s->executables[row], true, &seconds, err));
        memcpy(p->op_seconds + i * p->n_ops + first_op(s, row), seconds,
               (size_t)s->programs[row]->n_ops * sizeof *seconds);
        p->steps++;
    }
    return GAN_OK;
}

/* The medians over the steps that have the op; scratch has room for one value a step. */
static void sum_up(gan_bench_profile *p, double *scratch)
{
    for (int k = 0; k < p->n_ops; k++) {
        int64_t n = 0;
        for (int64_t i = 0; i < p->steps; i++) {
            const double seconds = p->op_seconds[i * p->n_ops + k];
            scratch[n] = seconds;
            n += !isnan(seconds);
        }
        p->ops[k].seconds = p->ops[k].share * gan_bench_median(scratch, n);
        p->ops[k].least = p->ops[k].share * scratch[0]; /* sorted now */
        p->ops_seconds += p->ops[k].seconds;
    }
}

/* Of the steps before the first one of the session's to come, first. */
static double mean_of_medians(const gan_session *s, const double *wall, int64_t n, double *scratch)
{
    double sum = 0;
    for (int row = 0; row < s->list.n; row++) {
        int64_t m = 0;
        for (int64_t i = 0; i < n; i++) {
            if (gan_step_list_at(&s->list, s->step - n + i) == row) {
                scratch[m++] = wall[i];
            }
        }
        sum += gan_step_list_share(&s->list, row) * gan_bench_median(scratch, m);
    }
    return sum;
}

gan_status gan_bench_profile_make(gan_bench *bench, int64_t n, gan_bench_profile *out,
                                  gan_error *err)
{
    gan_session *s = bench->session;
    const int64_t cycle = s->list.rows[0].period;
    void *memory = NULL;
    gan_status status = GAN_OK;
    *out = (gan_bench_profile){.batch = s->options.batch_size};
    n = n < cycle ? cycle : n;
    if (!s->backend->profile) {
        return gan_fail(err, GAN_E_UNSUPPORTED, "the %s backend does not time single operations",
                        s->backend->name);
    }
    GAN_TRY(make_room(first_op(s, s->list.n), n, out, err));
    GAN_TRY(describe_ops(s, out, err));
    GAN_TRY(gan_calloc(2 * (size_t)n, sizeof(double), &memory, err));
    double *wall = memory, *scratch = wall + n;
    GAN_TRY_DONE(set_profiling(s, true, err));
    status = run(s, out, n, wall, err);
    s->step += out->steps; /* run beside the session: its count must keep up with the device's */
    if (status == GAN_OK) {
        status = set_profiling(s, false, err);
    }
    GAN_TRY_DONE(status);
    out->step_seconds = mean_of_medians(s, wall, n, scratch);
    sum_up(out, scratch);
    status = gan_session_check(s, err);
done:
    free(wall);
    return status;
}

void gan_bench_profile_free(gan_bench_profile *profile)
{
    for (int i = 0; profile->ops && i < profile->n_ops; i++) {
        free((void *)(uintptr_t)profile->ops[i].label);
        free((void *)(uintptr_t)profile->ops[i].how);
    }
    free(profile->ops);
    free(profile->began);
    free(profile->op_seconds);
    *profile = (gan_bench_profile){0};
}

/* --- trace events --- */

/* Names the process ("process_name") or the track ("thread_name"). */
static void add_name(gan_text *text, const char *what, const char *name)
{
    gan_text_add(text, "{\"name\": \"%s\", \"ph\": \"M\", \"pid\": 1, \"tid\": 1, ", what);
    gan_text_add(text, "\"args\": {\"name\": ");
    gan_json_quote(text, name);
    gan_text_add(text, "}}");
}

/* The next event, complete but for its closing brace: name, category, time. */
static void add_event(gan_text *text, const char *name, const char *category, double began,
                      double seconds)
{
    gan_text_add(text, ",\n{\"name\": ");
    gan_json_quote(text, name);
    gan_text_add(text,
                 ", \"cat\": \"%s\", \"ph\": \"X\", \"pid\": 1, \"tid\": 1, \"ts\": %.3f, "
                 "\"dur\": %.3f",
                 category, 1e6 * began, 1e6 * seconds);
}

static void add_op(gan_text *text, const gan_bench_op *op, int index, double began, double seconds)
{
    add_event(text, op->label, op->kind, began, seconds);
    gan_text_add(text, ", \"args\": {\"op\": %d, \"kind\": \"%s\", \"how\": ", index, op->kind);
    gan_json_quote(text, op->how);
    if (seconds > 0) {
        gan_text_add(text, ", \"GFLOP/s\": %.3f, \"GB/s\": %.3f",
                     op->flops / op->share / seconds / 1e9, op->bytes / op->share / seconds / 1e9);
    }
    gan_text_add(text, "}}");
}

static void add_step(gan_text *text, const gan_bench_profile *p, int64_t step)
{
    const double *seconds = p->op_seconds + step * p->n_ops;
    double at = p->began[step], sum = 0;
    char name[32];
    for (int k = 0; k < p->n_ops; k++) {
        sum += isnan(seconds[k]) ? 0 : seconds[k];
    }
    snprintf(name, sizeof name, "step %lld", (long long)step);
    add_event(text, name, "step", at, sum);
    gan_text_add(text, "}");
    for (int k = 0; k < p->n_ops; k++) {
        if (!isnan(seconds[k])) {
            add_op(text, &p->ops[k], k, at, seconds[k]);
            at += seconds[k];
        }
    }
}

gan_status gan_bench_trace(const gan_bench *bench, const gan_bench_profile *profile,
                           const char *path, gan_error *err)
{
    gan_text text = {0};
    gan_text_add(&text, "{\"displayTimeUnit\": \"ms\", \"traceEvents\": [\n");
    add_name(&text, "process_name", gan_net_name(bench->net));
    gan_text_add(&text, ",\n");
    add_name(&text, "thread_name", bench->device);
    for (int64_t i = 0; i < profile->steps; i++) {
        add_step(&text, profile, i);
    }
    gan_text_add(&text, "\n]}\n");
    gan_status status = gan_text_check(&text, err);
    if (status == GAN_OK) {
        status = gan_file_write_whole(path, text.data, text.length, err);
    }
    gan_text_free(&text);
    return status;
}
