/* differentiate.c — walks a range of ops backwards and collects gradients on a tape. */
#include "program/differentiate.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "program/tape.h"

/* The lowest buffer id that names the same elements. */
static int first_name(const gan_program *program, int buffer)
{
    const gan_buffer *b = &program->buffers[buffer];
    for (int i = b->base; i < buffer; i++) {
        const gan_buffer *other = &program->buffers[i];
        if (other->base == b->base && other->offset == b->offset && other->count == b->count) {
            return i;
        }
    }
    return buffer;
}

gan_tape_entry *gan_tape_at(gan_tape *tape, int buffer)
{
    return &tape->entries[first_name(tape->program, buffer)];
}

/* Makes room for entries of buffers that were added since; new ones are blank. */
static gan_status extend(gan_tape *tape)
{
    size_t before = tape->capacity;
    void *entries = tape->entries;
    gan_status status = gan_grow(&entries, (size_t)tape->program->n_buffers, sizeof *tape->entries,
                                 &tape->capacity, tape->err);
    tape->entries = entries;
    for (size_t i = before; i < tape->capacity; i++) {
        tape->entries[i].gradient = -1;
    }
    return status;
}

static bool is_batch_shaped(const gan_tape *tape, int buffer)
{
    const gan_buffer *b = &tape->program->buffers[buffer];
    return b->cls != GAN_PARAM && b->cls != GAN_STAT && b->cls != GAN_CONTROL &&
           b->dims[0] == tape->batch;
}

gan_status gan_tape_value(gan_tape *tape, int buffer, int *id)
{
    *id = buffer;
    if (buffer < 0 || tape->rows == 0 || !is_batch_shaped(tape, buffer)) {
        return GAN_OK;
    }
    GAN_TRY(gan_program_rows(tape->program, buffer, tape->rows_first, tape->rows, id, tape->err));
    return extend(tape);
}

gan_status gan_tape_gradient(gan_tape *tape, int buffer, int *id)
{
    *id = gan_tape_at(tape, buffer)->gradient;
    if (*id < 0) {
        return GAN_OK;
    }
    int64_t dims[4];
    memcpy(dims, tape->program->buffers[buffer].dims, sizeof dims);
    if (tape->rows && is_batch_shaped(tape, buffer)) {
        dims[0] = tape->rows;
    }
    GAN_TRY(gan_program_reshape(tape->program, *id, dims, id, tape->err));
    return extend(tape);
}

gan_status gan_tape_target(gan_tape *tape, int buffer, int64_t rows, int *id)
{
    const gan_tape_entry *entry = gan_tape_at(tape, buffer);
    const gan_buffer *value = &tape->program->buffers[buffer];
    int64_t dims[4];
    memcpy(dims, value->dims, sizeof dims);
    if (rows) {
        dims[0] = rows;
    } else if (tape->rows && is_batch_shaped(tape, buffer)) {
        dims[0] = tape->rows;
    }
    const gan_gradient_request *request = entry->request;
    if (request && request->into >= 0 && entry->gradient < 0 && !request->accumulate) {
        GAN_TRY(gan_program_reshape(tape->program, request->into, dims, id, tape->err));
        return extend(tape);
    }
    char *name = NULL;
    GAN_TRY(gan_format(&name, tape->err, "d(%s)", value->name));
    gan_status status =
        gan_program_buffer(tape->program, name, GAN_ACTIVATION, value->type, dims, id, tape->err);
    free(name);
    GAN_TRY(status);
    return extend(tape);
}

gan_status gan_tape_put(gan_tape *tape, int buffer, int id, bool shared)
{
    gan_tape_entry *entry = gan_tape_at(tape, buffer);
    int earlier = entry->gradient;
    if (earlier < 0 && entry->request && entry->request->accumulate) {
        earlier = entry->request->into;
    }
    if (earlier < 0) {
        entry->gradient = id;
        entry->shared = shared;
        return GAN_OK;
    }
    const gan_program *program = tape->program;
    int64_t dims[4];
    memcpy(dims, program->buffers[id].dims, sizeof dims);
    GAN_TRY(gan_program_reshape(tape->program, earlier, dims, &earlier, tape->err));
    int sum = earlier;
    if (entry->shared) {
        GAN_TRY(gan_program_buffer(tape->program, "sum of gradients", GAN_ACTIVATION,
                                   program->buffers[id].type, dims, &sum, tape->err));
    }
    GAN_TRY(extend(tape));
    entry = gan_tape_at(tape, buffer);
    entry->gradient = sum;
    entry->shared = false;
    const int in[] = {earlier, id}, out[] = {sum};
    return gan_program_op(tape->program, GAN_OP_add, "sum of gradients", in, out, NULL, tape->err);
}

bool gan_tape_only_rows(gan_tape *tape, int buffer, int64_t *first, int64_t *n)
{
    const gan_tape_entry *entry = gan_tape_at(tape, buffer);
    if (!entry->request || entry->request->n_rows == 0 || entry->n_uses != 1 || tape->rows) {
        return false;
    }
    *first = entry->request->first_row;
    *n = entry->request->n_rows;
    return true;
}

/* Marks every value between the requests and the seeds, and counts the uses of each. */
static void mark_wanted(gan_tape *tape)
{
    for (int i = tape->first_op; i < tape->end_op; i++) {
        const gan_op *op = &tape->program->ops[i];
        bool depends = false;
        for (int k = 0; k < GAN_OP_MAX_IN; k++) {
            if (op->in[k] >= 0) {
                gan_tape_entry *entry = gan_tape_at(tape, op->in[k]);
                entry->n_uses++;
                depends |= entry->wanted && gan_op_input_is_differentiable(op, k);
            }
        }
        for (int k = 0; depends && k < GAN_OP_MAX_OUT; k++) {
            if (op->out[k] >= 0) {
                gan_tape_at(tape, op->out[k])->wanted = true;
            }
        }
    }
}

static bool has_gradient(gan_tape *tape, const gan_op *op)
{
    for (int k = 0; k < GAN_OP_MAX_OUT; k++) {
        if (op->out[k] >= 0 && gan_tape_at(tape, op->out[k])->gradient >= 0) {
            return true;
        }
    }
    return false;
}

static bool has_wanted_input(gan_tape *tape, const gan_op *op)
{
    for (int k = 0; k < GAN_OP_MAX_IN; k++) {
        if (op->in[k] >= 0 && gan_op_input_is_differentiable(op, k) &&
            gan_tape_at(tape, op->in[k])->wanted) {
            return true;
        }
    }
    return false;
}

static gan_status walk_back(gan_tape *tape)
{
    for (int i = tape->end_op - 1; i >= tape->first_op; i--) {
        gan_op op = tape->program->ops[i]; /* a copy: rules append ops and move the array */
        if (has_gradient(tape, &op) && has_wanted_input(tape, &op)) {
            GAN_TRY(gan_tape_apply_rule(tape, &op));
        }
    }
    return GAN_OK;
}

/* Hands out what was asked for: the id, cut to the requested rows. */
static gan_status deliver(gan_tape *tape, gan_gradient_request *request)
{
    int id = gan_tape_at(tape, request->of)->gradient;
    const gan_buffer *value = &tape->program->buffers[request->of];
    if (id < 0) {
        return gan_fail(tape->err, GAN_E_FAILED, "no loss depends on %s", value->name);
    }
    if (request->n_rows && tape->program->buffers[id].dims[0] != request->n_rows) {
        GAN_TRY(gan_program_rows(tape->program, id, request->first_row, request->n_rows, &id,
                                 tape->err));
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
    GAN_TRY_DONE(extend(&tape));
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
