/* state.c — the tensors of a training state, by the names that checkpoints give them. */
#include <stdlib.h>

#include "base/memory.h"
#include "session/session.h"

static gan_status append(gan_state_list *list, const char *prefix, const gan_param *param,
                         const char *buffer, gan_error *err)
{
    void *tensors = list->tensors;
    gan_status status =
        gan_grow(&tensors, list->n + 1, sizeof *list->tensors, &list->capacity, err);
    list->tensors = tensors;
    GAN_TRY(status);
    gan_state_tensor *t = &list->tensors[list->n];
    GAN_TRY(gan_format(&t->name, err, "%s%s", prefix, param->name));
    t->buffer = buffer;
    t->offset = param->offset;
    t->param = param;
    list->n++;
    return GAN_OK;
}

static gan_status append_all(gan_state_list *list, const char *prefix, const gan_param *params,
                             int n, const char *buffer, gan_error *err)
{
    for (int i = 0; i < n; i++) {
        GAN_TRY(append(list, prefix, &params[i], buffer, err));
    }
    return GAN_OK;
}

/* A network's parameters and statistics, its own or their average. */
static gan_status append_values(gan_state_list *list, const gan_stack *stack,
                                const gan_flat_names *names, gan_error *err)
{
    const char *prefix = names->windows;
    GAN_TRY(append_all(list, prefix, stack->params, stack->n_params, names->param, err));
    return append_all(list, prefix, stack->stats, stack->n_stats, names->stat, err);
}

static gan_status append_side(gan_state_list *list, const gan_stack *stack, bool moments,
                              gan_error *err)
{
    const gan_flat_names *names = gan_flat_names_of(stack->network);
    GAN_TRY(append_values(list, stack, names, err));
    if (moments) {
        GAN_TRY(append_all(list, "adam_m/", stack->params, stack->n_params, names->m, err));
        GAN_TRY(append_all(list, "adam_v/", stack->params, stack->n_params, names->v, err));
    }
    return GAN_OK;
}

gan_status gan_state_list_make_values(const gan_stack *stack, bool averaged, gan_state_list *list,
                                      gan_error *err)
{
    *list = (gan_state_list){0};
    const gan_status status = append_values(
        list, stack, averaged ? &gan_average_names : gan_flat_names_of(stack->network), err);
    if (status != GAN_OK) {
        gan_state_list_free(list);
    }
    return status;
}

gan_status gan_state_list_make(const gan_net *net, bool moments, bool ema, gan_state_list *list,
                               gan_error *err)
{
    gan_status status = GAN_OK;
    *list = (gan_state_list){0};
    for (int i = 0; i < net->n_stacks; i++) {
        const gan_stack *stack = &net->stacks[i];
        GAN_TRY_DONE(append_side(list, stack, moments, err));
        if (ema && stack == gan_net_averaged(net)) {
            GAN_TRY_DONE(append_values(list, stack, &gan_average_names, err));
        }
    }
done:
    if (status != GAN_OK) {
        gan_state_list_free(list);
    }
    return status;
}

void gan_state_list_free(gan_state_list *list)
{
    for (size_t i = 0; i < list->n; i++) {
        free(list->tensors[i].name);
    }
    free(list->tensors);
    *list = (gan_state_list){0};
}
