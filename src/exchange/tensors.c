/* tensors.c — named arrays in the order of axes of a format. */
#include "exchange/tensors.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

const gan_axes gan_axes_ours = {{0, 1}, {0, 1, 2, 3}};
const gan_axes gan_axes_pytorch = {{1, 0}, {0, 3, 1, 2}};
const gan_axes gan_axes_onnx = {{0, 1}, {0, 3, 1, 2}};
const gan_axes gan_axes_keras = {{0, 1}, {1, 2, 3, 0}};

/* Our axes in their order, filled up to four. */
static void order_of(const gan_axes *axes, int rank, int order[4])
{
    for (int i = 0; i < 4; i++) {
        order[i] = rank == 4 ? axes->of4[i] : rank == 2 && i < 2 ? axes->of2[i] : i;
    }
}

int gan_axes_dims(const gan_axes *axes, const gan_param *param, int64_t dims[4])
{
    int order[4];
    order_of(axes, param->rank, order);
    for (int i = 0; i < 4; i++) {
        dims[i] = i < param->rank ? param->dims[order[i]] : 1;
    }
    return param->rank;
}

/* Walks their elements in order; ours[at] is the same number's place in our order. */
static void walk(const gan_axes *axes, const gan_param *param, const float *from, float *to,
                 bool to_theirs)
{
    int order[4];
    int64_t strides[4] = {1, 1, 1, 1}, step[4], n[4], k = 0;
    order_of(axes, param->rank, order);
    for (int i = param->rank - 2; i >= 0; i--) {
        strides[i] = strides[i + 1] * param->dims[i + 1];
    }
    for (int i = 0; i < 4; i++) {
        n[i] = i < param->rank ? param->dims[order[i]] : 1;
        step[i] = strides[order[i]];
    }
    for (int64_t a = 0; a < n[0]; a++) {
        for (int64_t b = 0; b < n[1]; b++) {
            for (int64_t c = 0; c < n[2]; c++) {
                for (int64_t d = 0; d < n[3]; d++, k++) {
                    const int64_t at = a * step[0] + b * step[1] + c * step[2] + d * step[3];
                    to[to_theirs ? k : at] = from[to_theirs ? at : k];
                }
            }
        }
    }
}

void gan_axes_to_theirs(const gan_axes *axes, const gan_param *param, const float *ours,
                        float *theirs)
{
    walk(axes, param, ours, theirs, true);
}

void gan_axes_to_ours(const gan_axes *axes, const gan_param *param, const float *theirs,
                      float *ours)
{
    walk(axes, param, theirs, ours, false);
}

void gan_tensors_free(gan_tensors *list)
{
    for (size_t i = 0; i < list->n; i++) {
        free(list->at[i].name);
        free(list->at[i].x);
    }
    free(list->at);
    *list = (gan_tensors){0};
}

/* A new tensor without numbers at the end of the list. */
static gan_status append(gan_tensors *list, const char *name, gan_tensor **out, gan_error *err)
{
    void *at = list->at;
    gan_status status = gan_grow(&at, list->n + 1, sizeof *list->at, &list->capacity, err);
    list->at = at;
    GAN_TRY(status);
    gan_tensor *tensor = &list->at[list->n];
    *tensor = (gan_tensor){.count = 1};
    GAN_TRY(gan_strdup(name, &tensor->name, err));
    list->n++;
    *out = tensor;
    return GAN_OK;
}

/* The same by printf: layers' names are made of kinds and numbers. */
static gan_status append_named(gan_tensors *list, gan_tensor **out, gan_error *err,
                               const char *format, va_list args)
{
    char name[512];
    vsnprintf(name, sizeof name, format, args);
    return append(list, name, out, err);
}

gan_status gan_tensors_adopt(gan_tensors *list, const char *name, const int64_t *dims, int rank,
                             int64_t count, float *x, gan_error *err)
{
    gan_tensor *tensor = NULL;
    GAN_TRY(append(list, name, &tensor, err));
    tensor->rank = rank;
    tensor->count = count;
    tensor->x = x;
    for (int i = 0; i < rank; i++) {
        tensor->dims[i] = dims[i];
    }
    return GAN_OK;
}

gan_status gan_tensors_add(gan_tensors *list, const gan_param *param, const float *x,
                           const gan_axes *axes, gan_error *err, const char *format, ...)
{
    gan_tensor *tensor = NULL;
    void *copy = NULL;
    va_list args;
    va_start(args, format);
    gan_status status = append_named(list, &tensor, err, format, args);
    va_end(args);
    GAN_TRY(status);
    GAN_TRY(gan_calloc((size_t)param->count, sizeof(float), &copy, err));
    tensor->x = copy;
    tensor->count = param->count;
    tensor->rank = gan_axes_dims(axes, param, tensor->dims);
    gan_axes_to_theirs(axes, param, x, tensor->x);
    return GAN_OK;
}

gan_status gan_tensors_add_integer(gan_tensors *list, int64_t value, gan_error *err,
                                   const char *format, ...)
{
    gan_tensor *tensor = NULL;
    va_list args;
    va_start(args, format);
    gan_status status = append_named(list, &tensor, err, format, args);
    va_end(args);
    GAN_TRY(status);
    tensor->one = value;
    return GAN_OK;
}

gan_status gan_tensors_write_safetensors(const gan_tensors *list, const char *path,
                                         const gan_safetensors_meta *metadata, size_t n_metadata,
                                         gan_error *err)
{
    void *memory = NULL;
    GAN_TRY(gan_calloc(list->n, sizeof(gan_safetensors_entry), &memory, err));
    gan_safetensors_entry *entries = memory;
    for (size_t i = 0; i < list->n; i++) {
        const gan_tensor *t = &list->at[i];
        entries[i] =
            (gan_safetensors_entry){.name = t->name,
                                    .type = t->x ? GAN_SAFETENSORS_F32 : GAN_SAFETENSORS_I64,
                                    .dims = t->dims,
                                    .n_dims = t->rank,
                                    .bytes = t->x ? (const void *)t->x : &t->one};
    }
    const gan_safetensors_content content = {
        .entries = entries, .n_entries = list->n, .metadata = metadata, .n_metadata = n_metadata};
    gan_status status = gan_safetensors_write(path, &content, NULL, err);
    free(entries);
    return status;
}
