/* checkpoint_open.c — a checkpoint's file, proved whole, and what its metadata says. */
#include <string.h>

#include "base/number.h"
#include "session/checkpoint.h"

static gan_status need_meta(const gan_checkpoint *c, const char *path, const char *key,
                            const char **out, gan_error *err)
{
    *out = gan_safetensors_meta_find(c->file, key);
    return *out ? GAN_OK
                : gan_fail(err, GAN_E_DATA,
                           "%s: not a checkpoint of gan.c: no '%s' in its metadata", path, key);
}

/* A run that never rolled back says nothing of it. */
static gan_status read_rollbacks(gan_checkpoint *c, const char *path, gan_error *err)
{
    const char *rollbacks = gan_safetensors_meta_find(c->file, "rollbacks");
    const char *factor = gan_safetensors_meta_find(c->file, "lr_factor");
    c->rollbacks = 0;
    c->lr_factor = 1;
    if (rollbacks && factor &&
        (gan_number_int64(rollbacks, &c->rollbacks, NULL) != GAN_OK || c->rollbacks < 0 ||
         gan_number_double(factor, &c->lr_factor, NULL) != GAN_OK)) {
        return gan_fail(err, GAN_E_DATA, "%s: '%s' and '%s' are no number of rollbacks and factor",
                        path, rollbacks, factor);
    }
    return GAN_OK;
}

static gan_status read_meta(gan_checkpoint *c, const char *path, gan_error *err)
{
    const char *format = NULL, *step = NULL;
    GAN_TRY(need_meta(c, path, "format", &format, err));
    if (strcmp(format, GAN_CHECKPOINT_FORMAT) != 0) {
        return gan_fail(err, GAN_E_DATA, "%s: its format is '%s', not '%s'", path, format,
                        GAN_CHECKPOINT_FORMAT);
    }
    GAN_TRY(gan_safetensors_verify(c->file, GAN_CHECKPOINT_DIGEST, err));
    GAN_TRY(need_meta(c, path, "net", &c->net, err));
    GAN_TRY(need_meta(c, path, "options", &c->options, err));
    GAN_TRY(need_meta(c, path, "choices", &c->choices, err));
    c->tune = gan_safetensors_meta_find(c->file, "tune");
    c->course = gan_safetensors_meta_find(c->file, "course");
    GAN_TRY(need_meta(c, path, "data_fingerprint", &c->fingerprint, err));
    GAN_TRY(need_meta(c, path, "step", &step, err));
    if (gan_number_int64(step, &c->step, NULL) != GAN_OK || c->step < 0) {
        return gan_fail(err, GAN_E_DATA, "%s: '%s' is not a step", path, step);
    }
    return read_rollbacks(c, path, err);
}

gan_status gan_checkpoint_open(const char *path, gan_checkpoint *out, gan_error *err)
{
    *out = (gan_checkpoint){0};
    GAN_TRY(gan_safetensors_open(path, &out->file, err));
    gan_status status = read_meta(out, path, err);
    if (status != GAN_OK) {
        gan_checkpoint_close(out);
    }
    return status;
}

void gan_checkpoint_close(gan_checkpoint *checkpoint)
{
    gan_safetensors_close(checkpoint->file);
    *checkpoint = (gan_checkpoint){0};
}

bool gan_checkpoint_has_average(const gan_checkpoint *checkpoint)
{
    const char *prefix = gan_average_names.windows;
    for (size_t i = 0; i < gan_safetensors_count(checkpoint->file); i++) {
        if (strncmp(gan_safetensors_at(checkpoint->file, i)->name, prefix, strlen(prefix)) == 0) {
            return true;
        }
    }
    return false;
}
