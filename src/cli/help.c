/* help.c — `gan help TOPIC`: the pages of docs/topics, which are in the program. */
#include "cli/help.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/nearest.h"
#include "cli/command.h"

/* topics.def is made of the files' names by the Makefile: TOPIC(name, text). */
#define TOPIC(name, text) extern const unsigned char(text)[];
#include "topics.def"
#undef TOPIC

static const struct topic {
    const char *name;
    const unsigned char *text;
} topics[] = {
#define TOPIC(name, text) {name, text},
#include "topics.def"
#undef TOPIC
};

enum { N_TOPICS = sizeof topics / sizeof *topics, LINE = 88 };

const char *cli_help_topic(const char *name)
{
    for (int i = 0; i < N_TOPICS; i++) {
        if (strcmp(name, topics[i].name) == 0) {
            return (const char *)topics[i].text;
        }
    }
    return NULL;
}

void cli_help_list(FILE *to)
{
    int column = fprintf(to, "`gan help TOPIC` explains:");
    for (int i = 0; i < N_TOPICS; i++) {
        const char *end = i + 1 < N_TOPICS ? "," : ".";
        const bool fits = column + 2 + (int)strlen(topics[i].name) <= LINE;
        column = fits ? column : 0;
        column += fprintf(to, "%s%s%s", fits ? " " : "\n", topics[i].name, end);
    }
    fprintf(to, "\n");
}

int cli_help_unknown(const char *word, const char *const *commands, size_t n_commands)
{
    const char *names[N_TOPICS];
    char hint[64];
    gan_error err = {0};
    for (int i = 0; i < N_TOPICS; i++) {
        names[i] = topics[i].name;
    }
    gan_nearest_hint(word, commands, n_commands, hint, sizeof hint);
    if (!hint[0]) {
        gan_nearest_hint(word, names, N_TOPICS, hint, sizeof hint);
    }
    snprintf(err.text, sizeof err.text, "no command or topic '%.200s'%s. `gan --help` lists them",
             word, hint);
    return cli_fail("help", GAN_E_USAGE, &err);
}
