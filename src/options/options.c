/* options.c — one table of settings, read and written in every form. */
#include "gan/options.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/number.h"
#include "options/device_name.h"
#include "program/build.h"

static const gan_option_row rows[GAN_OPTION_COUNT] = {
#define GAN_OPTION(field, type, def, lowest, highest, on_resume, argument, help)                   \
    [GAN_OPTION_ID_##field] = {#field,  GAN_OPTION_##type,      def,      lowest,                  \
                               highest, GAN_RESUME_##on_resume, argument, help},
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

static gan_status bad_value(gan_error *err, gan_option_id id, const char *text, const char *what)
{
    return gan_fail(err, GAN_E_USAGE, "%s: '%s' %s", rows[id].key, text, what);
}

static gan_status check_range(gan_option_id id, double value, const char *text, gan_error *err)
{
    const gan_option_row *row = &rows[id];
    if (!isnan(row->lowest) && !(value >= row->lowest)) {
        return gan_fail(err, GAN_E_USAGE, "%s: %s is below %g, the least it can be", row->key, text,
                        row->lowest);
    }
    if (!isnan(row->highest) && !(value <= row->highest)) {
        return gan_fail(err, GAN_E_USAGE, "%s: %s is above %.9g, the most it can be", row->key,
                        text, row->highest);
    }
    return GAN_OK;
}

static gan_status parse_flag(gan_option_id id, const char *text, bool *out, gan_error *err)
{
    static const char *const yes[] = {"true", "1", "yes", "on"};
    static const char *const no[] = {"false", "0", "no", "off"};
    for (int i = 0; i < 4; i++) {
        if (strcmp(text, yes[i]) == 0 || strcmp(text, no[i]) == 0) {
            *out = strcmp(text, yes[i]) == 0;
            return GAN_OK;
        }
    }
    return bad_value(err, id, text, "is neither true nor false");
}

static gan_status parse_cadence(gan_option_id id, const char *text, gan_cadence *out,
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
        return bad_value(err, id, text,
                         "is not a number of steps (100), epochs (1e) or seconds (30s)");
    }
    *out = cadence;
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
                        "grid: '%s' is not ROWSxCOLUMNS, such as 4x4, both at most 1000", text);
    }
    *grid_rows = (int)r;
    *columns = (int)c;
    return GAN_OK;
}

static gan_status check_word(gan_option_id id, const char *value, gan_error *err)
{
    const char *choice = rows[id].argument;
    size_t length = strlen(value);
    while (*choice) {
        size_t n = strcspn(choice, "|");
        if (n == length && strncmp(choice, value, n) == 0) {
            return GAN_OK;
        }
        choice += n + (choice[n] == '|');
    }
    return gan_fail(err, GAN_E_USAGE, "%s: '%s' is not one of %s", rows[id].key, value,
                    rows[id].argument);
}

/* What is known of a text before anything is opened; "" is one that is not set. */
static gan_status check_text(gan_option_id id, const char *value, gan_error *err)
{
    int unused;
    if (!*value) {
        return GAN_OK;
    }
    switch (id) {
    case GAN_OPTION_ID_split:
    case GAN_OPTION_ID_fit:
    case GAN_OPTION_ID_schedule:
    case GAN_OPTION_ID_conv:
    case GAN_OPTION_ID_precision:
    case GAN_OPTION_ID_batchnorm:
    case GAN_OPTION_ID_data_store:
        return check_word(id, value, err);
    case GAN_OPTION_ID_loss:
        return gan_loss_find(value, &unused, err);
    case GAN_OPTION_ID_device:
        return gan_device_name_parse(value, NULL, err);
    case GAN_OPTION_ID_grid:
        return gan_grid_parse(value, &unused, &unused, err);
    default:
        return GAN_OK;
    }
}

