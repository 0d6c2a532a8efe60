/* events_reader.c — reads TensorBoard's event files. */
#include "unit/events_reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t little_endian(const unsigned char *at, size_t n)
{
    uint64_t value = 0;
    for (size_t i = n; i-- > 0;) {
        value = value << 8 | at[i];
    }
    return value;
}

static int take_varint(const unsigned char *message, size_t n, size_t *at, uint64_t *out)
{
    *out = 0;
    for (unsigned shift = 0; shift < 64 && *at < n; shift += 7) {
        const unsigned char byte = message[(*at)++];
        *out |= (uint64_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80)) {
            return 1;
        }
    }
    return -1;
}

int wire_next(const unsigned char *message, size_t n, size_t *at, wire_field *out)
{
    uint64_t key = 0;
    if (*at >= n) {
        return 0;
    }
    if (take_varint(message, n, at, &key) < 0) {
        return -1;
    }
    *out = (wire_field){.number = (uint32_t)(key >> 3), .type = (uint32_t)(key & 7)};
    if (out->type == 0) {
        return take_varint(message, n, at, &out->bits);
    }
    out->n = out->type == 1 ? 8 : 4;
    if (out->type == 2) {
        uint64_t length = 0;
        if (take_varint(message, n, at, &length) < 0) {
            return -1;
        }
        out->n = (size_t)length;
    } else if (out->type != 1 && out->type != 5) {
        return -1;
    }
    if (out->n > n - *at) {
        return -1;
    }
    out->bytes = message + *at;
    out->bits = out->type == 2 ? 0 : little_endian(out->bytes, out->n);
    *at += out->n;
    return 1;
}

int wire_find(const unsigned char *message, size_t n, uint32_t number, wire_field *out)
{
    int found = 0;
    for (size_t at = 0; (found = wire_next(message, n, &at, out)) > 0;) {
        if (out->number == number) {
            return 1;
        }
    }
    return found;
}

double wire_double(const wire_field *field)
{
    double wide = 0;
    float narrow = 0;
    const uint32_t bits = (uint32_t)field->bits;
    if (field->type == 1) {
        memcpy(&wide, &field->bits, sizeof wide);
        return wide;
    }
    memcpy(&narrow, &bits, sizeof narrow);
    return (double)narrow;
}

static uint32_t masked_crc(const unsigned char *bytes, size_t n)
{
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < n; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++) {
            crc = crc & 1 ? crc >> 1 ^ 0x82f63b78u : crc >> 1;
        }
    }
    crc = ~crc;
    return (crc >> 15 | crc << 17) + 0xa282ead8u;
}

/* The next record; NULL at the end, *whole then says whether the file ends between two. */
static unsigned char *next_record(FILE *file, size_t *n, int *whole)
{
    unsigned char head[12], tail[4];
    const size_t got = fread(head, 1, sizeof head, file);
    *whole = got == 0;
    if (got < sizeof head || little_endian(head + 8, 4) != masked_crc(head, 8)) {
        return NULL;
    }
    *n = (size_t)little_endian(head, 8);
    unsigned char *message = malloc(*n + 1);
    if (!message || fread(message, 1, *n, file) < *n || fread(tail, 1, 4, file) < 4 ||
        little_endian(tail, 4) != masked_crc(message, *n)) {
        free(message);
        return NULL;
    }
    return message;
}

int64_t events_read(const char *path,
                    void (*each)(void *ctx, const unsigned char *message, size_t n), void *ctx)
{
    FILE *file = fopen(path, "rb");
    int64_t count = 0;
    int whole = 0;
    size_t n = 0;
    if (!file) {
        return -1;
    }
    for (unsigned char *message; (message = next_record(file, &n, &whole)) != NULL; count++) {
        each(ctx, message, n);
        free(message);
    }
    (void)fclose(file);
    return whole ? count : -1 - count;
}
