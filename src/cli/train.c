/* train.c — gan train: flags in, progress on stderr, the result on stdout. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "base/signals.h"
#include "cli/command.h"
#include "cli/json.h"
#include "cli/progress.h"
#include "cli/stuck.h"
#include "gan/train.h"

static const cli_flag own_flags[] = {
    {"config", 'c', "FILE", "take settings from a YAML file, such as a run folder's config.yaml"},
    {"dry_run", 'n', NULL, "print what would be done, and write nothing"},
    {"print_program", 0, NULL, "print every operation of a step, and write nothing"},
    {"json", 0, NULL, "the result, or what --dry-run tells, as one line of JSON on stdout"},
    {"quiet", 'q', NULL, "nothing on stderr but errors"},
    {"help", 'h', NULL, "this text"},
};

enum {
    N_OWN = sizeof own_flags / sizeof own_flags[0],
    N_FLAGS = GAN_OPTION_COUNT + N_OWN,
    HELP_SIZE = 256,
    MOST_WORDS = 35 /* characters of a flag with its words, in its column */
};

static const char usage[] = "train [--net NAME] [--data NAME|PATH] [flags]";
static const char description[] =
    "Trains a network. Flags, all but the last ones from --config on, can also be set as the\n"
    "environment variable GAN_<FLAG> (GAN_DATA, though, is a folder of data sets) or as a key\n"
    "of a config file; a flag goes before the environment, that before the file, that before the\n"
    "network's own `train:` section, that before the defaults here. Of a flag given twice, the\n"
    "last counts; --no-gif and the like turn a switch off. N is steps, Ne epochs, Ns seconds.\n"
    "Ctrl-C finishes the step, saves, and prints how to resume; SIGTERM and SIGHUP too, and the\n"
    "warnings of batch systems: SIGUSR2, SIGXCPU, SIGALRM. SIGUSR1 saves and continues.\n"
    "A step that does not end is given up ten seconds after the signal.\n";

/* Words stand where the argument does if the line has room for them there, else behind the help. */
static const char *make_help(const gan_option_row *row, char help[HELP_SIZE])
{
    const bool has_default = *row->def && strcmp(row->def, "false") != 0;
    const bool fits = row->words && strlen(row->key) + strlen(row->words) <= MOST_WORDS;
    const bool behind = row->words && !fits;
    snprintf(help, HELP_SIZE, "%s%s%s%s%s%s", row->help, behind ? ": " : "",
             behind ? row->words : "", has_default ? " (default " : "", has_default ? row->def : "",
             has_default ? ")" : "");
    return fits ? row->words : *row->argument ? row->argument : NULL;
}

static void make_flags(cli_flag *flags, char help[][HELP_SIZE])
{
    for (int i = 0; i < GAN_OPTION_COUNT; i++) {
        const gan_option_row *row = gan_option_describe((gan_option_id)i);
        const char *argument = make_help(row, help[i]);
        flags[i] = (cli_flag){row->key, 0, argument, help[i]};
        if (i == GAN_OPTION_ID_batch_size) {
            flags[i].letter = 'b';
        } else if (i == GAN_OPTION_ID_outdir) {
            flags[i].letter = 'o';
        }
    }
    memcpy(flags + GAN_OPTION_COUNT, own_flags, sizeof own_flags);
}

static gan_status take_options(const cli_args *args, gan_options *options, gan_error *err)
{
    const char *config = cli_args_get(args, "config");
    gan_status status = gan_options_init(options, err);
    for (int i = 0; i < GAN_OPTION_COUNT && status == GAN_OK; i++) {
        if (args->values[i]) {
            status =
                gan_options_set(options, (gan_option_id)i, args->values[i], GAN_FROM_FLAG, err);
        }
    }
    if (status == GAN_OK) {
        status = gan_options_from_environment(options, err);
    }
    if (status == GAN_OK && config) {
        status = gan_options_from_file(options, config, GAN_FROM_FILE, err);
    }
    if (status == GAN_OK) {
        status = gan_options_check(options, err);
    }
    return status;
}

static void print_result(const gan_train_result *result, bool json)
{
    if (json) {
        cli_json line = cli_json_begin(stdout);
        cli_json_string(&line, "folder", result->folder);
        cli_json_string(&line, "checkpoint", result->checkpoint[0] ? result->checkpoint : NULL);
        cli_json_integer(&line, "step", result->step);
        cli_json_real(&line, "seconds", result->seconds);
        cli_json_real(&line, "img_per_s", result->img_per_s);
        cli_json_integer(&line, "peak_bytes", result->peak_bytes);
        cli_json_end(&line);
    } else if (result->folder[0]) {
        printf("%s\n", result->folder);
    }
}

