/* sinks.c — the sinks of a run, told together. */
#include <stdlib.h>

#include "base/clock.h"
#include "base/memory.h"
#include "run/sink.h"
#include "session/look.h"

static const gan_sink_kind *const kinds[GAN_SINK_COUNT] = {
#define GAN_SINK(name) &gan_sink_##name,
#include "run/sinks.def"
#undef GAN_SINK
};

/* Calls kinds[i]->what(...) of each open sink that has it, up to the first failure. */
#define EACH_OF(sinks, what, ...)                                                                  \
    do {                                                                                           \
        for (int i = 0; i < GAN_SINK_COUNT; i++) {                                                 \
            if ((sinks)->sink[i] && kinds[i]->what) {                                              \
                GAN_TRY(kinds[i]->what((sinks)->sink[i], __VA_ARGS__));                            \
            }                                                                                      \
        }                                                                                          \
        return GAN_OK;                                                                             \
    } while (0)

static void tell(const gan_sinks *sinks, const gan_event *event, double when)
{
    for (int i = 0; i < GAN_SINK_COUNT; i++) {
        if (sinks->sink[i] && kinds[i]->event) {
            kinds[i]->event(sinks->sink[i], event, when);
        }
    }
}

static void free_early(gan_sinks *sinks)
{
    for (size_t i = 0; i < sinks->n_early; i++) {
        free(sinks->early[i].text);
    }
    free(sinks->early);
    sinks->early = NULL;
    sinks->n_early = sinks->early_capacity = 0;
}

gan_status gan_sinks_open(gan_sinks *sinks, const gan_sink_run *run, gan_error *err)
{
    for (int i = 0; i < GAN_SINK_COUNT; i++) {
        if (!kinds[i]->is_wanted || kinds[i]->is_wanted(gan_session_options(run->session))) {
            GAN_TRY(kinds[i]->open(run, &sinks->sink[i], err));
        }
    }
    sinks->is_open = true;
    for (size_t i = 0; i < sinks->n_early; i++) {
        const gan_event note = {.kind = GAN_EVENT_NOTE, .text = sinks->early[i].text};
        tell(sinks, &note, sinks->early[i].when);
    }
    free_early(sinks);
    return GAN_OK;
}

/* A note that there is no memory for is left out. */
static void keep(gan_sinks *sinks, const char *text)
{
    void *array = sinks->early;
    gan_status status =
        gan_grow(&array, sinks->n_early + 1, sizeof *sinks->early, &sinks->early_capacity, NULL);
    sinks->early = array;
    gan_early_note *note = status == GAN_OK ? &sinks->early[sinks->n_early] : NULL;
    if (note && gan_strdup(text, &note->text, NULL) == GAN_OK) {
        note->when = gan_clock_wall();
        sinks->n_early++;
    }
}

void gan_sinks_event(gan_sinks *sinks, const gan_event *event)
{
    if (sinks->is_open && event->kind != GAN_EVENT_PROGRESS) {
        tell(sinks, event, gan_clock_wall());
    } else if (event->kind == GAN_EVENT_NOTE) {
        keep(sinks, event->text);
    }
}

gan_status gan_sinks_scalars(gan_sinks *sinks, const gan_scalars *scalars, gan_error *err)
{
    EACH_OF(sinks, scalars, scalars, err);
}

gan_status gan_sinks_image(gan_sinks *sinks, int64_t step, const char *name, const char *path,
                           gan_error *err)
{
    EACH_OF(sinks, image, step, name, path, err);
}

typedef struct tensor_telling {
    const gan_sinks *sinks;
    int64_t step;
} tensor_telling;

static gan_status tell_tensor(void *ctx, const char *name, const float *values, int64_t n,
                              gan_error *err)
{
    const tensor_telling *t = ctx;
    EACH_OF(t->sinks, tensor, t->step, name, values, n, err);
}

gan_status gan_sinks_tensors(gan_sinks *sinks, gan_session *session, gan_error *err)
{
    tensor_telling telling = {sinks, gan_session_step(session)};
    for (int i = 0; i < GAN_SINK_COUNT; i++) {
        if (sinks->sink[i] && kinds[i]->tensor) {
            return gan_session_look(session, tell_tensor, &telling, err);
        }
    }
    return GAN_OK;
}

gan_status gan_sinks_sync(gan_sinks *sinks, gan_error *err)
{
    EACH_OF(sinks, sync, err);
}

void gan_sinks_close(gan_sinks *sinks)
{
    for (int i = 0; i < GAN_SINK_COUNT; i++) {
        if (sinks->sink[i]) {
            kinds[i]->close(sinks->sink[i]);
        }
    }
    free_early(sinks);
    *sinks = (gan_sinks){0};
}
