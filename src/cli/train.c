/* train.c — gan train and gan classify: flags in, progress on stderr, the result on stdout. */
#include <math.h>
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
    {"preview", 0, NULL, "draw the samples in the terminal (by chafa, where it is installed)"},
    {"quiet", 'q', NULL, "nothing on stderr but errors"},
    {"help", 'h', NULL, "this text"},
};

enum {
    N_OWN = sizeof own_flags / sizeof own_flags[0],
    N_FLAGS = GAN_OPTION_COUNT + N_OWN,
    HELP_SIZE = 256,
    MOST_WORDS = 35 /* characters of a flag with its words, in its column */
};

/* A kind of training, a command of its own. */
typedef struct training {
    const char *name; /* of the command */
    gan_net_kind kind;
    const char *net; /* where none is named; NULL = the table's */
    const char *usage, *summary;
    gan_status (*run)(const gan_options *options, const gan_train_callbacks *callbacks,
                      gan_train_result *result, gan_error *err);
} training;

static const training trainings[] = {
    [GAN_NET_KIND_GAN] = {"train", GAN_NET_KIND_GAN, NULL,
                          "train [--net NAME] [--data NAME|PATH] [flags]",
                          "Trains a generator with its discriminator.\n", gan_train},
    [GAN_NET_KIND_SINGLE] = {"classify", GAN_NET_KIND_SINGLE, "mnist-classifier",
                             "classify [--net NAME] [--data NAME|PATH] [flags]",
                             "Trains a network to tell the classes of labelled images, and tests "
                             "it at each epoch with\n"
                             "the images of the test split (of a folder: --holdout 0.1).\n",
                             gan_classify},
};

/* Help of settings that the options' table describes for two networks. */
static const struct {
    gan_option_id id;
    const char *help;
} single_help[] = {
    {GAN_OPTION_ID_net, "network: a shipped name or a YAML file"},
    {GAN_OPTION_ID_lr, "learning rate"},
    {GAN_OPTION_ID_beta1, "Adam's beta1"},
    {GAN_OPTION_ID_beta2, "Adam's beta2"},
    {GAN_OPTION_ID_ema, "decay of the averaged network, which is tested then; 0 = none"},
    {GAN_OPTION_ID_label_smoothing, "share of a label that all classes have in equal parts"},
};

static const char description[] =
    "Flags, all but the last ones from --config on, can also be set as the\n"
    "environment variable GAN_<FLAG> (GAN_DATA, though, is a folder of data sets) or as a key\n"
    "of a config file; a flag goes before the environment, that before the file, that before the\n"
    "network's own `train:` section, that before the defaults here. Of a flag given twice, the\n"
    "last counts; --no-gif and the like turn a switch off. N is steps, Ne epochs, Ns seconds.\n"
    "RATE is a number or a schedule of one: '2e-4 to 5e-5 cosine over 50%' (or linear; over 20M\n"
    "images, 1000 steps, 3 epochs, 50%..100%) and 'warmup 5%' (docs/schedules.md).\n"
    "Ctrl-C finishes the step, saves, and prints how to resume; SIGTERM and SIGHUP too, and the\n"
    "warnings of batch systems: SIGUSR2, SIGXCPU, SIGALRM. SIGUSR1 saves and continues.\n"
    "A step that does not end is given up ten seconds after the signal.\n";

static const char *help_of(const training *t, gan_option_id id)
{
    const size_t n = t->kind == GAN_NET_KIND_SINGLE ? sizeof single_help / sizeof *single_help : 0;
    for (size_t i = 0; i < n; i++) {
        if (single_help[i].id == id) {
            return single_help[i].help;
        }
    }
    return gan_option_describe(id)->help;
}

static const char *default_of(const training *t, gan_option_id id)
{
    return id == GAN_OPTION_ID_net && t->net ? t->net : gan_option_describe(id)->def;
}

/* Words stand where the argument does if the line has room for them there, else behind the help. */
static const char *make_help(const training *t, gan_option_id id, char help[HELP_SIZE])
{
    const gan_option_row *row = gan_option_describe(id);
    const char *def = default_of(t, id);
    const bool has_default = *def && strcmp(def, "false") != 0;
    const bool fits = row->words && strlen(row->key) + strlen(row->words) <= MOST_WORDS;
    const bool behind = row->words && !fits;
    snprintf(help, HELP_SIZE, "%s%s%s%s%s%s", help_of(t, id), behind ? ": " : "",
             behind ? row->words : "", has_default ? " (default " : "", has_default ? def : "",
             has_default ? ")" : "");
    return fits ? row->words : *row->argument ? row->argument : NULL;
}

/* The flags of a kind of training; returns how many. */
static int make_flags(const training *t, cli_flag *flags, char help[][HELP_SIZE])
{
    int n = 0;
    for (int i = 0; i < GAN_OPTION_COUNT; i++) {
        const gan_option_id id = (gan_option_id)i;
        if (!gan_option_is_of(id, t->kind)) {
            continue;
        }
        const char *argument = make_help(t, id, help[i]);
        flags[n] = (cli_flag){gan_option_describe(id)->key, 0, argument, help[i]};
        if (i == GAN_OPTION_ID_batch_size) {
            flags[n].letter = 'b';
        } else if (i == GAN_OPTION_ID_outdir) {
            flags[n].letter = 'o';
        }
        n++;
    }
    memcpy(flags + n, own_flags, sizeof own_flags);
    return n + N_OWN;
}

