/* zip.c — zip archives, through libzip. */
#include "io/zip.h"

#include <stdbool.h>
#include <stdlib.h>
#include <zip.h>

#include "base/file.h"
#include "base/memory.h"

enum { DOS_1980_01_01 = 0x21 }; /* the first day that the format knows */

static gan_status fail(const char *path, zip_error_t *why, gan_error *err)
{
    return gan_fail(err, zip_error_code_zip(why) == ZIP_ER_MEMORY ? GAN_E_MEMORY : GAN_E_IO,
                    "%s: %s", path, zip_error_strerror(why));
}

static gan_status add(const char *path, zip_t *zip, const gan_zip_entry *entry, gan_error *err)
{
    zip_source_t *source = zip_source_buffer(zip, entry->bytes, entry->n, 0);
    const zip_int64_t index =
        source ? zip_file_add(zip, entry->name, source, ZIP_FL_ENC_UTF_8) : -1;
    if (index < 0) {
        zip_source_free(source);
        return fail(path, zip_get_error(zip), err);
    }
    if (zip_set_file_compression(zip, (zip_uint64_t)index, ZIP_CM_STORE, 0) != 0 ||
        zip_file_set_dostime(zip, (zip_uint64_t)index, 0, DOS_1980_01_01, 0) != 0) {
        return fail(path, zip_get_error(zip), err);
    }
    return GAN_OK;
}

/* Fills `archive`, which is kept. */
static gan_status fill(const char *path, zip_source_t *archive, const gan_zip_entry *entries,
                       size_t n, gan_error *err)
{
    zip_error_t why;
    zip_error_init(&why);
    zip_source_keep(archive); /* zip_close() lets go of one reference */
    zip_t *zip = zip_open_from_source(archive, ZIP_TRUNCATE, &why);
    if (!zip) {
        zip_source_free(archive);
        const gan_status status = fail(path, &why, err);
        zip_error_fini(&why);
        return status;
    }
    gan_status status = GAN_OK;
    for (size_t i = 0; i < n && status == GAN_OK; i++) {
        status = add(path, zip, &entries[i], err);
    }
    if (status == GAN_OK && zip_close(zip) != 0) {
        status = fail(path, zip_get_error(zip), err);
    }
    if (status != GAN_OK) {
        zip_discard(zip);
    }
    return status;
}

/* The archive's bytes to the disk. */
static gan_status write_archive(const char *path, zip_source_t *archive, gan_error *err)
{
    zip_stat_t st;
    void *bytes = NULL;
    if (zip_source_stat(archive, &st) != 0 || zip_source_open(archive) != 0) {
        return fail(path, zip_source_error(archive), err);
    }
    gan_status status = gan_calloc((size_t)st.size, 1, &bytes, err);
    if (status == GAN_OK && zip_source_read(archive, bytes, st.size) != (zip_int64_t)st.size) {
        status = fail(path, zip_source_error(archive), err);
    }
    (void)zip_source_close(archive); /* it was read */
    if (status == GAN_OK) {
        status = gan_file_write_whole(path, bytes, (size_t)st.size, err);
    }
    free(bytes);
    return status;
}

gan_status gan_zip_write(const char *path, const gan_zip_entry *entries, size_t n, gan_error *err)
{
    zip_error_t why;
    zip_error_init(&why);
    zip_source_t *archive = zip_source_buffer_create(NULL, 0, 0, &why);
    if (!archive) {
        return fail(path, &why, err);
    }
    gan_status status = fill(path, archive, entries, n, err);
    if (status == GAN_OK) {
        status = write_archive(path, archive, err);
    }
    zip_source_free(archive);
    return status;
}

static gan_status read_file(zip_t *zip, const char *path, const char *name, size_t cap,
                            void **bytes, size_t *n, gan_error *err)
{
    zip_stat_t st;
    if (zip_stat(zip, name, 0, &st) != 0 || !(st.valid & ZIP_STAT_SIZE)) {
        return gan_fail(err, GAN_E_DATA, "%s: there is no %s in it", path, name);
    }
    if (st.size > cap || st.size / 1032 > st.comp_size) { /* 1032: the most that deflate makes */
        return gan_fail(err, GAN_E_DATA, "%s: damaged: %s promises more than it can hold", path,
                        name);
    }
    GAN_TRY(gan_calloc((size_t)st.size, 1, bytes, err));
    zip_file_t *file = zip_fopen_index(zip, st.index, 0);
    const bool whole = file && zip_fread(file, *bytes, st.size) == (zip_int64_t)st.size;
    const int close_error = file ? zip_fclose(file) : 0;
    *n = (size_t)st.size;
    return whole && close_error == 0
               ? GAN_OK
               : gan_fail(err, GAN_E_DATA, "%s: damaged: %s cannot be read", path, name);
}

static gan_status open_archive(const char *path, zip_t **out, gan_error *err)
{
    int code = 0;
    *out = zip_open(path, ZIP_RDONLY, &code);
    return *out ? GAN_OK
                : gan_fail(err, code == ZIP_ER_NOENT ? GAN_E_NO_INPUT : GAN_E_DATA,
                           code == ZIP_ER_NOENT ? "%s: no such file" : "%s: no zip archive", path);
}

gan_status gan_zip_read(const char *path, const char *name, size_t cap, void **bytes, size_t *n,
                        gan_error *err)
{
    zip_t *zip = NULL;
    *bytes = NULL;
    *n = 0;
    GAN_TRY(open_archive(path, &zip, err));
    gan_status status = read_file(zip, path, name, cap, bytes, n, err);
    zip_discard(zip);
    if (status != GAN_OK) {
        free(*bytes);
        *bytes = NULL;
    }
    return status;
}

gan_status gan_zip_each(const char *path, size_t cap, gan_zip_visitor *visit, void *user,
                        gan_error *err)
{
    zip_t *zip = NULL;
    gan_status status = GAN_OK;
    GAN_TRY(open_archive(path, &zip, err));
    const zip_int64_t n_files = zip_get_num_entries(zip, 0);
    for (zip_int64_t i = 0; i < n_files && status == GAN_OK; i++) {
        const char *name = zip_get_name(zip, (zip_uint64_t)i, 0);
        void *bytes = NULL;
        size_t n = 0;
        status = name ? read_file(zip, path, name, cap, &bytes, &n, err)
                      : gan_fail(err, GAN_E_DATA, "%s: damaged: a file without a name", path);
        if (status == GAN_OK) {
            status = visit(user, name, bytes, n, err);
        }
        free(bytes);
    }
    zip_discard(zip);
    return status;
}