static int stopped(const gan_train_result *result, int signal_number)
{
    if (result->checkpoint[0]) {
        fprintf(stderr, "stopped at step %lld; resume with: gan train --resume ",
                (long long)result->step);
        cli_print_quoted(stderr, result->folder);
        fputc('\n', stderr);
    } else {
        fprintf(stderr, "stopped before the first step; nothing was written\n");
    }
    return 128 + signal_number;
}

/* A step does not end: what is there of the run. The thread that trains is in that step, and
 * changes nothing of its result. */
static void tell_stuck(const void *ctx)
{
    const gan_train_result *result = ctx;
    fprintf(stderr, "gan train: the step at hand does not end, so it was given up; ");
    if (result->checkpoint[0]) {
        fprintf(stderr, "what was not saved is lost; resume with: gan train --resume ");
        cli_print_quoted(stderr, result->folder);
        fputc('\n', stderr);
    } else {
        fprintf(stderr, "nothing was saved yet\n");
    }
}

static int train(const cli_args *args, gan_options *options)
{
    static gan_signals signals; /* outlives the handler that may still run */
    static gan_pulse pulse;     /* and these the thread that watches */
    static gan_train_result result;
    gan_error err = {0};
    bool quiet = cli_args_is_on(args, "quiet"), json = cli_args_is_on(args, "json");
    gan_status status = gan_signals_install(&signals, &err);
    if (status == GAN_OK) {
        status = cli_stuck_watch(&signals, &pulse, tell_stuck, &result, &err);
    }
    if (status != GAN_OK) {
        return cli_fail("train", status, &err);
    }
    cli_progress progress = cli_progress_begin(quiet);
    const gan_train_callbacks callbacks = {cli_progress_event, &progress, &signals.caught,
                                           &signals.save, &pulse};
    status = gan_train(options, &callbacks, &result, &err);
    cli_progress_end(&progress);
    print_result(&result, json);
    if (status == GAN_E_INTERRUPTED) {
        return stopped(&result, gan_signals_read(&signals.caught));
    }
    return status == GAN_OK ? 0 : cli_fail("train", status, &err);
}

/* --dry-run and --print-program. */
static gan_status plan(const cli_args *args, const gan_options *options, gan_error *err)
{
    const bool program = cli_args_is_on(args, "print_program");
    if (!cli_args_is_on(args, "json")) {
        return gan_train_plan(options, program, &cli_lines, err);
    }
    if (program) {
        snprintf(err->text, sizeof err->text, "--print-program prints text only: leave out --json");
        return GAN_E_USAGE;
    }
    char *text = NULL;
    gan_status status =
        gan_train_plan_json(options, cli_args_is_on(args, "quiet") ? NULL : &cli_notes, &text, err);
    if (status == GAN_OK) {
        printf("%s\n", text);
    }
    free(text);
    return status;
}

int cli_train(int argc, char **argv)
{
    cli_flag flags[N_FLAGS];
    char help[GAN_OPTION_COUNT][HELP_SIZE];
    cli_args args;
    gan_options options = {0};
    gan_error err = {0};
    make_flags(flags, help);
    if (cli_wants_help(argc, argv)) {
        cli_print_help(usage, description, flags, N_FLAGS);
        return 0;
    }
    int exit_code = -1;
    gan_status status = cli_args_parse(argc, argv, flags, N_FLAGS, &args, &err);
    if (status == GAN_OK && args.n_positional > 0) {
        snprintf(err.text, sizeof err.text, "'%s' is not a flag; usage: gan %s", args.positional[0],
                 usage);
        status = GAN_E_USAGE;
    }
    if (status == GAN_OK) {
        status = take_options(&args, &options, &err);
    }
    if (status == GAN_OK) {
        if (cli_args_is_on(&args, "print_program") || cli_args_is_on(&args, "dry_run")) {
            status = plan(&args, &options, &err);
            exit_code = 0;
        } else {
            exit_code = train(&args, &options);
        }
    }
    if (status != GAN_OK) {
        exit_code = cli_fail("train", status, &err);
    }
    gan_options_free(&options);
    cli_args_free(&args);
    return exit_code;
}
