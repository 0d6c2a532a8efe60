/* network.c — pictures in, features out: an inference program of one network.
 *
 * Runs have one size, so a picture's numbers never depend on how many others are asked for. */
#include "eval/network.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/sha256.h"
#include "eval/feature_files.h"
#include "eval/pth_weights.h"
#include "io/safetensors.h"
#include "program/stored.h"
#include "session/registry.h"
#include "session/runner.h"

enum { WEIGHTS_SEED = 1 };

struct gan_feature_network {
    gan_feature_files files;
    const gan_backend *backend;
    gan_device *device;
    gan_runner *runner;
    int64_t features, classes;
    bool has_both; /* else the logits are the features */
    char hash[GAN_SHA256_TEXT];
};

/* One tensor of the file, in the shape of the parameter up to dims of 1. */
static gan_status read_tensor(gan_safetensors *file, const gan_feature_files *from,
                              const gan_param *param, float *to, gan_error *err)
{
    char *name = NULL;
    GAN_TRY(gan_format(&name, err, "%s%s", from->averaged ? "ema/" : "", param->name));
    const gan_safetensors_tensor *tensor = gan_safetensors_find(file, name);
    free(name);
    if (!tensor || tensor->elements != param->count) {
        return gan_fail(err, GAN_E_DATA, "%s: %s '%s' of %lld numbers, which the network has",
                        from->weights, tensor ? "of another size: no tensor" : "no tensor",
                        param->name, (long long)param->count);
    }
    return gan_safetensors_read_f32(file, tensor, 0, param->count, to + param->offset, err);
}

static gan_status read_weights(const gan_feature_files *from, const gan_stack *stack, float *params,
                               float *stats, gan_error *err)
{
    gan_safetensors *file = NULL;
    gan_status status = GAN_OK;
    GAN_TRY(gan_safetensors_open(from->weights, &file, err));
    for (int i = 0; i < stack->n_params; i++) {
        GAN_TRY_DONE(read_tensor(file, from, &stack->params[i], params, err));
    }
    for (int i = 0; i < stack->n_stats; i++) {
        GAN_TRY_DONE(read_tensor(file, from, &stack->stats[i], stats, err));
    }
done:
    gan_safetensors_close(file);
    return status;
}

/* Of the description and the numbers in it, whatever file they came from. Initial values are named:
 * their last bits are the mathematics library's. */
static void take_hash(gan_feature_network *f, const gan_stack *stack, bool initial,
                      const float *params, const float *stats)
{
    static const char initial_values[] = "initial values of seed 1";
    const char *text = gan_net_text(f->files.net);
    gan_sha256 hash;
    gan_sha256_init(&hash);
    gan_sha256_update(&hash, text, strlen(text) + 1);
    if (initial) {
        gan_sha256_update(&hash, initial_values, sizeof initial_values);
    } else {
        gan_sha256_update(&hash, params, (size_t)stack->param_floats * sizeof *params);
        gan_sha256_update(&hash, stats, (size_t)stack->stat_floats * sizeof *stats);
    }
    gan_sha256_final_text(&hash, f->hash);
}

static gan_status write_flat(const gan_feature_network *f, const char *name, const float *x,
                             int64_t floats, gan_error *err)
{
    return floats ? f->backend->write(f->device, name, 0, x, floats * (int64_t)sizeof *x, err)
                  : GAN_OK;
}

/* As torch.save()'s files are called. */
static bool is_pth(const char *path)
{
    const char *ending = strrchr(path, '.');
    return ending && (strcmp(ending, ".pth") == 0 || strcmp(ending, ".pt") == 0);
}

