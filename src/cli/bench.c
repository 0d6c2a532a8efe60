/* bench.c — gan bench: throughput and memory per batch size, where a step's time goes, and blocks
 * of steps on demand. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "cli/bench.h"
#include "cli/command.h"
#include "gan/bench.h"

static const cli_flag flags[] = {
    {"net", 0, "NAME|FILE", "network (default dcgan-mnist)"},
    {"batch_sizes", 'b', "N,N,...", "batch sizes (default 16,32,64,128,256,512)"},
    {"steps", 0, "N", "timed steps of each round and size (default 10)"},
    {"warmup", 0, "N", "steps after the first that are not counted (default 2)"},
    {"rounds", 0, "N", "times that each size is measured, in turns (default 5)"},
    {"data", 0, "NAME|PATH", "images to train on (default digits, which the program draws)"},
    {"limit", 0, "N", "use the first N of them only (default 4096)"},
    {"device", 0, "D", "auto, cpu, cuda, cuda:N, reference (default auto)"},
    {"threads", 0, "N", "CPU threads (default: every core this process may use)"},
    {"conv", 0, "ENGINE", "CPU convolutions: auto, direct, dft, winograd"},
    {"precision", 0, "P", "auto, fp32, tf32, strict, bf16 or fp16 (default fp32)"},
    {"batchnorm", 0, "HOW", "on a GPU: cudnn or fused"},
    {"d-steps", 0, "N", "updates of the discriminator for one of the generator (default 1)"},
    {"seed", 0, "N", "seed for all random numbers (default 1)"},
    {"json", 0, NULL, "one JSON object per row on stdout"},
    {"markdown", 0, NULL, "a Markdown table on stdout"},
    {"plot", 0, "FILE.svg", "throughput against batch size, as a picture"},
    {"tune", 0, NULL, "time every way of computing each operation, and write --tune-file"},
    {"tune_file", 0, "FILE", "ways of computing to follow, or to write (default tune.yaml)"},
    {"roofline", 0, NULL, "measure the device's peaks first, and tell the share of them"},
    {"profile", 0, NULL, "time every operation of --steps steps of one batch size instead"},
    {"trace", 0, "FILE.json", "that, as a file for chrome://tracing and Perfetto"},
    {"serve", 0, NULL, "read 'run N' and 'quit' on stdin, a JSON line after each block"},
    {"quiet", 'q', NULL, "nothing on stderr but errors"},
    {"help", 'h', NULL, "this text"},
};

enum { N_FLAGS = sizeof flags / sizeof flags[0], MOST_SIZES = 64, MOST = 1000000000 };

static const char usage[] = "bench [--net NAME] [--batch-sizes 16,32,...] [flags]";
static const char description[] =
    "Measures training steps at several batch sizes: interleaved rounds, the median and the\n"
    "spread.\n"
    "--profile and --serve take one batch size, the network's own if none is given.\n"
    "--tune accepts several batch sizes. It measures only operations that the file does not have\n"
    "yet, and keeps what it holds of other sizes, networks and precisions.\n";

/* What the flags ask for. */
typedef struct job {
    gan_bench_options options;
    gan_bench *bench;
    int64_t batches[MOST_SIZES];
    int n_batches;
    int64_t steps, warmup, rounds;
    cli_bench_style style;
    bool roofline, profile, serve, tune, quiet;
    const char *plot, *trace, *tune_file;
    gan_error *err;
} job;

static gan_status fail(job *j, gan_status status, const char *format, const char *a, const char *b)
{
    j->err->status = status;
    snprintf(j->err->text, sizeof j->err->text, format, a, b);
    return status;
}

