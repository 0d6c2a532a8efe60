/* main.c — the program `gan`: one table of commands. */
#define _GNU_SOURCE /* fcntl, sigprocmask */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/nearest.h"
#include "cli/command.h"
#include "cli/help.h"
#include "gan/version.h"

static const cli_command commands[] = {
    {"train", "train a network on a data set; resume exactly", cli_train, true},
    {"classify", "train a classifier on labelled images", cli_classify, true},
    {"sample", "images, grids and interpolations from a checkpoint", cli_sample, true},
    {"export", "a trained network for PyTorch, ONNX, Keras and NumPy", cli_export, false},
    {"import", "weights of PyTorch and Keras into a run", cli_import, false},
    {"net", "a network's layers as a table and as a drawing", cli_net, false},
    {"report", "a run, or several, as one HTML file", cli_report, false},
    {"eval", "how good samples are: distances from real pictures", cli_eval, true},
    {"verify", "replay a recorded trajectory and compare every tensor", cli_verify, true},
    {"bench", "throughput and memory per batch size, where a step's time goes", cli_bench, true},
    {"data", "list, get and check data sets", cli_data, false},
    {"plan", "what a step needs on a GPU you do not have", cli_plan, false},
    {"doctor", "what is missing for training on a GPU, and the fix", cli_doctor, false},
};

enum { N_COMMANDS = sizeof commands / sizeof commands[0] };

static void print_usage(FILE *to)
{
    fprintf(to, "usage: gan COMMAND [flags]\n\nTrains generative adversarial networks.\n\n");
    for (int i = 0; i < N_COMMANDS; i++) {
        fprintf(to, "  %-8s %s\n", commands[i].name, commands[i].summary);
    }
    fprintf(to, "\n`gan COMMAND --help` lists the flags of a command.\n");
    cli_help_list(to);
    fprintf(to, "Exit codes: 0 done, 1 failed, 2 usage, 65 bad data, 66 no such input, "
                "69 no such device,\n71 out of memory, 73 cannot create, 74 I/O error; "
                "stopped by a signal with everything\nsaved, 128 and its number: 129, "
                "130 (Ctrl-C), 140, 142, 143 (SIGTERM), 152.\n");
}

static int unknown_command(const char *word)
{
    const char *names[N_COMMANDS + 1] = {"help"};
    char hint[64];
    gan_error err = {0};
    for (int i = 0; i < N_COMMANDS; i++) {
        names[i + 1] = commands[i].name;
    }
    gan_nearest_hint(word, names, N_COMMANDS + 1, hint, sizeof hint);
    snprintf(err.text, sizeof err.text, "unknown command '%.200s'%s. `gan --help` lists them", word,
             hint);
    return cli_fail("", GAN_E_USAGE, &err);
}

static const cli_command *find(const char *name)
{
    for (int i = 0; i < N_COMMANDS; i++) {
        if (strcmp(name, commands[i].name) == 0) {
            return &commands[i];
        }
    }
    return NULL;
}

/* `gan help WORD`: a command's help, or a topic. */
static int explain(char *word)
{
    const char *names[N_COMMANDS];
    const char *text = cli_help_topic(word);
    const cli_command *command = find(word);
    if (command) {
        char *ask[] = {word, (char[]){"--help"}, NULL};
        return command->run(2, ask);
    }
    if (text) {
        (void)fputs(text, stdout); /* main looks whether all was written */
        return 0;
    }
    for (int i = 0; i < N_COMMANDS; i++) {
        names[i] = commands[i].name;
    }
    return cli_help_unknown(word, names, N_COMMANDS);
}

static int run(const char *name, int argc, char **argv)
{
    const cli_command *command = find(name);
    return command ? command->run(argc, argv) : unknown_command(name);
}

/* A standard stream that the caller closed would give its number to the next file that is opened,
 * and messages would be written into that. */
static void open_standard_streams(void)
{
    for (int fd = 0; fd <= 2; fd++) {
        if (fcntl(fd, F_GETFD) < 0) {
            (void)open("/dev/null", fd == 0 ? O_RDONLY : O_WRONLY);
        }
    }
}

/* SIGUSR1 asks for a save. Before training takes it, and in commands that save nothing, it waits
 * instead of ending the process. */
static void hold_requests(void)
{
    sigset_t set;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGUSR1);
    (void)sigprocmask(SIG_BLOCK, &set, NULL);
}

int main(int argc, char **argv)
{
    hold_requests();
    open_standard_streams();
    (void)signal(SIGXFSZ, SIG_IGN); /* a file too large is an error, as a full disk is */
    cli_expect_no_memory();
    if (argc < 2) {
        print_usage(stderr);
        return gan_status_exit_code(GAN_E_USAGE);
    }
    const bool help = strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
                      strcmp(argv[1], "help") == 0;
    if (help && (argc < 3 || argv[2][0] == '-' || strcmp(argv[2], "help") == 0)) {
        print_usage(stdout);
        return 0;
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("gan %s\n", gan_version());
        return 0;
    }
    const cli_command *command = find(argv[1]);
    if (command && command->computes) {
        cli_wait_briefly(argv);
    }
    cli_look_at_environment(argc, argv);
    const int exit_code = help ? explain(argv[2]) : run(argv[1], argc - 1, argv + 1);
    if ((fflush(stdout) != 0 || ferror(stdout)) && exit_code == 0) {
        fprintf(stderr, "gan: cannot write to standard output\n");
        return gan_status_exit_code(GAN_E_IO);
    }
    return exit_code;
}
