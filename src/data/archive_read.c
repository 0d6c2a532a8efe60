/* archive_read.c — an archive by libarchive, member by member.
 *
 * An archive is a stream: each member's bytes can be had once, when it comes by. What a header says
 * of its size is not believed: the block grows with what is there, up to a cap. */
#define _GNU_SOURCE /* newlocale, uselocale */
#include "data/archive_read.h"

#ifdef GAN_WITH_ARCHIVE

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "data/kind.h"

enum { BLOCK = 1 << 18 };

/* A failure of the archive, by libarchive's words. */
static gan_status fail(const gan_archive *o, gan_error *err)
{
    const char *words = archive_error_string(o->archive);
    const int reason = archive_errno(o->archive);
    const gan_status status = reason == ENOMEM ? GAN_E_MEMORY
                              : reason == EIO  ? GAN_E_IO
                                               : GAN_E_DATA;
    char text[256];
    snprintf(text, sizeof text, "%s", words ? words : "it cannot be read");
    gan_text_clean_line(text);
    return gan_fail(err, status, "%s: %s%s", o->path,
                    status == GAN_E_DATA ? "damaged archive: " : "", text);
}

/* Zero where the system has no locale of UTF-8. */
static locale_t utf8_locale(void)
{
    static const char *const names[] = {"C.UTF-8", "C.utf8", "en_US.UTF-8", "POSIX.UTF-8"};
    locale_t found = (locale_t)0;
    for (size_t i = 0; i < sizeof names / sizeof *names && !found; i++) {
        found = newlocale(LC_CTYPE_MASK, names[i], (locale_t)0);
    }
    return found;
}

gan_status gan_archive_open(gan_archive *o, const char *path, gan_error *err)
{
    *o = (gan_archive){.path = path, .archive = archive_read_new(), .n_root = strlen(path) + 1};
    if (!o->archive) {
        return gan_fail(err, GAN_E_MEMORY, "%s: no memory to read it", path);
    }
    o->utf8 = utf8_locale();
    o->before = o->utf8 ? uselocale(o->utf8) : (locale_t)0;
    archive_read_support_filter_gzip(o->archive); /* by libraries: not by programs that are run */
    archive_read_support_filter_bzip2(o->archive);
    archive_read_support_filter_xz(o->archive);
    archive_read_support_filter_zstd(o->archive);
    archive_read_support_format_tar(o->archive);
    archive_read_support_format_zip_seekable(o->archive); /* by its directory, at its end */
    return archive_read_open_filename(o->archive, path, BLOCK) == ARCHIVE_OK ? GAN_OK
                                                                             : fail(o, err);
}

void gan_archive_close(gan_archive *o)
{
    if (o->archive) {
        (void)archive_read_free(o->archive); /* was read: what it had to say is said */
    }
    o->archive = NULL;
    if (o->utf8) {
        (void)uselocale(o->before);
        freelocale(o->utf8);
    }
    o->utf8 = (locale_t)0;
}

/* The next member; NULL at the end. */
gan_status gan_archive_next(gan_archive *o, struct archive_entry **entry, gan_error *err)
{
    const int result = archive_read_next_header(o->archive, entry);
    if (result == ARCHIVE_EOF) {
        *entry = NULL;
        return GAN_OK;
    }
    return result == ARCHIVE_OK || result == ARCHIVE_WARN ? GAN_OK : fail(o, err);
}

/* --- names --- */

/* The name without "./" before it, inside the entry. */
const char *gan_archive_name(struct archive_entry *entry)
{
    const char *name = archive_entry_pathname_utf8(entry);
    name = name ? name : archive_entry_pathname(entry);
    while (name && name[0] == '.' && name[1] == '/') {
        name += 2;
    }
    return name ? name : "";
}

/* What does not begin as a picture is not unpacked to its end: its decoder will say what it is. */
static bool begins_as_picture(const uint8_t *bytes, size_t n)
{
    const gan_file_kind *kind = gan_file_kind_of(bytes, n);
    return kind && kind->picture != GAN_PICTURE_NONE;
}

/* The block grows with what comes: a header that promises more than there is takes no memory. */
static gan_status read_part(gan_archive *o, gan_archive_member *m, size_t *capacity,
                            la_ssize_t *got, gan_error *err)
{
    void *block = m->bytes;
    const size_t more = m->n / 2 > BLOCK ? m->n / 2 : BLOCK;
    const gan_status grown = gan_grow(&block, m->n + more, 1, capacity, err);
    m->bytes = block;
    GAN_TRY(grown);
    *got = archive_read_data(o->archive, m->bytes + m->n, *capacity - m->n - 1);
    if (*got < 0) {
        m->is_whole_bad = *got == ARCHIVE_FATAL;
        const gan_status status = fail(o, err);
        return m->is_whole_bad ? status : gan_fail_in(err, status, "%s", m->label);
    }
    m->n += (size_t)*got;
    return m->n <= m->cap ? GAN_OK
                          : gan_fail(err, GAN_E_DATA, "%s: unpacks to more than %zu MB", m->label,
                                     m->cap >> 20);
}

gan_status gan_archive_read(gan_archive *o, gan_archive_member *m, gan_error *err)
{
    gan_status status = GAN_OK;
    size_t capacity = 0;
    for (la_ssize_t got = 1; got > 0 && status == GAN_OK;) {
        status = read_part(o, m, &capacity, &got, err);
        if (m->is_picture && !begins_as_picture(m->bytes, m->n)) {
            break;
        }
    }
    if (status != GAN_OK) {
        free(m->bytes);
        m->bytes = NULL;
    }
    return status;
}

#endif
