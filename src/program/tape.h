/* tape.h — the state of one backward pass, shared by the driver and the rules. */
#ifndef GAN_PROGRAM_TAPE_H
#define GAN_PROGRAM_TAPE_H

#include "program/differentiate.h"

typedef struct gan_tape_entry {
    int gradient; /* buffer id; -1 while there is none */
    bool shared;  /* the buffer is also another value's gradient: not to be added to in place */
    bool wanted;  /* the value is a requested one, or depends on one */
    bool whole;   /* its gradient holds what windows of it and what it is a window of have given */
    int n_uses;   /* how many inputs of the ops in range are this value */
    gan_gradient_request *request; /* NULL if none */
} gan_tape_entry;

/* entries[i] belongs to the value of which buffer i is the first name: windows that cover the same
 * elements under other dims are one value. A window of other elements is a value of its own, whose
 * gradient flows into the value that it is a window of (gan_tape_collect). */
typedef struct gan_tape {
    gan_program *program;
    int first_op, end_op;
    gan_tape_entry *entries;
    size_t capacity;
    int64_t batch;            /* samples of the pass: N of the buffers that it cuts */
    int64_t rows_first, rows; /* the pass's window of them; rows 0 = all */
    gan_error *err;
} gan_tape;

/* Makes room for entries of buffers that were added since; new ones are blank. */
gan_status gan_tape_extend(gan_tape *tape);

/* The entry of the value that a buffer of the forward pass names. */
gan_tape_entry *gan_tape_at(gan_tape *tape, int buffer);

/* Whether a buffer's N axis is the pass's batch. */
bool gan_tape_is_batch(const gan_tape *tape, int buffer);

/* A forward value as the pass sees it: its window of rows where one is set. */
gan_status gan_tape_value(gan_tape *tape, int buffer, int *id);

/* The gradient of an op's output in the output's own dims; *id = -1 if there is none. */
gan_status gan_tape_gradient(gan_tape *tape, int buffer, int *id);

/* Whether anything that the buffer shares elements with is wanted. */
bool gan_tape_is_wanted(gan_tape *tape, int buffer);

/* Adds to a value's gradient that of every window of it, and the part that it has in the gradient
 * of what it is a window of; once for each value, when all that reads it has been walked back over.
 * GAN_E_UNSUPPORTED where two windows overlap and neither holds the other. */
gan_status gan_tape_collect(gan_tape *tape, int buffer);

/* Where the next part of the gradient of `buffer` is to be written: the requested buffer for a
 * first part, a new one otherwise. rows > 0: only so many rows. */
gan_status gan_tape_target(gan_tape *tape, int buffer, int64_t rows, int *id);

/* A new buffer as large as the gradient of `buffer` in this pass. */
gan_status gan_tape_room(gan_tape *tape, int buffer, int *id);

/* Declares that part `id` of buffer's gradient is written; adds it to what is there. shared: id is
 * a gradient that something else uses too. */
gan_status gan_tape_put(gan_tape *tape, int buffer, int id, bool shared);

/* Rows of the gradient that alone are asked for, if the value is used once and a request says so.
 */
bool gan_tape_only_rows(gan_tape *tape, int buffer, int64_t *first, int64_t *n);

/* The backward rule of op (rules.c): emits what its wanted inputs need. */
gan_status gan_tape_apply_rule(gan_tape *tape, const gan_op *op);

/* Whether input k of op has a gradient that a rule can give. */
bool gan_op_input_is_differentiable(const gan_op *op, int k);

#endif
