/* measure.c — what a run measures of itself, as scalars. */
#include "run/measure.h"

#include <math.h>

#include "base/system.h"
#include "session/session.h"

static gan_status fill_rates(gan_run_measure *measure, gan_session *session, gan_error *err)
{
    const struct {
        int rate;
        double *to;
    } all[] = {{gan_rate_at(GAN_NET_G, GAN_RATE_LR), &measure->lr_g},
               {gan_rate_at(GAN_NET_D, GAN_RATE_LR), &measure->lr_d},
               {gan_rate_at(GAN_NET_G, GAN_RATE_BETA2), &measure->beta2},
               {GAN_RATE_R1, &measure->r1},
               {GAN_RATE_R2, &measure->r2},
               {GAN_RATE_EMA, &measure->ema_decay}};
    const gan_build_options *build = &session->build;
    double rates[GAN_RATE_COUNT] = {0};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        *all[i].to = (double)NAN;
    }
    if (build->n_rate_rows == 0) {
        return GAN_OK;
    }
    GAN_TRY(gan_session_read(session, GAN_STORED_RATES, rates, sizeof rates, err));
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        for (int k = 0; k < build->n_rate_rows; k++) {
            *all[i].to = build->rate_rows[k].rate == all[i].rate ? rates[all[i].rate] : *all[i].to;
        }
    }
    return GAN_OK;
}

gan_status gan_measure_fill(gan_run_measure *measure, gan_session *session, gan_error *err)
{
    const gan_options *o = gan_session_options(session);
    const double images = (double)gan_session_step(session) * (double)o->batch_size;
    const bool is_gpu = session->backend->launches != NULL;
    measure->kimg = images / 1e3;
    measure->epoch = images / (double)gan_data_describe(session->data)->n;
    measure->peak_mb = (double)gan_system_peak_memory() / 1e6;
    measure->cpu_gb = measure->peak_mb / 1e3;
    measure->sec_per_kimg = measure->img_per_s > 0 ? 1e3 / measure->img_per_s : (double)NAN;
    measure->gpu_gb = is_gpu ? (double)session->plan.needed_bytes / 1e9 : (double)NAN;
    return fill_rates(measure, session, err);
}

int gan_measure_scalars(const gan_run_measure *m, gan_scalar out[GAN_MEASURE_COUNT])
{
    const gan_scalar all[GAN_MEASURE_COUNT] = {
#define METRIC(id, field, key, tag, label, digits)                                                 \
    {key, tag, label, "", (digits) + 2, false, m->metrics.field},
#define QUALITY(field, key, tag, digits) {key, tag, key, "", digits, false, m->quality.field},
#define MEASURE(field, key, tag, unit, digits, is_whole)                                           \
    {key, tag, "", unit, digits, is_whole, m->field},
        GAN_ALL_METRIC_LIST(METRIC) GAN_QUALITY_LIST(QUALITY) GAN_MEASURE_LIST(MEASURE)
#undef METRIC
#undef QUALITY
#undef MEASURE
    };
    int n = 0;
    for (int i = 0; i < GAN_MEASURE_COUNT; i++) {
        if (!isnan(all[i].value)) {
            out[n++] = all[i];
        }
    }
    return n;
}
