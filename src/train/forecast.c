/* forecast.c — what a session takes, before anything is allocated. */
#include <string.h>

#include "gan/number.h"
#include "program/cost.h"
#include "train/forecast.h"
#include "train/session.h"

gan_status gan_forecast_program(const gan_backend *backend, gan_device *device,
                                const gan_program *program, gan_session_plan *out, gan_error *err)
{
    gan_memory_report report = {0};
    int64_t memory[GAN_BUFFER_CLASS_COUNT];
    GAN_TRY(backend->forecast(device, program, &report, err));
    gan_program_memory(program, memory);
    gan_cost cost = gan_program_cost(program);
    /* where device memory is host memory, the data set is there already */
    const int64_t borrowed = backend->adopt ? memory[GAN_DATA] : 0;
    *out =
        (gan_session_plan){.state_bytes = memory[GAN_PARAM] + memory[GAN_MOMENT] + memory[GAN_STAT],
                           .data_bytes = memory[GAN_DATA],
                           .arena_bytes = report.arena_bytes,
                           .workspace_bytes = report.workspace_bytes,
                           .needed_bytes = report.store_bytes + report.arena_bytes +
                                           report.workspace_bytes - borrowed,
                           .available_bytes = backend->available ? backend->available(device) : -1,
                           .operations = gan_program_launches(program),
                           .flops = cost.flops,
                           .bytes_moved = cost.bytes_read + cost.bytes_written};
    return GAN_OK;
}

/* The largest batch below the session's whose program fits, or 0. */
static int64_t largest_batch(const gan_session *s)
{
    gan_build_options options = s->build;
    int64_t fits = 0, too_large = options.batch;
    while (too_large - fits > 1 + fits / 64) {
        gan_program *program = NULL;
        gan_session_plan plan = {0};
        options.batch = fits + (too_large - fits) / 2;
        bool ok = gan_precision_build(&s->precision, s->net, options, true, &program, NULL, NULL) ==
                      GAN_OK &&
                  gan_forecast_program(s->backend, s->device, program, &plan, NULL) == GAN_OK &&
                  plan.needed_bytes <= plan.available_bytes;
        gan_program_destroy(program);
        *(ok ? &fits : &too_large) = options.batch;
    }
    return fits;
}

gan_status gan_forecast_check(const gan_session *session, const gan_session_plan *plan,
                              gan_error *err)
{
    char need[GAN_NUMBER_TEXT_SIZE], have[GAN_NUMBER_TEXT_SIZE];
    if (plan->available_bytes < 0 || plan->needed_bytes <= plan->available_bytes) {
        return GAN_OK;
    }
    int64_t fits = largest_batch(session);
    gan_number_bytes(plan->needed_bytes, need);
    gan_number_bytes(plan->available_bytes, have);
    if (fits < 1) {
        return gan_fail(err, GAN_E_MEMORY, "training needs %s and there are %s, even for one image",
                        need, have);
    }
    return gan_fail(err, GAN_E_MEMORY,
                    "batch size %lld needs %s and there are %s; about --batch-size %lld fits",
                    (long long)session->build.batch, need, have, (long long)fits);
}
