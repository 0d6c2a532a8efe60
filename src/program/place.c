/* place.c — lifetimes, in-place outputs, and offsets in one arena. */
#include "program/place.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* One stretch of the arena: a buffer, or several that are each other's in-place outputs. */
typedef struct block {
    int64_t bytes;
    int first, last; /* life, in op indices */
    int64_t offset;
    int owner; /* the buffer it stands for */
} block;

int64_t gan_buffer_bytes(const gan_buffer *buffer)
{
    return buffer->count * (int64_t)gan_dtype_size(buffer->type);
}

int64_t gan_program_start(const gan_program *program, int id)
{
    const gan_buffer *b = &program->buffers[id], *base = &program->buffers[b->base];
    return base->place < 0 ? -1 : base->place + b->offset * (int64_t)gan_dtype_size(b->type);
}

bool gan_program_overlap(const gan_program *program, int a, int b)
{
    const gan_buffer *one = &program->buffers[a], *other = &program->buffers[b];
    int64_t first = gan_program_start(program, a), second = gan_program_start(program, b);
    if (first < 0 || second < 0) { /* windows of one stored buffer count as one */
        return one->base == other->base;
    }
    return first < second + gan_buffer_bytes(other) && second < first + gan_buffer_bytes(one);
}

static void touch(gan_program *program, int id, int op)
{
    if (id < 0) {
        return;
    }
    gan_buffer *base = &program->buffers[program->buffers[id].base];
    if (base->first_op < 0) {
        base->first_op = op;
    }
    base->last_op = op;
}

static void find_lives(gan_program *program)
{
    for (int i = 0; i < program->n_buffers; i++) {
        program->buffers[i].first_op = program->buffers[i].last_op = -1;
        program->buffers[i].place = -1;
    }
    for (int i = 0; i < program->n_ops; i++) {
        const gan_op *op = &program->ops[i];
        for (int k = 0; k < op->n_in; k++) {
            touch(program, op->in[k], i);
        }
        for (int k = 0; k < op->n_out; k++) {
            touch(program, op->out[k], i);
        }
    }
    for (int i = 0; i < program->n_buffers; i++) {
        gan_buffer *b = &program->buffers[i];
        if (b->cls == GAN_GRADIENT && b->base == i && b->first_op >= 0) {
            b->first_op = 0; /* the gaps between its windows must stay zero from run to run */
            b->last_op = program->n_ops - 1;
        }
    }
}

static bool writes(const gan_program *program, const gan_op *op, int base)
{
    for (int k = 0; k < op->n_out; k++) {
        if (op->out[k] >= 0 && program->buffers[op->out[k]].base == base) {
            return true;
        }
    }
    return false;
}

bool gan_program_writes(const gan_program *program, int base)
{
    for (int i = 0; i < program->n_ops; i++) {
        if (writes(program, &program->ops[i], base)) {
            return true;
        }
    }
    return false;
}

static gan_status check_written_first(const gan_program *program, gan_error *err)
{
    for (int i = 0; i < program->n_buffers; i++) {
        const gan_buffer *b = &program->buffers[i];
        if (b->base != i || b->first_op < 0 || gan_buffer_class_stored(b->cls) ||
            b->cls == GAN_GRADIENT) {
            continue;
        }
        if (!writes(program, &program->ops[b->first_op], i)) {
            return gan_fail(err, GAN_E_FAILED, "op %d (%s) reads buffer %s before it is written",
                            b->first_op, program->ops[b->first_op].label, b->name);
        }
    }
    return GAN_OK;
}

/* The input whose place output 0 takes, if it dies there; -1 for none. */
static int in_place_input(const gan_op *op)
{
    const gan_op_row *row = gan_op_describe(op->kind);
    for (int k = 0; k < row->n_in; k++) {
        if (gan_set_has(row->in_place, k)) {
            return k;
        }
    }
    return -1;
}

/* True if the buffer of that id covers its whole unstored base. */
static bool is_whole(const gan_program *program, int id)
{
    const gan_buffer *b = &program->buffers[id];
    return !gan_buffer_class_stored(b->cls) && b->count == program->buffers[b->base].count;
}

static int count_uses(const gan_program *program, const gan_op *op, int base)
{
    int uses = 0;
    for (int k = 0; k < op->n_in; k++) {
        uses += op->in[k] >= 0 && program->buffers[op->in[k]].base == base;
    }
    return uses;
}

/* Makes output 0 of each op that can work in place a part of its dying input's block.
 * group[base] is the buffer that stands for base's block. */
