/* session_make.c — from options to a device and the program of a step. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/philox.h"
#include "base/rate_setting.h"
#include "base/say.h"
#include "base/system.h"
#include "program/streams.h"
#include "session/forecast.h"
#include "session/registry.h"
#include "session/schedule.h"
#include "session/session.h"
#include "session/tune_file.h"

enum { MAX_THREADS = 1024 /* as in options.def */ };

gan_status gan_session_build_options(const gan_net *net, const gan_options *options,
                                     int64_t n_images, gan_build_options *out, gan_error *err)
{
    if (net->generator && options->nz != net->latent) {
        return gan_fail(err, GAN_E_USAGE, "nz: the network was built for %lld, not %lld",
                        (long long)net->latent, (long long)options->nz);
    }
    const bool smooths = /* not what gan_options_check() leaves of an old checkpoint */
        net->single ||
        gan_loss_check_smoothing(options->loss, options->label_smoothing, NULL) == GAN_OK;
    *out = (gan_build_options){.batch = options->batch_size,
                               .seed = options->seed,
                               .schedule = strcmp(options->schedule, "alternating") == 0
                                               ? GAN_ALTERNATING
                                               : GAN_SIMULTANEOUS,
                               .loss = options->loss,
                               .fresh_reals = strcmp(options->generator_reals, "fresh") == 0,
                               .r1 = gan_rate_setting_most(&options->r1),
                               .r2 = gan_rate_setting_most(&options->r2),
                               .label_smoothing = smooths ? options->label_smoothing : 0,
                               .adam_g = net->train.adam_g,
                               .adam_d = net->train.adam_d,
                               .ema = gan_options_averages(options),
                               .ema_warmup = options->ema_warmup && options->ema > 0,
                               .ema_copies = strcmp(options->ema_statistics, "copy") == 0,
                               .n_images = n_images,
                               .d_steps = net->single ? 1 : options->d_steps,
                               .flip = options->flip,
                               .metric_rows = GAN_SESSION_RING};
    out->adam_g.beta1 = out->adam_d.beta1 = options->beta1;
    out->adam_g.beta2 = out->adam_d.beta2 = options->beta2.from;
    gan_schedule_fill(options, n_images, out);
    return GAN_OK;
}

/* How many threads share a sum may change its last bits: the number belongs to the run. It is that
 * of the threads that there are, which the device finds out. */
static void resolve_threads(gan_options *options)
{
    if (options->from[GAN_OPTION_ID_threads] == GAN_FROM_DEFAULT) {
        int processors = gan_system_processors();
        options->threads = processors < MAX_THREADS ? processors : MAX_THREADS;
        options->from[GAN_OPTION_ID_threads] = GAN_FROM_MACHINE;
    }
}

gan_status gan_session_resolve(const gan_net *net, const gan_options *given, gan_options *out,
                               gan_error *err)
{
    GAN_TRY(gan_options_copy(out, given, err));
    gan_status status = gan_options_from_net(out, net, err);
    if (status == GAN_OK) {
        status = gan_options_check(out, err);
    }
    resolve_threads(out);
    if (status != GAN_OK) {
        gan_options_free(out);
        memset(out, 0, sizeof *out);
    }
    return status;
}

static const char *unless_auto(const char *word)
{
    return strcmp(word, "auto") == 0 ? NULL : word;
}

static gan_status open_device(gan_session *s, const gan_listener *listener, gan_error *err)
{
    const bool any = strcmp(s->options.precision, "auto") == 0;
    if (!any) {
        GAN_TRY(gan_precision_find(s->options.precision, &s->precision, err));
    }
    if (!s->tune) {
        GAN_TRY(gan_tune_file_read(s->options.tune_file, &s->tune, err));
    }
    const gan_device_options options = {.threads = (int)s->options.threads,
                                        .conv = s->options.conv,
                                        .tune = s->tune,
                                        .products = any ? NULL : s->precision.products,
                                        .batch_norm = unless_auto(s->options.batchnorm),
                                        .data_store = s->options.data_store,
                                        .listener = listener};
    GAN_TRY(gan_registry_open(s->options.device, &options, &s->backend, &s->device, err));
    if (s->backend->threads) {
        s->options.threads = s->backend->threads(s->device);
    }
    return GAN_OK;
}

/* Whether a word is one of those in a text, with blanks between. */
static bool has_word(const char *text, const char *word)
{
    const size_t n = strlen(word);
    for (const char *at = text; (at = strstr(at, word)) != NULL; at += n) {
        if ((at == text || at[-1] == ' ') && (at[n] == ' ' || at[n] == '\0')) {
            return true;
        }
    }
    return false;
}

gan_status gan_session_check_precision(const gan_backend *backend, const gan_device *device,
                                       const char *precision, gan_error *err)
{
    const char *all = backend->precisions(device);
    return has_word(all, precision)
               ? GAN_OK
               : gan_fail(err, GAN_E_NO_DEVICE,
                          "precision: %s cannot train in %s: it has %s (auto takes the first)",
                          backend->describe(device), precision, all);
}

