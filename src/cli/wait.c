/* wait.c — how long OpenMP's threads keep their cores while they wait for each other.
 *
 * Milliseconds, left to itself: on a machine that has other work, a thread that waits keeps the
 * core that the one it waits for could run on, and a step takes several times as long. The runtime
 * reads its settings before main() begins, so the program sets them and starts itself once more. */
#define _GNU_SOURCE /* setenv, readlink */
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/command.h"

typedef struct setting {
    const char *name, *value;
} setting;

/* About a tenth of a millisecond, longer than almost any wait of an undisturbed step: turns of
 * GNU's loop, of 20 to 50 ns each; LLVM's runtime takes whole milliseconds. */
static const setting settings[] = {{"GOMP_SPINCOUNT", "2500"}, {"KMP_BLOCKTIME", "1"}};

enum { N_SETTINGS = sizeof settings / sizeof *settings };

void cli_wait_briefly(char **argv)
{
    char path[PATH_MAX];
    const ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    bool chosen = length <= 0 || getenv("OMP_WAIT_POLICY") != NULL;
    for (int i = 0; i < N_SETTINGS; i++) {
        chosen = chosen || getenv(settings[i].name) != NULL;
    }
    if (chosen) {
        return;
    }
    path[length] = '\0';
    for (int i = 0; i < N_SETTINGS; i++) {
        if (setenv(settings[i].name, settings[i].value, 1) != 0) {
            return;
        }
    }
    execv(path, argv);
}
