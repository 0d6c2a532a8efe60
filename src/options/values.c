/* values.c — the text of a setting as its value, by the setting's type. */
#include "options/values.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/number.h"
#include "base/rate_setting.h"
#include "base/words.h"
#include "options/device_name.h"
#include "options/rule.h"
#include "program/build.h"

static gan_status check_range(const gan_option_row *row, const char *name, double value,
                              const char *text, gan_error *err)
{
    if (!isnan(row->lowest) && !(value >= row->lowest)) {
        return gan_fail(err, GAN_E_USAGE, "%s: %s is below %g, the least it can be", name, text,
                        row->lowest);
    }
    if (!isnan(row->highest) && !(value <= row->highest)) {
        return gan_fail(err, GAN_E_USAGE, "%s: %s is above %.9g, the most it can be", name, text,
                        row->highest);
    }
    return GAN_OK;
}

static gan_status parse_flag(const char *name, const char *text, bool *out, gan_error *err)
{
    static const char *const yes[] = {"true", "1", "yes", "on"};
    static const char *const no[] = {"false", "0", "no", "off"};
    for (int i = 0; i < 4; i++) {
        if (strcmp(text, yes[i]) == 0 || strcmp(text, no[i]) == 0) {
            *out = strcmp(text, yes[i]) == 0;
            return GAN_OK;
        }
    }
    return gan_fail(err, GAN_E_USAGE, "%s: '%s' is neither true nor false", name, text);
}

static gan_status parse_cadence(const char *name, const char *text, gan_cadence *out,
                                gan_error *err)
{
    size_t length = strlen(text);
    char last = length ? text[length - 1] : 0;
    gan_cadence cadence = {.unit = last == 'e'   ? GAN_EVERY_EPOCHS
                                   : last == 's' ? GAN_EVERY_SECONDS
                                                 : GAN_EVERY_STEPS};
    char *number = NULL;
    GAN_TRY(gan_strdup(text, &number, err));
    if (cadence.unit != GAN_EVERY_STEPS) {
        number[length - 1] = 0;
    }
    gan_status status = gan_number_double(number, &cadence.value, err);
    free(number);
    bool whole = cadence.value == floor(cadence.value);
    if (status != GAN_OK || cadence.value < 0 || cadence.value > 1e15 ||
        (cadence.unit == GAN_EVERY_STEPS && !whole)) {
        return gan_fail(err, GAN_E_USAGE,
                        "%s: '%s' is not a number of steps (100), epochs (1e) or seconds (30s)",
                        name, text);
    }
    *out = cadence;
    return GAN_OK;
}

/* "60", "60s", "10m", "2h", as seconds. */
static gan_status parse_duration(const gan_option_row *row, const char *name, const char *text,
                                 double *out, gan_error *err)
{
    const size_t length = strlen(text);
    const char last = length > 1 ? text[length - 1] : 's';
    const double unit = last == 'h' ? 3600 : last == 'm' ? 60 : 1;
    double value = 0;
    char *number = NULL;
    GAN_TRY(gan_strdup(text, &number, err));
    if (length > 1 && strchr("smh", last)) {
        number[length - 1] = 0;
    }
    const gan_status status = gan_number_double(number, &value, err);
    free(number);
    if (status != GAN_OK) {
        return gan_fail(err, GAN_E_USAGE, "%s: '%s' is not a time, such as 60s, 10m or 2h", name,
                        text);
    }
    GAN_TRY(check_range(row, name, value * unit, text, err));
    *out = value * unit;
    return GAN_OK;
}

gan_status gan_grid_parse(const char *text, int *grid_rows, int *columns, gan_error *err)
{
    const char *x = strchr(text, 'x');
    char *first = NULL;
    int64_t r = 0, c = 0;
    GAN_TRY(gan_strdup(text, &first, err));
    if (x) {
        first[x - text] = 0;
    }
    bool ok = x && gan_number_int64(first, &r, NULL) == GAN_OK &&
              gan_number_int64(x + 1, &c, NULL) == GAN_OK && r >= 1 && r <= 1000 && c >= 1 &&
              c <= 1000;
    free(first);
    if (!ok) {
        return gan_fail(err, GAN_E_USAGE,
                        "'%s' is not ROWSxCOLUMNS, such as 4x4, both at most 1000", text);
    }
    *grid_rows = (int)r;
    *columns = (int)c;
    return GAN_OK;
}

