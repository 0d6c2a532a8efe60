/* html.c — text as HTML has it. */
#include "report/report.h"

void gan_html_text(gan_text *html, const char *text)
{
    for (; *text; text++) {
        switch (*text) {
        case '<':
            gan_text_add(html, "&lt;");
            break;
        case '>':
            gan_text_add(html, "&gt;");
            break;
        case '&':
            gan_text_add(html, "&amp;");
            break;
        case '"':
            gan_text_add(html, "&quot;");
            break;
        case '\'':
            gan_text_add(html, "&#39;");
            break;
        default:
            gan_text_add_bytes(html, text, 1);
        }
    }
}
