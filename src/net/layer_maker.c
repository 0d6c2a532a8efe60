/* layer_maker.c — what several kinds of layers have in common: their parameters' places, and
 * demands on their input. */
#include "net/layer_maker.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/memory.h"

enum { OFFSET_STEP = 4 }; /* floats: every parameter starts on 16 bytes */

typedef struct role_row {
    const char *name;
    bool is_stat;
} role_row;

static const role_row role_rows[] = {
    [GAN_PARAM_KERNEL] = {"kernel", false},
    [GAN_PARAM_BIAS] = {"bias", false},
    [GAN_PARAM_GAMMA] = {"gamma", false},
    [GAN_PARAM_BETA] = {"beta", false},
    [GAN_PARAM_MOVING_MEAN] = {"moving_mean", true},
    [GAN_PARAM_MOVING_VARIANCE] = {"moving_variance", true},
};

static gan_status fail_too_many(const gan_stack *stack, const gan_param *param, gan_error *err)
{
    char sizes[96] = "";
    size_t used = 0;
    for (int i = 0; i < param->rank; i++) {
        used += (size_t)snprintf(sizes + used, sizeof sizes - used, "%s%" PRId64, i ? " x " : "",
                                 param->dims[i]);
    }
    return gan_fail(err, GAN_E_DATA,
                    "its %s of %s takes the %s past %" PRId64 " parameters, the most that one "
                    "network may have: use fewer units or channels, or a smaller kernel",
                    role_rows[param->role].name, sizes, gan_stack_name(stack), GAN_NET_MAX_COUNT);
}

gan_status gan_layer_add_param(gan_stack_builder *b, gan_param param, int *index, gan_error *err)
{
    gan_stack *stack = b->stack;
    const role_row *row = &role_rows[param.role];
    gan_param **list = row->is_stat ? &stack->stats : &stack->params;
    size_t *capacity = row->is_stat ? &b->stat_capacity : &b->param_capacity;
    int *n = row->is_stat ? &stack->n_stats : &stack->n_params;
    int64_t *floats = row->is_stat ? &stack->stat_floats : &stack->param_floats;
    param.layer = stack->n_layers - 1;
    param.count = gan_sizes_multiply(param.dims, 4);
    param.offset = *floats;
    if (param.count < 0 || param.offset + param.count > GAN_NET_MAX_COUNT - OFFSET_STEP) {
        return fail_too_many(stack, &param, err);
    }
    GAN_TRY(gan_grow((void **)list, (size_t)*n + 1, sizeof **list, capacity, err));
    GAN_TRY(gan_format(&param.name, err, "%s.%s.%s", stack->name, stack->layers[param.layer].name,
                       row->name));
    (*list)[*n] = param;
    *index = (*n)++;
    *floats = (param.offset + param.count + OFFSET_STEP - 1) / OFFSET_STEP * OFFSET_STEP;
    return GAN_OK;
}

gan_status gan_layer_refuse_vector(const gan_stack_builder *b, const gan_layer *layer,
                                   gan_error *err)
{
    if (b->at.flat) {
        return gan_fail(err, GAN_E_DATA,
                        "its input is a vector of %" PRId64
                        ", and %s takes a map: add reshape: [height, width, channels] before it",
                        layer->in.c, gan_layer_kind_name(layer->kind));
    }
    return GAN_OK;
}