static void join_in_place(const gan_program *program, block *blocks, int *group)
{
    for (int i = 0; i < program->n_ops; i++) {
        const gan_op *op = &program->ops[i];
        int k = in_place_input(op);
        if (k < 0 || op->in[k] < 0 || op->out[0] < 0) {
            continue;
        }
        int from = program->buffers[op->in[k]].base, to = program->buffers[op->out[0]].base;
        /* In place means the very same bytes: whole buffers, and the input read by no other
         * operand. */
        if (from == to || !is_whole(program, op->in[k]) || !is_whole(program, op->out[0]) ||
            count_uses(program, op, from) != 1) {
            continue;
        }
        /* The block must die here as a whole: others may have joined it before, and live longer. */
        const gan_buffer *source = &program->buffers[from], *target = &program->buffers[to];
        block *joint = &blocks[group[from]];
        if (source->last_op == i && target->first_op == i && joint->last == i &&
            gan_buffer_bytes(source) == gan_buffer_bytes(target)) {
            group[to] = group[from];
            joint->last = target->last_op;
        }
    }
}

static int by_size(const void *a, const void *b)
{
    const block *x = a, *y = b;
    if (x->bytes != y->bytes) {
        return x->bytes < y->bytes ? 1 : -1;
    }
    return x->owner < y->owner ? -1 : x->owner > y->owner;
}

static int by_offset(const void *a, const void *b)
{
    const block *x = *(block *const *)a, *y = *(block *const *)b;
    return x->offset < y->offset ? -1 : x->offset > y->offset;
}

/* The lowest offset at which block b meets none of the n blocks placed before it that live when it
 * does. neighbours is room for n pointers. */
static int64_t lowest_fit(const block *b, block *placed, int n, block **neighbours)
{
    int count = 0;
    for (int i = 0; i < n; i++) {
        if (placed[i].first <= b->last && b->first <= placed[i].last) {
            neighbours[count++] = &placed[i];
        }
    }
    qsort(neighbours, (size_t)count, sizeof *neighbours, by_offset);
    int64_t offset = 0;
    for (int i = 0; i < count; i++) {
        if (neighbours[i]->offset >= offset + b->bytes) {
            break;
        }
        int64_t end = neighbours[i]->offset + neighbours[i]->bytes;
        offset = end > offset ? end : offset;
    }
    return offset;
}

/* Sorts the blocks by size and gives each its offset; returns the arena's size. */
static int64_t pack(block *blocks, int n, bool share, block **neighbours)
{
    int64_t end = 0;
    qsort(blocks, (size_t)n, sizeof *blocks, by_size);
    for (int i = 0; i < n; i++) {
        blocks[i].offset = share ? lowest_fit(&blocks[i], blocks, i, neighbours) : end;
        int64_t block_end = blocks[i].offset + blocks[i].bytes;
        end = block_end > end ? block_end : end;
    }
    return end;
}

/* blocks[i] stands for buffer i while groups form; then the used ones move to the front. */
static int make_blocks(const gan_program *program, bool share, block *blocks, int *group)
{
    int n = program->n_buffers;
    for (int i = 0; i < n; i++) {
        const gan_buffer *b = &program->buffers[i];
        int64_t bytes = (gan_buffer_bytes(b) + GAN_PLACE_ALIGNMENT - 1) / GAN_PLACE_ALIGNMENT *
                        GAN_PLACE_ALIGNMENT;
        blocks[i] = (block){bytes, b->first_op, b->last_op, -1, i};
        group[i] = i;
    }
    if (share) {
        join_in_place(program, blocks, group);
    }
    int used = 0;
    for (int i = 0; i < n; i++) {
        const gan_buffer *b = &program->buffers[i];
        if (b->base == i && group[i] == i && b->first_op >= 0 && !gan_buffer_class_stored(b->cls)) {
            blocks[used++] = blocks[i];
        }
    }
    return used;
}

gan_status gan_program_place(gan_program *program, bool share, gan_error *err)
{
    size_t n = (size_t)program->n_buffers;
    void *blocks = NULL, *group = NULL, *neighbours = NULL;
    gan_status status = GAN_OK;
    find_lives(program);
    GAN_TRY_DONE(check_written_first(program, err));
    GAN_TRY_DONE(gan_calloc(n, sizeof(block), &blocks, err));
    GAN_TRY_DONE(gan_calloc(n, sizeof(int), &group, err));
    GAN_TRY_DONE(gan_calloc(n, sizeof(block *), &neighbours, err));
    int used = make_blocks(program, share, blocks, group);
    program->arena_bytes = pack(blocks, used, share, neighbours);
    for (int i = 0; i < used; i++) {
        const block *b = &((block *)blocks)[i];
        program->buffers[b->owner].place = b->offset;
    }
    for (int i = 0; i < program->n_buffers; i++) {
        gan_buffer *b = &program->buffers[i];
        if (b->base == i && b->first_op >= 0 && !gan_buffer_class_stored(b->cls)) {
            b->place = program->buffers[((int *)group)[i]].place;
        }
    }
done:
    free(blocks);
    free(group);
    free(neighbours);
    return status;
}
