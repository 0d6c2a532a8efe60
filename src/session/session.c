/* session.c — a network, a data set and a device, and the program that trains.
 *
 * Nothing is made before it is known to fit: programs are built, the forecast is compared with what
 * the device has, then memory is taken. A backend that can adopt the images reads them where the
 * data set has them; it must do so before compiling, which would make a buffer of its own. */
#include "session/session.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "session/expect.h"
#include "session/forecast.h"

static gan_status check_data(const gan_net *net, const gan_data_info *info, gan_error *err)
{
    if (info->n < 1) {
        return gan_fail(err, GAN_E_DATA, "%s: the data set has no images", info->name);
    }
    if (info->height != net->image.h || info->width != net->image.w ||
        info->channels != net->image.c) {
        return gan_fail(err, GAN_E_DATA,
                        "%s has images of %lldx%lldx%lld and the network %s %s %lldx%lldx%lld",
                        info->name, (long long)info->height, (long long)info->width,
                        (long long)info->channels, net->name, net->generator ? "makes" : "takes",
                        (long long)net->image.h, (long long)net->image.w, (long long)net->image.c);
    }
    return GAN_OK;
}

static gan_status write_floats(gan_session *s, const char *buffer, const float *values, int64_t n,
                               gan_error *err)
{
    return n == 0
               ? GAN_OK
               : s->backend->write(s->device, buffer, 0, values, n * (int64_t)sizeof *values, err);
}

/* Initial parameters and statistics of one network; those of the one that is averaged are the
 * average's first values too. */
static gan_status initialize_side(gan_session *s, const gan_stack *stack, gan_error *err)
{
    const gan_flat_names *own = gan_flat_names_of(stack->network), *average = &gan_average_names;
    void *params = NULL, *stats = NULL;
    gan_status status = GAN_OK;
    GAN_TRY_DONE(gan_calloc((size_t)stack->param_floats, sizeof(float), &params, err));
    GAN_TRY_DONE(gan_calloc((size_t)stack->stat_floats, sizeof(float), &stats, err));
    gan_stack_init_params(stack, s->options.seed, params, stats);
    GAN_TRY_DONE(write_floats(s, own->param, params, stack->param_floats, err));
    GAN_TRY_DONE(write_floats(s, own->stat, stats, stack->stat_floats, err));
    if (stack == gan_net_averaged(s->net) && gan_options_averages(&s->options)) {
        GAN_TRY_DONE(write_floats(s, average->param, params, stack->param_floats, err));
        GAN_TRY_DONE(write_floats(s, average->stat, stats, stack->stat_floats, err));
    }
done:
    free(params);
    free(stats);
    return status;
}

static gan_status write_labels(gan_session *s, gan_error *err)
{
    const gan_data_info *info = gan_data_describe(s->data);
    if (!gan_session_reads_labels(s)) {
        return GAN_OK;
    }
    return s->backend->write(s->device, GAN_STORED_LABELS, 0, gan_data_labels(s->data),
                             info->n * (int64_t)sizeof(int32_t), err);
}

static gan_status write_images(gan_session *s, gan_error *err)
{
    const gan_data_info *info = gan_data_describe(s->data);
    if (s->backend->adopt) {
        /* adopted memory is only read: the cast does not let anything change the data set */
        return s->backend->adopt(s->device, GAN_STORED_DATA,
                                 (void *)(uintptr_t)gan_data_pixels(s->data), info->bytes, err);
    }
    return s->backend->write(s->device, GAN_STORED_DATA, 0, gan_data_pixels(s->data), info->bytes,
                             err);
}

/* Constant rates are written once, here; those that a schedule moves are computed on the device
 * from "lr_factor" and the step. */
gan_status gan_session_scale_rates(gan_session *s, double factor, gan_error *err)
{
    const gan_options *o = &s->options;
    double rates[GAN_RATE_COUNT];
    gan_build_rates(&s->build, o->lr_g.from, o->lr_d.from, o->ema, rates);
    for (int net = 0; net < GAN_NET_COUNT; net++) {
        rates[gan_rate_at(net, GAN_RATE_LR)] *= factor;
    }
    if (gan_program_find(s->program, GAN_STORED_LR_FACTOR) >= 0) {
        GAN_TRY(s->backend->write(s->device, GAN_STORED_LR_FACTOR, 0, &factor, sizeof factor, err));
    }
    return s->backend->write(s->device, GAN_STORED_RATES, 0, rates, sizeof rates, err);
}

static gan_status write_state(gan_session *s, gan_error *err)
{
    for (int i = 0; i < s->net->n_stacks; i++) {
        GAN_TRY(initialize_side(s, &s->net->stacks[i], err));
    }
    return gan_session_scale_rates(s, 1, err);
}

