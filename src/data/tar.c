/* tar.c — tar headers: 512 bytes, numbers in octal, content padded to whole blocks. */
#include "data/tar.h"

#include <stdio.h>
#include <string.h>

enum { BLOCK = 512, NAME_AT = 0, SIZE_AT = 124, SUM_AT = 148, TYPE_AT = 156, PREFIX_AT = 345 };
enum { NAME_BYTES = 100, SIZE_BYTES = 12, SUM_BYTES = 8, PREFIX_BYTES = 155 };

/* An octal field, ended by a space, a zero or its width; -1 when it is none. */
static int64_t parse_octal(const uint8_t *field, int width)
{
    int64_t value = 0;
    int i = 0;
    while (i < width && field[i] == ' ') {
        i++;
    }
    int start = i;
    for (; i < width && field[i] >= '0' && field[i] <= '7'; i++) {
        value = value * 8 + (field[i] - '0');
    }
    bool ended = i == width || field[i] == ' ' || field[i] == '\0';
    return i > start && ended ? value : -1;
}

/* The checksum counts its own field as spaces. */
static bool has_right_sum(const uint8_t *header)
{
    int64_t sum = 0;
    for (int i = 0; i < BLOCK; i++) {
        sum += i >= SUM_AT && i < SUM_AT + SUM_BYTES ? ' ' : header[i];
    }
    return parse_octal(header + SUM_AT, SUM_BYTES) == sum;
}

static bool is_zero(const uint8_t *header)
{
    for (int i = 0; i < BLOCK; i++) {
        if (header[i] != 0) {
            return false;
        }
    }
    return true;
}

static void read_name(const uint8_t *header, gan_tar_entry *entry)
{
    const char *name = (const char *)header + NAME_AT, *prefix = (const char *)header + PREFIX_AT;
    bool is_ustar = memcmp(header + 257, "ustar\0", 6) == 0; /* GNU's own has a space there */
    if (is_ustar && prefix[0]) {
        snprintf(entry->name, sizeof entry->name, "%.*s/%.*s", PREFIX_BYTES, prefix, NAME_BYTES,
                 name);
    } else {
        snprintf(entry->name, sizeof entry->name, "%.*s", NAME_BYTES, name);
    }
}

gan_status gan_tar_next(gan_tar *tar, gan_tar_entry *entry, bool *found, gan_error *err)
{
    uint8_t header[BLOCK];
    int64_t skipped = 0;
    size_t got = 0;
    *found = false;
    GAN_TRY(gan_reader_skip(tar->reader, tar->unread, &skipped, err));
    if (skipped < tar->unread) {
        return gan_fail(err, GAN_E_DATA, "%s: truncated tar archive", tar->path);
    }
    tar->unread = 0;
    GAN_TRY(gan_reader_read(tar->reader, header, BLOCK, &got, err));
    if (got == BLOCK && is_zero(header)) {
        return GAN_OK;
    }
    if (got < BLOCK) {
        return gan_fail(err, GAN_E_DATA, "%s: truncated tar archive", tar->path);
    }
    entry->bytes = parse_octal(header + SIZE_AT, SIZE_BYTES);
    if (!has_right_sum(header) || entry->bytes < 0) {
        return gan_fail(err, GAN_E_DATA, "%s: not a tar archive, or a damaged one", tar->path);
    }
    read_name(header, entry);
    entry->is_file = header[TYPE_AT] == '0' || header[TYPE_AT] == '\0';
    tar->unread = (entry->bytes + BLOCK - 1) / BLOCK * BLOCK;
    *found = true;
    return GAN_OK;
}

gan_status gan_tar_read(gan_tar *tar, const gan_tar_entry *entry, void *to, gan_error *err)
{
    size_t got = 0;
    GAN_TRY(gan_reader_read(tar->reader, to, (size_t)entry->bytes, &got, err));
    tar->unread -= (int64_t)got;
    if ((int64_t)got < entry->bytes) {
        return gan_fail(err, GAN_E_DATA, "%s: truncated: it ends within %s", tar->path,
                        entry->name);
    }
    return GAN_OK;
}
