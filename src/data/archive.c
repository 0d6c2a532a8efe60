/* archive.c — pictures in a zip or tar archive, by libarchive.
 *
 * An archive is read from its beginning, so it is read twice: once for the names, which are sorted
 * as those of a folder are, and once for the pictures, which one thread reads and all decode. Names
 * and links are only compared: nothing is written anywhere, and nothing outside is opened. */
#define _GNU_SOURCE /* locale_t */
#include "data/archive.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/path.h"
#include "data/archive_read.h"
#include "data/cifar.h"
#include "data/kind.h"
#include "data/labels.h"
#include "data/pictures.h"

static bool is_archive_name(const char *path)
{
    static const char *const endings[] = {".zip",  ".tar", ".tar.gz", ".tgz",     ".tar.bz2",
                                          ".tbz2", ".txz", ".tar.xz", ".tar.zst", ".tzst"};
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        if (gan_path_ends_in_any_case(path, endings[i])) {
            return strcmp(gan_path_base(path), GAN_CIFAR_ARCHIVE) != 0;
        }
    }
    return false;
}

#ifdef GAN_WITH_ARCHIVE

enum { PEEKED = 100000 };
static const size_t in_flight_cap = (size_t)256 << 20; /* bytes read and not decoded yet */

/* A name that would lead out of where the archive is unpacked. Nothing is unpacked here, so it does
 * no harm; but it is no name that an honest archive has. */
static bool leads_out(const char *name)
{
    if (name[0] == '/') {
        return true;
    }
    for (const char *part = name; part; part = strchr(part, '/')) {
        part += *part == '/';
        if (strncmp(part, "..", 2) == 0 && (part[2] == '/' || part[2] == '\0')) {
            return true;
        }
    }
    return false;
}

static bool is_hidden(const char *name)
{
    return name[0] == '.' || strstr(name, "/.") || strncmp(name, "__MACOSX/", 9) == 0;
}

static void leave(gan_file_list *list, gan_left_reason reason)
{
    list->n_left++;
    list->left[reason]++;
}

static gan_status read_json(gan_archive *o, gan_picture_source *source, gan_error *err);

static gan_status take_entry(gan_archive *o, struct archive_entry *entry,
                             gan_picture_source *source, gan_error *err)
{
    gan_file_list *list = &source->list;
    const char *name = gan_archive_name(entry);
    char *path = NULL;
    if (archive_entry_filetype(entry) == AE_IFDIR) {
        return GAN_OK;
    }
    if (archive_entry_hardlink(entry) || archive_entry_filetype(entry) == AE_IFLNK) {
        leave(list, GAN_LEFT_INNER_LINK);
    } else if (archive_entry_filetype(entry) != AE_IFREG) {
        leave(list, GAN_LEFT_SPECIAL);
    } else if (leads_out(name)) {
        leave(list, GAN_LEFT_OUTSIDE);
    } else if (is_hidden(name)) {
        leave(list, GAN_LEFT_HIDDEN);
    } else if (gan_file_is_picture_name(name)) {
        GAN_TRY(gan_format(&path, err, "%s/%s", o->path, name));
        return gan_file_list_take(list, &path, err);
    } else if (strcmp(name, GAN_LABELS_FILE) == 0 && !source->labels_json) {
        return read_json(o, source, err);
    } else {
        leave(list, GAN_LEFT_OTHER);
    }
    return GAN_OK;
}

static gan_status check_twice(const gan_picture_source *source, gan_error *err)
{
    const gan_file_list *list = &source->list;
    for (size_t i = 1; i < list->n; i++) {
        if (strcmp(list->paths[i - 1], list->paths[i]) == 0) {
            return gan_fail(err, GAN_E_DATA, "%s: is in its archive twice", list->paths[i]);
        }
    }
    return GAN_OK;
}

