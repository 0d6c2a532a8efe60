/* differentiate.c — walks a range of ops backwards and collects gradients on a tape. */
#include "program/differentiate.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "program/tape.h"

/* Marks every value between the requests and the seeds, and counts the uses of each. */
static void mark_wanted(gan_tape *tape)
{
    for (int i = tape->first_op; i < tape->end_op; i++) {
        const gan_op *op = &tape->program->ops[i];
        bool depends = false;
        for (int k = 0; k < op->n_in; k++) {
            if (op->in[k] >= 0) {
                gan_tape_entry *entry = gan_tape_at(tape, op->in[k]);
                entry->n_uses++;
                depends |=
                    gan_op_input_is_differentiable(op, k) && gan_tape_is_wanted(tape, op->in[k]);
            }
        }
        for (int k = 0; depends && k < op->n_out; k++) {
            if (op->out[k] >= 0) {
                gan_tape_at(tape, op->out[k])->wanted = true;
            }
        }
    }
}

static bool has_gradient(gan_tape *tape, const gan_op *op)
{
    for (int k = 0; k < op->n_out; k++) {
        if (op->out[k] >= 0 && gan_tape_at(tape, op->out[k])->gradient >= 0) {
            return true;
        }
    }
    return false;
}

static bool has_wanted_input(gan_tape *tape, const gan_op *op)
{
    for (int k = 0; k < op->n_in; k++) {
        if (op->in[k] >= 0 && gan_op_input_is_differentiable(op, k) &&
            gan_tape_is_wanted(tape, op->in[k])) {
            return true;
        }
    }
    return false;
}

static gan_status walk_back(gan_tape *tape)
{
    for (int i = tape->end_op - 1; i >= tape->first_op; i--) {
        gan_op op = tape->program->ops[i]; /* a copy: rules append ops and move the array, not the
                                              lists of operands */
        if (has_wanted_input(tape, &op)) {
            for (int k = 0; k < op.n_out; k++) {
                GAN_TRY(op.out[k] >= 0 ? gan_tape_collect(tape, op.out[k]) : GAN_OK);
            }
            GAN_TRY(has_gradient(tape, &op) ? gan_tape_apply_rule(tape, &op) : GAN_OK);
        }
    }
    return GAN_OK;
}

/* A gradient that is another's, too, is not in the buffer that was asked for: it is copied. */
static gan_status keep_in(gan_tape *tape, int id, int into)
{
    gan_program *program = tape->program;
    const gan_buffer *from = &program->buffers[id], *to = &program->buffers[into];
    if (from->base == to->base && from->offset == to->offset) {
        return GAN_OK;
    }
    GAN_TRY(gan_program_reshape(program, id, to->dims, &id, tape->err));
    const int in[] = {id, -1};
    const gan_attr attr = {.window_sum = {0, 0}};
    return gan_program_op(program, GAN_OP_window_sum, "gradient", in, &into, &attr, tape->err);
}

/* Hands out what was asked for: the id, cut to the requested rows. */
static gan_status deliver(gan_tape *tape, gan_gradient_request *request)
{
    GAN_TRY(gan_tape_collect(tape, request->of));
    int id = gan_tape_at(tape, request->of)->gradient;
    const gan_buffer *value = &tape->program->buffers[request->of];
    if (id < 0) {
        return gan_fail(tape->err, GAN_E_FAILED, "no loss depends on %s", value->name);
    }
    if (request->n_rows && tape->program->buffers[id].dims[0] != request->n_rows) {
        GAN_TRY(gan_program_rows(tape->program, id, request->first_row, request->n_rows, &id,
                                 tape->err));
    }
    if (request->into >= 0) {
        return keep_in(tape, id, request->into);
    }
    request->into = id;
    return GAN_OK;
}

gan_status gan_program_differentiate(gan_program *program, int first_op, int end_op,
                                     const gan_gradient_seed *seeds, int n_seeds,
                                     gan_gradient_request *requests, int n_requests,
                                     int64_t rows_first, int64_t rows, gan_error *err)
{
    gan_tape tape = {.program = program,
                     .first_op = first_op,
                     .end_op = end_op,
                     .batch = program->buffers[seeds[0].y].dims[0],
                     .rows_first = rows_first,
                     .rows = rows,
                     .err = err};
    gan_status status = GAN_OK;
    GAN_TRY_DONE(gan_tape_extend(&tape));
    for (int i = 0; i < n_requests; i++) {
        gan_tape_entry *entry = gan_tape_at(&tape, requests[i].of);
        entry->request = &requests[i];
        entry->wanted = true;
    }
    mark_wanted(&tape);
    for (int i = 0; i < n_seeds; i++) {
        gan_tape_entry *entry = gan_tape_at(&tape, seeds[i].y);
        entry->gradient = seeds[i].dy;
        entry->shared = true;
    }
    GAN_TRY_DONE(walk_back(&tape));
    for (int i = 0; i < n_requests; i++) {
        GAN_TRY_DONE(deliver(&tape, &requests[i]));
    }
done:
    free(tape.entries);
    return status;
}
