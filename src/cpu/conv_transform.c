/* conv_transform.c — convolution through a transform, the discrete Fourier transform or Winograd's
 * (transform.h), where it is expected to win. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "cpu/conv_engine.h"
#include "cpu/exact_zero.h"
#include "cpu/isa.h"
#include "program/place.h"
#include "transform/transform.h"

typedef struct transform_state {
    gan_transform_geometry geometry;
    gan_transform_options options;
    gan_transform_plan *plan;
    gan_conv_pass pass;
    const gan_cpu_step *joined; /* the step before, whose pass is computed along; NULL = none */
    char how[160];
} transform_state;

static const unsigned passes[] = {[GAN_CONV_FWD] = GAN_TRANSFORM_FWD,
                                  [GAN_CONV_DATA] = GAN_TRANSFORM_DGRAD,
                                  [GAN_CONV_FILTER] = GAN_TRANSFORM_WGRAD};

/* Nanoseconds of a core for what a plan counts, and for a multiply-add of the library's direct
 * passes. Fitted to one thread's runs of bench_transform, twelve layers at batches of 32, 64 and
 * 256, on a Zen 4 server with oneDNN 2.6: what is chosen takes 1 % longer than the fastest of the
 * three ways each time in fp32, half a percent in bf16. With narrower vectors all slow down alike.
 */
typedef struct speed {
    double product[2], transform, byte, direct[3]; /* products of a DFT, of Winograd's */
} speed;
static const speed fp32_speed = {{0.0185, 0.0172}, 0.0213, 0.034, {0.0187, 0.0189, 0.0205}};
static const speed bf16_speed = {{0.0110, 0.0100}, 0.0143, 0.053, {0.0093, 0.0097, 0.0118}};
static const double margin = 0.95;

/* bf16 with AMX, nanoseconds of two cores: products cost next to nothing, a transform takes the
 * time of its bytes and, forward, that of turning its weights; the library's passes run at speeds
 * of their own and put weights in order each time. Fitted to the convolutions of the shipped
 * networks at batches of 32 to 512 on a Sapphire Rapids server with oneDNN 2.6: all that is chosen
 * by it takes 1 % longer than the faster of the two each time. */
static const double amx_byte = 0.05, amx_start = 4e5, amx_turned_weight = 1.0, amx_margin = 0.9;
static const struct {
    double multiply_add, weight;
} amx_direct[] = {[GAN_CONV_FWD] = {0.0016, 1.2},
                  [GAN_CONV_DATA] = {0.0028, 2.5},
                  [GAN_CONV_FILTER] = {0.0085, 4.0}};

static gan_transform_type tensor_type(const gan_buffer *tensor)
{
    return tensor->type == GAN_BF16 ? GAN_TRANSFORM_BF16 : GAN_TRANSFORM_F32;
}

/* The types of the step's tensors. GAN_E_UNSUPPORTED where the activations are of two types. */
static gan_status set_types(const gan_cpu_step *step, gan_conv_pass pass,
                            gan_transform_options *options, gan_error *err)
{
    bool filter = pass == GAN_CONV_FILTER;
    const gan_buffer *first = gan_cpu_in(step, 0), *second = gan_cpu_in(step, 1);
    const gan_buffer *result = gan_cpu_out(step, 0), *other = filter ? second : result;
    if (first->type != other->type) {
        return gan_fail(err, GAN_E_UNSUPPORTED,
                        "fast convolution has activations of one type, not %s and %s; use "
                        "direct",
                        gan_dtype_name(first->type), gan_dtype_name(other->type));
    }
    options->activation = tensor_type(first);
    options->weight = filter ? GAN_TRANSFORM_F32 : tensor_type(second);
    options->gradient = filter ? tensor_type(result) : GAN_TRANSFORM_F32;
    return GAN_OK;
}

/* bf16 activations are multiplied as bf16 where that is faster, and as fp32 elsewhere. */
static gan_status make_plan(const gan_cpu_step *step, gan_conv_pass pass,
                            gan_transform_kind transform, transform_state *state, gan_error *err)
{
    const gan_conv_geometry *g = &step->op->attr.conv;
    state->pass = pass;
    state->options = (gan_transform_options){.transform = transform, .threads = step->threads};
    state->geometry = (gan_transform_geometry){.n = gan_conv_batch(step),
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
                                               .pad_right = g->pad_right,
                                               .groups = g->groups};
    GAN_TRY(set_types(step, pass, &state->options, err));
    if (state->options.activation == GAN_TRANSFORM_BF16 && gan_cpu_bf16_pays()) {
        state->options.products = GAN_TRANSFORM_BF16;
    }
    state->options.limit = gan_cpu_isa_limit(state->options.products);
    if (g->groups > 1 && state->options.limit == GAN_TRANSFORM_AMX) {
        state->options.limit = GAN_TRANSFORM_AVX512; /* tiles have no groups */
    }
    return gan_transform_plan_create(&state->geometry, &state->options, &state->plan, err);
}