static gan_status find(gan_picture_source *source, const gan_data_options *options, gan_error *err)
{
    gan_status status = GAN_OK;
    gan_archive o;
    struct archive_entry *entry = NULL;
    GAN_TRY_DONE(gan_archive_open(&o, source->path, err));
    do {
        GAN_TRY_DONE(gan_data_poll(options->cancel, err));
        GAN_TRY_DONE(gan_archive_next(&o, &entry, err));
        if (entry) {
            GAN_TRY_DONE(take_entry(&o, entry, source, err));
        }
    } while (entry);
    gan_file_list_sort(&source->list);
    if (source->list.n == 0) {
        char *left = NULL;
        GAN_TRY_DONE(gan_file_list_left(&source->list, &left, err));
        status = gan_fail(err, GAN_E_NO_INPUT, "%s: no picture in it%s%s", source->path,
                          *left ? ", only " : "", left);
        free(left);
        goto done;
    }
    status = check_twice(source, err);
done:
    gan_archive_close(&o);
    return status;
}

static gan_archive_member picture_of(const gan_picture_source *source, size_t i)
{
    return (gan_archive_member){
        .label = source->list.paths[i], .cap = (size_t)GAN_PICTURE_HELD, .is_picture = true};
}

static gan_status read_json(gan_archive *o, gan_picture_source *source, gan_error *err)
{
    gan_archive_member m = {.label = GAN_LABELS_FILE, .cap = GAN_LABELS_FILE_CAP};
    GAN_TRY(gan_archive_read(o, &m, err));
    source->labels_json = (char *)m.bytes;
    source->labels_json[m.n] = '\0';
    return GAN_OK;
}

static int by_text(const void *key, const void *path)
{
    return strcmp(key, *(char *const *)path);
}

/* The place of a member in the list; -1: it is not wanted. */
static int64_t place_of(const gan_picture_source *source, int64_t n, struct archive_entry *entry,
                        gan_error *err)
{
    char *path = NULL;
    if (archive_entry_filetype(entry) != AE_IFREG || archive_entry_hardlink(entry) ||
        gan_format(&path, err, "%s/%s", source->path, gan_archive_name(entry)) != GAN_OK) {
        return -1;
    }
    char *const *found =
        bsearch(path, source->list.paths, (size_t)n, sizeof *source->list.paths, by_text);
    free(path);
    return found ? found - source->list.paths : -1;
}

/* Picture i alone: the archive is read as far as that. */
static gan_status scan(gan_picture_source *source, size_t i, int64_t least_height,
                       int64_t least_width, const gan_picture_sink *sink, gan_error *err)
{
    gan_status status = GAN_OK;
    gan_archive o;
    struct archive_entry *entry = NULL;
    gan_archive_member m = picture_of(source, i);
    GAN_TRY_DONE(gan_archive_open(&o, source->path, err));
    do {
        GAN_TRY_DONE(gan_archive_next(&o, &entry, err));
    } while (entry && place_of(source, (int64_t)source->list.n, entry, err) != (int64_t)i);
    if (!entry) {
        status = gan_fail(err, GAN_E_DATA, "%s: the archive has changed", m.label);
        goto done;
    }
    GAN_TRY_DONE(gan_archive_read(&o, &m, err));
    status = gan_picture_scan_memory(m.label, m.bytes, m.n, least_height, least_width, sink, err);
done:
    free(m.bytes);
    gan_archive_close(&o);
    return status;
}

/* Reads one member and leaves its decoding to whatever thread is free. */
static gan_status pass_on(gan_archive *o, gan_picture_source *source, gan_pictures_job *job,
                          int64_t i, size_t *in_flight, gan_error *err)
{
    gan_error why = {0};
    gan_archive_member m = picture_of(source, (size_t)i);
    if (gan_archive_read(o, &m, &why) != GAN_OK) {
        if (m.is_whole_bad || why.status != GAN_E_DATA) {
            return gan_fail(err, why.status, "%s", why.text);
        }
        gan_pictures_miss(job, i, &why);
        return GAN_OK;
    }
#pragma omp task firstprivate(m, i, job)
    {
        gan_pictures_take(job, i, m.bytes, m.n);
        free(m.bytes);
    }
    *in_flight += m.n;
    if (*in_flight > in_flight_cap) {
#pragma omp taskwait
        *in_flight = 0;
    }
    return GAN_OK;
}

