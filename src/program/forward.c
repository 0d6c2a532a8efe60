/* forward.c — the forward ops of one network: layer by layer (forward_layers.c), then fused. */
#include "program/forward.h"

#include <stdlib.h>

#include "base/memory.h"
#include "program/forward_layers.h"
#include "program/fuse.h"

/* The layer whose op gives the output: the last one, or what it reads through changes of dims. */
static int last_layer_with_op(const gan_stack *stack)
{
    int last = stack->n_layers - 1;
    while (stack->layers[last].from[0] != GAN_NET_INPUT &&
           (stack->layers[last].kind == GAN_LAYER_reshape ||
            stack->layers[last].kind == GAN_LAYER_flatten)) {
        last = stack->layers[last].from[0];
    }
    return last;
}

static gan_status append_layers(gan_forward *f)
{
    const gan_stack *stack = f->side->stack;
    for (int i = 0; i < stack->n_layers; i++) {
        const gan_status status = gan_forward_layer(f, i);
        if (status != GAN_OK) {
            return gan_fail_in(f->err, status, "layer %s.%s", stack->name, stack->layers[i].name);
        }
        f->outputs[i] = f->x;
    }
    return GAN_OK;
}

/* Each tap's layer copied into its buffer: its result has a reader then, and nothing is merged into
 * the op that gives it. */
static gan_status append_taps(const gan_forward *f)
{
    for (int i = 0; i < f->pass->n_taps; i++) {
        const gan_tap *tap = &f->pass->taps[i];
        const int in[] = {f->outputs[tap->layer], -1};
        const gan_attr attr = {.window_sum = {0, 0}};
        GAN_TRY(gan_program_op(f->program, GAN_OP_window_sum, tap->name, in, &tap->into, &attr,
                               f->err));
    }
    return GAN_OK;
}

gan_status gan_forward_build(gan_program *program, const gan_side *side, gan_pass *pass, int x,
                             int into, int *y, gan_error *err)
{
    const gan_stack *stack = side->stack;
    gan_forward f = {
        .program = program, .side = side, .pass = pass, .input = x, .into = into, .err = err};
    void *outputs = NULL;
    f.rows = program->buffers[x].count / (stack->in.h * stack->in.w * stack->in.c);
    f.last = last_layer_with_op(stack);
    pass->first_op = program->n_ops;
    pass->batch_stat = -1;
    if (pass->training && stack->stat_floats > 0) {
        const int64_t dims[4] = {1, 1, 1, stack->stat_floats};
        GAN_TRY(gan_program_buffer(program, "batch statistics", GAN_ACTIVATION, GAN_F32, dims,
                                   &pass->batch_stat, err));
    }
    GAN_TRY(gan_calloc((size_t)stack->n_layers, sizeof(int), &outputs, err));
    f.outputs = outputs;
    gan_status status = append_layers(&f);
    if (status == GAN_OK) {
        status = append_taps(&f);
    }
    free(outputs);
    GAN_TRY(status);
    gan_program_fuse(program, pass->first_op);
    GAN_TRY(gan_program_join_upsampling(program, pass->first_op, err));
    pass->end_op = program->n_ops;
    const int64_t dims[4] = {f.rows, stack->out.h, stack->out.w, stack->out.c};
    return gan_program_reshape(program, f.x, dims, y, err);
}
