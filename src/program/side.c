/* side.c — a network's buffers in a program: three flat ones, and a window for each named tensor.
 *
 * A network's parameters are one buffer, its statistics and its gradient too, so that Adam, the
 * norm and the average are one pass over each, and a checkpoint is a few tensors. What a layer
 * reads and writes are windows of them, at the places that the stack gave the tensors. */
#include "program/forward.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

static gan_status declare_windows(gan_program *program, const gan_param *params, int n, int flat,
                                  const char *prefix, int **ids, gan_error *err)
{
    void *memory = NULL;
    GAN_TRY(gan_calloc((size_t)n, sizeof(int), &memory, err));
    *ids = memory;
    for (int i = 0; i < n; i++) {
        const gan_param *p = &params[i];
        int64_t dims[4] = {1, 1, 1, p->count};
        if (p->rank == 4) {
            memcpy(dims, p->dims, sizeof dims);
        } else if (p->rank == 2) {
            dims[0] = p->dims[0];
            dims[3] = p->dims[1];
        }
        char *name = NULL;
        GAN_TRY(gan_format(&name, err, "%s%s", prefix, p->name));
        gan_status status =
            gan_program_window(program, name, flat, p->offset, dims, &(*ids)[i], err);
        free(name);
        GAN_TRY(status);
    }
    return GAN_OK;
}

static gan_status declare_flat(gan_program *program, const gan_stack *stack, const char *name,
                               gan_buffer_class cls, int64_t floats, int *id, gan_error *err)
{
    const int64_t dims[4] = {1, 1, 1, floats};
    GAN_TRY(gan_program_buffer(program, name, cls, GAN_F32, dims, id, err));
    gan_program_belongs(program, *id, stack->index);
    return GAN_OK;
}

gan_status gan_side_declare(gan_program *program, const gan_stack *stack,
                            const gan_flat_names *names, bool trained, gan_side *side,
                            gan_error *err)
{
    *side = (gan_side){.stack = stack, .param = -1, .stat = -1, .gradient = -1};
    gan_status status = GAN_OK;
    if (stack->param_floats > 0) {
        GAN_TRY_DONE(declare_flat(program, stack, names->param, GAN_PARAM, stack->param_floats,
                                  &side->param, err));
    }
    GAN_TRY_DONE(declare_windows(program, stack->params, stack->n_params, side->param,
                                 names->windows, &side->params, err));
    if (stack->stat_floats > 0) {
        GAN_TRY_DONE(declare_flat(program, stack, names->stat, GAN_STAT, stack->stat_floats,
                                  &side->stat, err));
    }
    GAN_TRY_DONE(declare_windows(program, stack->stats, stack->n_stats, side->stat, names->windows,
                                 &side->stats, err));
    if (trained && stack->param_floats > 0) {
        GAN_TRY_DONE(declare_flat(program, stack, names->gradient,
                                  program->stores_gradients ? GAN_STORED_GRADIENT : GAN_GRADIENT,
                                  stack->param_floats, &side->gradient, err));
        GAN_TRY_DONE(declare_windows(program, stack->params, stack->n_params, side->gradient,
                                     "grad/", &side->gradients, err));
    }
done:
    if (status != GAN_OK) {
        gan_side_free(side);
    }
    return status;
}

void gan_side_free(gan_side *side)
{
    free(side->params);
    free(side->gradients);
    free(side->stats);
    side->params = side->gradients = side->stats = NULL;
}