/* A classifier's outputs are the classes of its data. */
static gan_status check_classes(const gan_session *s, gan_error *err)
{
    const gan_data_info *info = gan_data_describe(s->data);
    if (s->net->kind == GAN_NET_KIND_GAN || s->net->single->out.c == info->n_classes) {
        return GAN_OK;
    }
    return gan_fail(err, GAN_E_DATA,
                    "%s has %lld classes and the network %s ends with %lld outputs: let its last "
                    "layer have as many as there are classes",
                    info->name, (long long)info->n_classes, s->net->name,
                    (long long)s->net->single->out.c);
}

static gan_status check_labels(const gan_session *s, gan_error *err)
{
    const gan_data_info *info = gan_data_describe(s->data);
    if (!gan_session_reads_labels(s)) {
        return GAN_OK;
    }
    return gan_data_labels(s->data)
               ? check_classes(s, err)
               : gan_fail(err, GAN_E_DATA, "%s has no labels, and this network reads them: %s",
                          info->name, info->unlabelled);
}

bool gan_session_reads_labels(const gan_session *session)
{
    return gan_program_find(session->program, GAN_STORED_LABELS) >= 0;
}

const char *gan_session_fingerprint(const gan_session *session)
{
    const gan_data_info *info = gan_data_describe(session->data);
    return gan_session_reads_labels(session) ? info->labelled_fingerprint : info->fingerprint;
}

static gan_status make(gan_session *s, const gan_listener *listener, gan_error *err)
{
    const gan_data_info *info = gan_data_describe(s->data);
    GAN_TRY(check_data(s->net, info, err));
    GAN_TRY(gan_session_prepare(s, info->n, listener, err));
    GAN_TRY(check_labels(s, err));
    GAN_TRY(gan_forecast_check(s, &s->plan, err));
    if (s->backend->adopt) {
        GAN_TRY(write_images(s, err)); /* before compiling, which would make a buffer of its own */
        gan_expect_begin(s);
    }
    GAN_TRY(gan_session_compile(s, err));
    if (!s->backend->adopt) {
        GAN_TRY(write_images(s, err));
    }
    GAN_TRY(write_labels(s, err));
    return write_state(s, err);
}

gan_status gan_session_create_tuned(const gan_net *net, const gan_data *data,
                                    const gan_options *options, const gan_tune *tune,
                                    const gan_listener *listener, gan_session **out, gan_error *err)
{
    void *memory = NULL;
    *out = NULL;
    GAN_TRY(gan_calloc(1, sizeof(gan_session), &memory, err));
    gan_session *s = memory;
    s->net = net;
    s->data = data;
    s->lr_factor = 1;
    gan_status status = gan_tune_copy(tune, &s->tune, err);
    if (status == GAN_OK) {
        status = gan_session_resolve(net, options, &s->options, err);
    }
    if (status == GAN_OK) {
        status = make(s, listener, err);
    }
    if (status != GAN_OK) {
        gan_session_destroy(s);
        return status;
    }
    *out = s;
    return GAN_OK;
}

gan_status gan_session_create(const gan_net *net, const gan_data *data, const gan_options *options,
                              const gan_listener *listener, gan_session **out, gan_error *err)
{
    return gan_session_create_tuned(net, data, options, NULL, listener, out, err);
}

void gan_session_drop_samplers(gan_session *session)
{
    for (int i = 0; i < 3; i++) {
        gan_chunk_sampler_destroy(session->sampled[i].sampler);
        gan_steady_destroy(session->sampled[i].steady);
        memset(&session->sampled[i], 0, sizeof session->sampled[i]);
    }
    gan_runner_destroy(session->tester);
    session->tester = NULL;
}

void gan_session_destroy(gan_session *session)
{
    if (!session) {
        return;
    }
    gan_session_drop_samplers(session);
    gan_session_release(session);
    free(session->course);
    free(session);
}

gan_status gan_session_forecast(const gan_net *net, int64_t n_images, const gan_options *options,
                                gan_session_plan *out, gan_error *err)
{
    gan_session s = {.net = net, .lr_factor = 1};
    gan_status status = GAN_OK;
    GAN_TRY(gan_session_resolve(net, options, &s.options, err));
    GAN_TRY_DONE(gan_session_prepare(&s, n_images, NULL, err));
    *out = s.plan;
done:
    gan_session_release(&s);
    return status;
}

gan_session_plan gan_session_describe(const gan_session *session)
{
    return session->plan;
}

const char *gan_session_device(const gan_session *session)
{
    return session->backend->describe(session->device);
}

const gan_net *gan_session_net(const gan_session *session)
{
    return session->net;
}

const gan_options *gan_session_options(const gan_session *session)
{
    return &session->options;
}