static bool has_amx(const gan_cpu_step *step)
{
    return gan_cpu_in(step, 0)->type == GAN_BF16 && gan_cpu_has_amx() &&
           step->op->attr.conv.groups == 1;
}

static const speed *speed_of(const gan_cpu_step *step)
{
    bool bf16 = gan_cpu_in(step, 0)->type == GAN_BF16 && gan_cpu_bf16_pays();
    return bf16 ? &bf16_speed : &fp32_speed;
}

static double weights_of(const gan_cpu_step *step)
{
    const gan_conv_geometry *g = &step->op->attr.conv;
    return (double)(g->k * g->r * g->s * g->c);
}

/* Nanoseconds of the plan's pass by the static rules above; direct convolution's follow. */
static double time_of(const gan_cpu_step *step, const transform_state *state)
{
    const gan_transform_cost cost = gan_transform_plan_cost(state->plan, passes[state->pass]);
    if (has_amx(step)) {
        double turned = state->pass == GAN_CONV_FWD ? weights_of(step) : 0.0;
        return (amx_start + amx_byte * cost.bytes + amx_turned_weight * turned) / amx_margin;
    }
    const speed *v = speed_of(step);
    return (v->product[state->options.transform] * cost.products + v->transform * cost.transforms +
            v->byte * cost.bytes) /
           margin;
}

static double direct_time(const gan_cpu_step *step, const transform_state *state)
{
    double products = gan_transform_plan_cost(state->plan, passes[state->pass]).direct;
    return has_amx(step) ? amx_direct[state->pass].multiply_add * products +
                               amx_direct[state->pass].weight * weights_of(step)
                         : speed_of(step)->direct[state->pass] * products;
}

/* Below 0 when there is no such plan. */
static double find_time(const gan_cpu_step *step, gan_conv_pass pass, gan_transform_kind transform,
                        double *direct)
{
    transform_state state = {.plan = NULL};
    double time = -1;
    if (make_plan(step, pass, transform, &state, NULL) == GAN_OK) {
        time = time_of(step, &state);
        *direct = direct_time(step, &state);
    }
    gan_transform_plan_destroy(state.plan);
    return time;
}

static bool can_dft(const gan_cpu_step *step, gan_conv_pass pass)
{
    double direct = 0;
    return find_time(step, pass, GAN_TRANSFORM_DFT, &direct) >= 0;
}

static bool can_winograd(const gan_cpu_step *step, gan_conv_pass pass)
{
    double direct = 0;
    return find_time(step, pass, GAN_TRANSFORM_WINOGRAD, &direct) >= 0;
}

/* Where Winograd's transform does not, which is asked first. */
static bool dft_pays(const gan_cpu_step *step, gan_conv_pass pass)
{
    double direct = 0, time = find_time(step, pass, GAN_TRANSFORM_DFT, &direct);
    return time >= 0 && time < direct;
}

/* With AMX it was not measured, and is left to a tune. */
static bool winograd_pays(const gan_cpu_step *step, gan_conv_pass pass)
{
    if (has_amx(step)) {
        return false;
    }
    double direct = 0, time = find_time(step, pass, GAN_TRANSFORM_WINOGRAD, &direct);
    if (time < 0 || time >= direct) {
        return false;
    }
    const double dft = find_time(step, pass, GAN_TRANSFORM_DFT, &direct);
    return dft < 0 || time < dft;
}

