/* proto.c — protocol buffers' wire format. */
#include "io/proto.h"

#include <string.h>

enum { VARINT = 0, FIXED64 = 1, BYTES = 2, FIXED32 = 5 };

void gan_proto_little_endian(unsigned char *to, uint64_t value, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        to[i] = (unsigned char)(value >> 8 * i);
    }
}

static void add_varint(gan_text *message, uint64_t value)
{
    unsigned char bytes[10];
    size_t n = 0;
    do {
        bytes[n++] = (unsigned char)((value & 0x7f) | (value > 0x7f ? 0x80 : 0));
        value >>= 7;
    } while (value);
    gan_text_add_bytes(message, bytes, n);
}

static void add_key(gan_text *message, uint32_t field, unsigned type)
{
    add_varint(message, (uint64_t)field << 3 | type);
}

static void add_fixed(gan_text *message, uint64_t value, size_t n)
{
    unsigned char bytes[8];
    gan_proto_little_endian(bytes, value, n);
    gan_text_add_bytes(message, bytes, n);
}

void gan_proto_integer(gan_text *message, uint32_t field, int64_t value)
{
    add_key(message, field, VARINT);
    add_varint(message, (uint64_t)value);
}

static void add_double(gan_text *message, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    add_fixed(message, bits, sizeof bits);
}

void gan_proto_double(gan_text *message, uint32_t field, double value)
{
    add_key(message, field, FIXED64);
    add_double(message, value);
}

void gan_proto_float(gan_text *message, uint32_t field, float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    add_key(message, field, FIXED32);
    add_fixed(message, bits, sizeof bits);
}

void gan_proto_bytes(gan_text *message, uint32_t field, const void *bytes, size_t n)
{
    add_key(message, field, BYTES);
    add_varint(message, n);
    if (n > 0) {
        gan_text_add_bytes(message, bytes, n);
    }
}

void gan_proto_string(gan_text *message, uint32_t field, const char *string)
{
    gan_proto_bytes(message, field, string, strlen(string));
}

void gan_proto_doubles(gan_text *message, uint32_t field, const double *values, size_t n)
{
    add_key(message, field, BYTES);
    add_varint(message, n * sizeof *values);
    for (size_t i = 0; i < n; i++) {
        add_double(message, values[i]);
    }
}

void gan_proto_message(gan_text *message, uint32_t field, gan_text *inner)
{
    gan_proto_bytes(message, field, inner->data, inner->length);
    if (message->status == GAN_OK) {
        message->status = inner->status;
    }
    gan_text_free(inner);
}
