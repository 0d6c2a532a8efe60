/* rule_parts.h — what a backward rule (rules.c, rules_layers.c) is made of. */
#ifndef GAN_PROGRAM_RULE_PARTS_H
#define GAN_PROGRAM_RULE_PARTS_H

#include <stdlib.h>

#include "base/memory.h"
#include "program/op_rules.h"
#include "program/tape.h"

static inline bool wanted(gan_tape *tape, int buffer)
{
    return buffer >= 0 && gan_tape_is_wanted(tape, buffer);
}

/* Appends op `kind` whose first output is a part of the gradient of `of`. */
static inline gan_status emit(gan_tape *tape, const gan_op *op, gan_op_kind kind, const int *in,
                              int of, int64_t rows, const gan_attr *attr)
{
    int out[GAN_ROW_OPERANDS] = {-1, -1, -1, -1, -1, -1, -1, -1};
    char *label = NULL;
    GAN_TRY(gan_tape_target(tape, of, rows, &out[0]));
    GAN_TRY(gan_format(&label, tape->err, "%s bwd", op->label));
    gan_status status = gan_program_op(tape->program, kind, label, in, out, attr, tape->err);
    free(label);
    GAN_TRY(status);
    return gan_tape_put(tape, of, out[0], false);
}

/* A part of the gradient of `of`: factor a b, whose id is put into *y where y is not NULL. */
static inline gan_status emit_product(gan_tape *tape, const gan_op *op, float factor, int a, int b,
                                      int of, int *y)
{
    const int in[] = {a, b};
    const gan_attr attr = {.multiply = {factor}};
    if (!y) {
        return emit(tape, op, GAN_OP_multiply, in, of, 0, &attr);
    }
    GAN_TRY(gan_tape_room(tape, of, y));
    return gan_program_op(tape->program, GAN_OP_multiply, op->label, in, y, &attr, tape->err);
}

#endif
