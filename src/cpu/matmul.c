/* matmul.c — matrix product by oneDNN. */
#include "cpu/step.h"

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

static gan_status prepare(gan_cpu_step *step, gan_error *err)
{
    gan_onednn_plan *plan = NULL;
    const gan_onednn_types types = {gan_cpu_in(step, 0)->type, gan_cpu_in(step, 1)->type,
                                    gan_cpu_out(step, 0)->type};
    GAN_TRY(gan_onednn_matmul(step->onednn, &step->op->attr.matmul, types, &plan, err));
    step->state = plan;
    step->run = run;
    step->attach = attach;
    step->destroy = destroy;
    step->scratch_bytes = gan_onednn_scratch(plan);
    step->how = gan_onednn_explain(plan);
    return GAN_OK;
}

const gan_cpu_op gan_cpu_op_matmul = {.in_bf16 = 3, .out_bf16 = 1, .prepare = prepare};
