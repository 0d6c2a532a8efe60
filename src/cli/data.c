/* data.c — gan data: list, get and check data sets. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/nearest.h"
#include "base/number.h"
#include "base/signals.h"
#include "cli/command.h"
#include "cli/data_pack.h"
#include "cli/json.h"
#include "gan/data.h"

static const cli_flag flags[] = {
    {"folder", 0, "DIR", "get: where the files go (default: the XDG data folder)"},
    {"output", 'o', "DIR|FILE",
     "get: the same; pack: the file to write, which ends in .safetensors"},
    CLI_DATA_PACK_FLAGS,
    {"json", 0, NULL, "one JSON object per line on stdout"},
    {"quiet", 0, NULL, "no progress"},
    {"help", 'h', NULL, "this text"},
};

enum { N_FLAGS = sizeof flags / sizeof flags[0] };

static const char usage[] = "data list | get NAME | check NAME|PATH | pack NAME|PATH -o FILE";
static const char description[] =
    "list   known data sets, and where each was found\n"
    "get    download one (mirrors in turn, resumable, checked by MD5)\n"
    "check  read all of a data set and tell corrupt, odd-sized and duplicate pictures\n"
    "pack   decode and fit one once, into a file that --data maps: it may be larger than memory\n";

static void print_row(void *ctx, const gan_data_entry *e)
{
    if (*(const bool *)ctx) {
        cli_json json = cli_json_begin(stdout);
        cli_json_string(&json, "name", e->name);
        cli_json_string(&json, "what", e->what);
        cli_json_string(&json, "source", e->source);
        cli_json_string(&json, "licence", e->licence);
        cli_json_integer(&json, "train", e->n_train);
        cli_json_integer(&json, "test", e->n_test);
        cli_json_integer(&json, "height", e->height);
        cli_json_integer(&json, "width", e->width);
        cli_json_integer(&json, "channels", e->channels);
        cli_json_string(&json, "path", e->path);
        cli_json_end(&json);
        return;
    }
    printf("%-14s %7lld + %-6lld %lldx%lldx%lld  %s\n", e->name, (long long)e->n_train,
           (long long)e->n_test, (long long)e->height, (long long)e->width, (long long)e->channels,
           e->what);
    printf("%14s %s; %s\n", "", e->source, e->licence);
    if (e->path) {
        printf("%14s here: ", "");
        cli_print_clean(stdout, *e->path ? e->path : "drawn by the program");
        putchar('\n');
    } else {
        printf("%14s not here: %s\n", "", e->hint);
    }
}

static gan_status list(const cli_args *args, gan_error *err)
{
    bool json = cli_args_is_on(args, "json");
    return gan_data_list(print_row, &json, err);
}

static void print_progress(void *ctx, const gan_data_progress *p)
{
    char done[GAN_NUMBER_TEXT_SIZE], total[GAN_NUMBER_TEXT_SIZE];
    (void)ctx;
    gan_number_bytes(p->done, done);
    gan_number_bytes(p->total, total);
    fprintf(stderr, "\r\033[K%s  %s of %s", p->file, done, p->total ? total : "?");
    if (p->total && p->done == p->total) {
        fprintf(stderr, "\n");
    }
}

static gan_signals signals; /* outlives the handler that may still run */

static gan_status get(const cli_args *args, gan_error *err)
{
    char *folder = NULL;
    bool quiet = cli_args_is_on(args, "quiet") || cli_args_is_on(args, "json");
    gan_status status = gan_signals_install(&signals, err);
    if (status != GAN_OK) {
        return status;
    }
    const char *to = cli_args_get(args, "folder");
    const gan_data_get_options options = {.folder = to ? to : cli_args_get(args, "output"),
                                          .progress = !quiet && isatty(2) ? print_progress : NULL,
                                          .listener = quiet ? NULL : &cli_notes,
                                          .cancel = &signals.caught};
    status = gan_data_get(args->positional[1], &options, &folder, err);
    if (status == GAN_OK && cli_args_is_on(args, "json")) {
        cli_json line = cli_json_begin(stdout);
        cli_json_string(&line, "name", args->positional[1]);
        cli_json_string(&line, "folder", folder);
        cli_json_end(&line);
    } else if (status == GAN_OK) {
        printf("%s\n", folder);
    }
    free(folder);
    return status;
}

static void print_finding(void *ctx, const gan_data_finding *f)
{
    if (*(const bool *)ctx) {
        cli_json json = cli_json_begin(stdout);
        cli_json_string(&json, "flaw", gan_data_flaw_text(f->flaw));
        cli_json_string(&json, "file", f->file);
        cli_json_string(&json, "text", f->text);
        cli_json_end(&json);
    } else {
        printf("%s: ", gan_data_flaw_text(f->flaw));
        cli_print_clean(stdout, f->file);
        printf(": ");
        cli_print_clean(stdout, f->text);
        putchar('\n');
    }
}

