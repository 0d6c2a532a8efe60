/* options.c — one table of settings, read and written in every form. */
#include "gan/options.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/number.h"
#include "base/rate_setting.h"
#include "base/words.h"
#include "options/device_name.h"
#include "options/rule.h"
#include "program/build.h"
#include "program/loss_terms.h"

enum { NAME_SIZE = 64 /* of a setting, with --, its final zero included */ };

static const gan_option_row rows[GAN_OPTION_COUNT] = {
#define GAN_OPTION(field, type, def, lowest, highest, on_resume, argument, help)                   \
    [GAN_OPTION_ID_##field] = {#field,  GAN_OPTION_##type,      def,      lowest,                  \
                               highest, GAN_RESUME_##on_resume, argument, help,                    \
                               NULL},
#define GAN_CHOICE(field, words, def, on_resume, help)                                             \
    [GAN_OPTION_ID_##field] = {                                                                    \
        #field, GAN_OPTION_choice, def, NAN, NAN, GAN_RESUME_##on_resume, "WORD", help, words},
#include "gan/options.def"
#undef GAN_OPTION
};

static const size_t offsets[GAN_OPTION_COUNT] = {
#define GAN_OPTION(field, type, def, lowest, highest, on_resume, argument, help)                   \
    [GAN_OPTION_ID_##field] = offsetof(gan_options, field),
#include "gan/options.def"
#undef GAN_OPTION
};

static void *field_of(gan_options *options, gan_option_id id)
{
    return (char *)options + offsets[id];
}

bool gan_option_is_text(gan_option_type type)
{
    return type <= GAN_OPTION_rule;
}

const gan_option_row *gan_option_describe(gan_option_id id)
{
    return &rows[id];
}

gan_option_id gan_option_find(const char *key)
{
    for (int id = 0; id < GAN_OPTION_COUNT; id++) {
        const char *a = rows[id].key, *b = key;
        while (*a && (*a == *b || (*a == '_' && *b == '-'))) {
            a++;
            b++;
        }
        if (!*a && !*b) {
            return (gan_option_id)id;
        }
    }
    return GAN_OPTION_COUNT;
}

/* The setting as it was written: "--log-every", "log_every". */
static const char *name_of(gan_option_id id, gan_option_source source, char out[NAME_SIZE])
{
    snprintf(out, NAME_SIZE, "%s%s", source == GAN_FROM_FLAG ? "--" : "", rows[id].key);
    for (char *c = out; source == GAN_FROM_FLAG && *c; c++) {
        *c = *c == '_' ? '-' : *c;
    }
    return out;
}

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
static gan_status check_text(const gan_option_row *row, const char *name, const char *value,
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
    GAN_TRY(check_text(row, name, text, err));
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

static gan_status parse_value(gan_options *options, gan_option_id id, const char *name,
                              const char *text, gan_error *err)
{
    void *field = field_of(options, id);
    const gan_option_row *row = &rows[id];
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

gan_status gan_options_set(gan_options *options, gan_option_id id, const char *text,
                           gan_option_source source, gan_error *err)
{
    char name[NAME_SIZE];
    if (options->from[id] > source) {
        return GAN_OK;
    }
    (void)name_of(id, source, name);
    if (gan_option_is_text(rows[id].type) && !*text) {
        return gan_fail(err, GAN_E_USAGE, "%s: the value is empty", name);
    }
    GAN_TRY(parse_value(options, id, name, text, err));
    options->from[id] = source;
    return GAN_OK;
}

gan_status gan_options_init(gan_options *options, gan_error *err)
{
    memset(options, 0, sizeof *options);
    for (int id = 0; id < GAN_OPTION_COUNT; id++) {
        const gan_option_row *row = &rows[id];
        bool set = *row->def || gan_option_is_text(row->type);
        gan_status status =
            set ? parse_value(options, (gan_option_id)id, row->key, row->def, err) : GAN_OK;
        if (status != GAN_OK) {
            gan_options_free(options);
            return status;
        }
    }
    return GAN_OK;
}

void gan_options_free(gan_options *options)
{
    for (int id = 0; id < GAN_OPTION_COUNT; id++) {
        if (gan_option_is_text(rows[id].type)) {
            char **field = field_of(options, (gan_option_id)id);
            free(*field);
            *field = NULL;
        }
    }
}

gan_status gan_options_copy(gan_options *to, const gan_options *from, gan_error *err)
{
    *to = *from;
    gan_status status = GAN_OK;
    for (int id = 0; id < GAN_OPTION_COUNT; id++) {
        if (gan_option_is_text(rows[id].type)) {
            char **field = field_of(to, (gan_option_id)id);
            const char *text = *field;
            *field = NULL;
            if (status == GAN_OK && text) {
                status = gan_strdup(text, field, err);
            }
        }
    }
    if (status != GAN_OK) {
        gan_options_free(to);
    }
    return status;
}

gan_status gan_options_from_environment(gan_options *options, gan_error *err)
{
    for (int id = 0; id < GAN_OPTION_COUNT; id++) {
        char name[64] = "GAN_";
        size_t n = 4;
        for (const char *c = rows[id].key; *c && n + 1 < sizeof name; c++) {
            name[n++] = *c == '_' ? '_' : (char)(*c - 'a' + 'A');
        }
        name[n] = 0;
        /* GAN_DATA is a folder to look in (data.h), not a data set */
        const char *value = id == GAN_OPTION_ID_data ? NULL : getenv(name);
        if (value && *value) {
            gan_status status =
                gan_options_set(options, (gan_option_id)id, value, GAN_FROM_ENVIRONMENT, err);
            if (status != GAN_OK) {
                return gan_fail_in(err, status, "environment variable %s", name);
            }
        }
    }
    return GAN_OK;
}

/* A flag that others leave without effect. What a file, a network or a checkpoint holds beside the
 * flags is a stock that not all is taken from. */
static gan_status check_flags(const gan_options *o, gan_error *err)
{
    const gan_option_source *from = o->from;
    const bool own_g =
        from[GAN_OPTION_ID_lr_g] == GAN_FROM_FLAG && !gan_rate_setting_equal(&o->lr_g, &o->lr);
    const bool own_d =
        from[GAN_OPTION_ID_lr_d] == GAN_FROM_FLAG && !gan_rate_setting_equal(&o->lr_d, &o->lr);
    if (from[GAN_OPTION_ID_lr] == GAN_FROM_FLAG && own_g && own_d) {
        return gan_fail(err, GAN_E_USAGE,
                        "--lr is for a network that has no rate of its own: with "
                        "--lr-g and --lr-d leave it out");
    }
    if (from[GAN_OPTION_ID_ema_warmup] == GAN_FROM_FLAG && o->ema_warmup &&
        from[GAN_OPTION_ID_ema] != GAN_FROM_DEFAULT && !(o->ema > 0)) {
        return gan_fail(err, GAN_E_USAGE,
                        "ema_warmup: there is no averaged generator here; --ema 0.999 keeps one");
    }
    if (from[GAN_OPTION_ID_generator_reals] == GAN_FROM_FLAG && *o->loss &&
        strcmp(o->generator_reals, "fresh") == 0) {
        int loss;
        GAN_TRY(gan_loss_find(o->loss, &loss, err));
        if (gan_loss_coupling_of(loss) == GAN_LOSS_SEPARATE) {
            return gan_fail(err, GAN_E_USAGE,
                            "--generator-reals: the generator's %s looks at no real image; "
                            "relativistic losses do",
                            o->loss);
        }
    }
    if (from[GAN_OPTION_ID_ema_statistics] == GAN_FROM_FLAG &&
        from[GAN_OPTION_ID_ema] != GAN_FROM_DEFAULT && !gan_options_averages(o)) {
        return gan_fail(err, GAN_E_USAGE,
                        "ema_statistics: there is no averaged generator here; --ema 0.999 keeps "
                        "one");
    }
    if (from[GAN_OPTION_ID_gif] == GAN_FROM_FLAG && o->gif && !(o->sample_every.value > 0)) {
        return gan_fail(err, GAN_E_USAGE,
                        "--gif: there are no sample grids to make it of (--sample-every is 0)");
    }
    return GAN_OK;
}

bool gan_options_averages(const gan_options *options)
{
    return options->ema > 0 || gan_rate_setting_most(&options->ema_half_life) > 0;
}

/* An average by a decay a step and one by a half-life are two answers to one question. */
static gan_status check_average(const gan_options *o, gan_error *err)
{
    const bool halves = gan_rate_setting_most(&o->ema_half_life) > 0;
    if (halves && o->ema > 0) {
        return gan_fail(err, GAN_E_USAGE,
                        "ema, ema_half_life: give one, a decay a step or a half-life in images");
    }
    if (!halves && o->from[GAN_OPTION_ID_ema_half_life] != GAN_FROM_DEFAULT &&
        o->from[GAN_OPTION_ID_ema_ramp] == GAN_FROM_FLAG && o->ema_ramp > 0) {
        return gan_fail(err, GAN_E_USAGE,
                        "--ema-ramp: there is no half-life for it; --ema-half-life 500k sets one");
    }
    return GAN_OK;
}

gan_status gan_options_check(const gan_options *options, gan_error *err)
{
    if (options->from[GAN_OPTION_ID_epochs] >= GAN_FROM_FILE &&
        options->from[GAN_OPTION_ID_epochs] == options->from[GAN_OPTION_ID_steps]) {
        return gan_fail(err, GAN_E_USAGE, "give --epochs or --steps, not both");
    }
    const gan_option_source budget = options->from[GAN_OPTION_ID_budget];
    if (options->budget > 0 && budget >= GAN_FROM_FILE &&
        (options->from[GAN_OPTION_ID_epochs] == budget ||
         options->from[GAN_OPTION_ID_steps] == budget)) {
        return gan_fail(err, GAN_E_USAGE, "give --budget, --epochs or --steps, not two of them");
    }
    GAN_TRY(check_flags(options, err));
    GAN_TRY(check_average(options, err));
    for (int id = 0; id < GAN_OPTION_COUNT; id++) {
        if (gan_option_is_text(rows[id].type)) {
            const char *value = *(char *const *)((const char *)options + offsets[id]);
            char name[NAME_SIZE];
            (void)name_of((gan_option_id)id, options->from[id], name);
            GAN_TRY(check_text(&rows[id], name, value, err));
        }
    }
    if ((gan_rate_setting_most(&options->r1) > 0 || gan_rate_setting_most(&options->r2) > 0) &&
        strcmp(options->precision, "fp16") == 0) {
        return gan_fail(
            err, GAN_E_USAGE,
            "r1, r2: the squares of D's gradient do not fit fp16; take --precision bf16 "
            "or fp32");
    }
    /* a checkpoint of a time when nobody looked may be resumed, as it was, without */
    return *options->loss && options->from[GAN_OPTION_ID_label_smoothing] != GAN_FROM_CHECKPOINT
               ? gan_loss_check_smoothing(options->loss, options->label_smoothing, err)
               : GAN_OK;
}
