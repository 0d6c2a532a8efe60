/* tape.c — which buffer holds the gradient of which value, while a pass walks backwards.
 *
 * A value may be used several times: each use gives a part of its gradient, and the parts are added
 * as they come. The first part is written where the gradient was asked for; a later one into a
 * buffer of its own that an `add` joins. */
#include "program/tape.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

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

gan_status gan_tape_extend(gan_tape *tape)
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

bool gan_tape_is_batch(const gan_tape *tape, int buffer)
{
    const gan_buffer *b = &tape->program->buffers[buffer];
    return b->batch && b->dims[0] == tape->batch;
}

gan_status gan_tape_value(gan_tape *tape, int buffer, int *id)
{
    *id = buffer;
    if (buffer < 0 || tape->rows == 0 || !gan_tape_is_batch(tape, buffer)) {
        return GAN_OK;
    }
    GAN_TRY(gan_program_rows(tape->program, buffer, tape->rows_first, tape->rows, id, tape->err));
    return gan_tape_extend(tape);
}

gan_status gan_tape_gradient(gan_tape *tape, int buffer, int *id)
{
    *id = gan_tape_at(tape, buffer)->gradient;
    if (*id < 0) {
        return GAN_OK;
    }
    int64_t dims[4];
    memcpy(dims, tape->program->buffers[buffer].dims, sizeof dims);
    if (tape->rows && gan_tape_is_batch(tape, buffer)) {
        dims[0] = tape->rows;
    }
    GAN_TRY(gan_program_reshape(tape->program, *id, dims, id, tape->err));
    return gan_tape_extend(tape);
}

gan_status gan_tape_target(gan_tape *tape, int buffer, int64_t rows, int *id)
{
    const gan_tape_entry *entry = gan_tape_at(tape, buffer);
    const gan_buffer *value = &tape->program->buffers[buffer];
    int64_t dims[4];
    memcpy(dims, value->dims, sizeof dims);
    if (rows) {
        dims[0] = rows;
    } else if (tape->rows && gan_tape_is_batch(tape, buffer)) {
        dims[0] = tape->rows;
    }
    const gan_gradient_request *request = entry->request;
    if (request && request->into >= 0 && entry->gradient < 0 && !request->accumulate) {
        GAN_TRY(gan_program_reshape(tape->program, request->into, dims, id, tape->err));
        return gan_tape_extend(tape);
    }
    char *name = NULL;
    GAN_TRY(gan_format(&name, tape->err, "d(%s)", value->name));
    gan_status status = (value->batch ? gan_program_batch : gan_program_buffer)(
        tape->program, name, GAN_ACTIVATION, value->type, dims, id, tape->err);
    free(name);
    GAN_TRY(status);
    return gan_tape_extend(tape);
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
        GAN_TRY((program->buffers[id].batch ? gan_program_batch : gan_program_buffer)(
            tape->program, "sum of gradients", GAN_ACTIVATION, program->buffers[id].type, dims,
            &sum, tape->err));
    }
    GAN_TRY(gan_tape_extend(tape));
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

bool gan_op_input_is_differentiable(const gan_op *op, int k)
{
    return gan_set_has(gan_op_describe(op->kind)->differentiable, k);
}
