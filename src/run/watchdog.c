/* watchdog.c — whether a training has collapsed. */
#include "run/watchdog.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "program/build.h"
#include "program/loss_terms.h"
#include "session/session.h"

static const struct {
    const char *id, *text;
    double threshold;
    int times;
} alarms[GAN_ALARM_COUNT] = {
#define ROW(id, threshold, times, text) [GAN_ALARM_##id] = {#id, text, threshold, times},
    GAN_ALARM_LIST(ROW)
#undef ROW
};

const char *gan_alarm_id(int alarm)
{
    return alarms[alarm].id;
}

const char *gan_alarm_text(int alarm)
{
    return alarms[alarm].text;
}

/* --- what a loss can be --- */

enum { FAR = 50 /* logits of a D that is as sure as it can be told in floats */ };

/* The least that a term is for logits up to `far`; its value at 0 is added to *at_zero. */
static double least_of(int loss, int role, double label, int far, double *at_zero)
{
    double least = (double)gan_loss_at(loss, role, 0, (float)label).value;
    *at_zero += least;
    for (int i = -20 * far; i <= 20 * far; i++) {
        const double value = (double)gan_loss_at(loss, role, (float)i / 20, (float)label).value;
        least = value < least ? value : least;
    }
    return least;
}

/* Of a sum of terms: NAN if it falls on and on. */
static double floor_of(int loss, const int *roles, int n, double label, double *at_zero)
{
    double near = 0, far = 0, again = 0;
    *at_zero = 0;
    for (int i = 0; i < n; i++) {
        near += least_of(loss, roles[i], label, FAR, at_zero) / n;
        far += least_of(loss, roles[i], label, 2 * FAR, &again) / n;
    }
    *at_zero /= n;
    return far < near - 1 ? (double)NAN : near;
}

/* loss_terms.h says of which terms a loss is made. SEPARATE's D is the sum of two. */
static void know_loss(gan_watchdog *dog, int loss, double label)
{
    static const int of_d[] = {GAN_ROLE_REAL, GAN_ROLE_FAKE};
    static const int of_g[] = {GAN_ROLE_GENERATOR, GAN_ROLE_GENERATOR_REAL};
    const enum gan_loss_coupling coupling = gan_loss_coupling_of(loss);
    const double sum = coupling == GAN_LOSS_SEPARATE ? 2 : 1;
    dog->d_floor =
        sum * floor_of(loss, of_d, coupling == GAN_LOSS_PAIRED ? 1 : 2, label, &dog->d_scale);
    dog->d_scale *= sum;
    dog->g_floor =
        floor_of(loss, of_g, coupling == GAN_LOSS_AVERAGED ? 2 : 1, label, &dog->g_scale);
}

/* --- diversity --- */

/* Mean Euclidean distance between pairs of n images. */
static double mean_distance(const float *images, int64_t n, int64_t size)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++) {
        for (int64_t j = 0; j < i; j++) {
            double squared = 0;
            for (int64_t k = 0; k < size; k++) {
                const double d = (double)images[i * size + k] - (double)images[j * size + k];
                squared += d * d;
            }
            sum += sqrt(squared);
        }
    }
    return n > 1 ? sum / (0.5 * (double)n * (double)(n - 1)) : 0;
}

static gan_status know_reals(gan_watchdog *dog, const gan_data *data, gan_error *err)
{
    const gan_data_info *info = gan_data_describe(data);
    const int64_t size = info->height * info->width * info->channels;
    const int64_t n = info->n < GAN_WATCH_BATCH ? info->n : GAN_WATCH_BATCH;
    const uint8_t *pixels = gan_data_pixels(data);
    void *memory = NULL;
    GAN_TRY(gan_calloc((size_t)(n * size), sizeof(float), &memory, err));
    float *images = memory;
    for (int64_t i = 0; i < n; i++) {
        const uint8_t *image = pixels + i * info->n / n * size;
        for (int64_t k = 0; k < size; k++) {
            images[i * size + k] = (float)image[k] / 127.5f - 1;
        }
    }
    dog->real_diversity = mean_distance(images, n, size);
    free(memory);
    return GAN_OK;
}

static gan_status look_at_samples(gan_watchdog *dog, gan_session *session, gan_error *err)
{
    const gan_net_summary net = gan_net_summarize(gan_session_net(session));
    const int64_t size = net.height * net.width * net.channels;
    uint64_t seeds[GAN_WATCH_BATCH];
    void *images = NULL;
    for (int i = 0; i < GAN_WATCH_BATCH; i++) {
        seeds[i] = (uint64_t)i;
    }
    GAN_TRY(gan_calloc((size_t)(GAN_WATCH_BATCH * size), sizeof(float), &images, err));
    const gan_status status =
        gan_session_sample_quickly(session, seeds, GAN_WATCH_BATCH, images, err);
    if (status == GAN_OK) {
        const double reals = dog->real_diversity > 0 ? dog->real_diversity : 1;
        dog->diversity = mean_distance(images, GAN_WATCH_BATCH, size) / reals;
        dog->diversity_step = gan_session_step(session);
    }
    free(images);
    return status;
}

