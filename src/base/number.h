/* number.h — numbers as people write them, and sizes and times as people read them.
 *
 * Reading is strict: the whole text is the number, with no blanks, no unit and no rest. The
 * decimal point is a point whatever the locale says, in both directions. */
#ifndef GAN_BASE_NUMBER_H
#define GAN_BASE_NUMBER_H

#include <stdint.h>

#include "gan/status.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { GAN_NUMBER_TEXT_SIZE = 32 }; /* chars of a formatted size or duration, final zero included */

/* text as a number in *out: decimal digits with an optional sign (int64: + or -; uint64: +).
 * GAN_E_USAGE, with a sentence like "'12abc' is not a whole number", for an empty text, anything
 * but digits, and a value that the type cannot hold; *out is then untouched. */
gan_status gan_number_int64(const char *text, int64_t *out, gan_error *err);
gan_status gan_number_uint64(const char *text, uint64_t *out, gan_error *err);

/* text as a finite double in *out: "1", "-0.5", ".5", "2e-4". GAN_E_USAGE, *out untouched, for an
 * empty text, a rest, NaN and infinity, hexadecimal, a decimal comma, and a value too large for a
 * double or so small that only zero would be left. */
gan_status gan_number_double(const char *text, double *out, gan_error *err);

/* bytes in binary units: "0 B", "1023 B", "1.2 GiB", "345 MiB". */
void gan_number_bytes(int64_t bytes, char out[GAN_NUMBER_TEXT_SIZE]);

/* seconds in the two units that matter: "0 s", "400 us", "120 ms", "4.2 s", "42 s", "3m 05s",
 * "2h 05m", "3d 04h". Negative, NaN and anything over 1000 years give "?". */
void gan_number_duration(double seconds, char out[GAN_NUMBER_TEXT_SIZE]);

/* The end of a word that is counted: "" for 1, else "s". */
const char *gan_plural(int64_t n);

#ifdef __cplusplus
}
#endif
#endif
