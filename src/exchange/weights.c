/* weights.c — one network of a checkpoint in host memory. */
#include "exchange/weights.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/nearest.h"
#include "net/stack.h"
#include "session/generator.h"
#include "session/newest.h"
#include "session/steady.h"

/* The network that is asked for. */
static gan_status find_stack(const gan_weights *w, const char *network, const gan_stack **out,
                             gan_error *err)
{
    const char *names[GAN_NETWORK_COUNT];
    char hint[64];
    *out = w->net->generator ? w->net->generator : w->net->single;
    if (!network && *out) {
        return GAN_OK;
    }
    for (int i = 0; i < w->net->n_stacks; i++) {
        names[i] = gan_stack_name(&w->net->stacks[i]);
        if (network && strcmp(names[i], network) == 0) {
            *out = &w->net->stacks[i];
            return GAN_OK;
        }
    }
    gan_nearest_hint(network ? network : "", names, (size_t)w->net->n_stacks, hint, sizeof hint);
    return gan_fail(err, GAN_E_USAGE, "%s: no network '%s' in it%s; the first is '%s'", w->path,
                    network ? network : "generator", hint, names[0]);
}

static gan_status choose(gan_weights *w, const gan_checkpoint *checkpoint,
                         const gan_export_options *options, gan_error *err)
{
    GAN_TRY(find_stack(w, options->network, &w->stack, err));
    const bool there =
        w->stack == gan_net_averaged(w->net) && gan_checkpoint_has_average(checkpoint);
    if (options->averaging == GAN_AVERAGED && !there) {
        return gan_fail(err, GAN_E_USAGE, "%s has no averaged %s%s", w->path,
                        gan_stack_name(w->stack),
                        w->stack == w->net->discriminator ? ": only generators are averaged"
                                                          : " (train with --ema 0.999)");
    }
    w->averaged = there && options->averaging != GAN_NOT_AVERAGED;
    return GAN_OK;
}

static gan_status read(gan_weights *w, const gan_checkpoint *checkpoint,
                       const gan_export_options *options, gan_error *err)
{
    void *params = NULL, *stats = NULL;
    w->step = checkpoint->step;
    GAN_TRY(gan_net_parse(checkpoint->net, w->path, &w->net, err));
    GAN_TRY(choose(w, checkpoint, options, err));
    GAN_TRY(gan_calloc((size_t)w->stack->param_floats, sizeof(float), &params, err));
    w->params = params;
    GAN_TRY(gan_calloc((size_t)w->stack->stat_floats, sizeof(float), &stats, err));
    w->stats = stats;
    return gan_checkpoint_read_stack(checkpoint, w->stack, w->averaged, w->params, w->stats, err);
}

/* The generator's statistics as `gan sample` has them, in place of the moving ones. */
static gan_status measure(gan_weights *w, const gan_export_options *options, gan_error *err)
{
    const gan_generator_options how = {.device = "cpu",
                                       .averaging = w->averaged ? GAN_AVERAGED : GAN_NOT_AVERAGED,
                                       .statistics = options->statistics};
    gan_generator *generator = NULL;
    if (w->stack != w->net->generator || !gan_steady_is_wanted(w->net, &how.statistics)) {
        return GAN_OK;
    }
    GAN_TRY(gan_generator_open(w->path, &how, &generator, err));
    const gan_status status = gan_generator_statistics(generator, w->stats, err);
    gan_generator_close(generator);
    w->precise = status == GAN_OK;
    return status;
}

gan_status gan_weights_load(const char *path, const gan_export_options *options, gan_weights *out,
                            gan_error *err)
{
    gan_checkpoint checkpoint = {0};
    *out = (gan_weights){0};
    gan_status status =
        gan_newest_open_named(path, options->listener, &checkpoint, &out->path, err);
    if (status == GAN_OK) {
        status = read(out, &checkpoint, options, err);
    }
    gan_checkpoint_close(&checkpoint);
    return status == GAN_OK ? measure(out, options, err) : status;
}

void gan_weights_free(gan_weights *weights)
{
    gan_net_destroy(weights->net);
    free(weights->params);
    free(weights->stats);
    free(weights->path);
    *weights = (gan_weights){0};
}

static bool is_statistic(const gan_stack *stack, const gan_param *param)
{
    return param >= stack->stats && param < stack->stats + stack->n_stats;
}

const float *gan_weights_at(const gan_weights *weights, const gan_param *param)
{
    return (is_statistic(weights->stack, param) ? weights->stats : weights->params) + param->offset;
}

const gan_param *gan_layer_param(const gan_stack *stack, const gan_layer *layer, int k)
{
    const int params[] = {layer->kernel, layer->bias, layer->gamma, layer->beta};
    const int stats[] = {layer->moving_mean, layer->moving_variance};
    for (size_t i = 0; i < sizeof params / sizeof params[0]; i++) {
        if (params[i] >= 0 && k-- == 0) {
            return &stack->params[params[i]];
        }
    }
    for (size_t i = 0; i < sizeof stats / sizeof stats[0]; i++) {
        if (stats[i] >= 0 && k-- == 0) {
            return &stack->stats[stats[i]];
        }
    }
    return NULL;
}
