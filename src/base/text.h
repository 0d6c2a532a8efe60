/* text.h — a string that grows, and text of unknown origin made fit to print. */
#ifndef GAN_BASE_TEXT_H
#define GAN_BASE_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum { GAN_TEXT_CLEAN_SIZE = 80 };

/* A string under construction. Zero-initialize. data is NULL or zero-terminated, of length bytes.
 * The first failure is kept in status: additions after it do nothing, so that many additions need
 * one check, by gan_text_take or gan_text_check. */
typedef struct gan_text {
    char *data;
    size_t length;
    size_t capacity;
    gan_status status;
} gan_text;

/* Appends printf's output. Numbers are printed as in the C locale, whatever the process has set. */
void gan_text_add(gan_text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Appends n bytes, zeros included. */
void gan_text_add_bytes(gan_text *text, const void *bytes, size_t n);

/* Appends a word as a shell takes it: in quotes, where it is empty or has more than letters, digits
 * and _./+-. */
void gan_text_add_word(gan_text *text, const char *word);

/* Appends value with the fewest digits that read back as the same double, or, when value is a
 * float's value, as the same float: 0.1f gives "0.1". "nan", "inf" and "-inf" for what is not
 * finite. Always looks like a real number: 3 gives "3.0", 1e30 gives "1e+30". */
void gan_text_add_real(gan_text *text, double value);

/* GAN_OK, or the first failure: GAN_E_MEMORY. */
gan_status gan_text_check(const gan_text *text, gan_error *err);

/* Hands the string over: *out is owned by the caller (free()), never NULL on success, and text is
 * empty again. On failure *out is NULL and the text is freed. */
gan_status gan_text_take(gan_text *text, char **out, gan_error *err);

/* Frees and empties. Fine on a zeroed one. */
void gan_text_free(gan_text *text);

/* The length in bytes, 1 to 4, of the UTF-8 character at the start of bytes[0..n-1], and its code
 * point in *code (NULL is fine); 0 when there is none: cut off, overlong, surrogate, > U+10FFFF. */
size_t gan_text_utf8(const char *bytes, size_t n, uint32_t *code);

/* A printable one-line copy of text in out, which is returned: control characters and what is not
 * UTF-8 become '?', and what does not fit is cut after a whole character and ends in "...". For
 * names that come from files and command lines and go into messages. */
const char *gan_text_clean(const char *text, char out[GAN_TEXT_CLEAN_SIZE]);

/* The same in place, and never cut. */
void gan_text_clean_line(char *text);

#endif
