/* idle.c — what was asked for and makes no difference, told before the run. */
#include "run/idle.h"

#include <stdio.h>
#include <string.h>

#include "base/say.h"
#include "run/quality.h"

static bool rolls_back(const gan_start *start)
{
    return strcmp(start->options.watch, "rollback") == 0;
}

static bool measures(const gan_start *start)
{
    return gan_quality_is_due(&start->options);
}

static bool resumes(const gan_start *start)
{
    return start->checkpoint != NULL;
}

static bool averages(const gan_start *start)
{
    return gan_options_averages(&start->options);
}

static bool measures_statistics(const gan_start *start)
{
    return start->options.precise_bn;
}

/* A flag, what it needs, and what is wrong without that. */
static const struct {
    gan_option_id id;
    bool (*works)(const gan_start *start);
    const char *why;
} needs[] = {
    {GAN_OPTION_ID_rollbacks, rolls_back, "nothing rolls back without --watch rollback"},
    {GAN_OPTION_ID_eval_samples, measures, "nothing is measured: --eval-every 0"},
    {GAN_OPTION_ID_eval_features, measures, "nothing is measured: --eval-every 0"},
    {GAN_OPTION_ID_reschedule, resumes, "no run is resumed"},
    {GAN_OPTION_ID_ema_warmup, averages, "there is no average without --ema"},
    {GAN_OPTION_ID_bn_batches, measures_statistics, "no statistics are measured: --no-precise-bn"},
    {GAN_OPTION_ID_bn_batch, measures_statistics, "no statistics are measured: --no-precise-bn"},
};

/* "--eval-samples", of a key of a config file. */
static void name_flag(gan_option_id id, char out[64])
{
    snprintf(out, 64, "--%s", gan_option_describe(id)->key);
    for (char *c = out; *c; c++) {
        *c = *c == '_' ? '-' : *c;
    }
}

void gan_idle_tell(const gan_start *start, int64_t total, const gan_listener *listener)
{
    const gan_options *o = &start->options;
    char flag[64];
    for (size_t i = 0; i < sizeof needs / sizeof *needs; i++) {
        if (o->from[needs[i].id] == GAN_FROM_FLAG && !needs[i].works(start)) {
            name_flag(needs[i].id, flag);
            gan_say(listener, "%s makes no difference: %s", flag, needs[i].why);
        }
    }
    if (o->d_steps > total) {
        gan_say(listener,
                "the generator is never updated: that happens at each step of --d-steps %lld, and "
                "the run has %lld",
                (long long)o->d_steps, (long long)total);
    }
}
