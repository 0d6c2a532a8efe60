/* yaml_quote.c — a string as a YAML scalar. */
#include <string.h>

#include "base/yaml.h"

/* Letters, digits and what no position gives a meaning to; none of - : # , at the ends. */
static bool is_safe_shape(const char *string)
{
    static const char safe[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                               "0123456789_./+-";
    return *string && string[strspn(string, safe)] == '\0' && *string != '-' && *string != '.' &&
           *string != '+';
}

/* Words and numbers that a YAML reader of some version would not take for a string. */
static bool means_something(const char *string)
{
    static const char *const words[] = {"null", "true", "false", "yes", "no",
                                        "on",   "off",  "y",     "n"};
    char lower[8] = "";
    for (size_t i = 0; i < sizeof lower - 1 && string[i]; i++) {
        const char c = string[i];
        lower[i] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    }
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(lower, words[i]) == 0) {
            return true;
        }
    }
    return *string >= '0' && *string <= '9'; /* numbers, dates, 0x10, 1_000 */
}

/* One character of length bytes, escaped where YAML does not print it; length 0: a stray byte. */
static void add_character(gan_text *text, const char *bytes, size_t length, uint32_t code)
{
    static const char letters[] = {['\t'] = 't', ['\n'] = 'n', ['\r'] = 'r'};
    if (length == 0) {
        gan_text_add(text, "\\x%02X", (unsigned)(unsigned char)*bytes);
    } else if (code == '"' || code == '\\') {
        gan_text_add(text, "\\%c", (int)code);
    } else if (code < sizeof letters && letters[code]) {
        gan_text_add(text, "\\%c", letters[code]);
    } else if (code < 0x20 || (code >= 0x7F && code < 0xA0)) {
        gan_text_add(text, "\\x%02X", (unsigned)code);
    } else if (code == 0x2028 || code == 0x2029 || code == 0xFEFF || code == 0xFFFE ||
               code == 0xFFFF) {
        gan_text_add(text, "\\u%04X", (unsigned)code);
    } else {
        gan_text_add_bytes(text, bytes, length);
    }
}

void gan_yaml_quote(gan_text *text, const char *string)
{
    if (is_safe_shape(string) && !means_something(string)) {
        gan_text_add(text, "%s", string);
        return;
    }
    gan_text_add(text, "\"");
    for (size_t left = strlen(string); left > 0;) {
        uint32_t code = 0;
        const size_t length = gan_text_utf8(string, left, &code);
        const size_t step = length > 0 ? length : 1;
        add_character(text, string, length, code);
        string += step;
        left -= step;
    }
    gan_text_add(text, "\"");
}
