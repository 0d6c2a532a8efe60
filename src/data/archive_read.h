/* archive_read.h — an archive by libarchive, member by member. Nothing where it is not built in. */
#ifndef GAN_DATA_ARCHIVE_READ_H
#define GAN_DATA_ARCHIVE_READ_H

#include "base/error.h"

#ifdef GAN_WITH_ARCHIVE

#include <archive.h>
#include <archive_entry.h>
#include <locale.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct gan_archive {
    const char *path;
    struct archive *archive;
    size_t n_root; /* bytes of a path in the list before the member's name */
    locale_t utf8; /* this thread's as long as the archive is open; and what it had before */
    locale_t before;
} gan_archive;

/* --- content --- */

/* What is known of a member while it is read. */
typedef struct gan_archive_member {
    const char *label;
    size_t cap;        /* more is refused */
    bool is_picture;   /* not read on where it does not begin as one */
    bool is_whole_bad; /* after a failure: the archive itself is at fault, not this member */
    uint8_t *bytes;    /* the caller's; room for one more */
    size_t n;
} gan_archive_member;

/* Opens it; close it also after a failure, in the same thread, whose locale has UTF-8's characters
 * until then: libarchive loses names beyond ASCII in "C". The path is borrowed. GAN_E_DATA with
 * libarchive's words where it is damaged, GAN_E_IO, GAN_E_MEMORY. */
gan_status gan_archive_open(gan_archive *o, const char *path, gan_error *err);
void gan_archive_close(gan_archive *o);

/* The next member; NULL at the end. The same errors. */
gan_status gan_archive_next(gan_archive *o, struct archive_entry **entry, gan_error *err);

/* Its name without "./" before it, inside the entry. */
const char *gan_archive_name(struct archive_entry *entry);

/* The bytes of the member at hand, m->bytes, which the caller frees: NULL after a failure. What is
 * wanted as a picture and does not begin as one is cut short. */
gan_status gan_archive_read(gan_archive *o, gan_archive_member *m, gan_error *err);

#endif

#endif
