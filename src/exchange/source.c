/* source.c — the tensors of a file that people bring. */
#include "exchange/source.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "exchange/source_file.h"
#include "io/hdf5.h"
#include "io/pth.h"
#include "io/zip.h"

static const size_t largest_file = (size_t)1 << 36;

/* --- safetensors --- */

static bool is_number(gan_safetensors_type type)
{
    return type == GAN_SAFETENSORS_F32 || type == GAN_SAFETENSORS_F16 ||
           type == GAN_SAFETENSORS_BF16 || type == GAN_SAFETENSORS_F64;
}

static gan_status read_safetensors(const char *path, gan_source *s, gan_error *err)
{
    gan_safetensors *file = NULL;
    GAN_TRY(gan_safetensors_open(path, &file, err));
    const char *format = gan_safetensors_meta_find(file, "format");
    const bool ours = format && strncmp(format, "gan.c ", 6) == 0;
    gan_status status = GAN_OK;
    s->sorted = true;
    s->dialect = ours ? GAN_DIALECT_OURS : GAN_DIALECT_PYTORCH;
    for (size_t i = 0; i < gan_safetensors_count(file) && status == GAN_OK; i++) {
        const gan_safetensors_tensor *t = gan_safetensors_at(file, i);
        gan_tensor *tensor = NULL;
        if (!is_number(t->type)) {
            continue; /* num_batches_tracked, counters */
        }
        status = gan_source_make(s, t->name, t->dims, t->n_dims, t->elements, &tensor, err);
        if (status == GAN_OK) {
            status = gan_safetensors_read_f32(file, t, 0, t->elements, tensor->x, err);
        }
    }
    gan_safetensors_close(file);
    return status;
}

/* --- PyTorch's own --- */

static bool is_float(const char *type)
{
    return strncmp(type, "float", 5) == 0 || strcmp(type, "bfloat16") == 0;
}

static gan_status read_pth(const char *path, gan_source *s, gan_error *err)
{
    gan_pth *file = NULL;
    GAN_TRY(gan_pth_open(path, &file, err));
    gan_status status = GAN_OK;
    s->dialect = GAN_DIALECT_PYTORCH;
    for (size_t i = 0; i < gan_pth_count(file) && status == GAN_OK; i++) {
        const gan_pth_tensor *t = gan_pth_at(file, i);
        gan_tensor *tensor = NULL;
        if (!is_float(t->type)) {
            continue;
        }
        status = gan_source_make(s, t->name, t->dims, t->n_dims, t->elements, &tensor, err);
        if (status == GAN_OK) {
            status = gan_pth_read_f32(file, t, 0, t->elements, tensor->x, err);
        }
    }
    gan_pth_close(file);
    return status;
}

/* --- Keras --- */

static gan_status take_array(void *user, const gan_hdf5_array *array, gan_error *err)
{
    gan_source *s = user;
    gan_tensor *tensor = NULL;
    int64_t count = 1;
    if (strncmp(array->path, "optimizer", 9) == 0) {
        return GAN_OK;
    }
    for (int i = 0; i < array->rank; i++) {
        count *= array->dims[i];
    }
    GAN_TRY(gan_source_make(s, array->path, array->dims, array->rank, count, &tensor, err));
    memcpy(tensor->x, array->x, (size_t)count * sizeof(float));
    return GAN_OK;
}

static gan_status read_h5(const char *path, gan_source *s, gan_error *err)
{
    char *bytes = NULL;
    size_t n = 0;
    s->dialect = GAN_DIALECT_KERAS;
    GAN_TRY(gan_file_read_whole(path, largest_file, &bytes, &n, err));
    gan_status status = gan_hdf5_read(path, bytes, n, take_array, s, err);
    free(bytes);
    return status;
}

static gan_status read_keras(const char *path, gan_source *s, gan_error *err)
{
    void *bytes = NULL;
    size_t n = 0;
    s->dialect = GAN_DIALECT_KERAS;
    GAN_TRY(gan_zip_read(path, "model.weights.h5", largest_file, &bytes, &n, err));
    gan_status status = gan_hdf5_read(path, bytes, n, take_array, s, err);
    free(bytes);
    return status;
}

/* --- by the ending --- */

gan_status gan_source_read(const char *path, gan_source *out, gan_error *err)
{
    static const struct {
        const char *ending;
        gan_status (*read)(const char *path, gan_source *s, gan_error *err);
    } rows[] = {{".safetensors", read_safetensors},
                {".pth", read_pth},
                {".pt", read_pth},
                {".bin", read_pth},
                {".ckpt", read_pth},
                {".h5", read_h5},
                {".keras", read_keras},
                {".onnx", gan_source_read_onnx},
                {".npz", gan_source_read_npz}};
    *out = (gan_source){0};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const size_t n = strlen(path), e = strlen(rows[i].ending);
        if (n > e && strcmp(path + n - e, rows[i].ending) == 0) {
            return rows[i].read(path, out, err);
        }
    }
    return gan_fail(err, GAN_E_USAGE,
                    "%s: weights are read from files that end in .safetensors, .pth, .pt, .bin, "
                    ".ckpt, .h5, .keras, .onnx or .npz",
                    path);
}

void gan_source_free(gan_source *source)
{
    gan_tensors_free(&source->tensors);
}