/* What is known of a text before anything is opened; "" is one that is not set. */
gan_status gan_option_check_text(const gan_option_row *row, const char *name, const char *value,
                                 gan_error *err)
{
    int unused;
    gan_rule rule;
    gan_status status = GAN_OK;
    switch (*value ? row->type : GAN_OPTION_string) {
    case GAN_OPTION_choice:
        return gan_words_check(name, value, row->words, err);
    case GAN_OPTION_loss:
        status = gan_loss_find(value, &unused, err);
        break;
    case GAN_OPTION_device:
        status = gan_device_name_parse(value, NULL, err);
        break;
    case GAN_OPTION_grid:
        status = gan_grid_parse(value, &unused, &unused, err);
        break;
    case GAN_OPTION_rule:
        status = gan_rule_parse(value, &rule, err);
        break;
    default:
        break;
    }
    return status == GAN_OK ? GAN_OK : gan_fail_in(err, status, "%s", name);
}

static gan_status parse_text(const gan_option_row *row, const char *name, const char *text,
                             char **field, gan_error *err)
{
    char *copy = NULL;
    GAN_TRY(gan_option_check_text(row, name, text, err));
    GAN_TRY(gan_strdup(text, &copy, err));
    free(*field);
    *field = copy;
    return GAN_OK;
}

static gan_status parse_number(const gan_option_row *row, const char *name, const char *text,
                               void *field, gan_error *err)
{
    int64_t whole = 0;
    double real = 0;
    gan_status status = row->type == GAN_OPTION_seed      ? gan_number_uint64(text, field, err)
                        : row->type == GAN_OPTION_integer ? gan_number_int64(text, &whole, err)
                                                          : gan_number_double(text, &real, err);
    if (status != GAN_OK) {
        return gan_fail_in(err, status, "%s", name);
    }
    if (row->type == GAN_OPTION_integer) {
        GAN_TRY(check_range(row, name, (double)whole, text, err));
        *(int64_t *)field = whole;
    } else if (row->type == GAN_OPTION_real) {
        GAN_TRY(check_range(row, name, real, text, err));
        *(double *)field = real;
    }
    return GAN_OK;
}

static gan_status parse_rate(const gan_option_row *row, const char *name, const char *text,
                             gan_rate_setting *field, gan_error *err)
{
    gan_rate_setting rate;
    const gan_status status = gan_rate_setting_parse(text, &rate, err);
    if (status != GAN_OK) {
        return gan_fail_in(err, status, "%s", name);
    }
    GAN_TRY(check_range(row, name, rate.from, text, err));
    GAN_TRY(check_range(row, name, rate.to, text, err));
    *field = rate;
    return GAN_OK;
}

gan_status gan_option_parse(const gan_option_row *row, const char *name, const char *text,
                            void *field, gan_error *err)
{
    switch (row->type) {
    case GAN_OPTION_integer:
    case GAN_OPTION_seed:
    case GAN_OPTION_real:
        return parse_number(row, name, text, field, err);
    case GAN_OPTION_duration:
        return parse_duration(row, name, text, field, err);
    case GAN_OPTION_rate:
        return parse_rate(row, name, text, field, err);
    case GAN_OPTION_flag:
        return parse_flag(name, text, field, err);
    case GAN_OPTION_cadence:
        if (strcmp(text, "auto") == 0 && strcmp(row->def, "auto") == 0) {
            *(gan_cadence *)field = (gan_cadence){.unit = GAN_EVERY_AUTO};
            return GAN_OK;
        }
        return parse_cadence(name, text, field, err);
    case GAN_OPTION_string:
    case GAN_OPTION_choice:
    case GAN_OPTION_loss:
    case GAN_OPTION_device:
    case GAN_OPTION_grid:
    case GAN_OPTION_rule:
        break;
    }
    return parse_text(row, name, text, field, err);
}
