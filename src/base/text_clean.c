/* text_clean.c — text of unknown origin made fit to print. */
#include <string.h>

#include "base/text.h"

size_t gan_text_utf8(const char *bytes, size_t n, uint32_t *code)
{
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    if (n == 0) {
        return 0;
    }
    const unsigned char first = (unsigned char)bytes[0];
    const size_t length = first < 0x80   ? 1
                          : first < 0xC0 ? 0
                          : first < 0xE0 ? 2
                          : first < 0xF0 ? 3
                          : first < 0xF8 ? 4
                                         : 0;
    if (length == 0 || length > n) {
        return 0;
    }
    uint32_t value = length == 1 ? first : first & (0xFFu >> (length + 1));
    for (size_t i = 1; i < length; i++) {
        const unsigned char next = (unsigned char)bytes[i];
        if ((next & 0xC0) != 0x80) {
            return 0;
        }
        value = value << 6 | (next & 0x3Fu);
    }
    if (value < smallest[length] || value > 0x10FFFF || (value >= 0xD800 && value < 0xE000)) {
        return 0;
    }
    if (code) {
        *code = value;
    }
    return length;
}

/* The length of the character at the start of text, which has n bytes, where it can be printed in a
 * line; otherwise 0. *skip: how many bytes it takes, printable or not. */
static size_t printable(const char *text, size_t n, size_t *skip)
{
    uint32_t code = 0;
    const size_t length = gan_text_utf8(text, n, &code);
    *skip = length > 0 ? length : 1;
    return code >= 0x20 && !(code >= 0x7F && code < 0xA0) && code != 0x2028 && code != 0x2029
               ? length
               : 0;
}

const char *gan_text_clean(const char *text, char out[GAN_TEXT_CLEAN_SIZE])
{
    static const char more[] = "...";
    const size_t end = GAN_TEXT_CLEAN_SIZE - 1, cut = end - (sizeof more - 1);
    size_t used = 0, last_fit = 0;
    for (size_t left = strlen(text); left > 0;) {
        size_t skip = 0;
        const size_t length = printable(text, left, &skip), shown = length ? length : 1;
        if (used + shown > end) {
            memcpy(out + last_fit, more, sizeof more);
            return out;
        }
        memcpy(out + used, length ? text : "?", shown);
        used += shown;
        last_fit = used <= cut ? used : last_fit;
        text += skip;
        left -= skip;
    }
    out[used] = '\0';
    return out;
}

void gan_text_clean_line(char *text)
{
    char *to = text;
    for (size_t left = strlen(text), skip = 0; left > 0; left -= skip, text += skip) {
        const size_t length = printable(text, left, &skip);
        memmove(to, length ? text : "?", length ? length : 1);
        to += length ? length : 1;
    }
    *to = '\0';
}