/* The step's tensors, as transform.h knows them. */
static void add_operands(const gan_cpu_step *step, gan_transform_call *call)
{
    const transform_state *state = step->state;
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

/* The end of the scratch: a byte for each image that y or dx is computed from. */
static unsigned char *zero_images(const gan_cpu_step *step, void *scratch)
{
    const transform_state *state = step->state;
    return (unsigned char *)scratch + step->scratch_bytes - state->geometry.n;
}

static gan_status run(const gan_cpu_step *step, gan_error *err)
{
    const transform_state *state = step->state;
    gan_transform_call call = {.scratch = step->scratch};
    (void)err; /* nothing in a run can fail */
    if (state->joined) {
        add_operands(state->joined, &call);
    }
    add_operands(step, &call);
    call.x_zero = call.y ? zero_images(step, call.scratch) : NULL;
    call.dy_zero = call.dx ? zero_images(step, call.scratch) : NULL;
    gan_transform_run(state->plan, &call);
    const unsigned char *suspects = call.y ? call.x_zero : call.dy_zero;
    if (state->joined) {
        const transform_state *joined = state->joined->state;
        gan_exact_zero(state->joined, joined->pass, suspects);
    }
    gan_exact_zero(step, state->pass, suspects);
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
    transform_state *state = block;
    gan_transform_plan_destroy(state->plan);
    free(state);
}

static gan_status prepare(gan_cpu_step *step, gan_conv_pass pass, gan_transform_kind transform,
                          gan_error *err)
{
    void *block = NULL;
    GAN_TRY(gan_calloc(1, sizeof(transform_state), &block, err));
    transform_state *state = block;
    gan_status status = make_plan(step, pass, transform, state, err);
    if (status != GAN_OK) {
        free(state);
        return status;
    }
    snprintf(state->how, sizeof state->how, "%s", gan_transform_plan_text(state->plan));
    step->state = state;
    step->run = run;
    step->destroy = destroy;
    step->scratch_bytes = gan_transform_scratch_bytes(state->plan, passes[pass]) +
                          (pass == GAN_CONV_FILTER ? 0 : state->geometry.n);
    step->how = state->how;
    return GAN_OK;
}

static gan_status prepare_dft(gan_cpu_step *step, gan_conv_pass pass, gan_error *err)
{
    return prepare(step, pass, GAN_TRANSFORM_DFT, err);
}

static gan_status prepare_winograd(gan_cpu_step *step, gan_conv_pass pass, gan_error *err)
{
    return prepare(step, pass, GAN_TRANSFORM_WINOGRAD, err);
}

const gan_conv_engine gan_conv_dft = {"dft", "dft", "dft-joined", can_dft, dft_pays, prepare_dft};
const gan_conv_engine gan_conv_winograd = {"winograd",   "winograd",    "winograd-joined",
                                           can_winograd, winograd_pays, prepare_winograd};

/* A weight gradient and another pass of the same convolution, in any order. */
static bool is_pair(const gan_cpu_step *first, const gan_cpu_step *second)
{
    if (first->run != run || second->run != run) {
        return false;
    }
    const transform_state *a = first->state, *b = second->state;
    bool a_filter = a->pass == GAN_CONV_FILTER, b_filter = b->pass == GAN_CONV_FILTER;
    if (a->joined || a_filter == b_filter ||
        memcmp(&a->geometry, &b->geometry, sizeof a->geometry) != 0 ||
        a->options.transform != b->options.transform ||
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
    if (!is_pair(first, second) || !may_run_together(first, second)) {
        return GAN_OK;
    }
    transform_state *a = first->state, *b = second->state;
    bool winograd = b->options.transform == GAN_TRANSFORM_WINOGRAD;
    const char *joined = winograd ? gan_conv_winograd.joined : gan_conv_dft.joined;
    if (second->way && strcmp(second->way, joined) != 0) {
        return GAN_OK;
    }
    bool b_filter = b->pass == GAN_CONV_FILTER;
    gan_transform_options options = b->options;
    options.weight = b_filter ? a->options.weight : b->options.weight;
    options.gradient = b_filter ? b->options.gradient : a->options.gradient;
    gan_transform_plan *plan = NULL;
    GAN_TRY(gan_transform_plan_create(&b->geometry, &options, &plan, err));
    if (gan_transform_plan_runs_apart(plan)) { /* each alone is faster than both together */
        gan_transform_plan_destroy(plan);
        return GAN_OK;
    }
    gan_transform_plan_destroy(b->plan);
    b->plan = plan;
    b->options = options;
    b->joined = first;
    second->with_previous = true;
    second->scratch_bytes =
        gan_transform_scratch_bytes(plan, passes[a->pass] | passes[b->pass]) + b->geometry.n;
    first->run = run_nothing;
    first->scratch_bytes = 0;
    snprintf(a->how, sizeof a->how, "with the next");
    snprintf(b->how, sizeof b->how, "%s, with the one before", gan_transform_plan_text(plan));
    return GAN_OK;
}