static gan_status take_options(const training *t, const cli_args *args, gan_options *options,
                               gan_error *err)
{
    const char *config = cli_args_get(args, "config");
    gan_status status = gan_options_init(options, err);
    if (status == GAN_OK && t->net) {
        status = gan_options_set(options, GAN_OPTION_ID_net, t->net, GAN_FROM_DEFAULT, err);
    }
    for (int i = 0; i < GAN_OPTION_COUNT && status == GAN_OK; i++) {
        const gan_option_id id = (gan_option_id)i;
        const char *value =
            gan_option_is_of(id, t->kind) ? cli_args_get(args, gan_option_describe(id)->key) : NULL;
        if (value) {
            status = gan_options_set(options, id, value, GAN_FROM_FLAG, err);
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
        if (!isnan(result->test_accuracy)) {
            cli_json_real(&line, "test_accuracy", result->test_accuracy);
        }
        cli_json_end(&line);
    } else if (result->folder[0]) {
        printf("%s\n", result->folder);
    }
}

static int stopped(const training *t, const gan_train_result *result, int signal_number)
{
    if (result->checkpoint[0]) {
        fprintf(stderr, "stopped at step %lld; resume with: gan %s --resume ",
                (long long)result->step, t->name);
        cli_print_quoted(stderr, result->folder);
        fputc('\n', stderr);
    } else {
        fprintf(stderr, "stopped before the first step; nothing was written\n");
    }
    return 128 + signal_number;
}

/* What the thread that watches looks at. */
typedef struct outcome {
    const training *training;
    gan_train_result result;
} outcome;

/* A step does not end: what is there of the run. The thread that trains is in that step, and
 * changes nothing of its result. */
static void tell_stuck(const void *ctx)
{
    const outcome *o = ctx;
    const gan_train_result *result = &o->result;
    fprintf(stderr, "gan %s: the step at hand does not end, so it was given up; ",
            o->training->name);
    if (result->checkpoint[0]) {
        fprintf(stderr, "what was not saved is lost; resume with: gan %s --resume ",
                o->training->name);
        cli_print_quoted(stderr, result->folder);
        fputc('\n', stderr);
    } else {
        fprintf(stderr, "nothing was saved yet\n");
    }
}

static int train(const training *t, const cli_args *args, gan_options *options)
{
    static gan_signals signals; /* outlives the handler that may still run */
    static gan_pulse pulse;     /* and these the thread that watches */
    static outcome o;
    gan_train_result *result = &o.result;
    o.training = t;
    gan_error err = {0};
    bool quiet = cli_args_is_on(args, "quiet"), json = cli_args_is_on(args, "json");
    gan_status status = gan_signals_install(&signals, &err);
    if (status == GAN_OK) {
        status = cli_stuck_watch(&signals, &pulse, tell_stuck, &o, &err);
    }
    if (status != GAN_OK) {
        return cli_fail(t->name, status, &err);
    }
    cli_progress progress = cli_progress_begin(quiet, cli_args_is_on(args, "preview"));
    const gan_train_callbacks callbacks = {.event = cli_progress_event,
                                           .ctx = &progress,
                                           .stop = &signals.caught,
                                           .save = &signals.save,
                                           .pulse = &pulse};
    status = t->run(options, &callbacks, result, &err);
    cli_progress_end(&progress);
    print_result(result, json);
    if (status == GAN_E_INTERRUPTED) {
        return stopped(t, result, gan_signals_read(&signals.caught));
    }
    return status == GAN_OK ? 0 : cli_fail(t->name, status, &err);
}

/* --dry-run and --print-program. */
static gan_status plan(const training *t, const cli_args *args, const gan_options *options,
                       gan_error *err)
{
    const bool program = cli_args_is_on(args, "print_program");
    if (!cli_args_is_on(args, "json")) {
        return gan_train_plan(t->kind, options, program, &cli_lines, err);
    }
    if (program) {
        snprintf(err->text, sizeof err->text, "--print-program prints text only: leave out --json");
        return GAN_E_USAGE;
    }
    char *text = NULL;
    gan_status status = gan_train_plan_json(
        t->kind, options, cli_args_is_on(args, "quiet") ? NULL : &cli_notes, &text, err);
    if (status == GAN_OK) {
        printf("%s\n", text);
    }
    free(text);
    return status;
}

static int command(const training *t, int argc, char **argv)
{
    cli_flag flags[N_FLAGS];
    char help[GAN_OPTION_COUNT][HELP_SIZE];
    cli_args args;
    gan_options options = {0};
    gan_error err = {0};
    const int n_flags = make_flags(t, flags, help);
    if (cli_wants_help(argc, argv)) {
        char about[2048];
        snprintf(about, sizeof about, "%s%s", t->summary, description);
        cli_print_help(t->usage, about, flags, n_flags);
        return 0;
    }
    int exit_code = -1;
    gan_status status = cli_args_parse(argc, argv, flags, n_flags, &args, &err);
    if (status == GAN_OK && args.n_positional > 0) {
        snprintf(err.text, sizeof err.text, "'%s' is not a flag; usage: gan %s", args.positional[0],
                 t->usage);
        status = GAN_E_USAGE;
    }
    if (status == GAN_OK) {
        status = take_options(t, &args, &options, &err);
    }
    if (status == GAN_OK) {
        if (cli_args_is_on(&args, "print_program") || cli_args_is_on(&args, "dry_run")) {
            status = plan(t, &args, &options, &err);
            exit_code = 0;
        } else {
            exit_code = train(t, &args, &options);
        }
    }
    if (status != GAN_OK) {
        exit_code = cli_fail(t->name, status, &err);
    }
    gan_options_free(&options);
    cli_args_free(&args);
    return exit_code;
}

int cli_train(int argc, char **argv)
{
    return command(&trainings[GAN_NET_KIND_GAN], argc, argv);
}

int cli_classify(int argc, char **argv)
{
    return command(&trainings[GAN_NET_KIND_SINGLE], argc, argv);
}
