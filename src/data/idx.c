/* idx.c — reading IDX files and the folder of four that MNIST made usual. */
#include "data/idx.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "data/idx_find.h"
#include "data/kind.h"
#include "data/labels.h"
#include "data/reader.h"

enum { MAX_DIMS = 4, MAX_SIDE = 1 << 14, TYPE_BYTE = 0x08 };

typedef struct idx_header {
    int n_dims;
    int64_t dims[MAX_DIMS]; /* N, H, W, C; absent ones are 1 */
    int64_t image;          /* bytes of one item: H * W * C */
} idx_header;

/* --- header --- */

static gan_status fail_foreign(const char *path, gan_error *err)
{
    const gan_file_kind *kind = gan_file_kind_of_file(path);
    return kind ? gan_fail(err, GAN_E_DATA, "%s: not an IDX file: it is a %s: %s", path, kind->name,
                           kind->advice)
                : gan_fail(err, GAN_E_DATA, "%s: not an IDX file: wrong magic number", path);
}

static gan_status parse_shape(const uint8_t *b, idx_header *header, const char *path,
                              gan_error *err)
{
    header->image = 1;
    for (int d = 0; d < MAX_DIMS; d++, b += 4) {
        header->dims[d] = 1;
        if (d >= header->n_dims) {
            continue;
        }
        header->dims[d] = (int64_t)b[0] << 24 | b[1] << 16 | b[2] << 8 | b[3];
        int64_t most = d == 0 ? INT64_MAX : d == 3 ? 4 : MAX_SIDE;
        if (header->dims[d] < 1 || header->dims[d] > most) {
            return gan_fail(err, GAN_E_DATA, "%s: damaged IDX header: dimension %d is %lld", path,
                            d + 1, (long long)header->dims[d]);
        }
        header->image *= d == 0 ? 1 : header->dims[d];
    }
    return GAN_OK;
}

/* Reads and checks the header; the content's size is compared with it before anyone allocates. */
static gan_status read_header(gan_reader *reader, const char *path, idx_header *header,
                              gan_error *err)
{
    uint8_t b[4 + 4 * MAX_DIMS] = {0};
    size_t got = 0;
    GAN_TRY(gan_reader_read(reader, b, 4, &got, err));
    if (got == 0) {
        return gan_fail(err, GAN_E_DATA, "%s: is empty", path);
    }
    if (got < 4 || b[0] != 0 || b[1] != 0) {
        return fail_foreign(path, err);
    }
    if (b[2] != TYPE_BYTE) {
        return gan_fail(err, GAN_E_DATA,
                        "%s: IDX file with items of type 0x%02x; images are unsigned bytes (0x08)",
                        path, b[2]);
    }
    header->n_dims = b[3];
    if (header->n_dims < 1 || header->n_dims > MAX_DIMS) {
        return gan_fail(err, GAN_E_DATA, "%s: IDX file of %d dimensions; images have 3 or 4", path,
                        header->n_dims);
    }
    size_t rest = 4 * (size_t)header->n_dims;
    GAN_TRY(gan_reader_read(reader, b + 4, rest, &got, err));
    if (got < rest) {
        return gan_fail(err, GAN_E_DATA, "%s: truncated within its IDX header", path);
    }
    return parse_shape(b + 4, header, path, err);
}

/* The header promises N items: refuse at once what the file cannot hold. */
static gan_status check_promise(gan_reader *reader, const char *path, const idx_header *header,
                                gan_error *err)
{
    /* below 2^63: N is 32 bits, an image at most 2^30 bytes */
    int64_t promised = 4 + 4 * header->n_dims + header->dims[0] * header->image;
    int64_t limit = gan_reader_limit(reader);
    bool packed = gan_reader_is_packed(reader);
    if (promised > limit) {
        return gan_fail(err, GAN_E_DATA,
                        "%s: truncated or damaged: its header promises %lld bytes, and the file "
                        "%s %lld",
                        path, (long long)promised, packed ? "can unpack to at most" : "has",
                        (long long)limit);
    }
    if (!packed && promised < limit) {
        return gan_fail(err, GAN_E_DATA,
                        "%s: damaged: its header promises %lld bytes, and %lld follow them", path,
                        (long long)promised, (long long)(limit - promised));
    }
    return GAN_OK;
}