static gan_status check(const cli_args *args, gan_error *err)
{
    bool json = cli_args_is_on(args, "json");
    gan_data_report report = {0};
    const gan_data_check_options options = {.finding = print_finding, .finding_ctx = &json};
    gan_status status = gan_data_check(args->positional[1], &options, &report, err);
    if (status != GAN_OK) {
        return status;
    }
    if (json) {
        cli_json line = cli_json_begin(stdout);
        cli_json_integer(&line, "images", report.images);
        cli_json_integer(&line, "width", report.width);
        cli_json_integer(&line, "height", report.height);
        cli_json_integer(&line, "channels", report.channels);
        for (int i = 0; i < GAN_FLAW_COUNT; i++) {
            cli_json_integer(&line, gan_data_flaw_text((gan_data_flaw)i), report.found[i]);
        }
        cli_json_end(&line);
    } else {
        printf("%lld image%s", (long long)report.images, gan_plural(report.images));
        const bool all = report.found[GAN_FLAW_SIZE] + report.found[GAN_FLAW_CHANNELS] == 0;
        if (report.images > 0) {
            printf("%s %lldx%lld pixels (width x height) of %lld channel%s",
                   all ? " of" : ", most of", (long long)report.width, (long long)report.height,
                   (long long)report.channels, gan_plural(report.channels));
        }
        for (int i = 0; i < GAN_FLAW_COUNT; i++) {
            printf(", %lld %s", (long long)report.found[i], gan_data_flaw_text((gan_data_flaw)i));
        }
        printf("\n");
    }
    return report.found[GAN_FLAW_CORRUPT] > 0 ? GAN_E_DATA : GAN_OK;
}

/* The names of the data sets that a verb takes. */
typedef struct name_list {
    char text[256];
    bool only_downloads;
} name_list;

static void add_name(void *ctx, const gan_data_entry *e)
{
    name_list *names = ctx;
    const size_t n = strlen(names->text);
    if (!names->only_downloads || e->download_bytes > 0) {
        snprintf(names->text + n, sizeof names->text - n, "%s%s", n ? ", " : "", e->name);
    }
}

static gan_status name_missing(const char *verb, gan_error *err)
{
    const bool get = strcmp(verb, "get") == 0;
    name_list names = {.only_downloads = get};
    gan_status status = gan_data_list(add_name, &names, err);
    if (status != GAN_OK) {
        return status;
    }
    snprintf(err->text, sizeof err->text, "%s: no name was given; there are %s%s", verb, names.text,
             get ? "" : ", or a file or folder of your own");
    return GAN_E_USAGE;
}

static gan_status pack(const cli_args *args, gan_error *err)
{
    const gan_status status = gan_signals_install(&signals, err);
    return status == GAN_OK ? cli_data_pack(args, &signals.caught, err) : status;
}

/* The first flag that is given and is of another verb. */
static const char *flag_of_another(const cli_args *args, bool gets, bool packs)
{
    static const cli_flag of_pack[] = {CLI_DATA_PACK_FLAGS};
    for (size_t i = 0; !packs && i < sizeof of_pack / sizeof *of_pack; i++) {
        if (cli_args_get(args, of_pack[i].name) || cli_args_is_on(args, of_pack[i].name)) {
            return of_pack[i].name;
        }
    }
    if (!gets && cli_args_get(args, "folder")) {
        return "folder";
    }
    return !gets && !packs && cli_args_get(args, "output") ? "output" : NULL;
}

static gan_status dispatch(const cli_args *args, gan_error *err)
{
    static const struct {
        const char *name;
        gan_status (*run)(const cli_args *args, gan_error *err);
    } verbs[] = {{"list", list}, {"get", get}, {"check", check}, {"pack", pack}};
    static const char *const names[] = {"list", "get", "check", "pack"};
    enum { LIST, GET, CHECK, PACK, N_VERBS };
    const char *verb = args->n_positional > 0 ? args->positional[0] : "list";
    const int n = args->n_positional > 0 ? args->n_positional - 1 : 0;
    int which = LIST;
    char hint[64] = "";
    while (which < N_VERBS && strcmp(verb, verbs[which].name) != 0) {
        which++;
    }
    if (which == N_VERBS) {
        gan_nearest_hint(verb, names, N_VERBS, hint, sizeof hint);
        snprintf(err->text, sizeof err->text, "usage: gan %s%s", usage, hint);
        return GAN_E_USAGE;
    }
    const char *other = flag_of_another(args, which == GET, which == PACK);
    if (other) {
        const bool of_get = strcmp(other, "folder") == 0;
        snprintf(err->text, sizeof err->text, "%s: --%s is for %s", verb, other,
                 of_get                         ? "get"
                 : strcmp(other, "output") == 0 ? "get and pack"
                                                : "pack");
        return GAN_E_USAGE;
    }
    if (n > (which != LIST)) {
        snprintf(err->text, sizeof err->text, "%s: '%s' is one word too many", verb,
                 args->positional[which == LIST ? 1 : 2]);
        return GAN_E_USAGE;
    }
    return n < (which != LIST) ? name_missing(verb, err) : verbs[which].run(args, err);
}

int cli_data(int argc, char **argv)
{
    cli_args args;
    gan_error err = {0};
    if (cli_wants_help(argc, argv)) {
        cli_print_help(usage, description, flags, N_FLAGS);
        return 0;
    }
    gan_status status = cli_args_parse(argc, argv, flags, N_FLAGS, &args, &err);
    if (status == GAN_OK) {
        status = dispatch(&args, &err);
    }
    cli_args_free(&args);
    if (status == GAN_E_DATA && !err.text[0]) {
        return gan_status_exit_code(status); /* the findings were printed: nothing to add */
    }
    int exit_code = status == GAN_OK ? 0 : cli_fail("data", status, &err);
    const int caught = gan_signals_read(&signals.caught);
    return status == GAN_E_INTERRUPTED && caught ? 128 + caught : exit_code;
}
