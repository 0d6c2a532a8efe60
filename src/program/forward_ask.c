/* forward_ask.c — what a network's forward ops say of it, and the moving statistics they leave. */
#include <stdlib.h>

#include "base/memory.h"
#include "program/forward.h"

/* The ops of a program that holds the forward pass alone are asked. */
gan_status gan_forward_find_mixing(const gan_stack *stack, char **label, gan_error *err)
{
    const int64_t in[4] = {1, stack->in.h, stack->in.w, stack->in.c};
    const int64_t counters[4] = {1, 1, 1, GAN_COUNTER_COUNT};
    gan_program *program = NULL;
    gan_side side = {0};
    gan_pass pass = {.training = true, .name = "", .batch_stat = -1};
    int x, y;
    gan_status status = GAN_OK;
    *label = NULL;
    GAN_TRY(gan_program_create("forward", &program, err));
    GAN_TRY_DONE(
        gan_side_declare(program, stack, gan_flat_names_of(stack->network), false, &side, err));
    GAN_TRY_DONE(gan_program_buffer(program, GAN_STORED_COUNTERS, GAN_CONTROL, GAN_I64, counters,
                                    &pass.counters, err));
    GAN_TRY_DONE(gan_program_batch(program, "x", GAN_INPUT, GAN_F32, in, &x, err));
    GAN_TRY_DONE(gan_forward_build(program, &side, &pass, x, -1, &y, err));
    for (int i = 0; i < program->n_ops && !*label && status == GAN_OK; i++) {
        if (gan_op_describe(program->ops[i].kind)->mixes_samples) {
            status = gan_strdup(program->ops[i].label, label, err);
        }
    }
done:
    gan_side_free(&side);
    gan_program_destroy(program);
    return status;
}

gan_status gan_forward_mixes_samples(const gan_stack *stack, bool *mixes, gan_error *err)
{
    char *label = NULL;
    GAN_TRY(gan_forward_find_mixing(stack, &label, err));
    *mixes = label != NULL;
    free(label);
    return GAN_OK;
}

static gan_stat_segment segment_of(const gan_param *stat, const gan_layer *layer, int64_t rows)
{
    const gan_batch_norm_attr *a = &layer->u.batch_norm;
    double n = (double)(rows * layer->out.h * layer->out.w);
    bool correct = stat->role == GAN_PARAM_MOVING_VARIANCE && a->unbiased_variance && n > 1;
    return (gan_stat_segment){stat->offset, stat->count, (float)a->momentum,
                              correct ? (float)(n / (n - 1)) : 1.0f};
}

gan_status gan_forward_move_statistics(gan_program *program, const gan_side *side,
                                       const gan_pass *pass, int64_t rows, int flag, gan_error *err)
{
    const gan_stack *stack = side->stack;
    if (pass->batch_stat < 0) {
        return GAN_OK;
    }
    void *memory = NULL;
    GAN_TRY(gan_calloc((size_t)stack->n_stats, sizeof(gan_stat_segment), &memory, err));
    gan_attr attr = {.stat_update = {.segments = memory, .n_segments = stack->n_stats}};
    for (int i = 0; i < stack->n_stats; i++) {
        const gan_param *stat = &stack->stats[i];
        attr.stat_update.segments[i] = segment_of(stat, &stack->layers[stat->layer], rows);
    }
    const int in[] = {pass->batch_stat, flag}, out[] = {side->stat};
    char *label = NULL;
    gan_status status = gan_format(&label, err, "%s stats", stack->name);
    if (status == GAN_OK) {
        status = gan_program_op(program, GAN_OP_stat_update, label, in, out, &attr, err);
    }
    free(label);
    if (status != GAN_OK) {
        free(memory);
    }
    return status;
}
