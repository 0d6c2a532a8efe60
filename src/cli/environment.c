/* environment.c — variables of the environment that begin with GAN_ and that nothing reads: a
 * setting with a slip in its name must not be silent. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/nearest.h"
#include "cli/command.h"

extern char **environ;

/* Every variable that gan reads: those of settings, and the others. GAN_DATA is of the latter. */
static const char *const known[] = {
#define GAN_OPTION(field, type, default_, lowest, highest, on_resume, argument, help) "GAN_" #field,
#include "gan/options.def"
#undef GAN_OPTION
    "GAN_NETS",   "GAN_GPUS",        "GAN_CUDA_PLUGIN", "GAN_CUDNN_CACHE", "GAN_OPENBLAS",
    "GAN_FFMPEG", "GAN_DEBUG_GRAPH", "GAN_DEBUG_SYNC",  "GAN_FLAGS", /* of
                                                                        examples/gan-train.service
                                                                      */
};

/* Those of the tests, the simulated device and check-gpu, which run the program. */
static const char *const families[] = {"GAN_TEST_", "GAN_SIM_",  "GAN_CHECK_",      "GAN_FAKE_",
                                       "GAN_PLAN_", "GAN_PEER_", "GAN_REQUIRE_GPU", "GAN_NVIDIA"};

enum {
    N_KNOWN = sizeof known / sizeof *known,
    N_FAMILIES = sizeof families / sizeof *families,
    NAME_SIZE = 64
};

static bool is_known(const char *name, char names[N_KNOWN][NAME_SIZE])
{
    for (int i = 0; i < N_FAMILIES; i++) {
        if (strncmp(name, families[i], strlen(families[i])) == 0) {
            return true;
        }
    }
    for (int i = 0; i < N_KNOWN; i++) {
        if (strcmp(name, names[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* The part before "=", where it is a name that begins with GAN_ and that a shell can set. */
static bool take_name(const char *variable, char name[NAME_SIZE])
{
    const size_t n = strcspn(variable, "=");
    if (strncmp(variable, "GAN_", 4) != 0 || n >= NAME_SIZE || variable[n] == '\0') {
        return false;
    }
    memcpy(name, variable, n);
    name[n] = '\0';
    return strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_") == n;
}

void cli_look_at_environment(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "-q") == 0 || strcmp(argv[i], "--quiet") == 0) {
            return;
        }
    }
    char names[N_KNOWN][NAME_SIZE], name[NAME_SIZE], hint[NAME_SIZE + 32];
    const char *pointers[N_KNOWN];
    for (int i = 0; i < N_KNOWN; i++) {
        size_t n = 0;
        for (; known[i][n] && n + 1 < NAME_SIZE; n++) {
            names[i][n] = (char)toupper((unsigned char)known[i][n]);
        }
        names[i][n] = '\0';
        pointers[i] = names[i];
    }
    for (char **variable = environ; *variable; variable++) {
        if (take_name(*variable, name) && !is_known(name, names)) {
            gan_nearest_hint(name, pointers, N_KNOWN, hint, sizeof hint);
            fprintf(stderr, "gan: nothing reads the environment variable %s%s\n", name, hint);
        }
    }
}
