/* text.c — a string that grows. */
#define _GNU_SOURCE /* newlocale, uselocale */
#include "base/text.h"

#include <locale.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* Room for n more bytes and the final zero; 0 when there is none. */
static int reserve(gan_text *text, size_t n)
{
    if (text->status == GAN_OK) {
        void *data = text->data;
        text->status = n > SIZE_MAX - text->length - 1
                           ? GAN_E_MEMORY
                           : gan_grow(&data, text->length + n + 1, 1, &text->capacity, NULL);
        text->data = data;
    }
    return text->status == GAN_OK;
}

/* Formats in the C locale, for this thread alone and for the time of the call. */
static int format_c(char *out, size_t size, const char *format, va_list args)
{
    locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (!c) {
        return -1;
    }
    locale_t before = uselocale(c);
    const int length = vsnprintf(out, size, format, args);
    uselocale(before);
    freelocale(c);
    return length;
}

void gan_text_add(gan_text *text, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const int length = format_c(NULL, 0, format, args);
    va_end(args);
    if (length < 0) {
        text->status = text->status == GAN_OK ? GAN_E_MEMORY : text->status;
        return;
    }
    if (reserve(text, (size_t)length)) {
        va_start(args, format);
        (void)format_c(text->data + text->length, (size_t)length + 1, format, args);
        va_end(args);
        text->length += (size_t)length;
    }
}

void gan_text_add_bytes(gan_text *text, const void *bytes, size_t n)
{
    if (reserve(text, n)) {
        if (n > 0) {
            memcpy(text->data + text->length, bytes, n);
        }
        text->length += n;
        text->data[text->length] = '\0';
    }
}

/* value with digits significant digits, in the C locale: d.ddde+xx. */
static void print_digits(char out[32], int digits, double value)
{
    gan_text text = {0};
    gan_text_add(&text, "%.*e", digits - 1, value);
    snprintf(out, 32, "%s", text.status == GAN_OK ? text.data : "");
    gan_text_free(&text);
}

static double read_back(const char *digits, int as_float)
{
    locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (!c) {
        return NAN; /* equal to nothing: the most digits are taken */
    }
    const double value = as_float ? (double)strtof_l(digits, NULL, c) : strtod_l(digits, NULL, c);
    freelocale(c);
    return value;
}

void gan_text_add_word(gan_text *text, const char *word)
{
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./+-";
    if (*word && !word[strspn(word, plain)]) {
        gan_text_add(text, "%s", word);
        return;
    }
    gan_text_add(text, "'");
    for (const char *c = word; *c; c++) {
        gan_text_add(text, "%s", *c == '\'' ? "'\\''" : (const char[]){*c, 0});
    }
    gan_text_add(text, "'");
}

void gan_text_add_real(gan_text *text, double value)
{
    if (!isfinite(value)) {
        gan_text_add(text, "%s", isnan(value) ? "nan" : value < 0 ? "-inf" : "inf");
        return;
    }
    const int as_float = fabs(value) <= 3.4028234663852886e38 && (double)(float)value == value;
    const int most = as_float ? 9 : 17;
    char shown[32] = "";
    int digits = 0;
    do {
        digits++;
        print_digits(shown, digits, value);
    } while (digits < most && read_back(shown, as_float) != value);
    const char *e = strchr(shown, 'e');
    const int exponent = e ? atoi(e + 1) : 0;
    const int decimals = digits - 1 - exponent;
    if (exponent < -5 || exponent > 15) {
        gan_text_add(text, "%s", shown);
    } else {
        gan_text_add(text, "%.*f", decimals > 0 ? decimals : 1, value);
    }
}

gan_status gan_text_check(const gan_text *text, gan_error *err)
{
    return text->status == GAN_OK ? GAN_OK : gan_fail(err, text->status, "no memory for a text");
}

gan_status gan_text_take(gan_text *text, char **out, gan_error *err)
{
    *out = NULL;
    gan_text_add_bytes(text, "", 0); /* an empty text is a string too */
    const gan_status status = gan_text_check(text, err);
    if (status == GAN_OK) {
        *out = text->data;
        *text = (gan_text){0};
    } else {
        gan_text_free(text);
    }
    return status;
}

void gan_text_free(gan_text *text)
{
    free(text->data);
    *text = (gan_text){0};
}
