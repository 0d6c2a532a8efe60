/* report.c — gan report: runs as one HTML file. */
#include <stdio.h>

#include "base/error.h"
#include "cli/command.h"
#include "gan/report.h"

static const cli_flag flags[] = {
    {"output", 'o', "FILE", "where to (default report.html)"},
    {"quiet", 'q', NULL, "nothing on stderr but errors"},
    {"help", 'h', NULL, "this text"},
};

enum { N_FLAGS = sizeof flags / sizeof flags[0] };

static const char usage[] = "report RUN... [-o report.html]";
static const char description[] =
    "Writes what run folders hold as one HTML file that needs no network: curves, the sample\n"
    "grids behind a slider, settings beside each other, network, cost, machine, and the commands\n"
    "that repeat a run. `gan train --report` keeps such a file in the run folder.\n"
    "docs/watching.md says what is in it. Measured times are shown where the run folder has them:\n"
    "    gan bench --net NAME --batch-sizes N --profile --json > RUN/profile.jsonl\n";

int cli_report(int argc, char **argv)
{
    cli_args args;
    gan_error err = {0};
    if (cli_wants_help(argc, argv)) {
        cli_print_help(usage, description, flags, N_FLAGS);
        return 0;
    }
    gan_status status = cli_args_parse(argc, argv, flags, N_FLAGS, &args, &err);
    const char *output = status == GAN_OK ? cli_args_get(&args, "output") : NULL;
    output = output ? output : "report.html";
    if (status == GAN_OK && args.n_positional == 0) {
        status = gan_fail(&err, GAN_E_USAGE, "no run is named; usage: gan %s", usage);
    }
    if (status == GAN_OK) {
        status = gan_report_write(args.positional, args.n_positional, output,
                                  cli_args_is_on(&args, "quiet") ? NULL : &cli_notes, &err);
    }
    if (status == GAN_OK) {
        printf("%s\n", output);
    }
    cli_args_free(&args);
    return status == GAN_OK ? 0 : cli_fail("report", status, &err);
}
