/* folder.c — a folder of pictures as a data set. */
#include "data/folder.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "data/check.h"
#include "data/labels.h"
#include "data/pictures.h"

static gan_status scan(gan_picture_source *source, size_t i, int64_t least_height,
                       int64_t least_width, const gan_picture_sink *sink, gan_error *err)
{
    return gan_picture_scan(source->list.paths[i], least_height, least_width, sink, err);
}

static gan_status load(const char *path, const gan_data_options *options, gan_data *data,
                       gan_error *err)
{
    gan_status status = GAN_OK;
    gan_picture_source source = {.path = path, .scan = scan};
    const gan_file_search search = {.cancel = options->cancel};
    size_t n_json = 0;
    GAN_TRY_DONE(gan_folder_find(path, &search, &source.list, err));
    if (source.list.labels_file) {
        GAN_TRY_DONE(gan_file_read_whole(source.list.labels_file, GAN_LABELS_FILE_CAP,
                                         &source.labels_json, &n_json, err));
    }
    status = gan_pictures_load(&source, options, data, err);
done:
    gan_file_list_free(&source.list);
    free(source.labels_json);
    return status;
}

static gan_status look(const char *path, const gan_data_options *options, gan_data_look *out,
                       gan_error *err)
{
    gan_picture_source source = {.path = path, .scan = scan};
    const gan_file_search search = {.cancel = options->cancel};
    gan_status status = gan_folder_find(path, &search, &source.list, err);
    if (status == GAN_OK) {
        status = gan_pictures_look(&source, options, out, err);
    }
    gan_file_list_free(&source.list);
    return status;
}

static bool has_split(const char *path, const char *split)
{
    (void)path;
    return strcmp(split, "train") == 0;
}

static bool accepts(const char *path, bool is_folder)
{
    (void)path;
    return is_folder;
}

const gan_data_format gan_format_folder = {
    .accepts = accepts,
    .load = load,
    .has_split = has_split,
    .holds_out = true,
    .check = gan_check_folder,
    .look = look,
};