/* After the last item: nothing may follow. */
static gan_status check_end(gan_reader *reader, const char *path, gan_error *err)
{
    uint8_t extra = 0;
    size_t got = 0;
    GAN_TRY(gan_reader_read(reader, &extra, 1, &got, err));
    if (got > 0) {
        return gan_fail(err, GAN_E_DATA, "%s: damaged: it unpacks to more than its header promises",
                        path);
    }
    return GAN_OK;
}

/* --- content --- */

static gan_status read_labels(const char *path, int64_t n_images, int64_t n_wanted, gan_data *data,
                              gan_error *err)
{
    uint8_t *bytes = NULL;
    gan_status status = GAN_OK;
    gan_reader *reader = NULL;
    idx_header header = {0};
    size_t got = 0;
    GAN_TRY_DONE(gan_reader_open(path, &reader, err));
    GAN_TRY_DONE(read_header(reader, path, &header, err));
    GAN_TRY_DONE(check_promise(reader, path, &header, err));
    if (header.n_dims != 1 || header.dims[0] != n_images) {
        status = gan_fail(err, GAN_E_DATA,
                          "%s: mislabelled: %lld items of %d dimensions, where the labels of %lld "
                          "images belong",
                          path, (long long)header.dims[0], header.n_dims, (long long)n_images);
        goto done;
    }
    GAN_TRY_DONE(gan_calloc((size_t)n_wanted, 1, (void **)&bytes, err));
    GAN_TRY_DONE(gan_labels_make(data, n_wanted, err));
    GAN_TRY_DONE(gan_reader_read(reader, bytes, (size_t)n_wanted, &got, err));
    for (int64_t i = 0; i < n_wanted; i++) {
        data->labels[i] = bytes[i];
    }
    if ((int64_t)got < n_wanted) {
        status = gan_fail(err, GAN_E_DATA, "%s: truncated: %zu of %lld labels", path, got,
                          (long long)n_wanted);
    } else if (n_wanted == n_images) {
        status = check_end(reader, path, err);
    }
done:
    gan_reader_close(reader);
    free(bytes);
    return status;
}

static gan_status read_images(gan_reader *reader, const char *path, int64_t n, gan_intake *intake,
                              const gan_data_options *options, gan_error *err)
{
    int64_t image = intake->height * intake->width * intake->channels;
    for (int64_t i = 0, run = 0; i < n; i += run) {
        size_t got = 0;
        GAN_TRY(gan_data_poll(options->cancel, err));
        uint8_t *to = gan_intake_place(intake, i, n - i, &run);
        GAN_TRY(gan_reader_read(reader, to, (size_t)(run * image), &got, err));
        if ((int64_t)got < run * image) {
            return gan_fail(err, GAN_E_DATA,
                            "%s: truncated: it ends within image %lld; get it again", path,
                            (long long)(i + (int64_t)got / image));
        }
        GAN_TRY(gan_intake_accept(intake, i, run, err));
    }
    return GAN_OK;
}

