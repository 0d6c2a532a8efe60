/* pack.c — reading and writing a packed data set. */
#define _GNU_SOURCE /* strcasecmp */
#include "data/pack.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"
#include "base/number.h"
#include "base/path.h"
#include "data/check.h"
#include "data/fit.h"
#include "data/labels.h"
#include "io/safetensors.h"

enum { MAX_SIDE = 1 << 14, MAX_CHANNELS = 4, LENGTH_BYTES = 8 };

static const char ending[] = ".safetensors", digest_key[] = "sha256";

static bool is_pack_name(const char *path)
{
    const size_t n = strlen(path), m = sizeof ending - 1;
    return n > m && strcasecmp(path + n - m, ending) == 0;
}

/* --- reading --- */

static gan_status find_images(gan_safetensors *file, const char *path,
                              const gan_safetensors_tensor **images, gan_error *err)
{
    const gan_safetensors_tensor *t = gan_safetensors_find(file, "images");
    if (!t) {
        return gan_fail(err, GAN_E_DATA,
                        "%s: has no tensor 'images': not a packed data set (`gan data pack` writes "
                        "them)",
                        path);
    }
    const int64_t *d = t->dims;
    if (t->type != GAN_SAFETENSORS_U8 || t->n_dims != 4 || d[0] < 1 || d[1] < 1 || d[2] < 1 ||
        d[3] < 1 || d[1] > MAX_SIDE || d[2] > MAX_SIDE || d[3] > MAX_CHANNELS) {
        return gan_fail(err, GAN_E_DATA,
                        "%s: its images are not N x height x width x channels unsigned bytes of "
                        "sides up to %d and 1 to %d channels",
                        path, MAX_SIDE, MAX_CHANNELS);
    }
    *images = t;
    return GAN_OK;
}

/* The number under a key of the metadata, 0 .. most; 0 where there is none. */
static int32_t number_of(const gan_safetensors *file, const char *key, int32_t most)
{
    const char *text = gan_safetensors_meta_find(file, key);
    int64_t number = 0;
    return text && gan_number_int64(text, &number, NULL) == GAN_OK && number > 0 && number <= most
               ? (int32_t)number
               : 0;
}

static gan_status read_names(const gan_safetensors *file, gan_data *data, gan_error *err)
{
    const char *text = gan_safetensors_meta_find(file, "class_names");
    json_t *names = text ? json_loads(text, 0, NULL) : NULL;
    const size_t n = json_array_size(names);
    gan_status status = GAN_OK;
    if (n > 0 && n <= GAN_LABELS_CLASSES_MAX) {
        status = gan_calloc(n, sizeof(char *), (void **)&data->class_names, err);
    }
    for (size_t i = 0; data->class_names && i < n && status == GAN_OK; i++) {
        const char *name = json_string_value(json_array_get(names, i));
        status = gan_strdup(name ? name : "", &data->class_names[i], err);
        data->n_class_names += status == GAN_OK;
    }
    json_decref(names);
    return status;
}

static gan_status read_labels(gan_safetensors *file, int64_t n_all, gan_data *data, gan_error *err)
{
    const gan_safetensors_tensor *t = gan_safetensors_find(file, "labels");
    if (!t) {
        return gan_labels_leave_out(data, err, "its file holds none");
    }
    if (t->type != GAN_SAFETENSORS_I32 || t->n_dims != 1 || t->dims[0] != n_all) {
        return gan_labels_leave_out(data, err, "its labels are not one I32 for each image");
    }
    GAN_TRY(gan_labels_make(data, data->info.n, err));
    GAN_TRY(gan_safetensors_read(file, t, 0, data->info.n * (int64_t)sizeof(int32_t), data->labels,
                                 err));
    for (int64_t i = 0; i < data->info.n; i++) {
        if (data->labels[i] < 0 || data->labels[i] >= GAN_LABELS_CLASSES_MAX) {
            return gan_labels_leave_out(data, err, "image %lld has label %ld", (long long)i,
                                        (long)data->labels[i]);
        }
    }
    data->n_known_classes = number_of(file, "classes", GAN_LABELS_CLASSES_MAX);
    return read_names(file, data, err);
}

/* The images as they are, from the mapping. */
static void use_mapped(const gan_safetensors *file, const gan_safetensors_tensor *images,
                       uint8_t *pixels, int64_t n, gan_data *data)
{
    const char *known = gan_safetensors_meta_find(file, "fingerprint");
    gan_data_info *info = &data->info;
    data->pixels = pixels;
    info->n = n;
    info->height = images->dims[1];
    info->width = images->dims[2];
    info->channels = images->dims[3];
    info->bytes = n * info->height * info->width * info->channels;
    if (n == images->dims[0] && known && strlen(known) == GAN_SHA256_TEXT - 1) {
        memcpy(info->fingerprint, known, GAN_SHA256_TEXT);
    } else {
        gan_store_commit(data, 0, n);
    }
}

/* Brought to another shape, in memory. */
static gan_status convert(const gan_safetensors_tensor *images, const uint8_t *pixels, int64_t n,
                          const gan_data_options *options, gan_data *data, gan_error *err)
{
    gan_status status = GAN_OK;
    gan_intake intake = {0};
    const int64_t *d = images->dims, image = d[1] * d[2] * d[3];
    GAN_TRY_DONE(gan_intake_begin(&intake, data, options, n, d[1], d[2], d[3], err));
    for (int64_t i = 0, run = 0; i < n; i += run) {
        GAN_TRY_DONE(gan_data_poll(options->cancel, err));
        memcpy(gan_intake_place(&intake, i, n - i, &run), pixels + i * image,
               (size_t)(run * image));
        GAN_TRY_DONE(gan_intake_accept(&intake, i, run, err));
    }
done:
    gan_intake_end(&intake);
    return status;
}

