/* protobuf.h — the wire format of Protocol Buffers, written and read by field numbers.
 *
 * A message is a list of fields: a varint of (number << 3 | kind), then the value: kind 0 a varint
 * (7 bits a byte, the lowest first, the top bit says that more follow), kind 1 8 bytes, kind 2 a
 * varint length and so many bytes (strings, messages, packed lists), kind 5 4 bytes; numbers are
 * little-endian. That is all of it that ONNX and
 * TensorBoard need, so there is no generated code and no library:
 * protobuf-c would be a package, a compiler of .proto files and a build step for these lines. */
#ifndef GAN_IO_PROTOBUF_H
#define GAN_IO_PROTOBUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

/* ---- writing: each appends one field to a message ---- */

void gan_protobuf_add_integer(gan_text *message, int field, int64_t value);
void gan_protobuf_add_float(gan_text *message, int field, float value);
void gan_protobuf_add_double(gan_text *message, int field, double value);
void gan_protobuf_add_doubles(gan_text *message, int field, const double *values, size_t n);
void gan_protobuf_add_bytes(gan_text *message, int field, const void *bytes, size_t n);
void gan_protobuf_add_string(gan_text *message, int field, const char *string);

/* The part is freed and empty afterwards; its failure becomes the message's. */
void gan_protobuf_add_message(gan_text *message, int field, gan_text *part);

/* value as n bytes, lowest first. */
void gan_protobuf_little_endian(unsigned char *to, uint64_t value, size_t n);

/* ---- reading ---- */

/* What is left of a message. */
typedef struct gan_protobuf {
    const unsigned char *at;
    size_t left;
} gan_protobuf;

typedef struct gan_protobuf_field {
    int number, kind;           /* of the wire: 0, 1, 2 or 5 */
    uint64_t value;             /* kinds 0, 1 and 5 */
    const unsigned char *bytes; /* kind 2, inside the message */
    size_t n;
} gan_protobuf_field;

/* Takes the next field; *there is false at the end. GAN_E_DATA: the message is damaged. */
gan_status gan_protobuf_next(gan_protobuf *message, gan_protobuf_field *out, bool *there,
                             gan_error *err);

/* Takes the next number of a packed list. GAN_E_DATA. */
gan_status gan_protobuf_varint(gan_protobuf *message, uint64_t *out, gan_error *err);

/* The field's bytes as a message, or as a packed list. */
gan_protobuf gan_protobuf_inside(const gan_protobuf_field *field);

#endif