static gan_status take_sizes(job *j, const char *text)
{
    for (const char *word = text; word; word = strchr(word, ',') ? strchr(word, ',') + 1 : NULL) {
        char digits[32];
        size_t n = strcspn(word, ",");
        snprintf(digits, sizeof digits, "%.*s", n < sizeof digits ? (int)n : 0, word);
        int64_t size = 0;
        if (gan_number_int64(digits, &size, NULL) != GAN_OK || size < 1) {
            return fail(j, GAN_E_USAGE, "--batch-sizes: '%s' is not a list of numbers such as %s",
                        text, "16,32,64");
        }
        for (int i = 0; i < j->n_batches; i++) {
            if (j->batches[i] == size) {
                return fail(j, GAN_E_USAGE, "batch sizes: %s is twice in '%s'", digits, text);
            }
        }
        if (j->n_batches == MOST_SIZES) {
            return fail(j, GAN_E_USAGE, "batch sizes: more than 64 in '%s'%s", text, "");
        }
        j->batches[j->n_batches++] = size;
    }
    return GAN_OK;
}

/* What a mode does not heed is not for it. */
static gan_status check_heeded(job *j, const cli_args *args)
{
    const struct {
        bool on;
        const char *mode, *flag;
    } rows[] = {{j->serve, "--serve", "steps"},
                {j->serve, "--serve", "rounds"},
                {j->serve, "--serve", "markdown"},
                {j->profile, "--profile", "rounds"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (rows[i].on && cli_args_get(args, rows[i].flag)) {
            return fail(j, GAN_E_USAGE, "%s has no use for --%s", rows[i].mode, rows[i].flag);
        }
    }
    return GAN_OK;
}

static gan_status take_modes(job *j, const cli_args *args)
{
    bool json = cli_args_is_on(args, "json"), markdown = cli_args_is_on(args, "markdown");
    j->style = json ? CLI_BENCH_JSON : markdown ? CLI_BENCH_MARKDOWN : CLI_BENCH_TEXT;
    j->plot = cli_args_get(args, "plot");
    j->trace = cli_args_get(args, "trace");
    j->roofline = cli_args_is_on(args, "roofline");
    j->profile = cli_args_is_on(args, "profile") || j->trace;
    j->serve = cli_args_is_on(args, "serve");
    j->quiet = cli_args_is_on(args, "quiet");
    if (args->n_positional > 0) {
        return fail(j, GAN_E_USAGE, "'%s' is not a flag; usage: gan %s", args->positional[0],
                    usage);
    }
    if (json && markdown) {
        return fail(j, GAN_E_USAGE, "%s excludes %s", "--json", "--markdown");
    }
    if (j->serve && (j->profile || j->plot || j->roofline)) {
        return fail(j, GAN_E_USAGE, "%s excludes %s", "--serve",
                    "--profile, --trace, --plot and --roofline");
    }
    if (j->profile && j->plot) {
        return fail(j, GAN_E_USAGE, "%s excludes %s", "--profile", "--plot");
    }
    j->tune = cli_args_is_on(args, "tune");
    j->tune_file = cli_args_get(args, "tune_file");
    if (j->tune && (j->serve || j->profile || j->plot || j->roofline)) {
        return fail(j, GAN_E_USAGE, "%s excludes %s", "--tune",
                    "--serve, --profile, --trace, --plot and --roofline");
    }
    if ((j->serve || j->profile) && j->n_batches > 1) {
        return fail(j, GAN_E_USAGE, "%s takes one batch size, not '%s'",
                    j->serve ? "--serve" : "--profile", cli_args_get(args, "batch_sizes"));
    }
    return GAN_OK;
}

static gan_status take(job *j, const cli_args *args)
{
    const struct {
        const char *flag;
        int64_t lowest, *to;
    } numbers[] = {{"steps", 1, &j->steps},
                   {"warmup", 0, &j->warmup},
                   {"rounds", 1, &j->rounds},
                   {"limit", 1, &j->options.limit},
                   {"d-steps", 1, &j->options.d_steps},
                   {"threads", 1, &j->options.threads}};
    gan_status status = GAN_OK;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers && status == GAN_OK; i++) {
        status =
            cli_args_integer(args, numbers[i].flag, numbers[i].lowest, MOST, numbers[i].to, j->err);
    }
    const char *seed = cli_args_get(args, "seed");
    if (status == GAN_OK && seed && gan_number_uint64(seed, &j->options.seed, NULL) != GAN_OK) {
        status = fail(j, GAN_E_USAGE, "--seed: '%s' is not a whole number%s", seed, "");
    }
    if (status == GAN_OK && cli_args_get(args, "batch_sizes")) {
        status = take_sizes(j, cli_args_get(args, "batch_sizes"));
    }
    if (status == GAN_OK) {
        status = take_modes(j, args);
    }
    if (status == GAN_OK) {
        status = check_heeded(j, args);
    }
    j->options.net = cli_args_get(args, "net");
    j->options.data = cli_args_get(args, "data");
    j->options.device = cli_args_get(args, "device");
    j->options.conv = cli_args_get(args, "conv");
    j->options.precision = cli_args_get(args, "precision");
    j->options.batch_norm = cli_args_get(args, "batchnorm");
    j->options.tune_file = j->tune ? NULL : j->tune_file;
    j->options.listener = j->quiet ? NULL : &cli_notes;
    return status;
}

