/* bench.h — what gan bench prints, all on stdout. */
#ifndef GAN_CLI_BENCH_H
#define GAN_CLI_BENCH_H

#include "gan/bench.h"

typedef enum cli_bench_style { CLI_BENCH_TEXT, CLI_BENCH_MARKDOWN, CLI_BENCH_JSON } cli_bench_style;

/* A table over batch sizes, with what was measured above it and remarks below; or one JSON object
 * per row. peaks may be NULL. */
void cli_bench_print_rows(const gan_bench_about *about, const gan_bench_row *rows, int n_rows,
                          int rounds, const gan_bench_peaks *peaks, cli_bench_style style);

/* The ops of a step, slowest first, their sums by kind, and the step; or one JSON object per op in
 * the order of the program. peaks may be NULL. */
void cli_bench_print_profile(const gan_bench_about *about, const gan_bench_profile *profile,
                             const gan_bench_peaks *peaks, cli_bench_style style);

/* A row for each batch size, then what changed; or one JSON object for each batch size. path is the
 * tune file. */
void cli_bench_print_tuned(const gan_bench_about *about, const gan_bench_tuned *rows, int n_rows,
                           const char *path, cli_bench_style style);

/* The JSON lines of --serve, as bench/peers/README.md has them; each is flushed. */
void cli_bench_print_ready(const gan_bench_about *about, int64_t batch,
                           const gan_bench_start_times *start);
void cli_bench_print_block(const gan_bench_block *block);
void cli_bench_print_misread(const char *line);
void cli_bench_print_served(const gan_bench_about *about, int64_t batch,
                            const gan_bench_start_times *start, const gan_bench_block *sum);

#endif
