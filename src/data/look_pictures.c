/* look_pictures.c — how many pictures a folder or an archive has, and what their headers say. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "data/exif.h"
#include "data/holdout.h"
#include "data/pictures.h"

enum {
    MOST_OF_FOLDER = 256, /* headers that are read */
    MOST_OF_ARCHIVE = 8   /* each costs reading the archive as far as there */
};

/* The sizes that were seen so far. */
typedef struct sizes {
    int64_t *height, *width;
    int64_t n, channels;
} sizes;

/* Keeps the header and ends the decoding, with an error that is not one. */
static gan_status take_header(void *ctx, const gan_picture_shape *shape, int64_t held,
                              gan_error *err)
{
    sizes *s = ctx;
    const bool transposes = gan_orientation_transposes(shape->orientation);
    (void)held;
    s->height[s->n] = transposes ? shape->width : shape->height;
    s->width[s->n] = transposes ? shape->height : shape->width;
    s->channels = shape->channels >= 3 || s->channels == 3 ? 3 : 1;
    s->n++;
    return gan_fail(err, GAN_E_INTERRUPTED, "its header was all that is wanted");
}

static int compare(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static int64_t median(int64_t *values, int64_t n)
{
    qsort(values, (size_t)n, sizeof *values, compare);
    return values[n / 2];
}

/* Headers at even distances; *last is why one could not be read. */
static gan_status see(gan_picture_source *source, const gan_data_options *options, int64_t n,
                      sizes *s, gan_error *last)
{
    const int64_t most = source->scan_all ? MOST_OF_ARCHIVE : MOST_OF_FOLDER;
    const int64_t wanted = n < most ? n : most;
    const gan_picture_sink sink = {take_header, NULL, s};
    GAN_TRY(gan_calloc((size_t)wanted, sizeof *s->height, (void **)&s->height, last));
    GAN_TRY(gan_calloc((size_t)wanted, sizeof *s->width, (void **)&s->width, last));
    for (int64_t i = 0; i < wanted; i++) {
        const int64_t before = s->n;
        GAN_TRY(gan_data_poll(options->cancel, last));
        const gan_status status = source->scan(source, (size_t)(i * n / wanted), 0, 0, &sink, last);
        if (s->n == before && status == GAN_E_MEMORY) {
            return status;
        }
    }
    return GAN_OK;
}

gan_status gan_pictures_look(gan_picture_source *source, const gan_data_options *options,
                             gan_data_look *out, gan_error *err)
{
    gan_file_list *list = &source->list;
    size_t n_root = strlen(source->path);
    n_root += n_root > 0 && source->path[n_root - 1] != '/';
    if (options->holdout > 0) {
        gan_holdout_keep(list, n_root, options->holdout, strcmp(options->split, "test") == 0);
    }
    const int64_t all = (int64_t)list->n;
    const int64_t n = options->limit && options->limit < all ? options->limit : all;
    sizes s = {0};
    gan_error last = {0};
    gan_status status = see(source, options, n, &s, &last);
    if (status == GAN_OK && s.n == 0) {
        status = n > 0 ? gan_fail(err, GAN_E_DATA, "%s: no size of its pictures can be told: %s",
                                  source->path, last.text)
                       : gan_fail(err, GAN_E_NO_INPUT, "%s: no picture is in its %s split",
                                  source->path, options->split);
    } else if (status == GAN_OK) {
        const int64_t height = median(s.height, s.n), width = median(s.width, s.n);
        *out = (gan_data_look){.n = n, .height = height, .width = width, .channels = s.channels};
        out->seen = s.n;
        out->is_mixed = s.height[0] != s.height[s.n - 1] || s.width[0] != s.width[s.n - 1];
    } else {
        status = gan_fail(err, status, "%s", last.text);
    }
    free(s.height);
    free(s.width);
    return status;
}