static bool has_shape(const gan_safetensors_tensor *t, const gan_data_options *o)
{
    return (!o->height || o->height == t->dims[1]) && (!o->width || o->width == t->dims[2]) &&
           (!o->channels || o->channels == t->dims[3]);
}

/* Where the data of a mapped file begin: behind the header, whose length is its first number. */
static uint8_t *data_of(uint8_t *map)
{
    uint64_t length = 0;
    for (int i = LENGTH_BYTES - 1; i >= 0; i--) {
        length = length << 8 | map[i];
    }
    return map + LENGTH_BYTES + length;
}

static gan_status load(const char *path, const gan_data_options *options, gan_data *data,
                       gan_error *err)
{
    gan_status status = GAN_OK;
    gan_safetensors *file = NULL;
    const gan_safetensors_tensor *images = NULL;
    if (strcmp(options->split, "train") != 0) {
        return gan_fail(err, GAN_E_USAGE,
                        "%s: a packed data set is one split: pack the %s split into a file of its "
                        "own",
                        path, options->split);
    }
    GAN_TRY_DONE(gan_safetensors_open(path, &file, err));
    GAN_TRY_DONE(find_images(file, path, &images, err));
    GAN_TRY_DONE(gan_store_map(data, path, err));
    uint8_t *pixels = data_of(data->map) + images->begin;
    const int64_t all = images->dims[0];
    const int64_t n = options->limit && options->limit < all ? options->limit : all;
    if (has_shape(images, options)) {
        use_mapped(file, images, pixels, n, data);
    } else {
        GAN_TRY_DONE(convert(images, pixels, n, options, data, err));
    }
    status = read_labels(file, all, data, err);
done:
    gan_safetensors_close(file);
    return status;
}

static bool accepts(const char *path, bool is_folder)
{
    return !is_folder && is_pack_name(path);
}

static bool has_split(const char *path, const char *split)
{
    (void)path;
    return strcmp(split, "train") == 0;
}

/* Besides what is looked for in every set: whether the file is what was written. */
static gan_status check(const char *path, const gan_data_check_options *options,
                        gan_data_report *report, gan_error *err)
{
    gan_safetensors *file = NULL;
    gan_error why = {0};
    gan_status status = gan_safetensors_open(path, &file, &why);
    if (status == GAN_OK && gan_safetensors_meta_find(file, digest_key)) {
        status = gan_safetensors_verify(file, digest_key, &why);
    }
    gan_safetensors_close(file);
    if (status == GAN_E_DATA) {
        gan_check_tell(options, report, GAN_FLAW_CORRUPT, path, why.text);
        return GAN_OK;
    }
    return status == GAN_OK ? gan_check_split(path, path, "train", options, report, err)
                            : gan_fail(err, status, "%s", why.text);
}

const gan_data_format gan_format_pack = {
    .accepts = accepts,
    .load = load,
    .has_split = has_split,
    .check = check,
};

/* --- writing --- */

static gan_status names_text(const gan_data *data, char **out, gan_error *err)
{
    json_t *names = json_array();
    for (int32_t k = 0; k < data->n_class_names; k++) {
        json_array_append_new(names, json_string(data->class_names[k]));
    }
    *out = names ? json_dumps(names, JSON_COMPACT | JSON_ENSURE_ASCII) : NULL;
    json_decref(names);
    return *out ? GAN_OK : gan_fail(err, GAN_E_MEMORY, "no memory for the names of classes");
}

static gan_status write_pack(const gan_data *data, const char *path, gan_error *err)
{
    const gan_data_info *info = &data->info;
    const int64_t shape[4] = {info->n, info->height, info->width, info->channels};
    char classes[32], *names = NULL;
    snprintf(classes, sizeof classes, "%ld", (long)info->n_classes);
    GAN_TRY(names_text(data, &names, err));
    const gan_safetensors_entry entries[] = {{.name = "images",
                                              .type = GAN_SAFETENSORS_U8,
                                              .dims = shape,
                                              .n_dims = 4,
                                              .bytes = data->pixels},
                                             {.name = "labels",
                                              .type = GAN_SAFETENSORS_I32,
                                              .dims = shape,
                                              .n_dims = 1,
                                              .bytes = data->labels}};
    const gan_safetensors_meta metadata[] = {{"format", "gan.c data 1"},
                                             {"source", info->name},
                                             {"fingerprint", info->fingerprint},
                                             {"classes", classes},
                                             {"class_names", names}};
    const gan_safetensors_content content = {.entries = entries,
                                             .n_entries = data->labels ? 2 : 1,
                                             .metadata = metadata,
                                             .n_metadata = data->n_class_names > 0 ? 5 : 4,
                                             .digest_key = digest_key};
    const gan_status status = gan_safetensors_write(path, &content, NULL, err);
    free(names);
    return status;
}

gan_status gan_data_pack(const char *source, const gan_data_options *options, const char *path,
                         gan_data_info *info, gan_error *err)
{
    gan_status status = GAN_OK;
    gan_data_options spilling = options ? *options : (gan_data_options){0};
    gan_data *data = NULL;
    char *folder = NULL;
    if (!is_pack_name(path)) {
        return gan_fail(err, GAN_E_USAGE, "%s: a packed data set is a file that ends in %s", path,
                        ending);
    }
    GAN_TRY_DONE(gan_path_folder(path, &folder, err));
    spilling.spill = folder;
    GAN_TRY_DONE(gan_data_open(source, &spilling, &data, err));
    GAN_TRY_DONE(write_pack(data, path, err));
    *info = data->info;
    info->name = info->path = info->unlabelled = ""; /* those go with the data */
done:
    gan_data_close(data);
    free(folder);
    return status;
}