static gan_status load_file(const char *path, const char *labels, const gan_data_options *options,
                            gan_data *data, gan_error *err)
{
    gan_status status = GAN_OK;
    gan_reader *reader = NULL;
    gan_intake intake = {0};
    idx_header header = {0};
    GAN_TRY_DONE(gan_reader_open(path, &reader, err));
    GAN_TRY_DONE(read_header(reader, path, &header, err));
    if (header.n_dims < 3) {
        status = gan_fail(err, GAN_E_DATA, "%s: mislabelled: it holds %s, not images", path,
                          header.n_dims == 1 ? "labels" : "a table");
        goto done;
    }
    GAN_TRY_DONE(check_promise(reader, path, &header, err));
    int64_t n_file = header.dims[0];
    int64_t n = options->limit && options->limit < n_file ? options->limit : n_file;
    GAN_TRY_DONE(gan_intake_begin(&intake, data, options, n, header.dims[1], header.dims[2],
                                  header.dims[3], err));
    GAN_TRY_DONE(read_images(reader, path, n, &intake, options, err));
    if (n == n_file) {
        GAN_TRY_DONE(check_end(reader, path, err));
    }
    if (labels) {
        GAN_TRY_DONE(read_labels(labels, n_file, n, data, err));
    }
done:
    gan_intake_end(&intake);
    gan_reader_close(reader);
    return status;
}

static gan_status load_folder(const char *folder, const gan_data_options *options, gan_data *data,
                              gan_error *err)
{
    gan_status status = GAN_OK;
    char *images = NULL, *labels = NULL;
    GAN_TRY_DONE(gan_idx_find(folder, options->split, GAN_IDX_IMAGES, &images, err));
    if (!images) {
        status = gan_fail(
            err, GAN_E_NO_INPUT, "%s: has no %s-images-idx3-ubyte[.gz], the images of the %s split",
            folder, strcmp(options->split, "test") == 0 ? "t10k" : "train", options->split);
        goto done;
    }
    GAN_TRY_DONE(gan_idx_find(folder, options->split, GAN_IDX_LABELS, &labels, err));
    status = load_file(images, labels, options, data, err);
done:
    free(images);
    free(labels);
    return status;
}

/* Any file is taken: what is not IDX is refused with a word on what it is. */
static bool accepts(const char *path, bool is_folder)
{
    return is_folder ? gan_idx_in_folder(path) : true;
}

static gan_status load(const char *path, const gan_data_options *options, gan_data *data,
                       gan_error *err)
{
    if (accepts(path, true)) {
        return load_folder(path, options, data, err);
    }
    char *labels = NULL;
    GAN_TRY(gan_idx_find_labels(path, &labels, err));
    gan_status status = load_file(path, labels, options, data, err);
    free(labels);
    return status;
}

static bool has_split(const char *path, const char *split)
{
    return gan_idx_in_folder(path) ? gan_idx_has(path, split) : strcmp(split, "train") == 0;
}

/* True if the labels of a split are in folder and begin with the wanted ones. */
static bool labels_begin(const char *folder, const char *split, const uint8_t *wanted)
{
    char *path = NULL;
    gan_reader *reader = NULL;
    idx_header header = {0};
    uint8_t labels[GAN_IDX_SIGNATURE] = {0};
    size_t got = 0;
    bool same = gan_idx_find(folder, split, GAN_IDX_LABELS, &path, NULL) == GAN_OK && path &&
                gan_reader_open(path, &reader, NULL) == GAN_OK &&
                read_header(reader, path, &header, NULL) == GAN_OK && header.n_dims == 1 &&
                gan_reader_read(reader, labels, sizeof labels, &got, NULL) == GAN_OK &&
                got == sizeof labels && memcmp(labels, wanted, sizeof labels) == 0;
    gan_reader_close(reader);
    free(path);
    return same;
}

const gan_data_format gan_format_idx = {
    .accepts = accepts,
    .load = load,
    .has_split = has_split,
};

bool gan_idx_in_folder(const char *folder)
{
    return gan_idx_has(folder, "train") || gan_idx_has(folder, "test");
}

bool gan_idx_is_folder_of(const char *folder, const uint8_t train[GAN_IDX_SIGNATURE],
                          const uint8_t test[GAN_IDX_SIGNATURE])
{
    return gan_idx_in_folder(folder) &&
           (labels_begin(folder, "train", train) || labels_begin(folder, "test", test));
}
