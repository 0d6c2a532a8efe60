/* checkpoint_stack.c — one network's tensors from a checkpoint. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "session/checkpoint.h"

gan_status gan_checkpoint_find_tensor(const gan_checkpoint *checkpoint, const char *name,
                                      const gan_param *param, const gan_safetensors_tensor **out,
                                      gan_error *err)
{
    *out = gan_safetensors_find(checkpoint->file, name);
    if (!*out) {
        return gan_fail(err, GAN_E_DATA, "the checkpoint has no tensor %s", name);
    }
    bool same = (*out)->type == GAN_SAFETENSORS_F32 && (*out)->n_dims == param->rank &&
                memcmp((*out)->dims, param->dims, (size_t)param->rank * sizeof(int64_t)) == 0;
    return same ? GAN_OK
                : gan_fail(err, GAN_E_DATA, "the checkpoint's tensor %s has another shape or type",
                           name);
}

/* n tensors, under their names after prefix, into the flat buffer that they are windows of. */
static gan_status read_windows(const gan_checkpoint *c, const char *prefix, const gan_param *params,
                               int n, float *flat, gan_error *err)
{
    gan_status status = GAN_OK;
    for (int i = 0; i < n && status == GAN_OK; i++) {
        const gan_safetensors_tensor *tensor = NULL;
        char *name = NULL;
        GAN_TRY(gan_format(&name, err, "%s%s", prefix, params[i].name));
        status = gan_checkpoint_find_tensor(c, name, &params[i], &tensor, err);
        if (status == GAN_OK) {
            status = gan_safetensors_read_f32(c->file, tensor, 0, params[i].count,
                                              flat + params[i].offset, err);
        }
        free(name);
    }
    return status;
}

gan_status gan_checkpoint_read_stack(const gan_checkpoint *checkpoint, const gan_stack *stack,
                                     bool averaged, float *params, float *stats, gan_error *err)
{
    const char *prefix = averaged ? "ema/" : "";
    GAN_TRY(read_windows(checkpoint, prefix, stack->params, stack->n_params, params, err));
    return read_windows(checkpoint, prefix, stack->stats, stack->n_stats, stats, err);
}
