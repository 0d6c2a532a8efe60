/* metrics.c — the means of what the device wrote down of each step. */
#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "session/session.h"

#define UNKNOWN(id, field, key, tag, label, digits) .field = (double)NAN,
static const gan_metrics unknown = {GAN_ALL_METRIC_LIST(UNKNOWN)};
#undef UNKNOWN

static gan_metrics name_of_gan(const double row[GAN_METRIC_COUNT])
{
    gan_metrics m = unknown;
#define NAME(id, field, key, tag, label, digits) m.field = row[GAN_METRIC_##id];
    GAN_METRIC_LIST(NAME)
#undef NAME
    return m;
}

/* gan_build_classify() tells what is where in a row. */
static gan_metrics name_of_classifier(const double row[GAN_METRIC_COUNT], int64_t batch)
{
    gan_metrics m = unknown;
    m.loss = row[0];
    m.accuracy = row[1] / (double)batch;
    m.norm = row[GAN_METRIC_NORM_G];
    return m;
}

/* Whether that step's program has that metric: where D alone is updated, G's are not known. */
static bool measures(const gan_session *session, int64_t step, int metric)
{
    const gan_step_list *list = &session->list;
    const bool of_g = metric == GAN_METRIC_LOSS_G || metric == GAN_METRIC_NORM_G;
    return !of_g || list->rows[gan_step_list_at(list, step)].part == GAN_STEP_WHOLE;
}

/* Over the last n steps, those of them that have the metric; NAN where none has. */
static void take_mean(const gan_session *session, const float *ring, int64_t n,
                      double mean[GAN_METRIC_COUNT])
{
    for (int k = 0; k < GAN_METRIC_COUNT; k++) {
        int64_t known = 0;
        double sum = 0;
        for (int64_t i = session->step - n; i < session->step; i++) {
            if (measures(session, i, k)) {
                known++;
                sum += (double)ring[i % GAN_SESSION_RING * GAN_METRIC_COUNT + k];
            }
        }
        const double scale = known > 0 ? 1.0 / (double)known : 0;
        mean[k] = known == 0 ? (double)NAN : sum * scale;
    }
}

gan_status gan_session_rows(gan_session *session, int64_t first, int64_t n, double *rows,
                            gan_error *err)
{
    static const size_t row_bytes = GAN_METRIC_COUNT * sizeof(float);
    void *memory = NULL;
    GAN_TRY(gan_calloc(GAN_SESSION_RING, row_bytes, &memory, err));
    const gan_status status = gan_session_read(session, GAN_STORED_METRICS, memory,
                                               (int64_t)(GAN_SESSION_RING * row_bytes), err);
    const float *ring = memory;
    for (int64_t i = 0; i < n && status == GAN_OK; i++) {
        for (int k = 0; k < GAN_METRIC_COUNT; k++) {
            const int64_t at = (first + i) % GAN_SESSION_RING * GAN_METRIC_COUNT + k;
            rows[i * GAN_METRIC_COUNT + k] =
                measures(session, first + i, k) ? (double)ring[at] : (double)NAN;
        }
    }
    free(memory);
    return status;
}

gan_status gan_session_metrics(gan_session *session, int64_t n, gan_metrics *mean, int64_t *used,
                               gan_error *err)
{
    static const size_t row_bytes = GAN_METRIC_COUNT * sizeof(float);
    const int64_t known = session->step - session->first_step;
    double row[GAN_METRIC_COUNT] = {0};
    void *memory = NULL;
    n = n < known ? n : known;
    n = n < GAN_SESSION_RING ? n : GAN_SESSION_RING;
    GAN_TRY(gan_calloc(GAN_SESSION_RING, row_bytes, &memory, err));
    const gan_status status = gan_session_read(session, GAN_STORED_METRICS, memory,
                                               (int64_t)(GAN_SESSION_RING * row_bytes), err);
    if (status == GAN_OK) {
        take_mean(session, memory, n, row);
    }
    free(memory);
    GAN_TRY(status);
    *mean = session->net->single ? name_of_classifier(row, session->options.batch_size)
                                 : name_of_gan(row);
    *used = n;
    return GAN_OK;
}
