/* schedule.c — the rates that move in a run, resolved to images.
 *
 * A share of the run is one of its steps in all, which its options say (--steps, or --epochs of the
 * data): so a run that is resumed with the same options has the same curve, to the bit, and nothing
 * is stored beside them. No clock takes part. */
#include "session/schedule.h"

#include <math.h>

#include "base/rate_setting.h"
#include "base/say.h"

static const double MAX_STEPS = 1e15; /* as in options.def */

int64_t gan_schedule_total_steps(const gan_options *options, int64_t n_images)
{
    if (options->from[GAN_OPTION_ID_steps] != GAN_FROM_DEFAULT) {
        return options->steps;
    }
    double images = (double)options->epochs * (double)n_images;
    double steps = images / (double)options->batch_size;
    int64_t whole = steps < MAX_STEPS ? (int64_t)steps : (int64_t)MAX_STEPS;
    return whole + (steps < MAX_STEPS && (double)whole * (double)options->batch_size < images);
}

enum { LR_G, LR_D, BETA2_G, BETA2_D, R1, R2, HALF_LIFE, N_SCHEDULED };

/* The element of "rates" that each is, and its setting's key. */
static const struct scheduled {
    const char *key;
    int rate;
    bool is_lr;
} scheduled[N_SCHEDULED] = {[LR_G] = {"lr_g", gan_rate_at(GAN_NET_G, GAN_RATE_LR), true},
                            [LR_D] = {"lr_d", gan_rate_at(GAN_NET_D, GAN_RATE_LR), true},
                            [BETA2_G] = {"beta2", gan_rate_at(GAN_NET_G, GAN_RATE_BETA2), false},
                            [BETA2_D] = {"beta2", gan_rate_at(GAN_NET_D, GAN_RATE_BETA2), false},
                            [R1] = {"r1", GAN_RATE_R1, false},
                            [R2] = {"r2", GAN_RATE_R2, false},
                            [HALF_LIFE] = {"ema_half_life", GAN_RATE_EMA, false}};

static const gan_rate_setting *setting_of(const gan_options *o, int i)
{
    const gan_rate_setting *const all[N_SCHEDULED] = {
        [LR_G] = &o->lr_g,
        [LR_D] = &o->lr_d,
        [BETA2_G] = &o->beta2,
        [BETA2_D] = &o->beta2,
        [R1] = &o->r1,
        [R2] = &o->r2,
        [HALF_LIFE] = &o->ema_half_life,
    };
    return all[i];
}

typedef struct measure {
    double batch, n_images, total; /* total: images of the whole run */
} measure;

static int64_t images_of(gan_length length, const measure *m)
{
    const double per[] = {[GAN_LENGTH_IMAGES] = 1,
                          [GAN_LENGTH_SHARE] = m->total / 100,
                          [GAN_LENGTH_STEPS] = m->batch,
                          [GAN_LENGTH_EPOCHS] = m->n_images};
    const double images = length.value * per[length.unit];
    return images < 9e18 ? llround(images) : INT64_MAX - 1;
}

/* A curve of no images at all is a step, at the image after its begin. */
static gan_rate_row row_of(const gan_rate_setting *setting, int i, const measure *m)
{
    gan_rate_row row = {.rate = scheduled[i].rate,
                        .curve = setting->curve,
                        .from = setting->from,
                        .to = setting->to,
                        .begin = images_of(setting->begin, m),
                        .end = images_of(setting->end, m),
                        .warm_up = images_of(setting->warm_up, m),
                        .has_factor = scheduled[i].is_lr};
    row.end = row.end > row.begin ? row.end : row.begin + 1;
    return row;
}

void gan_schedule_fill(const gan_options *options, int64_t n_images, gan_build_options *build)
{
    const double batch = (double)build->batch;
    const double steps = (double)gan_schedule_total_steps(options, n_images);
    const measure m = {batch, (double)n_images, steps * batch};
    build->n_rate_rows = 0;
    for (int i = 0; i < N_SCHEDULED; i++) {
        const gan_rate_setting *setting = setting_of(options, i);
        const bool halves = i == HALF_LIFE && gan_rate_setting_most(setting) > 0;
        if (gan_rate_setting_rests(setting) && !halves) {
            continue;
        }
        gan_rate_row row = row_of(setting, i, &m);
        if (halves) {
            row.halved_per = build->batch * (build->d_steps > 1 ? build->d_steps : 1);
            row.ramp = options->ema_ramp;
        }
        build->rate_rows[build->n_rate_rows++] = row;
    }
}

static const char *key_of(int rate)
{
    int i = 0;
    while (i + 1 < N_SCHEDULED && scheduled[i].rate != rate) {
        i++;
    }
    return scheduled[i].key;
}

void gan_schedule_tell(const gan_build_options *build, const gan_listener *listener)
{
    static const char *const curves[] = {
        [GAN_CURVE_CONSTANT] = "", [GAN_CURVE_LINEAR] = "linear", [GAN_CURVE_COSINE] = "cosine"};
    const double batch = (double)build->batch;
    for (int i = 0; i < build->n_rate_rows; i++) {
        const gan_rate_row *row = &build->rate_rows[i];
        const char *name = key_of(row->rate);
        const bool second_beta = row->rate == gan_rate_at(GAN_NET_D, GAN_RATE_BETA2);
        if (row->curve != GAN_CURVE_CONSTANT && !second_beta) {
            gan_say(listener, "%s from %g to %g, %s, from step %.0f to %.0f", name, row->from,
                    row->to, curves[row->curve], ceil((double)row->begin / batch),
                    ceil((double)row->end / batch));
        }
        if (row->warm_up > 0 && !second_beta) {
            gan_say(listener, "%s warms up until step %.0f", name,
                    ceil((double)row->warm_up / batch));
        }
    }
}

gan_status gan_schedule_check_length(const gan_options *now, const gan_options *saved,
                                     int64_t n_images, gan_error *err)
{
    const int64_t then = gan_schedule_total_steps(saved, n_images);
    const int64_t steps = gan_schedule_total_steps(now, n_images);
    for (int i = 0; i < N_SCHEDULED && steps != then && !now->reschedule; i++) {
        if (gan_rate_setting_has_share(setting_of(now, i))) {
            return gan_fail(
                err, GAN_E_USAGE,
                "%s is scheduled by shares of a run of %lld steps, and this one is to have %lld: "
                "with --reschedule it takes the shares of the new length from here on; or say its "
                "lengths in images",
                scheduled[i].key, (long long)then, (long long)steps);
        }
    }
    return GAN_OK;
}
