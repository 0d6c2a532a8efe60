/* print.c — a program as text. */
#include "program/print.h"

#include "base/say.h"
#include "base/text.h"
#include "program/cost.h"

/* Hands a line on and frees it. */
static void hand_on(gan_text *text, const gan_listener *listener)
{
    const bool whole = gan_text_check(text, NULL) == GAN_OK;
    gan_say(listener, "%s", whole ? text->data : "(no memory for this line)");
    gan_text_free(text);
}

/* "256x14x14x64", leading ones left out but for the last. */
static void put_shape(gan_text *text, const gan_buffer *b)
{
    bool started = false;
    for (int i = 0; i < 4; i++) {
        if (started || b->dims[i] != 1 || i == 3) {
            gan_text_add(text, "%s%lld", started ? "x" : "", (long long)b->dims[i]);
            started = true;
        }
    }
}

static void put_buffer(gan_text *text, const gan_program *program, int id)
{
    const gan_buffer *b = &program->buffers[id];
    const gan_buffer *base = &program->buffers[b->base];
    gan_text_add(text, " %s(", b->name);
    put_shape(text, b);
    if (b->type != GAN_F32) {
        gan_text_add(text, " %s", gan_dtype_name(b->type));
    }
    if (!gan_buffer_class_stored(b->cls)) {
        gan_text_add(text, " @%lld",
                     (long long)(base->place + b->offset * (int64_t)gan_dtype_size(b->type)));
    }
    gan_text_add(text, ")");
}

static void print_op(const gan_program *program, int index, const char *how,
                     const gan_listener *listener)
{
    const gan_op *op = &program->ops[index];
    gan_cost cost = gan_op_cost(program, op);
    gan_text text = {0};
    gan_text_add(&text, "%3d  %-22s %-22s %9.1f MFLOP %8.2f MB ", index,
                 gan_op_describe(op->kind)->name, op->label, cost.flops / 1e6,
                 (cost.bytes_read + cost.bytes_written) / 1e6);
    for (int k = 0; k < op->n_in; k++) {
        if (op->in[k] >= 0) {
            put_buffer(&text, program, op->in[k]);
        }
    }
    gan_text_add(&text, " ->");
    for (int k = 0; k < op->n_out; k++) {
        if (op->out[k] >= 0) {
            put_buffer(&text, program, op->out[k]);
        }
    }
    if (how && *how) {
        gan_text_add(&text, "  [%s]", how);
    }
    hand_on(&text, listener);
}

void gan_program_print(const gan_program *program, const char *(*how)(void *ctx, int op),
                       void *how_ctx, const gan_listener *listener)
{
    for (int i = 0; i < program->n_ops; i++) {
        print_op(program, i, how ? how(how_ctx, i) : NULL, listener);
    }
    gan_cost sum = gan_program_cost(program);
    int64_t memory[GAN_BUFFER_CLASS_COUNT], stored = 0;
    gan_program_memory(program, memory);
    for (int i = 0; i < GAN_BUFFER_CLASS_COUNT; i++) {
        stored += i == GAN_ACTIVATION ? 0 : memory[i];
    }
    gan_text text = {0};
    gan_text_add(
        &text, "%d operations, %.2f GFLOP, %.1f MB moved at least; arena %.1f MB, stored %.1f MB",
        gan_program_launches(program), sum.flops / 1e9, (sum.bytes_read + sum.bytes_written) / 1e6,
        (double)program->arena_bytes / 1e6, (double)stored / 1e6);
    hand_on(&text, listener);
}
