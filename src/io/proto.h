/* proto.h — writing protocol buffers' wire format, field by field.
 *
 * Five kinds of message are written and none is read: fewer lines than a library, its compiler in
 * the build and a .proto file. Wire format: a field is a varint (number << 3 | type), then its
 * value: type 0 a varint (7 bits a byte, lowest first, the top bit = more follows), 1 eight bytes,
 * 2 a length and so many bytes (a string, a message, packed numbers), 5 four bytes; all
 * little-endian. A message within a message is made first and added as bytes. */
#ifndef GAN_IO_PROTO_H
#define GAN_IO_PROTO_H

#include "base/text.h"

/* Each appends one field to a message under construction; failures are kept in it. */
void gan_proto_integer(gan_text *message, uint32_t field, int64_t value);
void gan_proto_double(gan_text *message, uint32_t field, double value);
void gan_proto_float(gan_text *message, uint32_t field, float value);
void gan_proto_bytes(gan_text *message, uint32_t field, const void *bytes, size_t n);
void gan_proto_string(gan_text *message, uint32_t field, const char *string);
void gan_proto_doubles(gan_text *message, uint32_t field, const double *values, size_t n);

/* Adds the inner message and frees it; its failure becomes the outer one's. */
void gan_proto_message(gan_text *message, uint32_t field, gan_text *inner);

/* value as n bytes, lowest first. */
void gan_proto_little_endian(unsigned char *to, uint64_t value, size_t n);

#endif
