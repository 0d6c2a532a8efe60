/* rule.c — what is waited for of a measure of samples. */
#include "options/rule.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/nearest.h"
#include "base/number.h"
#include "gan/metrics.h"

#define NAME(field, key, tag, digits) key,
static const char *const names[] = {GAN_QUALITY_LIST(NAME)};
#undef NAME
enum { N_NAMES = sizeof names / sizeof *names };

static const char *const signs[] = {
    [GAN_BELOW] = "<", [GAN_AT_MOST] = "<=", [GAN_ABOVE] = ">", [GAN_AT_LEAST] = ">="};

static const char blanks[] = " \t";

static gan_status refuse(const char *text, gan_error *err)
{
    return gan_fail(err, GAN_E_USAGE,
                    "'%s' is not a measure, one of < <= > >=, and a number, such as 'fd < 30'",
                    text);
}

static gan_status find_measure(const char *name, int *out, gan_error *err)
{
    char hint[64], list[160] = "";
    for (*out = 0; *out < N_NAMES; ++*out) {
        if (strcmp(name, names[*out]) == 0) {
            return GAN_OK;
        }
    }
    for (int i = 0; i < N_NAMES; i++) {
        const size_t used = strlen(list);
        snprintf(list + used, sizeof list - used, "%s%s", i > 0 ? ", " : "", names[i]);
    }
    gan_nearest_hint(name, names, N_NAMES, hint, sizeof hint);
    return gan_fail(err, GAN_E_USAGE, "no measure is called '%s'%s; there are %s", name, hint,
                    list);
}

/* text is cut into its parts. */
static gan_status parse(char *text, const char *whole, gan_rule *out, gan_error *err)
{
    char *name = text + strspn(text, blanks);
    char *sign = name + strcspn(name, "<>");
    if (!*sign || sign == name) {
        return refuse(whole, err);
    }
    char *end = sign;
    while (end > name && strchr(blanks, end[-1])) {
        end--;
    }
    const bool above = *sign == '>', equal = sign[1] == '=';
    char *number = sign + 1 + equal + strspn(sign + 1 + equal, blanks);
    char *rest = number + strcspn(number, blanks);
    if (rest[strspn(rest, blanks)]) {
        return refuse(whole, err);
    }
    *rest = '\0';
    out->sign = above ? (equal ? GAN_AT_LEAST : GAN_ABOVE) : (equal ? GAN_AT_MOST : GAN_BELOW);
    *end = '\0';
    if (gan_number_double(number, &out->limit, NULL) != GAN_OK) {
        return refuse(whole, err);
    }
    return find_measure(name, &out->measure, err);
}

gan_status gan_rule_parse(const char *text, gan_rule *out, gan_error *err)
{
    char *copy = NULL;
    GAN_TRY(gan_strdup(text, &copy, err));
    const gan_status status = parse(copy, text, out, err);
    free(copy);
    return status;
}

const char *gan_rule_measure(const gan_rule *rule)
{
    return names[rule->measure];
}

const char *gan_rule_sign_text(const gan_rule *rule)
{
    return signs[rule->sign];
}

bool gan_rule_holds(const gan_rule *rule, double value)
{
    switch (rule->sign) {
    case GAN_BELOW:
        return value < rule->limit;
    case GAN_AT_MOST:
        return value <= rule->limit;
    case GAN_ABOVE:
        return value > rule->limit;
    case GAN_AT_LEAST:
        break;
    }
    return value >= rule->limit;
}
