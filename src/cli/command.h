/* command.h — what the files of the command line program share. */
#ifndef GAN_CLI_COMMAND_H
#define GAN_CLI_COMMAND_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "gan/listener.h"
#include "gan/sample.h"
#include "gan/status.h"

/* A flag of one command. Flags are written --name VALUE, --name=VALUE, or --name and --no-name for
 * those without an argument; "-x" where a short letter is given. */
typedef struct cli_flag {
    const char *name;     /* "seeds" */
    char letter;          /* 'o', or 0 */
    const char *argument; /* "FILE"; NULL = the flag is a switch */
    const char *help;
} cli_flag;

/* One command: a row of the table in main.c. */
typedef struct cli_command {
    const char *name, *summary;
    int (*run)(int argc, char **argv); /* argv[0] is the command's name; returns the exit code */
    bool computes;                     /* on every core, perhaps */
} cli_command;

/* A command's arguments, taken apart. */
typedef struct cli_args {
    const cli_flag *flags;
    int n_flags;
    const char **values;     /* [n_flags]: NULL = not given; switches: "true" or "false" */
    const char **positional; /* what is not a flag, in order */
    int n_positional;
} cli_args;

/* Takes argv[1..] apart. GAN_E_USAGE names an unknown flag and the nearest known one. "--" ends the
 * flags. Free with cli_args_free, also after a failure. */
gan_status cli_args_parse(int argc, char **argv, const cli_flag *flags, int n_flags, cli_args *out,
                          gan_error *err);
void cli_args_free(cli_args *args);

/* The value of a flag that the command has; NULL when it was not given. */
const char *cli_args_get(const cli_args *args, const char *name);
/* The number of a flag, if it was given; *out stays as it is otherwise. GAN_E_USAGE names the flag
 * and the range. */
gan_status cli_args_integer(const cli_args *args, const char *name, int64_t lowest, int64_t highest,
                            int64_t *out, gan_error *err);
bool cli_args_is_on(const cli_args *args, const char *name);

/* The flags of commands that make images: what a generator's batch norm is by. */
#define CLI_STATISTICS_FLAGS                                                                       \
    {"precise_bn", 0, NULL,                                                                        \
     "batch norm by statistics measured for these weights (default); --no-precise-bn: by the "     \
     "moving ones of training"},                                                                   \
        {"bn_batches", 0, "N", "batches of noise that they are measured over (default 16)"},       \
    {                                                                                              \
        "bn_batch", 0, "N", "images of each (default 64)"                                          \
    }

/* Takes them. GAN_E_USAGE. */
gan_status cli_args_statistics(const cli_args *args, gan_statistics *out, gan_error *err);

/* Lets OpenMP's threads wait for a tenth of a millisecond at full speed and then sleep, unless the
 * environment says how they wait (OMP_WAIT_POLICY, GOMP_SPINCOUNT, KMP_BLOCKTIME). Starts the
 * program again with the arguments argv, in the same process; returns where nothing is to be done,
 * or where it cannot be. Call it first. */
void cli_wait_briefly(char **argv);

/* A line on stderr for each variable GAN_... of the environment that nothing reads, with the
 * nearest one that something does; none with --quiet. */
void cli_look_at_environment(int argc, char **argv);

/* Lets a library of C++ that finds no memory end the program with one line and GAN_E_MEMORY's exit
 * code, not by a signal. */
void cli_expect_no_memory(void);

/* The flags that every command takes: --help, --json, --quiet. */
bool cli_wants_help(int argc, char **argv);

/* Prints "usage: gan COMMAND ...", the description and one line per flag on stdout. */
void cli_print_help(const char *usage, const char *description, const cli_flag *flags, int n_flags);

/* Prints "gan COMMAND: sentence", or with an empty command "gan: sentence", as one line on stderr
 * and returns the status's exit code. */
int cli_fail(const char *command, gan_status status, const gan_error *err);

/* Prints text without control characters, which may come from a name and would move the cursor or
 * end the line: each is a '?'. */
void cli_print_clean(FILE *to, const char *text);

/* A path as a shell reads it back. */
void cli_print_quoted(FILE *to, const char *path);

/* A line on stderr. */
void cli_print_note(const char *line);

/* Lines on stderr, for the library's notes; and on stdout. */
extern const gan_listener cli_notes, cli_lines;

int cli_train(int argc, char **argv);
int cli_classify(int argc, char **argv);
int cli_sample(int argc, char **argv);
int cli_export(int argc, char **argv);
int cli_import(int argc, char **argv);
int cli_eval(int argc, char **argv);
int cli_bench(int argc, char **argv);
int cli_data(int argc, char **argv);
int cli_net(int argc, char **argv);
int cli_report(int argc, char **argv);
int cli_verify(int argc, char **argv);
int cli_plan(int argc, char **argv);
int cli_doctor(int argc, char **argv);

#endif
