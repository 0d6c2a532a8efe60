/* values.h — the text of a setting as its value. */
#ifndef GAN_OPTIONS_VALUES_H
#define GAN_OPTIONS_VALUES_H

#include "base/error.h"
#include "gan/options.h"

/* Reads text into the field of the row's type (gan_option_c_*); a string there is freed first.
 * GAN_E_USAGE begins with `name`, the setting as it was written, and says what the value must be;
 * the field stays what it was then. */
gan_status gan_option_parse(const gan_option_row *row, const char *name, const char *text,
                            void *field, gan_error *err);

/* What is known of a text before anything is opened; "" is one that is not set. */
gan_status gan_option_check_text(const gan_option_row *row, const char *name, const char *value,
                                 gan_error *err);

#endif
