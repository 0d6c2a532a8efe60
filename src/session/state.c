/* state.c — the tensors of a training state, by the names that checkpoints give them.
 *
 * On a device the state is a few flat buffers (g.param, g.m, ...); in a checkpoint it is one tensor
 * for each parameter, under plain names, so that any reader of safetensors finds them. The list is
 * the bridge: name in the file, buffer and offset on the device. Both saving and loading walk it.
 */
#include <stdlib.h>
#include <string.h>

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

/* Parameters, statistics, then Adam's two moments, which have the parameters' shapes. */
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

/* A tensor of another shape is another network's: nothing is converted or cut. */
gan_status gan_state_find(const gan_safetensors *file, const char *what, const char *name,
                          const gan_param *param, const gan_safetensors_tensor **out,
                          gan_error *err)
{
    *out = gan_safetensors_find(file, name);
    if (!*out) {
        return gan_fail(err, GAN_E_DATA, "%s has no tensor %s", what, name);
    }
    bool same = (*out)->type == GAN_SAFETENSORS_F32 && (*out)->n_dims == param->rank &&
                memcmp((*out)->dims, param->dims, (size_t)param->rank * sizeof(int64_t)) == 0;
    return same ? GAN_OK
                : gan_fail(err, GAN_E_DATA, "%s's tensor %s has another shape or type", what, name);
}

static gan_status copy_tensor(const gan_state_tensor *t, gan_safetensors *file, const char *what,
                              const gan_backend *backend, gan_device *device, gan_error *err)
{
    const gan_safetensors_tensor *tensor = NULL;
    void *values = NULL;
    GAN_TRY(gan_state_find(file, what, t->name, t->param, &tensor, err));
    GAN_TRY(gan_calloc((size_t)t->param->count, sizeof(float), &values, err));
    gan_status status = gan_safetensors_read_f32(file, tensor, 0, t->param->count, values, err);
    if (status == GAN_OK) {
        status = backend->write(device, t->buffer, t->offset * (int64_t)sizeof(float), values,
                                t->param->count * (int64_t)sizeof(float), err);
    }
    free(values);
    return status;
}

gan_status gan_state_read(const gan_state_list *list, gan_safetensors *file, const char *what,
                          const gan_backend *backend, gan_device *device, gan_error *err)
{
    /* All are looked for before one is written: a file that lacks one leaves the device as it was.
     */
    const gan_safetensors_tensor *tensor = NULL;
    for (size_t i = 0; i < list->n; i++) {
        GAN_TRY(gan_state_find(file, what, list->tensors[i].name, list->tensors[i].param, &tensor,
                               err));
    }
    for (size_t i = 0; i < list->n; i++) {
        GAN_TRY(copy_tensor(&list->tensors[i], file, what, backend, device, err));
    }
    return GAN_OK;
}

gan_status gan_state_load(const char *path, const gan_stack *stack, bool averaged,
                          const gan_backend *backend, gan_device *device, gan_error *err)
{
    gan_state_list list = {0};
    gan_safetensors *file = NULL;
    gan_status status = GAN_OK;
    GAN_TRY_DONE(gan_state_list_make_values(stack, averaged, &list, err));
    GAN_TRY_DONE(gan_safetensors_open(path, &file, err));
    GAN_TRY_DONE(gan_state_read(&list, file, path, backend, device, err));
done:
    gan_safetensors_close(file);
    gan_state_list_free(&list);
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
