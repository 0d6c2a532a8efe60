/* measure.h — what a run measures of itself between two lines of its log, as scalars for sinks. */
#ifndef GAN_RUN_MEASURE_H
#define GAN_RUN_MEASURE_H

#include "run/sink.h"

/* Beside the session's metrics: X(field, key, tag, unit, digits, is_whole), named as in gan_scalar;
 * tags as StyleGAN's. NAN is left out.
 *  lr_g ... ema_decay   rates that move, as the last step had them
 *  diversity  of a fixed batch of samples, over that of real images (watchdog.h)
 *  rollbacks  so far, where there were any
 *  steps      that the metrics are the mean of
 *  seconds    in training steps, of this process
 *  kimg       thousands of real images seen since the run began
 *  cpu_gb     the most memory that the process had, 1e9 bytes; peak_mb: the same in 1e6
 *  gpu_gb     what the session takes of a GPU's memory */
#define GAN_MEASURE_LIST(X)                                                                        \
    X(steps, "steps", NULL, "", 0, true)                                                           \
    X(diversity, "Watch/diversity", "Watch/diversity", "", 4, false)                               \
    X(rollbacks, "Watch/rollbacks", "Watch/rollbacks", "", 0, true)                                \
    X(lr_g, "Learning rate/G", "Learning rate/G", "", 10, false)                                   \
    X(lr_d, "Learning rate/D", "Learning rate/D", "", 10, false)                                   \
    X(beta2, "Rate/beta2", "Rate/beta2", "", 8, false)                                             \
    X(r1, "Rate/r1", "Rate/r1", "", 8, false)                                                      \
    X(r2, "Rate/r2", "Rate/r2", "", 8, false)                                                      \
    X(ema_decay, "Rate/ema_decay", "Rate/ema_decay", "", 8, false)                                 \
    X(img_per_s, "Timing/img_per_s", "Timing/img_per_s", "img/s", 1, false)                        \
    X(seconds, "Timing/seconds", "Timing/total_sec", "", 0, false)                                 \
    X(peak_mb, "Memory/peak_MB", NULL, "", 0, false)                                               \
    X(kimg, NULL, "Progress/kimg", "", 0, false)                                                   \
    X(epoch, NULL, "Progress/epoch", "", 0, false)                                                 \
    X(sec_per_kimg, NULL, "Timing/sec_per_kimg", "", 0, false)                                     \
    X(cpu_gb, NULL, "Resources/cpu_mem_gb", "", 0, false)                                          \
    X(gpu_gb, NULL, "Resources/peak_gpu_mem_gb", "", 0, false)

#define GAN_MEASURE_FIELD(field, key, tag, unit, digits, is_whole) double field;
typedef struct gan_run_measure {
    gan_metrics metrics;
    gan_quality_values quality;
    GAN_MEASURE_LIST(GAN_MEASURE_FIELD)
} gan_run_measure;
#undef GAN_MEASURE_FIELD

#define GAN_MEASURE_ID(field, key, tag, unit, digits, is_whole) GAN_MEASURE_ID_##field,
#define GAN_METRIC_ID(id, field, key, tag, label, digits) GAN_MEASURE_ID_##id,
#define GAN_QUALITY_ID(field, key, tag, digits) GAN_MEASURE_ID_##field,
enum {
    GAN_ALL_METRIC_LIST(GAN_METRIC_ID) GAN_QUALITY_LIST(GAN_QUALITY_ID)
        GAN_MEASURE_LIST(GAN_MEASURE_ID) GAN_MEASURE_COUNT
};
#undef GAN_MEASURE_ID
#undef GAN_QUALITY_ID
#undef GAN_METRIC_ID

/* Fills what is known of the session and the process: all but metrics, steps, img_per_s, seconds.
 * Errors of reading the rates from the device. */
gan_status gan_measure_fill(gan_run_measure *measure, gan_session *session, gan_error *err);

/* Those that are not NAN, metrics first; returns how many. */
int gan_measure_scalars(const gan_run_measure *measure, gan_scalar out[GAN_MEASURE_COUNT]);

#endif
