/* number.c — strict reading of numbers, and sizes and times for people.
 *
 * Fractions are printed from integers: printf's %f follows the locale of whoever embeds us. */
#define _GNU_SOURCE /* newlocale, strtod_l */
#include "base/number.h"

#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"

static gan_status refuse(const char *text, const char *what, gan_error *err)
{
    char shown[GAN_TEXT_CLEAN_SIZE];
    if (!*text) {
        return gan_fail(err, GAN_E_USAGE, "a number is missing: the text is empty");
    }
    return gan_fail(err, GAN_E_USAGE, "'%s' is %s", gan_text_clean(text, shown), what);
}

/* Digits alone, no sign, into *out; the failure's words, or NULL. */
static const char *read_digits(const char *digits, uint64_t *out)
{
    uint64_t value = 0;
    int too_large = 0;
    if (!*digits) {
        return "not a whole number";
    }
    for (const char *p = digits; *p; p++) {
        if (*p < '0' || *p > '9') {
            return "not a whole number";
        }
        const uint64_t digit = (uint64_t)(*p - '0');
        too_large |= value > (UINT64_MAX - digit) / 10;
        value = value * 10 + digit;
    }
    *out = value;
    return too_large ? "too large" : NULL;
}

gan_status gan_number_int64(const char *text, int64_t *out, gan_error *err)
{
    const int negative = *text == '-';
    uint64_t size = 0;
    const char *wrong = read_digits(text + (negative || *text == '+'), &size);
    if (!wrong && size > (uint64_t)INT64_MAX + (uint64_t)negative) {
        wrong = "too large";
    }
    if (wrong) {
        return refuse(text, wrong, err);
    }
    *out = negative ? -(int64_t)(size - (size > 0)) - (size > 0) : (int64_t)size;
    return GAN_OK;
}

gan_status gan_number_uint64(const char *text, uint64_t *out, gan_error *err)
{
    uint64_t value = 0;
    const char *wrong = *text == '-' ? "not a whole number of 0 or more"
                                     : read_digits(text + (*text == '+'), &value);
    if (wrong) {
        return refuse(text, wrong, err);
    }
    *out = value;
    return GAN_OK;
}

/* What strtod takes and we do not: blanks, hexadecimal, inf, nan. */
static int looks_decimal(const char *text)
{
    return *text && text[strspn(text, "0123456789+-.eE")] == '\0';
}

gan_status gan_number_double(const char *text, double *out, gan_error *err)
{
    if (!looks_decimal(text)) {
        return refuse(text, "not a finite decimal number", err);
    }
    locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (!c) {
        return gan_fail(err, GAN_E_MEMORY, "no memory for the C locale");
    }
    char *end = NULL;
    errno = 0;
    const double value = strtod_l(text, &end, c);
    const int out_of_range = errno == ERANGE;
    freelocale(c);
    if (end == text || *end) {
        return refuse(text, "not a finite decimal number", err);
    }
    if (!(fabs(value) <= 1.7976931348623157e308)) {
        return refuse(text, "too large", err);
    }
    if (out_of_range && value == 0.0) {
        return refuse(text, "too small: it would become 0", err);
    }
    *out = value;
    return GAN_OK;
}

/* tenths / 10 with one decimal below 100, none from there. */
static void print_tenths(int64_t tenths, const char *unit, char *out)
{
    if (tenths < 1000) {
        snprintf(out, GAN_NUMBER_TEXT_SIZE, "%d.%d %s", (int)(tenths / 10), (int)(tenths % 10),
                 unit);
    } else {
        snprintf(out, GAN_NUMBER_TEXT_SIZE, "%d %s", (int)((tenths + 5) / 10), unit);
    }
}

void gan_number_bytes(int64_t bytes, char out[GAN_NUMBER_TEXT_SIZE])
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    const char *sign = bytes < 0 ? "-" : "";
    const double size = fabs((double)bytes);
    double scaled = size;
    size_t unit = 0;
    while (scaled >= 1023.5 && unit + 1 < sizeof units / sizeof *units) {
        scaled /= 1024.0;
        unit++;
    }
    if (size < 1024.0) {
        snprintf(out, GAN_NUMBER_TEXT_SIZE, "%s%d B", sign, (int)size);
        return;
    }
    char text[GAN_NUMBER_TEXT_SIZE];
    print_tenths((int64_t)(scaled * 10.0 + 0.5), units[unit], text);
    snprintf(out, GAN_NUMBER_TEXT_SIZE, "%s%.30s", sign, text);
}

void gan_number_duration(double seconds, char out[GAN_NUMBER_TEXT_SIZE])
{
    if (!(seconds >= 0.0 && seconds <= 3.2e10)) {
        snprintf(out, GAN_NUMBER_TEXT_SIZE, "?");
        return;
    }
    const int64_t whole = (int64_t)(seconds + 0.5);
    if (seconds == 0.0) {
        snprintf(out, GAN_NUMBER_TEXT_SIZE, "0 s");
    } else if (seconds < 0.0009995) {
        snprintf(out, GAN_NUMBER_TEXT_SIZE, "%d us", (int)(seconds * 1e6 + 0.5));
    } else if (seconds < 0.9995) {
        print_tenths((int64_t)(seconds * 1e4 + 0.5), "ms", out);
    } else if (seconds < 9.95) {
        print_tenths((int64_t)(seconds * 10.0 + 0.5), "s", out);
    } else if (whole < 60) {
        snprintf(out, GAN_NUMBER_TEXT_SIZE, "%d s", (int)whole);
    } else if (whole < 3600) {
        snprintf(out, GAN_NUMBER_TEXT_SIZE, "%dm %02ds", (int)(whole / 60), (int)(whole % 60));
    } else if (whole < 86400) {
        snprintf(out, GAN_NUMBER_TEXT_SIZE, "%dh %02dm", (int)(whole / 3600),
                 (int)(whole / 60 % 60));
    } else {
        snprintf(out, GAN_NUMBER_TEXT_SIZE, "%dd %02dh", (int)(whole / 86400),
                 (int)(whole / 3600 % 24));
    }
}

const char *gan_plural(int64_t n)
{
    return n == 1 ? "" : "s";
}