gan_status gan_watchdog_open(const gan_session *session, const gan_data *data, gan_watchdog *out,
                             gan_error *err)
{
    const gan_options *o = gan_session_options(session);
    const gan_data_info *info = gan_data_describe(data);
    int loss = 0;
    *out = (gan_watchdog){.diversity_step = -1};
    if (strcmp(o->watch, "off") == 0 ||
        gan_net_kind_of(gan_session_net(session)) != GAN_NET_KIND_GAN) {
        return GAN_OK;
    }
    out->on = true;
    GAN_TRY(gan_loss_find(o->loss, &loss, err));
    const double label = 1 - session->build.label_smoothing;
    const double diameter = 2 * sqrt((double)(info->height * info->width * info->channels));
    know_loss(out, loss, label);
    out->gap = gan_loss_has_labels(loss) ? label : (double)NAN;
    out->d_most = isnan(out->d_floor) ? diameter : 10 * out->d_scale;
    out->g_most = isnan(out->g_floor) ? (double)INFINITY : 10 * out->g_scale;
    return know_reals(out, data, err);
}

/* --- what is seen --- */

static void see(gan_course *course, int alarm, bool holds)
{
    course->streak[alarm] = holds ? course->streak[alarm] + 1 : 0;
}

static bool is_at_floor(double mean, double floor, double at_zero, double threshold)
{
    return mean - floor < threshold * (at_zero - floor); /* false of NAN */
}

static void look_at_window(const gan_watchdog *dog, gan_course *c)
{
    const double d = c->sum_d / c->n_d, g = c->sum_g / c->n_g, gap = c->sum_gap / c->n_d;
#define THRESHOLD(id) alarms[GAN_ALARM_##id].threshold
    if (c->n_g > 0) { /* a window may have no step of G */
        see(c, GAN_ALARM_g_floor, is_at_floor(g, dog->g_floor, dog->g_scale, THRESHOLD(g_floor)));
    }
    see(c, GAN_ALARM_d_floor, is_at_floor(d, dog->d_floor, dog->d_scale, THRESHOLD(d_floor)));
    see(c, GAN_ALARM_saturated, gap > THRESHOLD(saturated) * dog->gap);
    see(c, GAN_ALARM_unbounded,
        fabs(d) > THRESHOLD(unbounded) * dog->d_most ||
            fabs(g) > THRESHOLD(unbounded) * dog->g_most);
    see(c, GAN_ALARM_diversity, dog->diversity < THRESHOLD(diversity) * c->diversity_most);
    c->diversity_most = dog->diversity > c->diversity_most ? dog->diversity : c->diversity_most;
    c->n_d = c->sum_d = c->n_g = c->sum_g = c->sum_gap = 0;
}

static void add_row(gan_course *c, const double *row)
{
    c->n_d += 1;
    c->sum_d += row[GAN_METRIC_LOSS_D];
    c->sum_gap += row[GAN_METRIC_D_REAL] - row[GAN_METRIC_D_FAKE];
    if (!isnan(row[GAN_METRIC_LOSS_G])) {
        c->n_g += 1;
        c->sum_g += row[GAN_METRIC_LOSS_G];
    }
}

gan_status gan_watchdog_fold(gan_watchdog *dog, gan_session *session, gan_course *course,
                             gan_error *err)
{
    const int64_t step = gan_session_step(session), taken = (int64_t)course->rows_step;
    int64_t first = taken;
    void *rows = NULL;
    if (!dog->on || step <= taken) {
        return GAN_OK;
    }
    if (first < session->first_step || step - first > GAN_SESSION_RING) { /* it was off before */
        first = session->first_step > step - GAN_SESSION_RING ? session->first_step
                                                              : step - GAN_SESSION_RING;
        course->n_d = course->sum_d = course->n_g = course->sum_g = course->sum_gap = 0;
    }
    GAN_TRY(gan_calloc((size_t)(step - first), GAN_METRIC_COUNT * sizeof(double), &rows, err));
    gan_status status = gan_session_rows(session, first, step - first, rows, err);
    for (int64_t i = 0; i < step - first && status == GAN_OK; i++) {
        add_row(course, (const double *)rows + i * GAN_METRIC_COUNT);
    }
    free(rows);
    GAN_TRY(status);
    course->rows_step = (double)step;
    if (step % GAN_WATCH_WINDOW == 0 && course->n_d > 0) {
        GAN_TRY(look_at_samples(dog, session, err));
        look_at_window(dog, course);
    }
    return GAN_OK;
}

void gan_watchdog_measured(const gan_watchdog *dog, gan_course *course)
{
    if (dog->on) {
        see(course, GAN_ALARM_rising,
            course->last.fd > alarms[GAN_ALARM_rising].threshold * course->best);
        see(course, GAN_ALARM_copied, course->last.copied > alarms[GAN_ALARM_copied].threshold);
    }
}

bool gan_watchdog_is_on(const gan_course *course, int alarm)
{
    return course->streak[alarm] >= alarms[alarm].times;
}

int gan_watchdog_next(gan_course *course)
{
    unsigned told = (unsigned)course->told;
    int next = -1;
    for (int i = 0; i < GAN_ALARM_COUNT; i++) {
        const bool on = gan_watchdog_is_on(course, i);
        if (!on) {
            told &= ~(1u << i);
        } else if (next < 0 && !(told & 1u << i)) {
            next = i;
            told |= 1u << i;
        }
    }
    course->told = (double)told;
    return next;
}