static gan_status parse_value(gan_options *options, gan_option_id id, const char *text,
                              gan_error *err)
{
    void *field = field_of(options, id);
    switch (rows[id].type) {
    case GAN_OPTION_string: {
        char *copy = NULL;
        GAN_TRY(check_text(id, text, err));
        GAN_TRY(gan_strdup(text, &copy, err));
        free(*(char **)field);
        *(char **)field = copy;
        return GAN_OK;
    }
    case GAN_OPTION_integer: {
        int64_t value = 0;
        gan_status status = gan_number_int64(text, &value, err);
        if (status != GAN_OK) {
            return gan_fail_in(err, status, "%s", rows[id].key);
        }
        GAN_TRY(check_range(id, (double)value, text, err));
        *(int64_t *)field = value;
        return GAN_OK;
    }
    case GAN_OPTION_seed: {
        gan_status status = gan_number_uint64(text, field, err);
        return status == GAN_OK ? GAN_OK : gan_fail_in(err, status, "%s", rows[id].key);
    }
    case GAN_OPTION_real: {
        double value = 0;
        gan_status status = gan_number_double(text, &value, err);
        if (status != GAN_OK) {
            return gan_fail_in(err, status, "%s", rows[id].key);
        }
        GAN_TRY(check_range(id, value, text, err));
        *(double *)field = value;
        return GAN_OK;
    }
    case GAN_OPTION_flag:
        return parse_flag(id, text, field, err);
    default:
        return parse_cadence(id, text, field, err);
    }
}

gan_status gan_options_set(gan_options *options, gan_option_id id, const char *text,
                           gan_option_source source, gan_error *err)
{
    if (options->from[id] > source) {
        return GAN_OK;
    }
    if (rows[id].type == GAN_OPTION_string && !*text) {
        return gan_fail(err, GAN_E_USAGE, "%s: the value is empty", rows[id].key);
    }
    GAN_TRY(parse_value(options, id, text, err));
    options->from[id] = source;
    return GAN_OK;
}

gan_status gan_options_init(gan_options *options, gan_error *err)
{
    memset(options, 0, sizeof *options);
    for (int id = 0; id < GAN_OPTION_COUNT; id++) {
        bool set = *rows[id].def || rows[id].type == GAN_OPTION_string;
        gan_status status =
            set ? parse_value(options, (gan_option_id)id, rows[id].def, err) : GAN_OK;
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
        if (rows[id].type == GAN_OPTION_string) {
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
        if (rows[id].type == GAN_OPTION_string) {
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
        if (rows[id].key[0] >= '0' && rows[id].key[0] <= '9') {
            continue;
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
    const bool own_g = from[GAN_OPTION_ID_lr_g] == GAN_FROM_FLAG && o->lr_g != o->lr;
    const bool own_d = from[GAN_OPTION_ID_lr_d] == GAN_FROM_FLAG && o->lr_d != o->lr;
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
    if (from[GAN_OPTION_ID_gif] == GAN_FROM_FLAG && o->gif && !(o->sample_every.value > 0)) {
        return gan_fail(err, GAN_E_USAGE,
                        "--gif: there are no sample grids to make it of (--sample-every is 0)");
    }
    return GAN_OK;
}

gan_status gan_options_check(const gan_options *options, gan_error *err)
{
    if (options->from[GAN_OPTION_ID_epochs] >= GAN_FROM_FILE &&
        options->from[GAN_OPTION_ID_epochs] == options->from[GAN_OPTION_ID_steps]) {
        return gan_fail(err, GAN_E_USAGE, "give --epochs or --steps, not both");
    }
    GAN_TRY(check_flags(options, err));
    for (int id = 0; id < GAN_OPTION_COUNT; id++) {
        if (rows[id].type == GAN_OPTION_string) {
            const char *value = *(char *const *)((const char *)options + offsets[id]);
            GAN_TRY(check_text((gan_option_id)id, value, err));
        }
    }
    /* a checkpoint of a time when nobody looked may be resumed, as it was, without */
    return *options->loss && options->from[GAN_OPTION_ID_label_smoothing] != GAN_FROM_CHECKPOINT
               ? gan_loss_check_smoothing(options->loss, options->label_smoothing, err)
               : GAN_OK;
}
