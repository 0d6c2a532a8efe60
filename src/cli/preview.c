/* preview.c — pictures in the terminal, drawn by chafa: https://hpjansson.org/chafa */
#define _GNU_SOURCE /* posix_spawn_file_actions_addopen, environ */
#include "cli/preview.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* Runs chafa with its output to `to` (NULL: standard error) and waits; false if it is not there or
 * failed. It gets the signals that this process takes by another thread. */
static bool run_chafa(char *const argv[], const char *to)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    sigset_t none;
    pid_t child = 0;
    int code = 0;
    if (posix_spawn_file_actions_init(&files) != 0) {
        return false;
    }
    bool ok = posix_spawnattr_init(&attributes) == 0;
    if (ok) {
        (void)sigemptyset(&none);
        ok = posix_spawnattr_setsigmask(&attributes, &none) == 0 &&
             posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK) == 0 &&
             posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0) == 0 &&
             (to ? posix_spawn_file_actions_addopen(&files, 1, to, O_WRONLY, 0)
                 : posix_spawn_file_actions_adddup2(&files, 2, 1)) == 0 &&
             posix_spawnp(&child, argv[0], &files, &attributes, argv, environ) == 0;
        (void)posix_spawnattr_destroy(&attributes);
    }
    (void)posix_spawn_file_actions_destroy(&files);
    return ok && waitpid(child, &code, 0) == child && WIFEXITED(code) && WEXITSTATUS(code) == 0;
}

bool cli_preview_can(void)
{
    char *const argv[] = {(char[]){"chafa"}, (char[]){"--version"}, NULL};
    return run_chafa(argv, "/dev/null");
}

void cli_preview_show(const char *path, int columns)
{
    char size[32], plain[] = "--colors=none", colours[] = "--animate=off";
    const char *no_color = getenv("NO_COLOR");
    char *file = realpath(path, NULL); /* never a name that reads as a flag */
    if (!file) {
        return;
    }
    snprintf(size, sizeof size, "--size=%dx%d", columns, columns / 2);
    char *const argv[] = {(char[]){"chafa"}, size, no_color && *no_color ? plain : colours, file,
                          NULL};
    (void)fflush(stderr);
    (void)run_chafa(argv, NULL);
    free(file);
}
