/* checkpoint_stack.c — one network's tensors from a checkpoint. */
#include <stdlib.h>

#include "base/memory.h"
#include "session/checkpoint.h"

gan_status gan_checkpoint_find_tensor(const gan_checkpoint *checkpoint, const char *name,
                                      const gan_param *param, const gan_safetensors_tensor **out,
                                      gan_error *err)
{
    return gan_state_find(checkpoint->file, "the checkpoint", name, param, out, err);
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
