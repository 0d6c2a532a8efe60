/* options.c — one table of settings, read and written in every form. */
#include "gan/options.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/rate_setting.h"
#include "options/values.h"
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
    GAN_TRY(gan_option_parse(&rows[id], name, text, field_of(options, id), err));
    options->from[id] = source;
    return GAN_OK;
}

gan_status gan_options_init(gan_options *options, gan_error *err)
{
    memset(options, 0, sizeof *options);
    for (int id = 0; id < GAN_OPTION_COUNT; id++) {
        const gan_option_row *row = &rows[id];
        bool set = *row->def || gan_option_is_text(row->type);
        gan_status status = set ? gan_option_parse(row, row->key, row->def,
                                                   field_of(options, (gan_option_id)id), err)
                                : GAN_OK;
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
                        "--ema-warmup: there is no averaged generator here; --ema 0.999 keeps one");
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
                        "--ema-statistics: there is no averaged generator here; --ema 0.999 keeps "
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
            GAN_TRY(gan_option_check_text(&rows[id], name, value, err));
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
