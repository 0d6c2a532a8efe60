/* pth_weights.c — weights of a network out of a file of PyTorch's torch.save().
 *
 * Names in such a file are those of somebody's modules; the order is that in which these were made,
 * which for a network without branches is the order of its layers, and for one with branches the
 * order in which its author wrote them. */
#include "eval/pth_weights.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "io/pth.h"

typedef struct reading {
    gan_pth *file;
    const char *path;
    size_t next; /* tensor of the file */
} reading;

/* (K,C,R,S), or (out,in) with R = S = 1, to ours: (K,R,S,C), or (in,out). */
static void turn(const gan_param *param, const float *from, float *to)
{
    const int64_t *d = param->dims;
    if (param->rank == 2) {
        for (int64_t i = 0; i < d[0]; i++) {
            for (int64_t o = 0; o < d[1]; o++) {
                to[i * d[1] + o] = from[o * d[0] + i];
            }
        }
        return;
    }
    for (int64_t k = 0; k < d[0]; k++) {
        for (int64_t rs = 0; rs < d[1] * d[2]; rs++) {
            for (int64_t c = 0; c < d[3]; c++) {
                to[(k * d[1] * d[2] + rs) * d[3] + c] = from[(k * d[3] + c) * d[1] * d[2] + rs];
            }
        }
    }
}

static bool fits(const gan_param *param, const gan_pth_tensor *t)
{
    const int64_t *d = param->dims, *f = t->dims;
    if (t->n_dims != param->rank) {
        return false;
    }
    return param->rank == 1   ? f[0] == d[0]
           : param->rank == 2 ? f[0] == d[1] && f[1] == d[0]
                              : f[0] == d[0] && f[1] == d[3] && f[2] == d[1] && f[3] == d[2];
}

static const gan_pth_tensor *take_next(reading *r)
{
    while (r->next < gan_pth_count(r->file)) {
        const gan_pth_tensor *t = gan_pth_at(r->file, r->next++);
        if (strncmp(t->type, "float", 5) == 0 || strcmp(t->type, "bfloat16") == 0) {
            return t;
        }
    }
    return NULL;
}

static gan_status read_param(reading *r, const gan_param *param, float *flat, gan_error *err)
{
    const gan_pth_tensor *t = take_next(r);
    void *memory = NULL;
    gan_status status = GAN_OK;
    if (!t) {
        return gan_fail(err, GAN_E_DATA, "%s: ends before '%s', which the network has", r->path,
                        param->name);
    }
    if (!fits(param, t)) {
        return gan_fail(err, GAN_E_DATA,
                        "%s: tensor %zu, %.60s, stands where the network has '%s' of %lld numbers, "
                        "and has another shape",
                        r->path, r->next - 1, t->name, param->name, (long long)param->count);
    }
    GAN_TRY(gan_calloc((size_t)param->count, sizeof(float), &memory, err));
    GAN_TRY_DONE(gan_pth_read_f32(r->file, t, 0, param->count, memory, err));
    if (param->rank == 1) {
        memcpy(flat + param->offset, memory, (size_t)param->count * sizeof *flat);
    } else {
        turn(param, memory, flat + param->offset);
    }
done:
    free(memory);
    return status;
}

static gan_status read_layer(reading *r, const gan_stack *stack, const gan_layer *layer,
                             float *params, float *stats, gan_error *err)
{
    const int of_params[] = {layer->kernel, layer->bias, layer->gamma, layer->beta};
    const int of_stats[] = {layer->moving_mean, layer->moving_variance};
    for (size_t i = 0; i < sizeof of_params / sizeof *of_params; i++) {
        if (of_params[i] >= 0) {
            GAN_TRY(read_param(r, &stack->params[of_params[i]], params, err));
        }
    }
    for (size_t i = 0; i < sizeof of_stats / sizeof *of_stats; i++) {
        if (of_stats[i] >= 0) {
            GAN_TRY(read_param(r, &stack->stats[of_stats[i]], stats, err));
        }
    }
    return GAN_OK;
}

gan_status gan_feature_read_pth(const char *path, const gan_stack *stack, float *params,
                                float *stats, gan_error *err)
{
    reading r = {.path = path};
    gan_status status = GAN_OK;
    GAN_TRY(gan_pth_open(path, &r.file, err));
    for (int i = 0; i < stack->n_layers; i++) {
        const gan_layer *layer = &stack->layers[i];
        if (layer->kind == GAN_LAYER_conv_transpose) {
            status = gan_fail(err, GAN_E_UNSUPPORTED,
                              "%s: %s is a conv_transpose, which is read from safetensors alone",
                              path, layer->name);
        }
        GAN_TRY_DONE(status);
        GAN_TRY_DONE(read_layer(&r, stack, layer, params, stats, err));
    }
done:
    gan_pth_close(r.file);
    return status;
}