static gan_status read_pictures(gan_picture_source *source, gan_pictures_job *job, gan_error *err)
{
    gan_status status = GAN_OK;
    gan_archive o;
    struct archive_entry *entry = NULL;
    size_t in_flight = 0;
    int64_t n_left = gan_pictures_count(job);
    GAN_TRY_DONE(gan_archive_open(&o, source->path, err));
    while (n_left > 0) {
        GAN_TRY_DONE(gan_data_poll(gan_pictures_options(job)->cancel, err));
        GAN_TRY_DONE(gan_archive_next(&o, &entry, err));
        if (!entry) {
            status = gan_fail(err, GAN_E_DATA, "%s: the archive has changed", source->path);
            goto done;
        }
        const int64_t i = place_of(source, gan_pictures_count(job), entry, err);
        if (i >= 0) {
            n_left--;
            GAN_TRY_DONE(pass_on(&o, source, job, i, &in_flight, err));
        }
    }
done:
    gan_archive_close(&o);
    return status;
}

static gan_status scan_all(gan_picture_source *source, gan_pictures_job *job, gan_error *err)
{
    gan_status status = GAN_OK;
#pragma omp parallel num_threads(gan_pictures_threads(gan_pictures_options(job)->threads))
#pragma omp single
    status = read_pictures(source, job, err);
    return status;
}

static gan_status load(const char *path, const gan_data_options *options, gan_data *data,
                       gan_error *err)
{
    gan_picture_source source = {.path = path, .scan = scan, .scan_all = scan_all};
    gan_status status = find(&source, options, err);
    if (status == GAN_OK) {
        status = gan_pictures_load(&source, options, data, err);
    }
    gan_file_list_free(&source.list);
    free(source.labels_json);
    return status;
}

static gan_status look(const char *path, const gan_data_options *options, gan_data_look *out,
                       gan_error *err)
{
    gan_picture_source source = {.path = path, .scan = scan, .scan_all = scan_all};
    gan_status status = find(&source, options, err);
    if (status == GAN_OK) {
        status = gan_pictures_look(&source, options, out, err);
    }
    gan_file_list_free(&source.list);
    free(source.labels_json);
    return status;
}

/* CIFAR-10's own archive has batches and no pictures. */
static bool holds_pictures(const char *path)
{
    gan_archive o;
    struct archive_entry *entry = NULL;
    bool found = false;
    if (gan_archive_open(&o, path, NULL) == GAN_OK) {
        for (int i = 0;
             i < PEEKED && !found && gan_archive_next(&o, &entry, NULL) == GAN_OK && entry; i++) {
            found = gan_file_is_picture_name(gan_archive_name(entry));
        }
    }
    gan_archive_close(&o);
    return found;
}

static bool accepts(const char *path, bool is_folder)
{
    const bool may_be_cifar = gan_path_ends_in_any_case(path, ".tar") ||
                              gan_path_ends_in_any_case(path, ".tar.gz") ||
                              gan_path_ends_in_any_case(path, ".tgz");
    return !is_folder && is_archive_name(path) && (!may_be_cifar || holds_pictures(path));
}

#else

static gan_status refuse(const char *path, gan_error *err)
{
    return gan_fail(err, GAN_E_DATA,
                    "%s: an archive, and this gan was built without libarchive: install "
                    "libarchive-dev and run make, or unpack it and name the folder",
                    path);
}

static gan_status load(const char *path, const gan_data_options *options, gan_data *data,
                       gan_error *err)
{
    (void)options;
    (void)data;
    return refuse(path, err);
}

static gan_status look(const char *path, const gan_data_options *options, gan_data_look *out,
                       gan_error *err)
{
    (void)options;
    (void)out;
    return refuse(path, err);
}

/* What may be CIFAR-10's own archive is left to its reader. */
static bool accepts(const char *path, bool is_folder)
{
    return !is_folder && is_archive_name(path) && !gan_path_ends_in_any_case(path, ".tar") &&
           !gan_path_ends_in_any_case(path, ".tar.gz") && !gan_path_ends_in_any_case(path, ".tgz");
}

#endif

static bool has_split(const char *path, const char *split)
{
    (void)path;
    return strcmp(split, "train") == 0;
}

const gan_data_format gan_format_archive = {
    .accepts = accepts,
    .load = load,
    .has_split = has_split,
    .holds_out = true,
    .look = look,
};
