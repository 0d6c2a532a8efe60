/* npz.c — a zip archive of .npy files by libzip, and which of its arrays are the images. */
#include "data/npz.h"

#include <stdlib.h>
#include <string.h>
#include <zip.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/path.h"
#include "base/text.h"
#include "data/labels.h"
#include "data/npy.h"
#include "data/reader.h"

static const int64_t deflate_ratio = 1032; /* as in reader.c */

/* Names that people give, in the order they are looked for; labels stand beside their images. */
static const struct {
    const char *split, *images, *labels;
} known[] = {
    {"train", "x_train", "y_train"},
    {"train", "X_train", "y_train"},
    {"train", "train_images", "train_labels"},
    {"train", "images", "labels"},
    {"train", "x", "y"},
    {"train", "X", "y"},
    {"train", "data", "labels"},
    {"train", "arr_0", "arr_1"},
    {"test", "x_test", "y_test"},
    {"test", "X_test", "y_test"},
    {"test", "test_images", "test_labels"},
};

enum { N_KNOWN = sizeof known / sizeof *known };

/* An archive, or a single array. */
typedef struct input {
    const char *path;
    zip_t *zip;
    zip_file_t *member;
    gan_reader *reader;
    char *label;
    gan_npy_source source;
} input;

static void close_array(input *in)
{
    if (in->member) {
        (void)zip_fclose(in->member); /* was read: what it had to say is said */
    }
    gan_reader_close(in->reader);
    free(in->label);
    in->member = NULL;
    in->reader = NULL;
    in->label = NULL;
}

static void close_input(input *in)
{
    close_array(in);
    if (in->zip) {
        zip_discard(in->zip);
    }
}

/* --- the container --- */

static gan_status fail_zip(const char *label, zip_error_t *why, gan_error *err)
{
    const int code = zip_error_code_zip(why);
    const bool is_disk = code == ZIP_ER_READ || code == ZIP_ER_SEEK || code == ZIP_ER_OPEN;
    gan_status status = GAN_E_DATA;
    if (code == ZIP_ER_MEMORY) {
        status = GAN_E_MEMORY;
    } else if (is_disk) {
        status = gan_file_open_status(zip_error_code_system(why));
    } else if (code == ZIP_ER_NOENT) {
        status = GAN_E_NO_INPUT;
    }
    return gan_fail(err, status, "%s: %s%s", label,
                    status == GAN_E_DATA ? "damaged zip archive: " : "", zip_error_strerror(why));
}

static gan_status open_zip(input *in, gan_error *err)
{
    int code = 0;
    in->zip = zip_open(in->path, ZIP_RDONLY, &code);
    if (in->zip) {
        return GAN_OK;
    }
    zip_error_t why;
    zip_error_init_with_code(&why, code);
    const gan_status status = fail_zip(in->path, &why, err);
    zip_error_fini(&why);
    return status;
}

static gan_status read_member(void *ctx, void *to, size_t n, size_t *got, gan_error *err)
{
    input *in = ctx;
    *got = 0;
    while (*got < n) {
        const zip_int64_t r = zip_fread(in->member, (uint8_t *)to + *got, n - *got);
        if (r < 0) {
            return fail_zip(in->label, zip_file_get_error(in->member), err);
        }
        if (r == 0) {
            break;
        }
        *got += (size_t)r;
    }
    return GAN_OK;
}

static gan_status read_file(void *ctx, void *to, size_t n, size_t *got, gan_error *err)
{
    return gan_reader_read(((input *)ctx)->reader, to, n, got, err);
}

