/* eval.c — gan eval: how good samples are, as a table or as JSON. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/number.h"
#include "base/signals.h"
#include "cli/command.h"
#include "cli/json.h"
#include "cli/stuck.h"
#include "gan/eval.h"

static const cli_flag flags[] = {
    {"data", 0, "NAME|PATH",
     "real pictures, or a .npy of features (default: those the checkpoint learned from)"},
    {"against", 0, "NAME|PATH", "the same: another folder of pictures to compare with"},
    {"split", 0, "S", "of the real pictures: train or test (default train, or the run's)"},
    {"fit", 0, "F", "how pictures of another shape are fitted: crop, pad, stretch"},
    {"features", 0, "F",
     "mnist, digits, random-conv, pixels, or a network of yours: see docs/evaluation.md (default: "
     "the data set's, else random-conv)"},
    {"n", 'n', "N", "how many samples (default 10000; all of a folder)"},
    {"seed", 0, "N", "sample i is that of seed N + i; also of all draws (default 0)"},
    {"averaged", 0, NULL,
     "the averaged (EMA) weights (default: if the checkpoint has them); --no-averaged"},
    CLI_STATISTICS_FLAGS,
    {"nearest", 0, "FILE.png", "samples beside their nearest real pictures"},
    {"cache", 0, "DIR", "where real pictures' features are kept; \"\" for nowhere"},
    {"log", 0, NULL, "add a line to the run's metrics.jsonl (default); --no-log"},
    {"device", 0, "D", "auto, cpu, cuda, cuda:N, reference (default auto)"},
    {"threads", 0, "N", "CPU threads"},
    {"json", 0, NULL, "one JSON object on stdout"},
    {"quiet", 'q', NULL, "nothing on stderr but errors"},
    {"help", 'h', NULL, "this text"},
};

enum { N_FLAGS = sizeof flags / sizeof flags[0], MAX_THREADS = 1024, SECONDS_BETWEEN = 10 };

static const char usage[] = "eval CHECKPOINT|RUN|FOLDER|FILE.npy [--data D | --against B]";
static const char description[] =
    "Measures samples beside real pictures: distances of their features and of their patches,\n"
    "each with its floor, which is the same of real pictures that were not compared with.\n"
    "Numbers compare only with those of the same features (by hash), N and filter.\n"
    "docs/evaluation.md has the definitions.\n";

static gan_status fail(gan_error *err, const char *text)
{
    err->status = GAN_E_USAGE;
    snprintf(err->text, sizeof err->text, "%s", text);
    return GAN_E_USAGE;
}

static gan_status take_number(const cli_args *args, const char *name, int64_t lowest,
                              int64_t highest, int64_t *out, gan_error *err)
{
    const char *text = cli_args_get(args, name);
    if (text && (gan_number_int64(text, out, NULL) != GAN_OK || *out < lowest || *out > highest)) {
        char message[160];
        snprintf(message, sizeof message, "%s: '%.60s' is not a number from %lld to %lld", name,
                 text, (long long)lowest, (long long)highest);
        return fail(err, message);
    }
    return GAN_OK;
}

static gan_status take_real(const cli_args *args, gan_eval_options *options, gan_error *err)
{
    const char *data = cli_args_get(args, "data"), *against = cli_args_get(args, "against");
    if (data && against) {
        return fail(err, "give --data or --against, not both: they mean the same");
    }
    options->data = data ? data : against;
    return GAN_OK;
}

static void draw_progress(void *ctx, const char *what, int64_t done, int64_t total)
{
    (void)ctx;
    if (total > 0) {
        fprintf(stderr, "\r\033[Kfeatures of %s: %lld of %lld", what, (long long)done,
                (long long)total);
    } else {
        fprintf(stderr, "\r\033[K%s", what);
    }
}

/* Where nobody sees a line change: one now and then. */
static void print_progress(void *ctx, const char *what, int64_t done, int64_t total)
{
    time_t *last = ctx, now = time(NULL);
    if (difftime(now, *last) < SECONDS_BETWEEN) {
        return;
    }
    *last = now;
    if (total > 0) {
        fprintf(stderr, "features of %s: %lld of %lld\n", what, (long long)done, (long long)total);
    } else {
        fprintf(stderr, "%s\n", what);
    }
}

