/* protobuf.c — the wire format of Protocol Buffers. */
#include "io/protobuf.h"

#include <string.h>

enum { VARINT = 0, EIGHT = 1, LENGTH = 2, FOUR = 5, MAX_VARINT = 10 };

static void add_varint(gan_text *message, uint64_t value)
{
    unsigned char bytes[MAX_VARINT];
    size_t n = 0;
    while (value >= 0x80) {
        bytes[n++] = (unsigned char)(value | 0x80);
        value >>= 7;
    }
    bytes[n++] = (unsigned char)value;
    gan_text_add_bytes(message, bytes, n);
}

static void add_key(gan_text *message, int field, int kind)
{
    add_varint(message, (uint64_t)field << 3 | (uint64_t)kind);
}

void gan_protobuf_add_integer(gan_text *message, int field, int64_t value)
{
    add_key(message, field, VARINT);
    add_varint(message, (uint64_t)value);
}

void gan_protobuf_little_endian(unsigned char *to, uint64_t value, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        to[i] = (unsigned char)(value >> 8 * i);
    }
}

static void add_fixed(gan_text *message, uint64_t value, size_t n)
{
    unsigned char bytes[8];
    gan_protobuf_little_endian(bytes, value, n);
    gan_text_add_bytes(message, bytes, n);
}

void gan_protobuf_add_float(gan_text *message, int field, float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    add_key(message, field, FOUR);
    add_fixed(message, bits, sizeof bits);
}

static void add_double(gan_text *message, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    add_fixed(message, bits, sizeof bits);
}

void gan_protobuf_add_double(gan_text *message, int field, double value)
{
    add_key(message, field, EIGHT);
    add_double(message, value);
}

/* A packed list: one field of kind 2 whose bytes are the values. */
void gan_protobuf_add_doubles(gan_text *message, int field, const double *values, size_t n)
{
    add_key(message, field, LENGTH);
    add_varint(message, n * sizeof *values);
    for (size_t i = 0; i < n; i++) {
        add_double(message, values[i]);
    }
}

void gan_protobuf_add_bytes(gan_text *message, int field, const void *bytes, size_t n)
{
    add_key(message, field, LENGTH);
    add_varint(message, n);
    if (n > 0) {
        gan_text_add_bytes(message, bytes, n);
    }
}

void gan_protobuf_add_string(gan_text *message, int field, const char *string)
{
    gan_protobuf_add_bytes(message, field, string, strlen(string));
}

void gan_protobuf_add_message(gan_text *message, int field, gan_text *part)
{
    if (message->status == GAN_OK) {
        message->status = part->status;
    }
    gan_protobuf_add_bytes(message, field, part->data, part->length);
    gan_text_free(part);
}

/* --- reading --- */

static gan_status fail(gan_error *err)
{
    return gan_fail(err, GAN_E_DATA, "damaged: a protobuf message does not end where it says");
}

gan_status gan_protobuf_varint(gan_protobuf *message, uint64_t *out, gan_error *err)
{
    *out = 0;
    for (int i = 0; i < MAX_VARINT && message->left > 0; i++) {
        const unsigned char byte = *message->at++;
        message->left--;
        *out |= (uint64_t)(byte & 0x7f) << (7 * i);
        if (!(byte & 0x80)) {
            return GAN_OK;
        }
    }
    return fail(err);
}

/* n little-endian bytes. */
static gan_status take_fixed(gan_protobuf *message, size_t n, uint64_t *out, gan_error *err)
{
    *out = 0;
    if (message->left < n) {
        return fail(err);
    }
    for (size_t i = 0; i < n; i++) {
        *out |= (uint64_t)message->at[i] << (8 * i);
    }
    message->at += n;
    message->left -= n;
    return GAN_OK;
}

gan_status gan_protobuf_next(gan_protobuf *message, gan_protobuf_field *out, bool *there,
                             gan_error *err)
{
    uint64_t key = 0, n = 0;
    *out = (gan_protobuf_field){0};
    *there = message->left > 0;
    if (!*there) {
        return GAN_OK;
    }
    GAN_TRY(gan_protobuf_varint(message, &key, err));
    out->number = (int)(key >> 3 & 0x1fffffff);
    out->kind = (int)(key & 7);
    switch (out->kind) {
    case VARINT:
        return gan_protobuf_varint(message, &out->value, err);
    case EIGHT:
        return take_fixed(message, 8, &out->value, err);
    case FOUR:
        return take_fixed(message, 4, &out->value, err);
    case LENGTH:
        GAN_TRY(gan_protobuf_varint(message, &n, err));
        if (n > message->left) {
            return fail(err);
        }
        out->bytes = message->at;
        out->n = (size_t)n;
        message->at += n;
        message->left -= (size_t)n;
        return GAN_OK;
    default:
        return fail(err);
    }
}

gan_protobuf gan_protobuf_inside(const gan_protobuf_field *field)
{
    return (gan_protobuf){field->bytes, field->n};
}