/* How many of the next n steps are runs of one program. */
/* So that a backend gets as many runs as possible in one call: it queues them without the host. */
static int64_t steps_in_a_row(const gan_session *session, int64_t n)
{
    const gan_step_list *list = &session->list;
    const int row = gan_step_list_at(list, session->step);
    int64_t m = 1;
    while (m < n && (list->n == 1 || gan_step_list_at(list, session->step + m) == row)) {
        m = list->n == 1 ? n : m + 1;
    }
    return m;
}

gan_status gan_session_run(gan_session *session, int64_t n, gan_error *err)
{
    gan_status status = GAN_OK;
    gan_pulse_begin(session->pulse);
    while (n > 0 && status == GAN_OK) {
        const int64_t in_a_row = gan_expect_ahead(session) ? 1 : steps_in_a_row(session, n);
        const int row = gan_step_list_at(&session->list, session->step);
        status = session->backend->run(session->executables[row], in_a_row, err);
        session->step += status == GAN_OK ? in_a_row : 0;
        n -= in_a_row;
    }
    gan_pulse_end(session->pulse);
    return status;
}

void gan_session_set_pulse(gan_session *session, gan_pulse *pulse)
{
    session->pulse = pulse;
}

gan_status gan_session_keep_course(gan_session *session, const char *text, gan_error *err)
{
    char *copy = NULL;
    if (text && *text) {
        GAN_TRY(gan_strdup(text, &copy, err));
    }
    free(session->course);
    session->course = copy;
    return GAN_OK;
}

int64_t gan_session_step(const gan_session *session)
{
    return session->step;
}

int64_t gan_session_steps_per_epoch(const gan_session *session)
{
    int64_t n = gan_data_describe(session->data)->n;
    return (n + session->options.batch_size - 1) / session->options.batch_size;
}

gan_status gan_session_read(gan_session *session, const char *buffer, void *to, int64_t bytes,
                            gan_error *err)
{
    gan_pulse_begin(session->pulse);
    const gan_status status = session->backend->read(session->device, buffer, 0, to, bytes, err);
    gan_pulse_end(session->pulse);
    return status;
}

gan_status gan_session_check(gan_session *session, gan_error *err)
{
    int32_t flag[2] = {0};
    GAN_TRY(gan_session_read(session, GAN_STORED_FLAG, flag, sizeof flag, err));
    if (flag[0] != 0) {
        return gan_fail(err, GAN_E_NONFINITE,
                        "a loss or gradient was not finite at step %ld; nothing was changed since. "
                        "A smaller learning rate usually helps",
                        (long)flag[1]);
    }
    return GAN_OK;
}

static gan_status make_sampler(gan_session *session, bool averaged, gan_error *err)
{
    const gan_statistics statistics = gan_steady_of_options(&session->options);
    const bool steady = gan_steady_is_wanted(session->net, &statistics);
    gan_sampled *sampled = &session->sampled[averaged];
    if (!sampled->sampler) {
        GAN_TRY(gan_chunk_sampler_create(session->backend, session->device, session->net, averaged,
                                         steady, &sampled->sampler, err));
    }
    if (steady && !sampled->steady) {
        GAN_TRY(gan_steady_create(session->backend, session->device, session->net, averaged,
                                  &statistics, &sampled->steady, err));
    }
    return GAN_OK;
}

/* Statistics for the weights as they are, where they are not there. */
static gan_status measure(gan_session *session, gan_sampled *sampled, gan_error *err)
{
    if (!sampled->steady || (sampled->measured && sampled->step == session->step)) {
        return GAN_OK;
    }
    sampled->measured = false;
    GAN_TRY(gan_steady_run(sampled->steady, err));
    sampled->step = session->step;
    sampled->measured = true;
    return GAN_OK;
}

gan_status gan_session_sample_quickly(gan_session *session, const uint64_t *seeds, int64_t n,
                                      float *images, gan_error *err)
{
    gan_sampled *quick = &session->sampled[2];
    if (!quick->sampler) {
        GAN_TRY(gan_chunk_sampler_create(session->backend, session->device, session->net, false,
                                         false, &quick->sampler, err));
    }
    gan_pulse_begin(session->pulse);
    const gan_status status = gan_chunk_sampler_run_seeds(quick->sampler, seeds, n, images, err);
    gan_pulse_end(session->pulse);
    return status;
}

gan_status gan_session_sample(gan_session *session, const uint64_t *seeds, int64_t n, bool averaged,
                              float *images, gan_error *err)
{
    gan_sampled *sampled = &session->sampled[averaged];
    if (averaged && !gan_options_averages(&session->options)) {
        return gan_fail(err, GAN_E_USAGE, "this run keeps no averaged generator (ema is 0)");
    }
    GAN_TRY(make_sampler(session, averaged, err));
    gan_pulse_begin(session->pulse);
    gan_status status = measure(session, sampled, err);
    if (status == GAN_OK) {
        status = gan_chunk_sampler_run_seeds(sampled->sampler, seeds, n, images, err);
    }
    gan_pulse_end(session->pulse);
    return status;
}
