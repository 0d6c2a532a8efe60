/* print.c — a program as text. */
#include "program/print.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "program/cost.h"

typedef struct printer {
    char text[2048];
    size_t used;
} printer;

static void put(printer *p, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void put(printer *p, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(p->text + p->used, sizeof p->text - p->used, format, args);
    va_end(args);
    if (n > 0) {
        p->used += (size_t)n;
        p->used = p->used < sizeof p->text ? p->used : sizeof p->text - 1;
    }
}

/* "256x14x14x64", leading ones left out but for the last. */
static void put_shape(printer *p, const gan_buffer *b)
{
    bool started = false;
    for (int i = 0; i < 4; i++) {
        if (started || b->dims[i] != 1 || i == 3) {
            put(p, "%s%lld", started ? "x" : "", (long long)b->dims[i]);
            started = true;
        }
    }
}

static void put_buffer(printer *p, const gan_program *program, int id)
{
    const gan_buffer *b = &program->buffers[id];
    const gan_buffer *base = &program->buffers[b->base];
    put(p, " %s(", b->name);
    put_shape(p, b);
    if (b->type != GAN_F32) {
        put(p, " %s", gan_dtype_name(b->type));
    }
    if (!gan_buffer_class_stored(b->cls)) {
        put(p, " @%lld", (long long)(base->place + b->offset * (int64_t)gan_dtype_size(b->type)));
    }
    put(p, ")");
}

static void print_op(const gan_program *program, int index, const char *how,
                     void (*line)(void *ctx, const char *text), void *ctx)
{
    const gan_op *op = &program->ops[index];
    gan_cost cost = gan_op_cost(program, op);
    printer p = {.used = 0};
    put(&p, "%3d  %-22s %-22s %9.1f MFLOP %8.2f MB ", index, gan_op_describe(op->kind)->name,
        op->label, cost.flops / 1e6, (cost.bytes_read + cost.bytes_written) / 1e6);
    for (int k = 0; k < GAN_OP_MAX_IN; k++) {
        if (op->in[k] >= 0) {
            put_buffer(&p, program, op->in[k]);
        }
    }
    put(&p, " ->");
    for (int k = 0; k < GAN_OP_MAX_OUT; k++) {
        if (op->out[k] >= 0) {
            put_buffer(&p, program, op->out[k]);
        }
    }
    if (how && *how) {
        put(&p, "  [%s]", how);
    }
    line(ctx, p.text);
}

void gan_program_print(const gan_program *program, const char *(*how)(void *ctx, int op),
                       void *how_ctx, void (*line)(void *ctx, const char *text), void *ctx)
{
    for (int i = 0; i < program->n_ops; i++) {
        print_op(program, i, how ? how(how_ctx, i) : NULL, line, ctx);
    }
    gan_cost sum = gan_program_cost(program);
    int64_t memory[GAN_BUFFER_CLASS_COUNT], stored = 0;
    gan_program_memory(program, memory);
    for (int i = 0; i < GAN_BUFFER_CLASS_COUNT; i++) {
        stored += i == GAN_ACTIVATION ? 0 : memory[i];
    }
    printer p = {.used = 0};
    put(&p, "%d operations, %.2f GFLOP, %.1f MB moved at least; arena %.1f MB, stored %.1f MB",
        gan_program_launches(program), sum.flops / 1e9, (sum.bytes_read + sum.bytes_written) / 1e6,
        (double)program->arena_bytes / 1e6, (double)stored / 1e6);
    line(ctx, p.text);
}
