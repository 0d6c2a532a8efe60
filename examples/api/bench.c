/* bench.c — how fast a network trains here, at which batch size, where the time goes, and which way
 * of computing is the fastest. */
#include "need.h"

#include "gan/gan.h"

static void line(void *ctx, const char *text)
{
    (void)ctx;
    puts(text);
}

static const gan_listener printer = {line, NULL};
static const int64_t batches[] = {4, 8};

static void profile(gan_bench *bench, const gan_bench_peaks *peaks, gan_error *err)
{
    gan_bench_profile p = {0};
    need(gan_bench_profile_make(bench, 3, &p, err), err);
    for (int i = 0; i < p.n_ops; i++) {
        const gan_bench_op *op = &p.ops[i];
        printf("%s %s: %.1f us, at the least %.1f\n", op->label, op->how, 1e6 * op->seconds,
               1e6 * gan_bench_op_bound(op->flops, op->bytes, peaks));
    }
    need(gan_bench_trace(bench, &p, "trace.json", err), err);
    gan_bench_profile_free(&p);
}

static void tune(gan_bench *bench, gan_error *err)
{
    gan_bench_tuned row = {0};
    const gan_bench_tune_options options = {
        .path = "tune.yaml", .batches = batches, .n_batches = 1, .steps = 2, .rounds = 1};
    need(gan_bench_check_output(options.path, err), err);
    need(gan_bench_tune(bench, &options, &row, err), err);
    printf("%d operations have another way%s\n", row.n_ops, row.kept ? "" : "; none is kept");
    gan_bench_tuned_free(&row);
}

int main(void)
{
    gan_error err = {0};
    gan_bench *bench = NULL;
    double seconds[5];
    gan_bench_block block;
    gan_bench_start_times times;
    gan_bench_row rows[2];
    gan_bench_peaks peaks;
    const gan_bench_options options = {
        .net = "tiny", .limit = 64, .device = "cpu", .listener = &printer};
    need(gan_bench_create(&options, &bench, &err), &err);
    const gan_bench_about about = gan_bench_describe(bench);
    printf("%s on %lld images\n", about.net, (long long)about.n_images);

    need(gan_bench_start(bench, 8, 1, &times, &err), &err);
    need(gan_bench_steps(bench, 5, seconds, &block, &err), &err);
    const gan_bench_block again = gan_bench_summarize(seconds, 5, 8);
    printf("%.0f img/s, started in %.2f s, %d operations, %.0f MB\n", block.img_per_s,
           times.session, gan_bench_plan(bench).operations, (double)gan_bench_peak_bytes() / 1e6);

    need(gan_bench_measure_peaks(bench, &peaks, &err), &err);
    profile(bench, &peaks, &err);
    const gan_bench_sweep_options sweep = {.batches = batches,
                                           .n_batches = 2,
                                           .steps = 2,
                                           .rounds = 1,
                                           .peaks = &peaks,
                                           .progress = &printer};
    need(gan_bench_sweep(bench, &sweep, rows, &err), &err);
    need(gan_bench_plot(bench, rows, 2, "speed.svg", &err), &err);
    tune(bench, &err);
    gan_bench_destroy(bench);
    return again.steps == block.steps ? 0 : 1;
}