/* The precision belongs to the run: auto becomes what the device does fastest. */
static gan_status resolve_precision(gan_session *s, const gan_listener *listener, gan_error *err)
{
    char best[16];
    if (strcmp(s->options.precision, "auto") != 0) {
        return gan_session_check_precision(s->backend, s->device, s->options.precision, err);
    }
    const char *all = s->backend->precisions(s->device);
    snprintf(best, sizeof best, "%.*s", (int)strcspn(all, " "), all);
    GAN_TRY(gan_precision_find(best, &s->precision, err));
    s->options.from[GAN_OPTION_ID_precision] = GAN_FROM_DEFAULT;
    GAN_TRY(gan_options_set(&s->options, GAN_OPTION_ID_precision, best, GAN_FROM_MACHINE, err));
    gan_say(listener, "precision %s, the fastest of %s", best, s->backend->describe(s->device));
    return GAN_OK;
}

/* A replay of such a step is exact, and training by it is not what anybody wants. */
static gan_status check_statistics(const gan_net *net, int64_t batch, gan_error *err)
{
    for (int i = 0; i < net->n_stacks; i++) {
        const gan_stack *stack = &net->stacks[i];
        const gan_layer *layer = gan_stack_find_lone_norm(stack, batch);
        if (layer) {
            return gan_fail(err, GAN_E_USAGE,
                            "batch_size %lld: %s.%s needs more than one value per channel; with "
                            "one the variance is 0 and the layer's input has no effect. Take a "
                            "batch_size of 2 or more, or leave out the layer",
                            (long long)batch, stack->name, layer->name);
        }
    }
    return GAN_OK;
}

/* The seed of every draw of a step: the run's own, and another one after each rollback. */
static uint64_t key_of(const gan_session *s)
{
    const gan_philox4 words =
        gan_philox(s->options.seed, GAN_STREAM_ROLLBACK, (uint64_t)s->rollbacks, 0);
    return s->rollbacks == 0 ? s->options.seed : (uint64_t)words.v[1] << 32 | words.v[0];
}

static gan_status build_programs(gan_session *s, gan_error *err)
{
    s->list = gan_step_list_of(&s->build);
    for (int i = 0; i < s->list.n; i++) {
        gan_build_options options = s->build;
        options.part = s->list.rows[i].part;
        GAN_TRY(
            gan_precision_build(&s->precision, s->net, options, true, &s->programs[i], NULL, err));
    }
    s->program = s->programs[0];
    return GAN_OK;
}

/* The program with the largest arena, which the others work in. */
static int find_lender(const gan_session *s)
{
    int lender = 0;
    for (int i = 1; i < s->list.n; i++) {
        if (s->programs[i] && s->programs[i]->arena_bytes > s->programs[lender]->arena_bytes) {
            lender = i;
        }
    }
    return lender;
}

gan_status gan_session_compile(gan_session *s, gan_error *err)
{
    const int lender = find_lender(s);
    GAN_TRY(s->backend->compile(s->device, s->programs[lender], &s->executables[lender], err));
    for (int i = 0; i < s->list.n; i++) {
        if (i != lender) {
            GAN_TRY(s->backend->compile_beside(s->device, s->programs[i], s->executables[lender],
                                               &s->executables[i], err));
        }
    }
    s->executable = s->executables[0];
    return GAN_OK;
}

gan_status gan_session_prepare(gan_session *s, int64_t n_images, const gan_listener *listener,
                               gan_error *err)
{
    GAN_TRY(check_statistics(s->net, s->options.batch_size, err));
    GAN_TRY(gan_session_build_options(s->net, &s->options, n_images, &s->build, err));
    GAN_TRY(open_device(s, listener, err));
    GAN_TRY(resolve_precision(s, listener, err));
    if (s->backend->read_doubles) {
        gan_say(listener,
                "the state is in double precision and a checkpoint in fp32: a resumed run "
                "is close to what it would have been, not the same");
    }
    GAN_TRY(build_programs(s, err));
    gan_tune_file_tell(s, listener);
    return gan_forecast_session(s, &s->plan, err);
}

static void destroy_programs(gan_session *s)
{
    if (s->backend && s->device) {
        const int lender = find_lender(s);
        for (int i = 0; i < s->list.n; i++) {
            s->backend->destroy(i == lender ? NULL : s->executables[i]);
        }
        s->backend->destroy(s->executables[lender]);
    }
    for (int i = 0; i < s->list.n; i++) {
        gan_program_destroy(s->programs[i]);
        s->programs[i] = NULL;
        s->executables[i] = NULL;
    }
}

gan_status gan_session_rebuild(gan_session *s, gan_error *err)
{
    destroy_programs(s);
    s->build.seed = key_of(s);
    GAN_TRY(build_programs(s, err));
    return gan_session_compile(s, err);
}

void gan_session_release(gan_session *s)
{
    destroy_programs(s);
    if (s->backend && s->device) {
        s->backend->close(s->device);
    }
    gan_tune_destroy(s->tune);
    gan_options_free(&s->options);
}
