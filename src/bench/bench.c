/* bench.c — a network and its data, sessions at one batch size after the other, timed steps. */
#include "bench/bench.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/system.h"
#include "bench/bench_load.h"

enum { DEFAULT_LIMIT = 4096 };

static int compare_doubles(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void sort(double *values, int64_t n)
{
    qsort(values, (size_t)n, sizeof *values, compare_doubles);
}

double gan_bench_quantile(const double *ascending, int64_t n, double q)
{
    if (q == 0.5 && n % 2 == 0) {
        return 0.5 * (ascending[n / 2 - 1] + ascending[n / 2]);
    }
    int64_t rank = (int64_t)(q * (double)n);
    return ascending[rank < n ? rank : n - 1];
}

double gan_bench_median(double *values, int64_t n)
{
    sort(values, n);
    return gan_bench_quantile(values, n, 0.5);
}

gan_bench_block gan_bench_summarize(double *seconds, int64_t n, int64_t batch)
{
    gan_bench_block block = {
        .steps = n, .busy = NAN, .waiting = NAN, .stolen = NAN, .page_faults = NAN};
    sort(seconds, n);
    for (int64_t i = 0; i < n; i++) {
        block.seconds += seconds[i];
    }
    block.p50 = gan_bench_quantile(seconds, n, 0.5);
    block.p95 = gan_bench_quantile(seconds, n, 0.95);
    block.img_per_s = (double)batch / block.p50;
    return block;
}

bool gan_bench_on_cpu(const gan_bench *bench)
{
    return bench->session && strcmp(bench->session->backend->name, "cpu") == 0;
}

int gan_bench_threads(const gan_bench *bench)
{
    const gan_options *o = bench->session ? &bench->session->options : &bench->options;
    return o->threads > 0 ? (int)o->threads : gan_system_processors();
}

gan_status gan_bench_check_output(const char *path, gan_error *err)
{
    gan_file_writer *writer = NULL;
    gan_status status = gan_file_create(path, NULL, &writer, err);
    gan_file_destroy(writer);
    return status;
}

int64_t gan_bench_peak_bytes(void)
{
    return gan_system_peak_memory();
}

/* --- making --- */

static gan_status set_text(gan_bench *b, gan_option_id id, const char *text, gan_error *err)
{
    return text ? gan_options_set(&b->options, id, text, GAN_FROM_FLAG, err) : GAN_OK;
}

static gan_status set_number(gan_bench *b, gan_option_id id, uint64_t value, gan_error *err)
{
    char text[32];
    snprintf(text, sizeof text, "%llu", (unsigned long long)value);
    return gan_options_set(&b->options, id, text, GAN_FROM_FLAG, err);
}

static gan_status take_options(gan_bench *b, const gan_bench_options *o, gan_error *err)
{
    GAN_TRY(gan_options_init(&b->options, err));
    GAN_TRY(set_text(b, GAN_OPTION_ID_net, o->net, err));
    GAN_TRY(set_text(b, GAN_OPTION_ID_data, o->data ? o->data : "digits", err));
    GAN_TRY(set_text(b, GAN_OPTION_ID_device, o->device, err));
    GAN_TRY(set_text(b, GAN_OPTION_ID_conv, o->conv, err));
    GAN_TRY(set_text(b, GAN_OPTION_ID_precision, o->precision, err));
    GAN_TRY(set_text(b, GAN_OPTION_ID_batchnorm, o->batch_norm, err));
    GAN_TRY(set_text(b, GAN_OPTION_ID_tune_file, o->tune_file, err));
    GAN_TRY(set_number(b, GAN_OPTION_ID_seed, o->seed, err));
    if (o->d_steps != 0) {
        GAN_TRY(set_number(b, GAN_OPTION_ID_d_steps, (uint64_t)o->d_steps, err));
    }
    if (o->threads != 0) {
        if (o->threads < 0) {
            return gan_fail(err, GAN_E_USAGE, "threads: %lld is less than 1",
                            (long long)o->threads);
        }
        GAN_TRY(set_number(b, GAN_OPTION_ID_threads, (uint64_t)o->threads, err));
    }
    return gan_options_check(&b->options, err);
}

static gan_status load(gan_bench *b, const gan_bench_options *o, gan_error *err)
{
    GAN_TRY(gan_net_load(b->options.net, &b->net, err));
    const gan_data_options options = {.height = b->net->image.h,
                                      .width = b->net->image.w,
                                      .channels = b->net->image.c,
                                      .limit = o->limit ? o->limit : DEFAULT_LIMIT,
                                      .seed = o->seed,
                                      .threads = (int)o->threads,
                                      .listener = o->listener};
    return gan_data_open(b->options.data, &options, &b->data, err);
}

gan_status gan_bench_create(const gan_bench_options *options, gan_bench **out, gan_error *err)
{
    void *memory = NULL;
    *out = NULL;
    GAN_TRY(gan_calloc(1, sizeof(gan_bench), &memory, err));
    gan_bench *b = memory;
    b->listener = options->listener;
    gan_status status = take_options(b, options, err);
    if (status == GAN_OK) {
        status = load(b, options, err);
    }
    if (status != GAN_OK) {
        gan_bench_destroy(b);
        return status;
    }
    *out = b;
    return GAN_OK;
}

void gan_bench_destroy(gan_bench *bench)
{
    if (!bench) {
        return;
    }
    gan_session_destroy(bench->session);
    gan_data_close(bench->data);
    gan_net_destroy(bench->net);
    gan_options_free(&bench->options);
    free(bench);
}

gan_bench_about gan_bench_describe(const gan_bench *bench)
{
    const gan_data_info *info = gan_data_describe(bench->data);
    return (gan_bench_about){.net = gan_net_name(bench->net),
                             .data = info->name,
                             .device = bench->device,
                             .conv = bench->options.conv,
                             .precision = bench->session ? bench->session->options.precision
                                                         : bench->options.precision,
                             .net_batch = bench->net->train.batch_size,
                             .n_images = info->n,
                             .height = info->height,
                             .width = info->width,
                             .channels = info->channels,
                             .threads = gan_bench_on_cpu(bench) ? gan_bench_threads(bench) : 0};
}

/* --- starting and stepping --- */

static gan_status step(gan_bench *b, gan_error *err)
{
    GAN_TRY(gan_session_run(b->session, 1, err));
    return b->session->backend->wait(b->session->device, err);
}

static gan_status make_session(gan_bench *b, int64_t batch, gan_error *err)
{
    gan_options options;
    const gan_listener *listener = b->started ? NULL : b->listener; /* the same facts, once */
    GAN_TRY(gan_options_copy(&options, &b->options, err));
    char text[32];
    snprintf(text, sizeof text, "%lld", (long long)batch);
    gan_status status =
        gan_options_set(&options, GAN_OPTION_ID_batch_size, text, GAN_FROM_FLAG, err);
    if (status == GAN_OK) {
        status = gan_session_create_tuned(b->net, b->data, &options, b->tune, listener, &b->session,
                                          err);
    }
    gan_options_free(&options);
    return status;
}

gan_status gan_bench_start(gan_bench *bench, int64_t batch, int64_t warmup,
                           gan_bench_start_times *times, gan_error *err)
{
    gan_session_destroy(bench->session);
    bench->session = NULL;
    double began = gan_clock_seconds();
    GAN_TRY(make_session(bench, batch, err));
    snprintf(bench->device, sizeof bench->device, "%s", gan_session_device(bench->session));
    gan_status status = step(bench, err);
    if (status == GAN_OK && times) {
        times->session = gan_clock_seconds() - began;
        times->since_exec = bench->used ? NAN : gan_bench_since_exec();
    }
    bench->started = bench->used = true;
    for (int64_t i = 0; i < warmup && status == GAN_OK; i++) {
        status = step(bench, err);
    }
    if (status != GAN_OK) {
        gan_session_destroy(bench->session);
        bench->session = NULL;
    }
    return status;
}

gan_session_plan gan_bench_plan(const gan_bench *bench)
{
    return gan_session_describe(bench->session);
}

static void add_load(const gan_bench *b, const gan_bench_load *before, const gan_bench_load *after,
                     gan_bench_block *block)
{
    double wall = after->wall - before->wall, all = wall * gan_bench_threads(b);
    block->page_faults = (double)(after->page_faults - before->page_faults) / (double)block->steps;
    if (gan_bench_on_cpu(b) && wall > 0) {
        block->busy = (after->cpu - before->cpu) / all;
        block->waiting = (after->waiting - before->waiting) / all;
        block->stolen = (after->stolen - before->stolen) / wall / (double)gan_system_processors();
    }
}

gan_status gan_bench_steps(gan_bench *bench, int64_t n, double *seconds, gan_bench_block *out,
                           gan_error *err)
{
    void *memory = NULL;
    GAN_TRY(gan_calloc((size_t)n, sizeof *seconds, &memory, err));
    double *taken = memory;
    gan_status status = GAN_OK;
    const gan_bench_load before = gan_bench_load_now();
    double last = gan_clock_seconds();
    for (int64_t i = 0; i < n; i++) {
        GAN_TRY_DONE(step(bench, err));
        double now = gan_clock_seconds();
        taken[i] = now - last;
        last = now;
    }
    const gan_bench_load after = gan_bench_load_now();
    GAN_TRY_DONE(gan_session_check(bench->session, err));
    if (seconds) {
        memcpy(seconds, taken, (size_t)n * sizeof *seconds);
    }
    *out = gan_bench_summarize(taken, n, bench->session->options.batch_size);
    add_load(bench, &before, &after, out);
done:
    free(taken);
    return status;
}