static gan_status load_weights(gan_feature_network *f, gan_error *err)
{
    const gan_stack *stack = f->files.net->single;
    const gan_flat_names *names = gan_flat_names_of(stack->network);
    void *params = NULL, *stats = NULL;
    gan_status status = GAN_OK;
    GAN_TRY_DONE(gan_calloc((size_t)stack->param_floats, sizeof(float), &params, err));
    GAN_TRY_DONE(gan_calloc((size_t)stack->stat_floats, sizeof(float), &stats, err));
    gan_stack_init_params(stack, WEIGHTS_SEED, params, stats);
    if (f->files.weights && is_pth(f->files.weights)) {
        GAN_TRY_DONE(gan_feature_read_pth(f->files.weights, stack, params, stats, err));
    } else if (f->files.weights) {
        GAN_TRY_DONE(read_weights(&f->files, stack, params, stats, err));
    }
    take_hash(f, stack, !f->files.weights, params, stats);
    GAN_TRY_DONE(write_flat(f, names->param, params, stack->param_floats, err));
    GAN_TRY_DONE(write_flat(f, names->stat, stats, stack->stat_floats, err));
done:
    free(params);
    free(stats);
    return status;
}

/* The output of that name, or NULL. */
static const char *find_output(const gan_stack *stack, const char *name)
{
    for (int i = 0; i < stack->n_outputs; i++) {
        if (strcmp(stack->outputs[i].name, name) == 0) {
            return stack->outputs[i].name;
        }
    }
    return NULL;
}

/* Asks for the output "features", or the first one, and for "logits" where there is one. */
static gan_status make_runner(gan_feature_network *f, gan_error *err)
{
    const gan_stack *stack = f->files.net->single;
    const char *features = find_output(stack, "features"), *logits = find_output(stack, "logits");
    const char *names[2] = {features ? features : stack->outputs[0].name, logits};
    f->has_both = logits && strcmp(names[0], logits) != 0;
    GAN_TRY(gan_runner_create(f->backend, f->device, stack, false, GAN_FEATURE_CHUNK, names,
                              f->has_both ? 2 : 1, &f->runner, err));
    f->features = gan_runner_out_count(f->runner, 0);
    f->classes = f->has_both ? gan_runner_out_count(f->runner, 1) : logits ? f->features : 0;
    return GAN_OK;
}

static gan_status make(gan_feature_network *f, const gan_extractor_options *options, gan_error *err)
{
    const gan_device_options device = {.threads = options->threads, .listener = options->listener};
    GAN_TRY(gan_net_need_kind(f->files.net, GAN_NET_KIND_SINGLE, err));
    GAN_TRY(gan_registry_open(options->device ? options->device : "auto", &device, &f->backend,
                              &f->device, err));
    GAN_TRY(make_runner(f, err));
    return load_weights(f, err);
}

gan_status gan_feature_network_open(const char *spec, const gan_extractor_options *options,
                                    gan_feature_network **out, gan_error *err)
{
    void *memory = NULL;
    gan_status status = GAN_OK;
    *out = NULL;
    GAN_TRY(gan_calloc(1, sizeof(gan_feature_network), &memory, err));
    gan_feature_network *f = memory;
    GAN_TRY_DONE(gan_feature_files_find(spec, options->listener, &f->files, err));
    GAN_TRY_DONE(make(f, options, err));
    *out = f;
    f = NULL;
done:
    gan_feature_network_close(f);
    return status;
}

void gan_feature_network_close(gan_feature_network *network)
{
    if (!network) {
        return;
    }
    gan_runner_destroy(network->runner);
    if (network->device) {
        network->backend->close(network->device);
    }
    gan_feature_files_free(&network->files);
    free(network);
}

const char *gan_feature_network_name(const gan_feature_network *network)
{
    return network->files.name;
}

const char *gan_feature_network_hash(const gan_feature_network *network)
{
    return network->hash;
}

gan_dims3 gan_feature_network_input(const gan_feature_network *network)
{
    return network->files.net->single->in;
}

int64_t gan_feature_network_features(const gan_feature_network *network)
{
    return network->features;
}

int64_t gan_feature_network_classes(const gan_feature_network *network)
{
    return network->classes;
}

gan_status gan_feature_network_run(gan_feature_network *network, const float *x, int64_t n,
                                   float *features, float *logits, gan_error *err)
{
    float *const results[2] = {features, logits};
    GAN_TRY(gan_runner_run(network->runner, x, n, results, err));
    if (network->classes > 0 && !network->has_both) {
        memcpy(logits, features, (size_t)(n * network->classes) * sizeof *logits);
    }
    return GAN_OK;
}
