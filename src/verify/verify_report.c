/* verify_report.c — a replay's rows, told one by one. */
#include <math.h>
#include <stdio.h>

#include "base/error.h"
#include "verify/verify_replay.h"

typedef struct reporter {
    void (*row)(void *ctx, const gan_verify_row *row);
    void *ctx;
    gan_verify_summary *summary;
} reporter;

static void tell(const reporter *to, const gan_verify_row *row)
{
    to->summary->rows++;
    to->summary->failed += !row->passed;
    if (to->row) {
        to->row(to->ctx, row);
    }
}

static void tell_tensor(const gan_verify_replay *r, size_t i, const reporter *to)
{
    const gan_verify_row_state *state = &r->rows[i];
    const bool is_trace = state->by_trace > state->by_device || isnan(state->by_trace);
    const double error = is_trace ? state->by_trace : state->by_device;
    const gan_verify_row row = {
        .tensor = r->plain.parts[GAN_STEP_WHOLE].list.tensors[i].name,
        .error = error,
        .tolerance = 1,
        .device_error = state->by_device,
        .trace_error = state->by_trace,
        .device_relative = state->device_relative,
        .trace_relative = state->trace_relative,
        .rounding_relative = state->rounding_relative,
        .measure = "distance from double precision over what is allowed",
        .reason = "rounding is measured, by random errors in a run in double precision; sums in "
                  "another order and longer than it has them err more",
        .failure = state->failure,
        .worst_step = state->worst_step,
        .passed = error <= 1};
    tell(to, &row);
}

static void tell_free_run(const gan_verify_replay *r, const reporter *to)
{
    for (int64_t s = 0; s < r->trace.steps; s++) {
        const gan_step_part part = gan_trace_part(&r->trace, s);
        for (int i = 0; i < gan_trace_losses(&r->trace, part); i++) {
            char name[128];
            snprintf(name, sizeof name, "free run, step %lld: %s", (long long)s,
                     r->own.parts[part].list.tensors[i].name);
            const gan_verify_row row = {.tensor = name,
                                        .error = (double)r->free_losses[s][i],
                                        .tolerance = INFINITY,
                                        .measure = "relative",
                                        .reason = "shown only: errors of a GAN grow from step to "
                                                  "step",
                                        .worst_step = s,
                                        .passed = true,
                                        .shown_only = true};
            tell(to, &row);
        }
    }
}

gan_status gan_verify_report(const gan_verify_replay *r,
                             void (*row)(void *ctx, const gan_verify_row *row), void *ctx,
                             gan_verify_summary *summary)
{
    const reporter to = {row, ctx, summary};
    summary->steps = r->trace.steps;
    snprintf(summary->framework, sizeof summary->framework, "%s", r->trace.framework);
    snprintf(summary->net, sizeof summary->net, "%s", gan_net_name(r->trace.net));
    for (size_t i = 0; i < r->plain.parts[GAN_STEP_WHOLE].list.n; i++) {
        if (r->rows[i].is_seen) {
            tell_tensor(r, i, &to);
        }
    }
    tell_free_run(r, &to);
    return summary->failed == 0 ? GAN_OK
                                : gan_fail(r->err, GAN_E_MISMATCH, "%lld of %lld tensors differ",
                                           (long long)summary->failed, (long long)summary->rows);
}
