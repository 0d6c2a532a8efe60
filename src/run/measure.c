/* measure.c — what a run measures of itself, as scalars. */
#include "run/measure.h"

#include <math.h>

#include "base/system.h"
#include "session/session.h"

void gan_measure_fill(gan_run_measure *measure, const gan_session *session)
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
}

int gan_measure_scalars(const gan_run_measure *m, gan_scalar out[GAN_MEASURE_COUNT])
{
    const gan_scalar all[GAN_MEASURE_COUNT] = {
#define METRIC(id, field, key, tag, label, digits)                                                 \
    {key, tag, label, "", (digits) + 2, false, m->metrics.field},
#define MEASURE(field, key, tag, unit, digits, is_whole)                                           \
    {key, tag, "", unit, digits, is_whole, m->field},
        GAN_ALL_METRIC_LIST(METRIC) GAN_MEASURE_LIST(MEASURE)
#undef METRIC
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
