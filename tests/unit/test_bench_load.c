/* test_bench_load.c — the numbers of a bench: quantiles, rows of a sweep, profiles, bounds, plots.
 */
#define _GNU_SOURCE /* mkdtemp */
#include "bench/bench.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/memory.h"
#include "bench/bench_load.h"

static const gan_bench_options quick = {
    .net = "tiny", .limit = 32, .device = "cpu", .threads = 1, .seed = 1};

static gan_bench *make_bench(void)
{
    gan_bench *bench = NULL;
    gan_error err = {0};
    if (gan_bench_create(&quick, &bench, &err) != GAN_OK) {
        fail_msg("%s", err.text);
    }
    return bench;
}

static void near(double got, double want, double tolerance)
{
    if (!(fabs(got - want) <= tolerance)) {
        fail_msg("got %.17g, wanted %.17g within %g", got, want, tolerance);
    }
}

static void quantiles_are_ranks(void **state)
{
    (void)state;
    const double one[] = {3}, five[] = {1, 2, 3, 4, 50}, four[] = {1, 2, 4, 8};
    near(gan_bench_quantile(one, 1, 0.5), 3, 0);
    near(gan_bench_quantile(one, 1, 0.95), 3, 0);
    near(gan_bench_quantile(five, 5, 0.5), 3, 0);
    near(gan_bench_quantile(five, 5, 0.95), 50, 0);
    near(gan_bench_quantile(five, 5, 0), 1, 0);
    near(gan_bench_quantile(five, 5, 1), 50, 0);
    near(gan_bench_quantile(four, 4, 0.5), 3, 0);
}

static void steps_are_summed_up(void **state)
{
    (void)state;
    double seconds[] = {0.9, 0.1, 0.2, 0.4, 0.3}; /* the mean is not the median */
    const gan_bench_block block = gan_bench_summarize(seconds, 5, 60);
    assert_int_equal(block.steps, 5);
    near(block.seconds, 1.9, 1e-12);
    near(block.p50, 0.3, 0);
    near(block.p95, 0.9, 0);
    near(block.img_per_s, 200, 1e-9);
    assert_true(isnan(block.busy) && isnan(block.waiting) && isnan(block.page_faults));
}

static void load_grows(void **state)
{
    (void)state;
    const gan_bench_load before = gan_bench_load_now();
    volatile double sum = 0;
    for (int i = 0; i < 20000000; i++) {
        sum += i;
    }
    const gan_bench_load after = gan_bench_load_now();
    assert_true(sum > 0 && after.cpu > before.cpu);
    assert_true(after.cpu - before.cpu <= after.wall - before.wall + 0.001); /* one thread ran */
    assert_true(after.waiting >= before.waiting);
    double since = gan_bench_since_exec();
    assert_true(since >= after.cpu - 0.02 && since < 3600);
}

static void a_sweep_keeps_its_order_and_its_counts(void **state)
{
    (void)state;
    gan_bench *bench = make_bench();
    gan_error err = {0};
    const int64_t batches[] = {7, 2, 33};
    const gan_bench_sweep_options options = {
        .batches = batches, .n_batches = 3, .steps = 2, .warmup = 1, .rounds = 3};
    gan_bench_row rows[3];
    assert_int_equal(gan_bench_sweep(bench, &options, rows, &err), GAN_OK);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(rows[i].batch, batches[i]);
        assert_int_equal(rows[i].all.steps, 6);
        assert_true(0 < rows[i].slowest && rows[i].slowest <= rows[i].all.img_per_s);
        assert_true(rows[i].all.img_per_s <= rows[i].fastest);
        assert_true(0 < rows[i].all.p50 && rows[i].all.p50 <= rows[i].all.p95);
        assert_true(rows[i].start.session > 0 && rows[i].plan.flops > 0);
        assert_int_equal(rows[i].peak_bytes, -1);
        assert_true(isnan(rows[i].bound));
        assert_true(isnan(rows[i].start.since_exec) ==
                    (i > 0)); /* the first start was of batch 7 */
    }
    assert_true(rows[2].plan.flops > 4 * rows[0].plan.flops); /* 33 images against 7 */
    gan_bench_destroy(bench);
}