/* The member of that name; *found is false where there is none. */
static gan_status open_member(input *in, const char *name, bool *found, gan_error *err)
{
    char *file = NULL;
    zip_stat_t st;
    close_array(in);
    GAN_TRY(gan_format(&file, err, "%s.npy", name));
    *found = zip_stat(in->zip, file, 0, &st) == 0 && (st.valid & ZIP_STAT_SIZE) &&
             (st.valid & ZIP_STAT_COMP_SIZE);
    free(file);
    if (!*found) {
        return GAN_OK;
    }
    GAN_TRY(gan_format(&in->label, err, "%s: %s", in->path, name));
    if (st.comp_size > INT64_MAX / 2 || st.size / (uint64_t)deflate_ratio > st.comp_size) {
        return gan_fail(err, GAN_E_DATA, "%s: damaged: it promises more than the archive can hold",
                        in->label);
    }
    in->member = zip_fopen_index(in->zip, st.index, 0);
    if (!in->member) {
        return fail_zip(in->label, zip_get_error(in->zip), err);
    }
    in->source = (gan_npy_source){read_member, in, in->label, (int64_t)st.size};
    return GAN_OK;
}

static gan_status open_file(input *in, gan_error *err)
{
    GAN_TRY(gan_reader_open(in->path, &in->reader, err));
    GAN_TRY(gan_strdup(in->path, &in->label, err));
    in->source = (gan_npy_source){read_file, in, in->label, gan_reader_limit(in->reader)};
    return GAN_OK;
}

/* --- which arrays --- */

/* "x_train 60000x28x28 of uint8, ..." in a new string; "" for none. */
static gan_status list_arrays(input *in, char **out, gan_error *err)
{
    gan_text text = {0};
    const zip_int64_t n = zip_get_num_entries(in->zip, 0);
    for (zip_int64_t i = 0; i < n && text.length < 512; i++) {
        char clean[GAN_TEXT_CLEAN_SIZE];
        const char *name = zip_get_name(in->zip, (zip_uint64_t)i, 0);
        gan_text_add(&text, "%s%s", text.length ? ", " : "",
                     name ? gan_text_clean(name, clean) : "?");
    }
    return gan_text_take(&text, out, err);
}

/* Opens the images of a split; *labels is the name of theirs. *found is false where there are none
 * under a known name. */
static gan_status open_images(input *in, const char *split, const char **labels, bool *found,
                              gan_error *err)
{
    *labels = NULL;
    *found = false;
    for (int i = 0; i < N_KNOWN && !*found; i++) {
        if (strcmp(known[i].split, split) == 0) {
            GAN_TRY(open_member(in, known[i].images, found, err));
            *labels = known[i].labels;
        }
    }
    return GAN_OK;
}

static gan_status fail_no_images(input *in, const char *split, gan_error *err)
{
    char *arrays = NULL;
    GAN_TRY(list_arrays(in, &arrays, err));
    const bool is_test = strcmp(split, "test") == 0;
    const gan_status status = gan_fail(
        err, is_test ? GAN_E_NO_INPUT : GAN_E_DATA,
        "%s: has no %s images under a known name, only %s; save them as %s: numpy.savez('new.npz', "
        "%s=numpy.load('%s')['NAME'])",
        in->path, split, *arrays ? arrays : "nothing", is_test ? "x_test" : "x_train",
        is_test ? "x_test" : "x_train", in->path);
    free(arrays);
    return status;
}

/* --- content --- */

static gan_status read_images(input *in, const gan_npy *npy, int64_t n, gan_intake *intake,
                              const gan_data_options *options, gan_error *err)
{
    const int64_t image = intake->height * intake->width * intake->channels;
    uint8_t extra = 0;
    size_t got = 0;
    for (int64_t i = 0, run = 0; i < n; i += run) {
        GAN_TRY(gan_data_poll(options->cancel, err));
        uint8_t *to = gan_intake_place(intake, i, n - i, &run);
        GAN_TRY(in->source.read(in, to, (size_t)(run * image), &got, err));
        if ((int64_t)got < run * image) {
            return gan_fail(err, GAN_E_DATA, "%s: truncated: it ends within image %lld", in->label,
                            (long long)(i + (int64_t)got / image));
        }
        GAN_TRY(gan_intake_accept(intake, i, run, err));
    }
    if (n < npy->dims[0]) {
        return GAN_OK;
    }
    GAN_TRY(in->source.read(in, &extra, 1, &got, err)); /* and an archive's sum is compared */
    return got == 0 ? GAN_OK
                    : gan_fail(err, GAN_E_DATA, "%s: damaged: more follows than its header says",
                               in->label);
}