/* The batch size of --profile and --serve. */
static int64_t one_batch(const job *j)
{
    return j->n_batches > 0 ? j->batches[0] : gan_bench_describe(j->bench).net_batch;
}

static gan_status sweep(job *j)
{
    static const int64_t usual[] = {16, 32, 64, 128, 256, 512};
    gan_bench_row rows[MOST_SIZES];
    gan_bench_peaks peaks = {0};
    if (j->n_batches == 0) {
        memcpy(j->batches, usual, sizeof usual);
        j->n_batches = sizeof usual / sizeof *usual;
    }
    const gan_bench_sweep_options options = {.batches = j->batches,
                                             .n_batches = j->n_batches,
                                             .steps = j->steps,
                                             .warmup = j->warmup,
                                             .rounds = (int)j->rounds,
                                             .peaks = j->roofline ? &peaks : NULL,
                                             .progress = j->quiet ? NULL : &cli_notes};
    gan_status status = j->roofline ? gan_bench_measure_peaks(j->bench, &peaks, j->err) : GAN_OK;
    if (status == GAN_OK) {
        status = gan_bench_sweep(j->bench, &options, rows, j->err);
    }
    if (status != GAN_OK) {
        return status;
    }
    const gan_bench_about about = gan_bench_describe(j->bench);
    cli_bench_print_rows(&about, rows, j->n_batches, (int)j->rounds, options.peaks, j->style);
    return j->plot ? gan_bench_plot(j->bench, rows, j->n_batches, j->plot, j->err) : GAN_OK;
}

static gan_status tune(job *j)
{
    gan_bench_tuned rows[MOST_SIZES];
    if (j->n_batches == 0) {
        j->batches[j->n_batches++] = one_batch(j);
    }
    const gan_bench_tune_options options = {.path = j->tune_file ? j->tune_file : "tune.yaml",
                                            .batches = j->batches,
                                            .n_batches = j->n_batches,
                                            .steps = j->steps,
                                            .warmup = j->warmup,
                                            .rounds = (int)j->rounds,
                                            .progress = j->quiet ? NULL : &cli_notes};
    gan_status status = gan_bench_tune(j->bench, &options, rows, j->err);
    if (status == GAN_OK) {
        const gan_bench_about about = gan_bench_describe(j->bench);
        cli_bench_print_tuned(&about, rows, j->n_batches, options.path, j->style);
    }
    for (int i = 0; i < j->n_batches; i++) {
        gan_bench_tuned_free(&rows[i]);
    }
    return status;
}

static gan_status profile(job *j)
{
    gan_bench_profile p = {0};
    gan_bench_peaks peaks = {0};
    gan_status status = j->roofline ? gan_bench_measure_peaks(j->bench, &peaks, j->err) : GAN_OK;
    if (status == GAN_OK) {
        status = gan_bench_start(j->bench, one_batch(j), j->warmup, NULL, j->err);
    }
    if (status == GAN_OK) {
        status = gan_bench_profile_make(j->bench, j->steps, &p, j->err);
    }
    if (status == GAN_OK) {
        const gan_bench_about about = gan_bench_describe(j->bench);
        cli_bench_print_profile(&about, &p, j->roofline ? &peaks : NULL, j->style);
        status = j->trace ? gan_bench_trace(j->bench, &p, j->trace, j->err) : GAN_OK;
    }
    gan_bench_profile_free(&p);
    return status;
}

