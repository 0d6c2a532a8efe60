/* doctor.c — gan doctor: driver, toolkit, device, libraries, with the fix in one line. */
#include <stdio.h>

#include "cli/command.h"
#include "cli/json.h"
#include "gan/doctor.h"

static const cli_flag flags[] = {
    {"json", 0, NULL, "one JSON object per finding on stdout"},
    {"help", 'h', NULL, "this text"},
};

enum { N_FLAGS = sizeof flags / sizeof flags[0] };

static const char usage[] = "doctor";
static const char description[] =
    "Looks at what this machine has, and says what is missing for training on a GPU and how to get "
    "it.\n"
    "Exit code 0 if a GPU can be used, 69 if not; the CPU always can.\n";

static void print_check(void *ctx, const gan_check *check)
{
    static const char *const levels[] = {
        [GAN_CHECK_OK] = "ok", [GAN_CHECK_WARNING] = "warning", [GAN_CHECK_FAULT] = "missing"};
    if (*(const bool *)ctx) {
        cli_json json = cli_json_begin(stdout);
        cli_json_string(&json, "level", levels[check->level]);
        cli_json_string(&json, "subject", check->subject);
        cli_json_string(&json, "fact", check->fact);
        cli_json_string(&json, "mend", check->mend);
        cli_json_end(&json);
        return;
    }
    printf("%-8s %-13s %s\n", levels[check->level], check->subject, check->fact);
    if (check->mend) {
        printf("%-8s %-13s -> %s\n", "", "", check->mend);
    }
}

int cli_doctor(int argc, char **argv)
{
    cli_args args;
    gan_error err = {0};
    bool json, works;
    if (cli_wants_help(argc, argv)) {
        cli_print_help(usage, description, flags, N_FLAGS);
        return 0;
    }
    gan_status status = cli_args_parse(argc, argv, flags, N_FLAGS, &args, &err);
    if (status == GAN_OK && args.n_positional > 0) {
        snprintf(err.text, sizeof err.text, "usage: gan %s", usage);
        status = GAN_E_USAGE;
    }
    json = status == GAN_OK && cli_args_is_on(&args, "json");
    cli_args_free(&args);
    if (status != GAN_OK) {
        return cli_fail("doctor", status, &err);
    }
    works = gan_doctor(print_check, &json);
    return works ? 0 : gan_status_exit_code(GAN_E_NO_DEVICE);
}
