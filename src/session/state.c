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

static gan_status append_side(gan_state_list *list, const gan_stack *stack, bool moments,
                              gan_error *err)
{
    bool g = stack->side == 'g';
    GAN_TRY(append_all(list, "", stack->params, stack->n_params, g ? "g.param" : "d.param", err));
    GAN_TRY(append_all(list, "", stack->stats, stack->n_stats, g ? "g.stat" : "d.stat", err));
    if (moments) {
        GAN_TRY(
            append_all(list, "adam_m/", stack->params, stack->n_params, g ? "g.m" : "d.m", err));
        GAN_TRY(
            append_all(list, "adam_v/", stack->params, stack->n_params, g ? "g.v" : "d.v", err));
    }
    return GAN_OK;
}

gan_status gan_state_list_make_generator(const gan_net *net, bool averaged, gan_state_list *list,
                                         gan_error *err)
{
    const gan_stack *g = &net->generator;
    const char *prefix = averaged ? "ema/" : "";
    gan_status status = GAN_OK;
    *list = (gan_state_list){0};
    GAN_TRY_DONE(
        append_all(list, prefix, g->params, g->n_params, averaged ? "ema.param" : "g.param", err));
    GAN_TRY_DONE(
        append_all(list, prefix, g->stats, g->n_stats, averaged ? "ema.stat" : "g.stat", err));
done:
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
    GAN_TRY_DONE(append_side(list, &net->generator, moments, err));
    if (ema) {
        const gan_stack *g = &net->generator;
        GAN_TRY_DONE(append_all(list, "ema/", g->params, g->n_params, "ema.param", err));
        GAN_TRY_DONE(append_all(list, "ema/", g->stats, g->n_stats, "ema.stat", err));
    }
    GAN_TRY_DONE(append_side(list, &net->discriminator, moments, err));
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
