/* events_reader.h — reads TensorBoard's event files, with code of its own: bit by bit CRC, any
 * field. */
#ifndef TESTS_EVENTS_READER_H
#define TESTS_EVENTS_READER_H

#include <stddef.h>
#include <stdint.h>

/* A field of a message: a number of type 0, 1 or 5 as its bits, or bytes. */
typedef struct wire_field {
    uint32_t number, type;
    uint64_t bits;
    const unsigned char *bytes;
    size_t n;
} wire_field;

/* Takes the field at *at of a message of n bytes and moves *at behind it. 1: there is one; 0: the
 * message is over; -1: it is broken. */
int wire_next(const unsigned char *message, size_t n, size_t *at, wire_field *out);

/* The first field of that number. Same results. */
int wire_find(const unsigned char *message, size_t n, uint32_t number, wire_field *out);

double wire_double(const wire_field *field); /* of type 1 or 5 */

/* Calls each(ctx, message, n) for every record of the file. Returns how many there are, or -1 - i
 * when record i is torn or its CRC is wrong. */
int64_t events_read(const char *path,
                    void (*each)(void *ctx, const unsigned char *message, size_t n), void *ctx);

#endif
