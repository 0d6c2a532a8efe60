/* conv_dft.c — convolution through the discrete Fourier transform (dft_conv.h), where it is
 * expected to win. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "cpu/conv_engine.h"
#include "cpu/dft_conv.h"
#include "cpu/processor.h"
#include "program/place.h"

typedef struct dft_state {
    gan_dft_geometry geometry;
    gan_dft_options options;
    gan_dft_plan *plan;
    gan_conv_pass pass;
    const gan_cpu_step *joined; /* the step before, whose pass is computed along; NULL = none */
    char how[160];
} dft_state;

static const unsigned passes[] = {[GAN_CONV_FWD] = GAN_DFT_FWD,
                                  [GAN_CONV_DATA] = GAN_DFT_DGRAD,
                                  [GAN_CONV_FILTER] = GAN_DFT_WGRAD};

/* Nanoseconds of a core for what a DFT's plan counts, and for a multiply-add of the library's
 * direct passes. Fitted to one thread's runs of bench_dft, twelve layers at batches of 32, 64 and
 * 256, on a Zen 4 server with oneDNN 2.6: what is chosen takes as long as the faster of the two
 * each time in fp32, 1 % longer in bf16. With narrower vectors both sides slow down alike. */
typedef struct speed {
    double product, transform, byte, direct[3];
} speed;
static const speed fp32_speed = {0.0185, 0.0213, 0.034, {0.0187, 0.0189, 0.0205}};
static const speed bf16_speed = {0.0110, 0.0143, 0.053, {0.0093, 0.0097, 0.0118}};
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
static gan_status make_plan(const gan_cpu_step *step, gan_conv_pass pass, dft_state *state,
                            gan_error *err)
{
    const gan_conv_geometry *g = &step->op->attr.conv;
    state->pass = pass;
    state->options = (gan_dft_options){.threads = step->threads};
    state->geometry = (gan_dft_geometry){.n = gan_conv_batch(step),
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
    GAN_TRY(set_types(step, pass, &state->options, err));
    if (state->options.activation == GAN_DFT_BF16 && gan_processor_has_fast_bf16()) {
        state->options.products = GAN_DFT_BF16;
    }
    return gan_dft_plan_create(&state->geometry, &state->options, &state->plan, err);
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

static bool can(const gan_cpu_step *step, gan_conv_pass pass)
{
    dft_state state = {.plan = NULL};
    bool made = make_plan(step, pass, &state, NULL) == GAN_OK;
    gan_dft_plan_destroy(state.plan);
    return made;
}

static bool pays(const gan_cpu_step *step, gan_conv_pass pass)
{
    dft_state state = {.plan = NULL};
    bool cheaper =
        make_plan(step, pass, &state, NULL) == GAN_OK && is_cheaper(step, state.plan, pass);
    gan_dft_plan_destroy(state.plan);
    return cheaper;
}

/* The step's tensors, as the convolution that a DFT computes knows them. */
static void add_operands(const gan_cpu_step *step, gan_dft_call *call)
{
    const dft_state *state = step->state;
    switch (state->pass) {
    case GAN_CONV_FWD:
        call->x = step->in[0];
        call->w = step->in[1];
        call->y = step->out[0];
        break;
    case GAN_CONV_DATA:
        call->dy = step->in[0];
        call->w = step->in[1];
        call->dx = step->out[0];
        break;
    default:
        call->x = step->in[0];
        call->dy = step->in[1];
        call->dw = step->out[0];
    }
}

static gan_status run(const gan_cpu_step *step, gan_error *err)
{
    const dft_state *state = step->state;
    gan_dft_call call = {.scratch = step->scratch};
    (void)err; /* nothing in a run can fail */
    if (state->joined) {
        add_operands(state->joined, &call);
    }
    add_operands(step, &call);
    gan_dft_run(state->plan, &call);
    return GAN_OK;
}

static gan_status run_nothing(const gan_cpu_step *step, gan_error *err)
{
    (void)step;
    (void)err;
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
    gan_status status = make_plan(step, pass, state, err);
    if (status != GAN_OK) {
        free(state);
        return status;
    }
    snprintf(state->how, sizeof state->how, "%s", gan_dft_plan_text(state->plan));
    step->state = state;
    step->run = run;
    step->destroy = destroy;
    step->scratch_bytes = gan_dft_scratch_bytes(state->plan, passes[pass]);
    step->how = state->how;
    return GAN_OK;
}

/* A weight gradient and another pass of the same convolution, in any order. */
static bool is_pair(const gan_cpu_step *first, const gan_cpu_step *second)
{
    if (first->run != run || second->run != run) {
        return false;
    }
    const dft_state *a = first->state, *b = second->state;
    bool a_filter = a->pass == GAN_CONV_FILTER, b_filter = b->pass == GAN_CONV_FILTER;
    if (a->joined || a_filter == b_filter ||
        memcmp(&a->geometry, &b->geometry, sizeof a->geometry) != 0 ||
        a->options.activation != b->options.activation ||
        a->options.products != b->options.products) {
        return false;
    }
    const gan_op *dw = a_filter ? first->op : second->op;
    const gan_op *other = a_filter ? second->op : first->op;
    int shared = (a_filter ? b->pass : a->pass) == GAN_CONV_FWD ? 0 : 1; /* x or dy */
    return dw->in[shared] == other->in[0];
}

/* Whether both results may be written when all operands have been read, and not before. */
static bool may_run_together(const gan_cpu_step *first, const gan_cpu_step *second)
{
    const gan_program *p = first->program;
    for (int k = 0; k < 2; k++) {
        if (gan_program_overlap(p, first->op->in[k], second->op->out[0]) ||
            gan_program_overlap(p, first->op->out[0], second->op->in[k])) {
            return false;
        }
    }
    return !gan_program_overlap(p, first->op->out[0], second->op->out[0]);
}

gan_status gan_conv_join(gan_cpu_step *first, gan_cpu_step *second, gan_error *err)
{
    const bool barred = second->way && strcmp(second->way, GAN_CONV_JOINED) != 0;
    if (barred || !is_pair(first, second) || !may_run_together(first, second)) {
        return GAN_OK;
    }
    dft_state *a = first->state, *b = second->state;
    bool b_filter = b->pass == GAN_CONV_FILTER;
    gan_dft_options options = b->options;
    options.weight = b_filter ? a->options.weight : b->options.weight;
    options.gradient = b_filter ? b->options.gradient : a->options.gradient;
    gan_dft_plan *plan = NULL;
    GAN_TRY(gan_dft_plan_create(&b->geometry, &options, &plan, err));
    if (gan_dft_plan_runs_apart(plan)) { /* each alone is faster than both together */
        gan_dft_plan_destroy(plan);
        return GAN_OK;
    }
    gan_dft_plan_destroy(b->plan);
    b->plan = plan;
    b->options = options;
    b->joined = first;
    second->with_previous = true;
    second->scratch_bytes = gan_dft_scratch_bytes(plan, passes[a->pass] | passes[b->pass]);
    first->run = run_nothing;
    first->scratch_bytes = 0;
    snprintf(a->how, sizeof a->how, "with the next");
    snprintf(b->how, sizeof b->how, "%s, with the one before", gan_dft_plan_text(plan));
    return GAN_OK;
}

const gan_conv_engine gan_conv_dft = {"dft", "dft", can, pays, prepare};
