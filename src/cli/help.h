/* help.h — pages about what several commands have in common. */
#ifndef GAN_CLI_HELP_H
#define GAN_CLI_HELP_H

#include <stddef.h>
#include <stdio.h>

/* The text of a topic; NULL if there is none of that name. */
const char *cli_help_topic(const char *name);

/* The names of all, in a line. */
void cli_help_list(FILE *to);

/* Says that a word is neither a command nor a topic, with the nearest; returns the exit code. */
int cli_help_unknown(const char *word, const char *const *commands, size_t n_commands);

#endif
