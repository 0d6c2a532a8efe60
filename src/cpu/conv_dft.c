/* conv_dft.c — convolution through the discrete Fourier transform (dft_conv.h), where it is
 * expected to win. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "cpu/conv_engine.h"
#include "cpu/dft_conv.h"

typedef struct dft_state {
    gan_dft_plan *plan;
    gan_conv_pass pass;
    char how[160];
} dft_state;

static const unsigned passes[] = {[GAN_CONV_FWD] = GAN_DFT_FWD,
                                  [GAN_CONV_DATA] = GAN_DFT_DGRAD,
                                  [GAN_CONV_FILTER] = GAN_DFT_WGRAD};

/* A multiply-add of a transform costs about as much as this many of a product: it has fewer
 * operands in registers and reads with strides. Direct convolution by the library runs at about the
 * speed of the products. Both from runs of bench_dft on AVX-512 machines. */
static const double transform_weight = 2.0, margin = 0.8;

static gan_dft_type dft_type(const gan_buffer *tensor)
{
    return tensor->type == GAN_BF16 ? GAN_DFT_BF16 : GAN_DFT_F32;
}

/* The types of the step's tensors; bf16 activations are multiplied as bf16. GAN_E_UNSUPPORTED where
 * the activations are of two types. */
static gan_status set_types(const gan_cpu_step *step, gan_conv_pass pass, gan_dft_options *options,
                            gan_error *err)
{
    bool filter = pass == GAN_CONV_FILTER;
    const gan_buffer *first = gan_cpu_in(step, 0), *second = gan_cpu_in(step, 1);
    const gan_buffer *result = gan_cpu_out(step, 0), *other = filter ? second : result;
    if (first->type != other->type) {
        return gan_fail(err, GAN_E_UNSUPPORTED,
                        "the DFT convolution has activations of one type, not %s and %s; use "
                        "direct",
                        gan_dtype_name(first->type), gan_dtype_name(other->type));
    }
    options->activation = options->products = dft_type(first);
    options->weight = filter ? GAN_DFT_F32 : dft_type(second);
    options->gradient = filter ? dft_type(result) : GAN_DFT_F32;
    return GAN_OK;
}

/* A processor that has no bf16 products multiplies as fp32. */
static gan_status make_plan(const gan_cpu_step *step, gan_conv_pass pass, gan_dft_plan **plan,
                            gan_error *err)
{
    const gan_conv_geometry *g = &step->op->attr.conv;
    const gan_dft_geometry geometry = {.n = gan_conv_batch(step),
                                       .h = g->h,
                                       .w = g->w,
                                       .c = g->c,
                                       .k = g->k,
                                       .r = g->r,
                                       .s = g->s,
                                       .stride_h = g->stride_h,
                                       .stride_w = g->stride_w,
                                       .pad_top = g->pad_top,
                                       .pad_left = g->pad_left,
                                       .pad_bottom = g->pad_bottom,
                                       .pad_right = g->pad_right};
    gan_dft_options options = {.threads = step->threads};
    GAN_TRY(set_types(step, pass, &options, err));
    if (options.products == GAN_DFT_BF16 &&
        gan_dft_plan_create(&geometry, &options, plan, NULL) == GAN_OK) {
        return GAN_OK;
    }
    options.products = GAN_DFT_F32;
    return gan_dft_plan_create(&geometry, &options, plan, err);
}

/* Whether the plan's cost is below that of direct convolution by the static rule above. */
static bool is_cheaper(const gan_dft_plan *plan, gan_conv_pass pass)
{
    const gan_dft_cost cost = gan_dft_plan_cost(plan, passes[pass]);
    return cost.products + transform_weight * cost.transforms < margin * cost.direct;
}

static bool fits(const gan_cpu_step *step, gan_conv_pass pass)
{
    gan_dft_plan *plan = NULL;
    if (make_plan(step, pass, &plan, NULL) != GAN_OK) {
        return false;
    }
    bool wished = strcmp(step->conv, "dft") == 0;
    bool fit = wished || is_cheaper(plan, pass);
    gan_dft_plan_destroy(plan);
    return fit;
}

static gan_status run(const gan_cpu_step *step, gan_error *err)
{
    const dft_state *state = step->state;
    gan_dft_call call = {.scratch = step->scratch};
    (void)err; /* nothing in a run can fail */
    switch (state->pass) {
    case GAN_CONV_FWD:
        call.x = step->in[0];
        call.w = step->in[1];
        call.y = step->out[0];
        break;
    case GAN_CONV_DATA:
        call.dy = step->in[0];
        call.w = step->in[1];
        call.dx = step->out[0];
        break;
    default:
        call.x = step->in[0];
        call.dy = step->in[1];
        call.dw = step->out[0];
    }
    gan_dft_run(state->plan, &call);
    return GAN_OK;
}

static void destroy(void *block)
{
    dft_state *state = block;
    gan_dft_plan_destroy(state->plan);
    free(state);
}

static gan_status prepare(gan_cpu_step *step, gan_conv_pass pass, gan_error *err)
{
    void *block = NULL;
    GAN_TRY(gan_calloc(1, sizeof(dft_state), &block, err));
    dft_state *state = block;
    gan_status status = make_plan(step, pass, &state->plan, err);
    if (status != GAN_OK) {
        free(state);
        return status;
    }
    state->pass = pass;
    snprintf(state->how, sizeof state->how, "%s", gan_dft_plan_text(state->plan));
    step->state = state;
    step->run = run;
    step->destroy = destroy;
    step->scratch_bytes = gan_dft_scratch_bytes(state->plan, passes[pass]);
    step->how = state->how;
    return GAN_OK;
}

const gan_conv_engine gan_conv_dft = {"dft", "dft", fits, prepare};