static void take_progress(const cli_args *args, gan_eval_options *options)
{
    static time_t last;
    last = time(NULL);
    if (!cli_args_is_on(args, "quiet")) {
        options->progress = isatty(2) ? draw_progress : print_progress;
        options->progress_ctx = &last;
    }
}

static gan_status take_arguments(const cli_args *args, gan_eval_options *options, gan_error *err)
{
    int64_t threads = 0, seed = 0;
    const char *averaged = cli_args_get(args, "averaged"), *log = cli_args_get(args, "log");
    if (args->n_positional != 1) {
        char message[160];
        snprintf(message, sizeof message, "usage: gan %s", usage);
        return fail(err, message);
    }
    gan_status status = take_real(args, options, err);
    if (status == GAN_OK) {
        status = take_number(args, "threads", 1, MAX_THREADS, &threads, err);
    }
    if (status == GAN_OK) {
        status = take_number(args, "n", 2, 1000000000, &options->n, err);
    }
    if (status == GAN_OK) {
        status = take_number(args, "seed", 0, INT64_MAX, &seed, err);
    }
    if (status == GAN_OK) {
        status = cli_args_statistics(args, &options->statistics, err);
    }
    options->threads = (int)threads;
    options->seed = (uint64_t)seed;
    options->split = cli_args_get(args, "split");
    options->fit = cli_args_get(args, "fit");
    options->features = cli_args_get(args, "features");
    options->nearest = cli_args_get(args, "nearest");
    options->cache = cli_args_get(args, "cache");
    options->device = cli_args_get(args, "device");
    options->no_log = log && strcmp(log, "false") == 0;
    options->averaging = !averaged                       ? GAN_AVERAGED_IF_THERE
                         : strcmp(averaged, "true") == 0 ? GAN_AVERAGED
                                                         : GAN_NOT_AVERAGED;
    options->listener = cli_args_is_on(args, "quiet") ? NULL : &cli_notes;
    take_progress(args, options);
    return status;
}

static void print_json(const gan_eval_result *r)
{
    cli_json line = cli_json_begin(stdout);
    cli_json_string(&line, "samples", r->samples);
    cli_json_integer(&line, "step", r->step);
    cli_json_bool(&line, "averaged", r->averaged);
    cli_json_bool(&line, "precise_bn", r->precise_bn);
    cli_json_integer(&line, "bn_batches", r->bn_batches);
    cli_json_integer(&line, "bn_batch", r->bn_batch);
    cli_json_string(&line, "features", r->features);
    cli_json_string(&line, "features_hash", r->features_hash);
    cli_json_string(&line, "filter", r->filter);
    cli_json_string(&line, "data", r->data);
    cli_json_string(&line, "split", r->split);
    cli_json_string(&line, "fingerprint", r->fingerprint);
    cli_json_integer(&line, "n", r->n);
    cli_json_integer(&line, "n_real", r->n_real);
    cli_json_integer(&line, "n_pairs", r->n_pairs);
    cli_json_integer(&line, "n_patches", r->n_patches);
    cli_json_integer(&line, "n_floor", r->n_floor);
    cli_json_string(&line, "floor", r->floor);
    cli_json_integer(&line, "seed", (int64_t)r->seed);
    for (int i = 0; i < r->n_measures; i++) {
        char name[GAN_EVAL_KEY + 8];
        if (!isnan(r->measure[i].value)) {
            snprintf(name, sizeof name, "%s_floor", r->measure[i].key);
            cli_json_real(&line, r->measure[i].key, r->measure[i].value);
            cli_json_real(&line, name, r->measure[i].floor);
        }
    }
    for (int64_t k = 0; k < r->n_classes; k++) {
        char name[48];
        snprintf(name, sizeof name, "class_%lld", (long long)k);
        cli_json_integer(&line, name, r->classes[k]);
    }
    cli_json_end(&line);
}

