/* rate_setting.h — a rate as it is set, read and written as text (gan/rate.h has the grammar). */
#ifndef GAN_BASE_RATE_SETTING_H
#define GAN_BASE_RATE_SETTING_H

#include <stdbool.h>

#include "base/text.h"
#include "gan/rate.h"

/* GAN_E_USAGE, with the word that is wrong and what could stand there; *out is then untouched. */
gan_status gan_rate_setting_parse(const char *text, gan_rate_setting *out, gan_error *err);

/* As it reads back to the same; a constant as gan_text_add_real() has it. */
void gan_rate_setting_add(gan_text *text, const gan_rate_setting *rate);

gan_rate_setting gan_rate_setting_constant(double value);
bool gan_rate_setting_equal(const gan_rate_setting *a, const gan_rate_setting *b);

/* Whether it is the same at every step. */
bool gan_rate_setting_rests(const gan_rate_setting *rate);

/* Whether it depends on how long the run is. */
bool gan_rate_setting_has_share(const gan_rate_setting *rate);

/* The largest value that it takes. */
double gan_rate_setting_most(const gan_rate_setting *rate);

#endif