static void a_profile_adds_up(void **state)
{
    (void)state;
    gan_bench *bench = make_bench();
    gan_error err = {0};
    gan_bench_profile p = {0};
    double flops = 0, seconds = 0;
    assert_int_equal(gan_bench_start(bench, 4, 0, NULL, &err), GAN_OK);
    assert_int_equal(gan_bench_profile_make(bench, 5, &p, &err), GAN_OK);
    assert_int_equal(p.n_ops, gan_bench_plan(bench).operations);
    assert_int_equal(p.steps, 5);
    for (int i = 0; i < p.n_ops; i++) {
        assert_true(p.ops[i].least <= p.ops[i].seconds && p.ops[i].how[0]);
        flops += p.ops[i].flops;
        seconds += p.ops[i].seconds;
    }
    near(flops, gan_bench_plan(bench).flops, 1e-6 * flops);
    near(seconds, p.ops_seconds, 1e-9);
    for (int64_t s = 0; s < p.steps; s++) { /* steps do not overlap */
        double end = p.began[s];
        for (int i = 0; i < p.n_ops; i++) {
            end += p.op_seconds[s * p.n_ops + i];
        }
        assert_true(s + 1 == p.steps || end <= p.began[s + 1]);
    }
    assert_int_equal(gan_session_step(bench->session), 6); /* the first, and those of the profile */
    gan_bench_profile_free(&p);
    gan_bench_destroy(bench);
}

static void bounds_take_the_slower_of_two(void **state)
{
    (void)state;
    const gan_bench_peaks peaks = {.flops = 100, .bytes = 10};
    near(gan_bench_op_bound(200, 10, &peaks), 2, 1e-12);
    near(gan_bench_op_bound(200, 50, &peaks), 5, 1e-12);
}

static void a_plot_draws_every_row(void **state)
{
    (void)state;
    gan_bench *bench = make_bench();
    gan_error err = {0};
    char folder[] = "/tmp/gan-bench-XXXXXX", *path = NULL, *svg = NULL;
    size_t n = 0;
    const gan_bench_row rows[] = {
        {.batch = 512, .all = {.img_per_s = 900}, .slowest = 800, .fastest = 1000},
        {.batch = 16, .all = {.img_per_s = 0.5}, .slowest = 0, .fastest = 1, .disturbed = true}};
    assert_non_null(mkdtemp(folder));
    assert_int_equal(gan_format(&path, &err, "%s/p.svg", folder), GAN_OK);
    for (int count = 1; count <= 2; count++) { /* one point alone has no range */
        int points = 0;
        assert_int_equal(gan_bench_plot(bench, rows, count, path, &err), GAN_OK);
        assert_int_equal(gan_file_read_whole(path, 1 << 20, &svg, &n, &err), GAN_OK);
        for (const char *at = svg; (at = strstr(at, "<circle")) != NULL; at++) {
            points++;
        }
        assert_int_equal(points, count);
        assert_null(strstr(svg, "nan"));
        assert_null(strstr(svg, "inf"));
        assert_true((strstr(svg, "hollow") != NULL) == (count == 2));
        free(svg);
    }
    unlink(path);
    rmdir(folder);
    free(path);
    gan_bench_destroy(bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quantiles_are_ranks),
        cmocka_unit_test(steps_are_summed_up),
        cmocka_unit_test(load_grows),
        cmocka_unit_test(a_sweep_keeps_its_order_and_its_counts),
        cmocka_unit_test(a_profile_adds_up),
        cmocka_unit_test(bounds_take_the_slower_of_two),
        cmocka_unit_test(a_plot_draws_every_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
