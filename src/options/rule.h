/* rule.h — "fd < 30": what is waited for of a measure of samples. */
#ifndef GAN_OPTIONS_RULE_H
#define GAN_OPTIONS_RULE_H

#include <stdbool.h>

#include "base/error.h"

typedef enum gan_rule_sign { GAN_BELOW, GAN_AT_MOST, GAN_ABOVE, GAN_AT_LEAST } gan_rule_sign;

typedef struct gan_rule {
    int measure; /* its place in GAN_QUALITY_LIST (gan/metrics.h) */
    gan_rule_sign sign;
    double limit;
} gan_rule;

/* A key of that list, one of < <= > >=, and a number, blanks between or not. GAN_E_USAGE: the text
 * is not of that form, or no measure is called so: the nearest one is named. GAN_E_MEMORY. */
gan_status gan_rule_parse(const char *text, gan_rule *out, gan_error *err);

/* The measure's key, and the sign as it is written. */
const char *gan_rule_measure(const gan_rule *rule);
const char *gan_rule_sign_text(const gan_rule *rule);

/* False of NAN. */
bool gan_rule_holds(const gan_rule *rule, double value);

#endif