/* The open array as the images. *n_all: how many it has. */
static gan_status load_images(input *in, const gan_data_options *options, gan_data *data,
                              int64_t *n_all, gan_error *err)
{
    gan_status status = GAN_OK;
    gan_intake intake = {0};
    gan_npy npy;
    int64_t image = 0;
    GAN_TRY_DONE(gan_npy_read(&in->source, &npy, err));
    GAN_TRY_DONE(gan_npy_check_images(in->label, &npy, &image, err));
    if (npy.dims[0] > (in->source.bytes - npy.head) / image) {
        status = gan_fail(
            err, GAN_E_DATA,
            "%s: truncated or damaged: its header promises %lld images of %lld bytes, "
            "and it has %lld bytes",
            in->label, (long long)npy.dims[0], (long long)image, (long long)in->source.bytes);
        goto done;
    }
    *n_all = npy.dims[0];
    const int64_t n = options->limit && options->limit < *n_all ? options->limit : *n_all;
    GAN_TRY_DONE(
        gan_intake_begin(&intake, data, options, n, npy.dims[1], npy.dims[2], npy.dims[3], err));
    status = read_images(in, &npy, n, &intake, options, err);
done:
    gan_intake_end(&intake);
    return status;
}

static bool is_single(const char *path)
{
    return gan_path_ends_in_any_case(path, ".npy");
}

static gan_status load_archive(input *in, const gan_data_options *options, gan_data *data,
                               gan_error *err)
{
    const char *labels = NULL;
    bool found = false;
    int64_t n_all = 0;
    GAN_TRY(open_zip(in, err));
    GAN_TRY(open_images(in, options->split, &labels, &found, err));
    if (!found) {
        return fail_no_images(in, options->split, err);
    }
    GAN_TRY(load_images(in, options, data, &n_all, err));
    GAN_TRY(open_member(in, labels, &found, err));
    if (!found) {
        return gan_labels_leave_out(data, err, "it has no %s", labels);
    }
    GAN_TRY(gan_labels_make(data, data->info.n, err));
    GAN_TRY(gan_npy_read_labels(&in->source, n_all, data->info.n, data->labels, &found, err));
    return found ? GAN_OK
                 : gan_labels_leave_out(data, err,
                                        "its %s is not one whole number of 0 and more "
                                        "for each image",
                                        labels);
}

static gan_status load(const char *path, const gan_data_options *options, gan_data *data,
                       gan_error *err)
{
    input in = {.path = path};
    int64_t n_all = 0;
    gan_status status = GAN_OK;
    if (!is_single(path)) {
        status = load_archive(&in, options, data, err);
    } else if (strcmp(options->split, "train") != 0) {
        status =
            gan_fail(err, GAN_E_USAGE, "%s: a single array has no %s split", path, options->split);
    } else {
        GAN_TRY_DONE(open_file(&in, err));
        status = load_images(&in, options, data, &n_all, err);
    }
done:
    close_input(&in);
    return status;
}

static bool accepts(const char *path, bool is_folder)
{
    return !is_folder && (is_single(path) || gan_path_ends_in_any_case(path, ".npz"));
}

/* What cannot be opened is taken to have what is asked for: loading it says why not. */
static bool has_split(const char *path, const char *split)
{
    input in = {.path = path};
    const char *labels = NULL;
    bool found = strcmp(split, "train") == 0;
    if (!found && !is_single(path) && open_zip(&in, NULL) == GAN_OK) {
        (void)open_images(&in, split, &labels, &found, NULL);
    }
    close_input(&in);
    return found;
}

const gan_data_format gan_format_npz = {
    .accepts = accepts,
    .load = load,
    .has_split = has_split,
};
