/* plain.c — tensors by gan.c's own names and in its own order of axes: safetensors and NumPy. */
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/path.h"
#include "base/text.h"
#include "exchange/format.h"
#include "gan/image.h"
#include "gan/version.h"
#include "io/npy.h"
#include "io/zip.h"

/* Parameters and statistics in the order of the layers. */
static gan_status list_tensors(const gan_weights *w, gan_tensors *list, gan_error *err)
{
    for (int i = 0; i < w->stack->n_layers; i++) {
        const gan_param *param = NULL;
        for (int k = 0; (param = gan_layer_param(w->stack, &w->stack->layers[i], k)); k++) {
            GAN_TRY(gan_tensors_add(list, param, gan_weights_at(w, param), &gan_axes_ours, err,
                                    "%s", param->name));
        }
    }
    return GAN_OK;
}

gan_status gan_export_safetensors(const gan_export_job *job, gan_error *err)
{
    char step[32];
    snprintf(step, sizeof step, "%lld", (long long)job->weights->step);
    const gan_safetensors_meta metadata[] = {
        {"format", "gan.c weights 1"},
        {"version", gan_version()},
        {"network", gan_export_network(job)},
        {"step", step},
        {"averaged", job->weights->averaged ? "true" : "false"},
        {"precise_bn", job->weights->precise ? "true" : "false"},
        {"net", gan_net_text(job->weights->net)}};
    gan_tensors list = {0};
    gan_status status = GAN_OK;
    GAN_TRY_DONE(list_tensors(job->weights, &list, err));
    GAN_TRY_DONE(gan_tensors_write_safetensors(&list, job->output, metadata,
                                               sizeof metadata / sizeof metadata[0], err));
    gan_export_count(job, &list);
    gan_export_wrote(job, job->output);
done:
    gan_tensors_free(&list);
    return status;
}

/* --- NumPy --- */

/* One tensor as the bytes of a .npy file, and its name in the archive. */
typedef struct member {
    gan_text file;
    char *name;
} member;

static gan_status make_member(const gan_tensor *tensor, member *out, gan_error *err)
{
    GAN_TRY(gan_format(&out->name, err, "%s.npy", tensor->name));
    gan_npy_add_header(&out->file, "<f4", tensor->dims, tensor->rank);
    gan_text_add_bytes(&out->file, tensor->x, (size_t)tensor->count * sizeof(float));
    return gan_text_check(&out->file, err);
}

static gan_status write_archive(const gan_tensors *list, const char *path, gan_error *err)
{
    void *memory = NULL, *more = NULL;
    gan_status status = GAN_OK;
    GAN_TRY_DONE(gan_calloc(list->n, sizeof(member), &memory, err));
    GAN_TRY_DONE(gan_calloc(list->n, sizeof(gan_zip_entry), &more, err));
    member *members = memory;
    gan_zip_entry *entries = more;
    for (size_t i = 0; i < list->n; i++) {
        GAN_TRY_DONE(make_member(&list->at[i], &members[i], err));
        entries[i] = (gan_zip_entry){members[i].name, members[i].file.data, members[i].file.length};
    }
    GAN_TRY_DONE(gan_zip_write(path, entries, list->n, err));
done:
    for (size_t i = 0; memory && i < list->n; i++) {
        gan_text_free(&((member *)memory)[i].file);
        free(((member *)memory)[i].name);
    }
    free(memory);
    free(more);
    return status;
}

gan_status gan_export_npz(const gan_export_job *job, gan_error *err)
{
    gan_tensors list = {0};
    gan_status status = GAN_OK;
    GAN_TRY_DONE(list_tensors(job->weights, &list, err));
    GAN_TRY_DONE(write_archive(&list, job->output, err));
    gan_export_count(job, &list);
    gan_export_wrote(job, job->output);
done:
    gan_tensors_free(&list);
    return status;
}

static gan_status write_array(const char *folder, const gan_tensor *tensor, gan_error *err)
{
    char *name = NULL, *path = NULL;
    gan_status status = GAN_OK;
    GAN_TRY_DONE(gan_format(&name, err, "%s.npy", tensor->name));
    GAN_TRY_DONE(gan_path_join(folder, name, &path, err));
    GAN_TRY_DONE(gan_npy_write_f32(path, tensor->x, tensor->dims, tensor->rank, err));
done:
    free(name);
    free(path);
    return status;
}

gan_status gan_export_npy(const gan_export_job *job, gan_error *err)
{
    gan_tensors list = {0};
    gan_status status = GAN_OK;
    GAN_TRY_DONE(list_tensors(job->weights, &list, err));
    GAN_TRY_DONE(gan_path_make_folders(job->output, err));
    for (size_t i = 0; i < list.n; i++) {
        GAN_TRY_DONE(write_array(job->output, &list.at[i], err));
    }
    gan_export_count(job, &list);
    gan_export_wrote(job, job->output);
done:
    gan_tensors_free(&list);
    return status;
}