/* --- blocks on demand, in the words of bench/peers --- */

/* Room for a block after the n step times so far; false if there is no memory. */
static bool make_room(double **all, int64_t n, int64_t more)
{
    double *grown = realloc(*all, (size_t)(n + more) * sizeof **all);
    if (!grown) {
        return false;
    }
    *all = grown;
    return true;
}

static gan_status run_block(job *j, int64_t steps, double **all, int64_t *n)
{
    gan_bench_block block;
    if (!make_room(all, *n, steps)) {
        return fail(j, GAN_E_MEMORY, "no memory for the times of the steps%s%s", "", "");
    }
    gan_status status = gan_bench_steps(j->bench, steps, *all + *n, &block, j->err);
    if (status == GAN_OK) {
        *n += steps;
        cli_bench_print_block(&block);
    }
    return status;
}

/* The N of "run N", 0 for "quit", -1 for anything else but an empty line, which is -2. */
static int64_t parse_command(char *line)
{
    int64_t n = -1;
    line[strcspn(line, "\r\n")] = '\0';
    if (line[strspn(line, " \t")] == '\0') {
        return -2;
    }
    if (strcmp(line, "quit") == 0) {
        return 0;
    }
    if (strncmp(line, "run ", 4) != 0 || gan_number_int64(line + 4, &n, NULL) != GAN_OK || n < 1 ||
        n > 1000000) {
        return -1;
    }
    return n;
}

static gan_status serve(job *j)
{
    gan_bench_start_times start;
    double *all = NULL;
    int64_t n = 0, batch = one_batch(j);
    char line[128];
    gan_status status = gan_bench_start(j->bench, batch, j->warmup, &start, j->err);
    if (status != GAN_OK) {
        return status;
    }
    const gan_bench_about about = gan_bench_describe(j->bench);
    cli_bench_print_ready(&about, batch, &start);
    while (status == GAN_OK && fgets(line, sizeof line, stdin)) {
        int64_t steps = parse_command(line);
        if (steps == 0) {
            break;
        }
        if (steps > 0) {
            status = run_block(j, steps, &all, &n);
        } else if (steps == -1) {
            cli_bench_print_misread(line);
        }
    }
    if (status == GAN_OK) {
        gan_bench_block sum = {0};
        if (n > 0) {
            sum = gan_bench_summarize(all, n, batch);
        }
        cli_bench_print_served(&about, batch, &start, &sum);
    }
    free(all);
    return status;
}

/* Before minutes of measuring. */
static gan_status check_outputs(job *j)
{
    const char *dot = j->plot ? strrchr(j->plot, '.') : NULL;
    if (j->plot && !(dot && strcmp(dot, ".svg") == 0)) {
        return fail(j, GAN_E_USAGE, "--plot: '%s' does not end in .svg, which is what is drawn%s",
                    j->plot, "");
    }
    gan_status status = j->plot ? gan_bench_check_output(j->plot, j->err) : GAN_OK;
    return status == GAN_OK && j->trace ? gan_bench_check_output(j->trace, j->err) : status;
}

int cli_bench(int argc, char **argv)
{
    cli_args args;
    gan_error err = {0};
    job j = {.steps = 10, .warmup = 2, .rounds = 5, .options = {.seed = 1}, .err = &err};
    if (cli_wants_help(argc, argv)) {
        cli_print_help(usage, description, flags, N_FLAGS);
        return 0;
    }
    gan_status status = cli_args_parse(argc, argv, flags, N_FLAGS, &args, &err);
    if (status == GAN_OK) {
        status = take(&j, &args);
    }
    if (status == GAN_OK) {
        status = check_outputs(&j);
    }
    if (status == GAN_OK) {
        status = gan_bench_create(&j.options, &j.bench, &err);
    }
    if (status == GAN_OK) {
        status = j.serve ? serve(&j) : j.tune ? tune(&j) : j.profile ? profile(&j) : sweep(&j);
    }
    gan_bench_destroy(j.bench);
    cli_args_free(&args);
    return status == GAN_OK ? 0 : cli_fail("bench", status, &err);
}
