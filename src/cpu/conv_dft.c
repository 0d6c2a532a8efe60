/* conv_dft.c — convolution through the discrete Fourier transform (dft_conv.h), where it is
 * expected to win. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "cpu/conv_engine.h"
#include "cpu/dft_conv.h"
#include "cpu/processor.h"

typedef struct dft_state {
    gan_dft_plan *plan;
    gan_conv_pass pass;
    char how[160];
} dft_state;

static const unsigned passes[] = {[GAN_CONV_FWD] = GAN_DFT_FWD,
                                  [GAN_CONV_DATA] = GAN_DFT_DGRAD,
                                  [GAN_CONV_FILTER] = GAN_DFT_WGRAD};

/* Nanoseconds of a core for what a DFT's plan counts, and for a multiply-add of the library's
 * direct passes. Fitted to one thread's runs of bench_dft, twelve layers at batches of 16, 64 and
 * 256, on a Zen 4 server with oneDNN 2.6: what is chosen takes as long as the faster of the two
 * each time in fp32, 1 % longer in bf16. With narrower vectors both sides slow down alike. */
typedef struct speed {
    double product, transform, byte, direct[3];
} speed;
static const speed fp32_speed = {0.0184, 0.0177, 0.057, {0.0186, 0.0188, 0.0204}};
static const speed bf16_speed = {0.0102, 0.0056, 0.069, {0.0093, 0.0097, 0.0118}};
static const double margin = 0.95;

/* bf16 with AMX, nanoseconds of two cores: products cost next to nothing, a DFT takes the time of
 * its bytes and, forward, that of turning its weights; the library's passes run at speeds of their
 * own and put weights in order each time. Fitted to the convolutions of the shipped networks at
 * batches of 32 to 512 on a Sapphire Rapids server with oneDNN 2.6: all that is chosen by it takes
 * 1 % longer than the faster of the two each time. */
static const double amx_byte = 0.05, amx_start = 4e5, amx_turned_weight = 1.0, amx_margin = 0.9;
static const struct {
    double multiply_add, weight;
} amx_direct[] = {[GAN_CONV_FWD] = {0.0016, 1.2},
                  [GAN_CONV_DATA] = {0.0028, 2.5},
                  [GAN_CONV_FILTER] = {0.0085, 4.0}};

static gan_dft_type dft_type(const gan_buffer *tensor)
{
    return tensor->type == GAN_BF16 ? GAN_DFT_BF16 : GAN_DFT_F32;
}

/* The types of the step's tensors. GAN_E_UNSUPPORTED where the activations are of two types. */
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
    options->activation = dft_type(first);
    options->weight = filter ? GAN_DFT_F32 : dft_type(second);
    options->gradient = filter ? dft_type(result) : GAN_DFT_F32;
    return GAN_OK;
}

/* bf16 activations are multiplied as bf16 where that is faster, and as fp32 elsewhere. */
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
    if (options.activation == GAN_DFT_BF16 && gan_processor_has_fast_bf16()) {
        options.products = GAN_DFT_BF16;
    }
    return gan_dft_plan_create(&geometry, &options, plan, err);
}

/* Whether the plan's cost is below that of direct convolution by the static rules above. */
static bool is_cheaper(const gan_cpu_step *step, const gan_dft_plan *plan, gan_conv_pass pass)
{
    const gan_dft_cost cost = gan_dft_plan_cost(plan, passes[pass]);
    bool bf16 = gan_cpu_in(step, 0)->type == GAN_BF16;
    if (bf16 && gan_processor_has_amx() && gan_onednn_has_amx()) {
        const gan_conv_geometry *g = &step->op->attr.conv;
        double weights = (double)(g->k * g->r * g->s * g->c);
        double turned = pass == GAN_CONV_FWD ? weights : 0.0;
        return amx_start + amx_byte * cost.bytes + amx_turned_weight * turned <
               amx_margin * (amx_direct[pass].multiply_add * cost.direct +
                             amx_direct[pass].weight * weights);
    }
    const speed *v = bf16 && gan_processor_has_fast_bf16() ? &bf16_speed : &fp32_speed;
    return v->product * cost.products + v->transform * cost.transforms + v->byte * cost.bytes <
           margin * v->direct[pass] * cost.direct;
}

static bool fits(const gan_cpu_step *step, gan_conv_pass pass)
{
    gan_dft_plan *plan = NULL;
    if (make_plan(step, pass, &plan, NULL) != GAN_OK) {
        return false;
    }
    bool wished = strcmp(step->conv, "dft") == 0;
    bool fit = wished || is_cheaper(step, plan, pass);
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
