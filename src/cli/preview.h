/* preview.h — pictures in the terminal, by a program that draws them. */
#ifndef GAN_CLI_PREVIEW_H
#define GAN_CLI_PREVIEW_H

#include <stdbool.h>

/* Whether chafa is there and runs. */
bool cli_preview_can(void);

/* The picture on standard error, which is a terminal, at most that many columns wide and half as
 * many lines high; without colours where NO_COLOR is set. Nothing if it cannot be drawn. */
void cli_preview_show(const char *path, int columns);

#endif