static void print_classes(const gan_eval_result *r)
{
    if (r->n_classes == 0 || r->n_classes > 20) {
        return;
    }
    printf("classes of the samples (of the real ones):");
    for (int64_t k = 0; k < r->n_classes; k++) {
        printf(" %lld: %.1f %% (%.1f)", (long long)k, 100 * (double)r->classes[k] / (double)r->n,
               100 * (double)r->real_classes[k] / (double)r->n_real);
    }
    printf("\n");
}

static void print_table(const gan_eval_result *r)
{
    printf("%s", r->samples);
    if (r->step >= 0) {
        printf(", step %lld%s%s", (long long)r->step, r->averaged ? ", averaged" : "",
               r->precise_bn ? ", statistics measured" : "");
    }
    printf("\nfeatures  %s %.12s, filter %s\n", r->features, r->features_hash, r->filter);
    printf("real      %s%s%s, %lld; floor: %s\n", r->data, *r->split ? " " : "", r->split,
           (long long)r->n_real, r->floor);
    printf("samples   %lld, seed %llu; %lld of each for kid to coverage", (long long)r->n,
           (unsigned long long)r->seed, (long long)r->n_pairs);
    if (r->n_patches > 0) {
        printf(", %lld for swd", (long long)r->n_patches);
    }
    printf("\n\n%-16s %14s %14s\n", "", "samples", "floor");
    for (int i = 0; i < r->n_measures; i++) {
        const gan_measure *m = &r->measure[i];
        char floor[32] = "-";
        if (isnan(m->value)) {
            continue;
        }
        if (!isnan(m->floor)) {
            snprintf(floor, sizeof floor, "%.*f", m->digits, m->floor);
        }
        printf("%-16s %14.*f %14s  %s\n", m->key, m->digits, m->value, floor, m->text);
    }
    print_classes(r);
    if (*r->log) {
        printf("\nadded to %s\n", r->log);
    }
}

static void tell_stuck(const void *unused)
{
    (void)unused;
    fprintf(stderr, "gan eval: making samples does not end, so it was given up\n");
}

int cli_eval(int argc, char **argv)
{
    static gan_signals signals; /* outlives the handler that may still run */
    static gan_pulse pulse;     /* and this the thread that watches */
    static gan_eval_result result;
    cli_args args;
    gan_error err = {0};
    gan_eval_options options = {.cancel = &signals.caught, .pulse = &pulse};
    if (cli_wants_help(argc, argv)) {
        cli_print_help(usage, description, flags, N_FLAGS);
        return 0;
    }
    gan_status status = cli_args_parse(argc, argv, flags, N_FLAGS, &args, &err);
    if (status == GAN_OK) {
        status = take_arguments(&args, &options, &err);
    }
    if (status == GAN_OK) {
        status = gan_signals_install(&signals, &err);
    }
    if (status == GAN_OK) {
        status = cli_stuck_watch(&signals, &pulse, tell_stuck, NULL, &err);
    }
    if (status == GAN_OK) {
        status = gan_eval(args.positional[0], &options, &result, &err);
    }
    if (options.progress == draw_progress) {
        fprintf(stderr, "\r\033[K");
    }
    if (status == GAN_OK && cli_args_is_on(&args, "json")) {
        print_json(&result);
    } else if (status == GAN_OK) {
        print_table(&result);
    }
    gan_eval_result_free(&result);
    cli_args_free(&args);
    const int exit_code = status == GAN_OK ? 0 : cli_fail("eval", status, &err);
    return status == GAN_E_INTERRUPTED ? 128 + gan_signals_read(&signals.caught) : exit_code;
}
