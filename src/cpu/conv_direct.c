/* conv_direct.c — convolutions by oneDNN, every shape. */
#include "cpu/conv_engine.h"

static bool can(const gan_cpu_step *step, gan_conv_pass pass)
{
    (void)step;
    (void)pass;
    return true;
}

static gan_status run(const gan_cpu_step *step, gan_error *err)
{
    return gan_onednn_run(step->state, err);
}

static gan_status attach(gan_cpu_step *step, gan_error *err)
{
    return gan_onednn_bind(step->state, step->in[0], step->in[1], step->out[0], step->scratch, err);
}

static void destroy(void *state)
{
    gan_onednn_destroy(state);
}

static gan_status prepare(gan_cpu_step *step, gan_conv_pass pass, gan_error *err)
{
    static const gan_onednn_pass passes[] = {[GAN_CONV_FWD] = GAN_ONEDNN_FWD,
                                             [GAN_CONV_DATA] = GAN_ONEDNN_BWD_DATA,
                                             [GAN_CONV_FILTER] = GAN_ONEDNN_BWD_FILTER};
    gan_onednn_plan *plan = NULL;
    const gan_onednn_types types = {gan_cpu_in(step, 0)->type, gan_cpu_in(step, 1)->type,
                                    gan_cpu_out(step, 0)->type};
    GAN_TRY(gan_onednn_conv(step->onednn, passes[pass], &step->op->attr.conv, gan_conv_batch(step),
                            types, &plan, err));
    step->state = plan;
    step->run = run;
    step->attach = attach;
    step->destroy = destroy;
    step->scratch_bytes = gan_onednn_scratch(plan);
    step->how = gan_onednn_explain(plan);
    return GAN_OK;
}

const gan_conv_engine gan_conv_direct = {"oneDNN", "direct", NULL, can, NULL, prepare};
