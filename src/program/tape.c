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

/* The dims of a value's gradient in this pass. */
static void gradient_dims(const gan_tape *tape, int buffer, int64_t dims[4])
{
    memcpy(dims, tape->program->buffers[buffer].dims, 4 * sizeof dims[0]);
    if (tape->rows && gan_tape_is_batch(tape, buffer)) {
        dims[0] = tape->rows;
    }
}

gan_status gan_tape_gradient(gan_tape *tape, int buffer, int *id)
{
    *id = gan_tape_at(tape, buffer)->gradient;
    if (*id < 0) {
        return GAN_OK;
    }
    int64_t dims[4];
    gradient_dims(tape, buffer, dims);
    GAN_TRY(gan_program_reshape(tape->program, *id, dims, id, tape->err));
    return gan_tape_extend(tape);
}

/* The elements of its base that a value's gradient is of: [first, first + n). In a pass over some
 * rows of the batch that is those rows of it. */
typedef struct extent {
    int base;
    int64_t first, n;
} extent;

static extent extent_of(const gan_tape *tape, int buffer)
{
    const gan_buffer *b = &tape->program->buffers[buffer];
    extent e = {b->base, b->offset, b->count};
    if (tape->rows && gan_tape_is_batch(tape, buffer)) {
        int64_t row = b->count / b->dims[0];
        e.first += tape->rows_first * row;
        e.n = tape->rows * row;
    }
    return e;
}

static bool holds(extent outer, extent inner)
{
    return outer.base == inner.base && outer.first <= inner.first &&
           inner.first + inner.n <= outer.first + outer.n;
}

static bool overlap(extent a, extent b)
{
    return a.base == b.base && a.first < b.first + b.n && b.first < a.first + a.n;
}

bool gan_tape_is_wanted(gan_tape *tape, int buffer)
{
    const extent e = extent_of(tape, buffer);
    for (int i = 0; i < tape->program->n_buffers; i++) {
        if (tape->entries[i].wanted && overlap(e, extent_of(tape, i))) {
            return true;
        }
    }
    return false;
}

/* Whether another part of a value's gradient may be added to it where it lies: in the buffer that
 * was asked for. Elsewhere the sum is a buffer of its own, or the parts and their sum would be one
 * value to a pass that differentiates this one again; place.c lets them share memory all the same.
 */
static bool adds_in_place(const gan_tape_entry *entry, const gan_program *program, int gradient)
{
    return !entry->shared && entry->request && entry->request->into >= 0 &&
           program->buffers[gradient].base == program->buffers[entry->request->into].base;
}

/* Adds `part` to elements [first, ...) of a gradient that nothing else uses, where it lies. */
static gan_status add_in_place(gan_tape *tape, int gradient, int part, int64_t first)
{
    int64_t dims[4];
    int window;
    memcpy(dims, tape->program->buffers[part].dims, sizeof dims);
    GAN_TRY(gan_program_window(tape->program, "part of a gradient", gradient, first, dims, &window,
                               tape->err));
    GAN_TRY(gan_tape_extend(tape));
    const int in[] = {window, part};
    return gan_program_op(tape->program, GAN_OP_add, "sum of gradients", in, &window, NULL,
                          tape->err);
}

/* `other` is a window of the value, or all of it under another name. */
static gan_status collect_inner(gan_tape *tape, int buffer, int other, extent of, extent inner)
{
    gan_tape_entry *entry = gan_tape_at(tape, buffer);
    int part = tape->entries[other].gradient, known = entry->gradient, sum;
    const int64_t first = inner.first - of.first;
    if (inner.n == of.n) {
        return gan_tape_put(tape, buffer, part, true);
    }
    if (known < 0 && entry->request && entry->request->accumulate) {
        known = entry->request->into;
    }
    if (known >= 0 && adds_in_place(entry, tape->program, known)) {
        entry->gradient = known;
        return add_in_place(tape, known, part, first);
    }
    GAN_TRY(gan_tape_target(tape, buffer, 0, &sum));
    const gan_attr attr = {.window_sum = {first, 0}};
    const int in[] = {part, known};
    GAN_TRY(gan_program_op(tape->program, GAN_OP_window_sum, "sum of gradients", in, &sum, &attr,
                           tape->err));
    entry = gan_tape_at(tape, buffer);
    entry->gradient = sum;
    entry->shared = false;
    return GAN_OK;
}

/* The value is a window of `other`. */
static gan_status collect_outer(gan_tape *tape, int buffer, int other, extent of, extent outer)
{
    int64_t dims[4];
    int part;
    gradient_dims(tape, buffer, dims);
    GAN_TRY(gan_program_window(tape->program, "part of a gradient", tape->entries[other].gradient,
                               of.first - outer.first, dims, &part, tape->err));
    GAN_TRY(gan_tape_extend(tape));
    return gan_tape_put(tape, buffer, part, true);
}

gan_status gan_tape_collect(gan_tape *tape, int buffer)
{
    const extent of = extent_of(tape, buffer);
    const int self = first_name(tape->program, buffer), n_buffers = tape->program->n_buffers;
    if (tape->entries[self].whole) {
        return GAN_OK;
    }
    tape->entries[self].whole = true;
    for (int i = 0; i < n_buffers; i++) {
        const extent other = extent_of(tape, i);
        if (i == self || tape->entries[i].gradient < 0 || !overlap(of, other)) {
            continue;
        }
        if (holds(of, other)) {
            GAN_TRY(collect_inner(tape, buffer, i, of, other));
        } else if (holds(other, of)) {
            GAN_TRY(collect_outer(tape, buffer, i, of, other));
        } else {
            return gan_fail(tape->err, GAN_E_UNSUPPORTED,
                            "the gradients of %s and %s overlap, and neither holds the other",
                            tape->program->buffers[buffer].name, tape->program->buffers[i].name);
        }
    }
    return GAN_OK;
}

/* A new buffer for a gradient of the value, or for a part of one. */
static gan_status make_room(gan_tape *tape, int buffer, const int64_t dims[4], int *id)
{
    const gan_buffer *value = &tape->program->buffers[buffer];
    char *name = NULL;
    GAN_TRY(gan_format(&name, tape->err, "d(%s)", value->name));
    gan_status status = (value->batch ? gan_program_batch : gan_program_buffer)(
        tape->program, name, GAN_ACTIVATION, value->type, dims, id, tape->err);
    free(name);
    GAN_TRY(status);
    return gan_tape_extend(tape);
}

gan_status gan_tape_room(gan_tape *tape, int buffer, int *id)
{
    int64_t dims[4];
    gradient_dims(tape, buffer, dims);
    return make_room(tape, buffer, dims, id);
}

gan_status gan_tape_target(gan_tape *tape, int buffer, int64_t rows, int *id)
{
    const gan_tape_entry *entry = gan_tape_at(tape, buffer);
    int64_t dims[4];
    gradient_dims(tape, buffer, dims);
    dims[0] = rows ? rows : dims[0];
    const gan_gradient_request *request = entry->request;
    if (request && request->into >= 0 && entry->gradient < 0 && !request->accumulate) {
        GAN_TRY(gan_program_reshape(tape->program, request->into, dims, id, tape->err));
        return gan_tape_extend(tape);
    }
    return make_room(tape, buffer, dims, id);
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
    if (!adds_in_place(entry, program, earlier)) {
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
    const gan_op_row *row = gan_op_describe(op->kind);
    return gan_set_has_of(row->differentiable, row->n_in, k);
}
