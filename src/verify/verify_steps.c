/* verify_steps.c — what a trace's step is: which networks it trains, what it looks at. */
#include "program/loss_terms.h"
#include "verify/verify.h"

gan_step_part gan_trace_part(const gan_trace *trace, int64_t s)
{
    return trace->parts.rows[gan_step_list_at(&trace->parts, s)].part;
}

bool gan_trace_trains(gan_step_part part, int net)
{
    return part == GAN_STEP_WHOLE || net == GAN_NET_D;
}

int64_t gan_trace_updates(const gan_trace *trace, int net, int64_t s)
{
    int64_t n = 0;
    for (int64_t i = 0; i < s; i++) {
        n += gan_trace_trains(gan_trace_part(trace, i), net);
    }
    return n;
}

bool gan_trace_looks_again(const gan_trace *trace)
{
    return trace->net->kind == GAN_NET_KIND_GAN && trace->build.schedule == GAN_ALTERNATING &&
           gan_loss_coupling_of(trace->loss_id) != GAN_LOSS_SEPARATE;
}

int gan_trace_losses(const gan_trace *trace, gan_step_part part)
{
    return trace->net->kind == GAN_NET_KIND_GAN && part == GAN_STEP_WHOLE ? 2 : 1;
}
