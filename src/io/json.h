/* json.h — strings as JSON, for the writers of this room. */
#ifndef GAN_IO_JSON_H
#define GAN_IO_JSON_H

#include "base/text.h"

/* Appends string in quotes, escaped where JSON asks for it and nowhere else. What is not UTF-8
 * becomes '?'. */
void gan_json_quote(gan_text *text, const char *string);

#endif
