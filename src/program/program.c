/* program.c — making the list: buffers, windows of buffers, operations. */
#include "program/program.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "program/op_rules.h"
#include "program/shapes.h"

static const struct {
    const char *name;
    size_t size;
} dtypes[GAN_DTYPE_COUNT] = {
    [GAN_F32] = {"f32", 4}, [GAN_BF16] = {"bf16", 2}, [GAN_F16] = {"f16", 2}, [GAN_U8] = {"u8", 1},
    [GAN_I32] = {"i32", 4}, [GAN_I64] = {"i64", 8},   [GAN_F64] = {"f64", 8},
};

static const struct {
    const char *name;
    bool stored;
} classes[GAN_BUFFER_CLASS_COUNT] = {
#define CLASS_ROW(name, text, stored) [GAN_##name] = {text, stored},
    GAN_BUFFER_CLASS_LIST(CLASS_ROW)
#undef CLASS_ROW
};

static const gan_op_row op_rows[GAN_OP_COUNT] = {
#define GAN_OP(name, attr, n_in, n_out, summary, ...)                                              \
    [GAN_OP_##name] = {#name, summary, n_in, n_out, __VA_ARGS__},
#include "program/ops.def"
#undef GAN_OP
};

#define GAN_OP(name, attr, n_in, n_out, summary, ...)                                              \
    _Static_assert((n_in) <= GAN_ROW_OPERANDS && (n_out) <= GAN_ROW_OPERANDS, #name);
#include "program/ops.def"
#undef GAN_OP

size_t gan_dtype_size(gan_dtype type)
{
    return dtypes[type].size;
}

const char *gan_dtype_name(gan_dtype type)
{
    return dtypes[type].name;
}

const char *gan_buffer_class_name(gan_buffer_class cls)
{
    return classes[cls].name;
}

bool gan_buffer_class_stored(gan_buffer_class cls)
{
    return classes[cls].stored;
}

bool gan_buffer_class_gradient(gan_buffer_class cls)
{
    return cls == GAN_GRADIENT || cls == GAN_STORED_GRADIENT;
}

const gan_op_row *gan_op_describe(gan_op_kind kind)
{
    return &op_rows[kind];
}

gan_status gan_program_create(const char *name, gan_program **out, gan_error *err)
{
    *out = NULL;
    void *memory = NULL;
    GAN_TRY(gan_calloc(1, sizeof(gan_program), &memory, err));
    gan_program *program = memory;
    program->arena_bytes = -1;
    gan_status status = gan_strdup(name, &program->name, err);
    if (status != GAN_OK) {
        gan_program_destroy(program);
        return status;
    }
    *out = program;
    return GAN_OK;
}

void gan_op_clear(gan_op *op)
{
    free(op->label);
    free(op->in);
    if (op->kind == GAN_OP_stat_update) {
        free(op->attr.stat_update.segments);
    } else if (op->kind == GAN_OP_rates) {
        free(op->attr.rates.rows);
    }
    *op = (gan_op){0};
}

void gan_program_destroy(gan_program *program)
{
    if (!program) {
        return;
    }
    for (int i = 0; i < program->n_buffers; i++) {
        free(program->buffers[i].name);
    }
    for (int i = 0; i < program->n_ops; i++) {
        gan_op_clear(&program->ops[i]);
    }
    free(program->masks);
    free(program->buffers);
    free(program->ops);
    free(program->name);
    free(program);
}

int gan_program_find(const gan_program *program, const char *name)
{
    for (int i = 0; i < program->n_buffers; i++) {
        if (strcmp(program->buffers[i].name, name) == 0) {
            return i;
        }
    }
    return -1;
}

static int64_t count_of(const int64_t dims[4])
{
    int64_t count = 1;
    for (int i = 0; i < 4; i++) {
        if (dims[i] <= 0 || count > INT64_MAX / 16 / dims[i]) {
            return -1;
        }
        count *= dims[i];
    }
    return count;
}

static bool same_dims(const int64_t a[4], const int64_t b[4])
{
    return memcmp(a, b, 4 * sizeof a[0]) == 0;
}

/* Appends a buffer; the name must be free. */
static gan_status append_buffer(gan_program *program, const char *name, gan_buffer_class cls,
                                gan_dtype type, const int64_t dims[4], int *id, gan_error *err)
{
    int64_t count = count_of(dims);
    if (count < 0) {
        return gan_fail(err, GAN_E_FAILED, "buffer %s: impossible size %lld x %lld x %lld x %lld",
                        name, (long long)dims[0], (long long)dims[1], (long long)dims[2],
                        (long long)dims[3]);
    }
    int64_t own_dims[4]; /* dims may be another buffer's, and those move */
    memcpy(own_dims, dims, sizeof own_dims);
    void *array = program->buffers;
    gan_status status = gan_grow(&array, (size_t)program->n_buffers + 1, sizeof(gan_buffer),
                                 &program->buffer_capacity, err);
    program->buffers = array;
    GAN_TRY(status);
    gan_buffer *buffer = &program->buffers[program->n_buffers];
    GAN_TRY(gan_strdup(name, &buffer->name, err));
    buffer->type = type;
    buffer->cls = cls;
    memcpy(buffer->dims, own_dims, sizeof buffer->dims);
    buffer->net = -1;
    buffer->batch = false;
    buffer->count = count;
    buffer->base = program->n_buffers;
    buffer->offset = 0;
    buffer->first_op = buffer->last_op = -1;
    buffer->place = -1;
    *id = program->n_buffers++;
    return GAN_OK;
}

/* The name itself when it is free, else the first free "name#2", "name#3", ... */
static gan_status free_name(const gan_program *program, const char *name, char **out,
                            gan_error *err)
{
    GAN_TRY(gan_strdup(name, out, err));
    for (int n = 2; gan_program_find(program, *out) >= 0; n++) {
        free(*out);
        GAN_TRY(gan_format(out, err, "%s#%d", name, n));
    }
    return GAN_OK;
}

static gan_status add_buffer(gan_program *program, const char *name, gan_buffer_class cls,
                             gan_dtype type, const int64_t dims[4], bool batch, int *id,
                             gan_error *err)
{
    if (gan_buffer_class_stored(cls)) {
        *id = gan_program_find(program, name);
        if (*id >= 0) {
            const gan_buffer *old = &program->buffers[*id];
            if (old->cls != cls || old->type != type || old->batch != batch ||
                !same_dims(old->dims, dims)) {
                return gan_fail(err, GAN_E_FAILED, "buffer %s exists with another shape", name);
            }
            return GAN_OK;
        }
    }
    char *unique = NULL;
    GAN_TRY(free_name(program, name, &unique, err));
    gan_status status = append_buffer(program, unique, cls, type, dims, id, err);
    free(unique);
    GAN_TRY(status);
    program->buffers[*id].batch = batch;
    return GAN_OK;
}

gan_status gan_program_buffer(gan_program *program, const char *name, gan_buffer_class cls,
                              gan_dtype type, const int64_t dims[4], int *id, gan_error *err)
{
    return add_buffer(program, name, cls, type, dims, false, id, err);
}

gan_status gan_program_batch(gan_program *program, const char *name, gan_buffer_class cls,
                             gan_dtype type, const int64_t dims[4], int *id, gan_error *err)
{
    return add_buffer(program, name, cls, type, dims, true, id, err);
}

/* Whether a window is whole rows of a batch, as many as its dims[0] says. */
static bool is_rows(const gan_buffer *outer, int64_t offset, int64_t n, int64_t count)
{
    int64_t row = outer->count / outer->dims[0];
    return outer->batch && offset % row == 0 && count == n * row;
}

static int find_window(const gan_program *program, int base, int64_t offset, const int64_t dims[4])
{
    for (int i = 0; i < program->n_buffers; i++) {
        const gan_buffer *b = &program->buffers[i];
        if (b->base == base && b->offset == offset && same_dims(b->dims, dims)) {
            return i;
        }
    }
    return -1;
}

gan_status gan_program_window(gan_program *program, const char *name, int of, int64_t offset,
                              const int64_t dims[4], int *id, gan_error *err)
{
    gan_buffer outer = program->buffers[of]; /* a copy: the array may move */
    int64_t count = count_of(dims);
    if (count < 0 || offset < 0 || offset > outer.count - count) {
        return gan_fail(err, GAN_E_FAILED, "window %s does not fit into buffer %s", name,
                        outer.name);
    }
    int64_t start = outer.offset + offset;
    *id = find_window(program, outer.base, start, dims);
    if (*id >= 0) {
        return GAN_OK;
    }
    char *unique = NULL;
    GAN_TRY(free_name(program, name, &unique, err));
    gan_status status = append_buffer(program, unique, outer.cls, outer.type, dims, id, err);
    free(unique);
    GAN_TRY(status);
    program->buffers[*id].batch = is_rows(&outer, offset, dims[0], count);
    program->buffers[*id].base = outer.base;
    program->buffers[*id].offset = start;
    return GAN_OK;
}

void gan_program_belongs(gan_program *program, int id, int net)
{
    program->buffers[id].net = net;
}

gan_status gan_program_rows(gan_program *program, int of, int64_t first, int64_t n, int *id,
                            gan_error *err)
{
    const gan_buffer *b = &program->buffers[of];
    int64_t dims[4] = {n, b->dims[1], b->dims[2], b->dims[3]};
    int64_t row = b->count / b->dims[0];
    char *name = NULL;
    GAN_TRY(
        gan_format(&name, err, "%s[%lld:%lld]", b->name, (long long)first, (long long)(first + n)));
    gan_status status = gan_program_window(program, name, of, first * row, dims, id, err);
    free(name);
    return status;
}

gan_status gan_program_reshape(gan_program *program, int of, const int64_t dims[4], int *id,
                               gan_error *err)
{
    const gan_buffer *b = &program->buffers[of];
    if (count_of(dims) != b->count) {
        return gan_fail(err, GAN_E_FAILED, "buffer %s: reshape to another number of elements",
                        b->name);
    }
    char *name = NULL;
    GAN_TRY(gan_format(&name, err, "%s:%lldx%lldx%lldx%lld", b->name, (long long)dims[0],
                       (long long)dims[1], (long long)dims[2], (long long)dims[3]));
    gan_status status = gan_program_window(program, name, of, 0, dims, id, err);
    free(name);
    return status;
}

/* Whether a list of n operands fits a row that describes some. */
static bool fits_row(int n, int described, bool variadic)
{
    return n == described || (variadic && n > described);
}

static gan_status copy_operands(gan_op *op, int n_in, const int *in, int n_out, const int *out,
                                gan_error *err)
{
    void *ids = NULL;
    GAN_TRY(gan_calloc((size_t)n_in + (size_t)n_out, sizeof *op->in, &ids, err));
    op->n_in = n_in;
    op->n_out = n_out;
    op->in = ids;
    op->out = op->in + n_in;
    memcpy(op->in, in, (size_t)n_in * sizeof *in);
    memcpy(op->out, out, (size_t)n_out * sizeof *out);
    return GAN_OK;
}

gan_status gan_program_op_list(gan_program *program, gan_op_kind kind, const char *label, int n_in,
                               const int *in, int n_out, const int *out, const gan_attr *attr,
                               gan_error *err)
{
    const gan_op_row *row = &op_rows[kind];
    if (!fits_row(n_in, row->n_in, row->variadic_in) ||
        !fits_row(n_out, row->n_out, row->variadic_out)) {
        return gan_fail(err, GAN_E_FAILED, "op %s (%s): %d inputs and %d outputs do not fit it",
                        row->name, label, n_in, n_out);
    }
    void *array = program->ops;
    gan_status status =
        gan_grow(&array, (size_t)program->n_ops + 1, sizeof(gan_op), &program->op_capacity, err);
    program->ops = array;
    GAN_TRY(status);
    gan_op *op = &program->ops[program->n_ops];
    *op = (gan_op){.kind = kind};
    GAN_TRY_DONE(copy_operands(op, n_in, in, n_out, out, err));
    GAN_TRY_DONE(gan_strdup(label, &op->label, err));
    if (attr) {
        op->attr = *attr;
    }
    GAN_TRY_DONE(gan_op_check(program, op, err));
    program->n_ops++;
    return GAN_OK;
done:
    op->attr = (gan_attr){0}; /* what it owns stays the caller's */
    gan_op_clear(op);
    return status;
}

gan_status gan_program_op(gan_program *program, gan_op_kind kind, const char *label, const int *in,
                          const int *out, const gan_attr *attr, gan_error *err)
{
    const gan_op_row *row = &op_rows[kind];
    return gan_program_op_list(program, kind, label, row->n_in, in, row->n_out, out, attr, err);
}
