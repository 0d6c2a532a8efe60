/* print.h — a program as text. */
#ifndef GAN_PROGRAM_PRINT_H
#define GAN_PROGRAM_PRINT_H

#include "gan/listener.h"
#include "program/program.h"

/* Tells the listener a table: op, where it comes from, operands with shapes and
 * places, FLOPs and bytes; then sums. how(how_ctx, op) tells how an op is computed, or is NULL. */
void gan_program_print(const gan_program *program, const char *(*how)(void *ctx, int op),
                       void *how_ctx, const gan_listener *listener);

#endif
