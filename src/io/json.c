/* json.c — strings as JSON (RFC 8259 section 7).
 *
 * jansson reads our JSON; it does not write it, because the place of a digest in a file must be
 * known to the byte and a number printed with a float's digits. */
#include "io/json.h"

#include <string.h>

static void add_character(gan_text *text, const char *bytes, size_t length)
{
    static const char letters[0x20] = {
        ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r'};
    const unsigned char c = (unsigned char)*bytes;
    if (length > 1) {
        gan_text_add_bytes(text, bytes, length);
    } else if (length == 0) {
        gan_text_add_bytes(text, "?", 1);
    } else if (c == '"' || c == '\\') {
        gan_text_add(text, "\\%c", c);
    } else if (c < 0x20) {
        gan_text_add(text, letters[c] ? "\\%c" : "\\u%04x", letters[c] ? letters[c] : c);
    } else {
        gan_text_add_bytes(text, bytes, 1);
    }
}

void gan_json_quote(gan_text *text, const char *string)
{
    gan_text_add_bytes(text, "\"", 1);
    for (size_t left = strlen(string); left > 0;) {
        const size_t length = gan_text_utf8(string, left, NULL);
        const size_t step = length > 0 ? length : 1;
        add_character(text, string, length);
        string += step;
        left -= step;
    }
    gan_text_add_bytes(text, "\"", 1);
}
