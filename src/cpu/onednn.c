/* onednn.c — convolutions and matrix products by oneDNN: plans, and the library's engine.
 *
 * A plan is a primitive, its memories and the reorders around it. What the primitive wants in a
 * layout or a type of its own (filters mostly) is staged in the scratch, as is the library's
 * scratchpad. Where the processor cannot multiply bf16, such tensors are widened there first. */
#include "cpu/onednn.h"

#include <oneapi/dnnl/dnnl_debug.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "cpu/floats.h"
#include "cpu/onednn_faults.h"
#include "cpu/onednn_versions.h"

enum { N_OPERANDS = 3 };

/* A primitive's code is written where memory for it was asked for, whether there is any or not
 * (oneDNN 2.6: SIGSEGV), and the library's containers throw: so more than one takes is asked for
 * first. The number is a guess with room to spare, held by the sweeps of tests/cli/test_memory.sh.
 */
enum { PRIMITIVE_BYTES = 48 << 20 };

/* Forwards a failed library call with its name and the library's word for the failure. */
#define CALL(call)                                                                                 \
    do {                                                                                           \
        dnnl_status_t code_ = (call);                                                              \
        if (code_ != dnnl_success) {                                                               \
            return gan_fail(err, code_ == dnnl_out_of_memory ? GAN_E_MEMORY : GAN_E_BACKEND,       \
                            "oneDNN: %s: %s (%s:%d)", #call, dnnl_status2str(code_), __FILE__,     \
                            __LINE__);                                                             \
        }                                                                                          \
    } while (0)

/* --- plans --- */

struct gan_onednn {
    dnnl_engine_t engine;
    dnnl_stream_t stream;
};

/* One of the primitive's tensors: the caller's memory, and a copy in the layout that the primitive
 * likes better where that is another. */
typedef struct operand {
    int arg;               /* DNNL_ARG_* of the primitive */
    dnnl_memory_t memory;  /* the caller's, or widened */
    bool is_wide;          /* memory is fp32 in scratch, of the caller's bf16 */
    int64_t wide_offset;   /* bytes from the start of the scratch */
    int64_t count;         /* elements */
    gan_floats lent, wide; /* the caller's tensor, and the other; set by binding */
    dnnl_memory_t staged;  /* in scratch; NULL if the caller's layout is used as it is */
    int64_t staged_offset; /* bytes from the start of the scratch */
    dnnl_primitive_t reorder;
} operand;

struct gan_onednn_plan {
    gan_onednn *library;
    bool widens;                  /* bf16 is widened in scratch */
    operand operands[N_OPERANDS]; /* two arguments, then the result */
    dnnl_primitive_t primitive;
    dnnl_memory_t scratchpad; /* NULL if none is wanted */
    int64_t scratchpad_offset;
    int64_t scratch_bytes;
    char how[96];
};

/* A tensor as the caller stores it, in oneDNN's order of dims. */
typedef struct stored {
    int arg;
    dnnl_query_t query;
    int rank;
    dnnl_dims_t dims, strides;
    bool as_stored; /* the primitive must take this layout: no copy wanted */
    gan_dtype type; /* the caller's */
} stored;

static int64_t reserve(gan_onednn_plan *plan, int64_t bytes)
{
    int64_t offset = plan->scratch_bytes;
    plan->scratch_bytes += (bytes + GAN_ALIGNMENT - 1) / GAN_ALIGNMENT * GAN_ALIGNMENT;
    return offset;
}

static gan_status reorder_create(gan_onednn_plan *plan, layout_view from, layout_view to,
                                 dnnl_primitive_t *out, gan_error *err)
{
    dnnl_engine_t engine = plan->library->engine;
    dnnl_primitive_desc_t desc = NULL;
    CALL(dnnl_reorder_primitive_desc_create(&desc, from, engine, to, engine, NULL));
    dnnl_status_t code = dnnl_primitive_create(out, desc);
    dnnl_primitive_desc_destroy(desc);
    CALL(code);
    return GAN_OK;
}

/* Makes operand i's memories and, where the primitive wants another layout, its reorder. */
static gan_status operand_create(gan_onednn_plan *plan, int i, const stored *tensor,
                                 layout_view plain, const_dnnl_primitive_desc_t desc,
                                 gan_error *err)
{
    operand *o = &plan->operands[i];
    dnnl_engine_t engine = plan->library->engine;
    layout_view wanted = dnnl_primitive_desc_query_md(desc, tensor->query, 0);
    o->arg = tensor->arg;
    o->lent.type = tensor->type;
    o->wide.type = GAN_F32;
    o->is_wide = tensor->type != GAN_F32 && plan->widens;
    o->count = 1;
    for (int k = 0; k < tensor->rank; k++) {
        o->count *= tensor->dims[k];
    }
    if (o->is_wide) {
        o->wide_offset = reserve(plan, o->count * (int64_t)sizeof(float));
    }
    CALL(dnnl_memory_create(&o->memory, plain, engine, DNNL_MEMORY_NONE));
    if (dnnl_memory_desc_equal(plain, wanted)) {
        return GAN_OK;
    }
    o->staged_offset = reserve(plan, (int64_t)dnnl_memory_desc_get_size(wanted));
    CALL(dnnl_memory_create(&o->staged, wanted, engine, DNNL_MEMORY_NONE));
    bool is_result = i == N_OPERANDS - 1;
    return reorder_create(plan, is_result ? wanted : plain, is_result ? plain : wanted, &o->reorder,
                          err);
}

/* Everything that follows from the primitive's description, which stays the caller's. */
static gan_status plan_fill(gan_onednn_plan *plan, const_dnnl_primitive_desc_t desc,
                            const stored *tensors, const layout *plain, gan_error *err)
{
    for (int i = 0; i < N_OPERANDS; i++) {
        GAN_TRY(operand_create(plan, i, &tensors[i], view(&plain[i]), desc, err));
    }
    layout_view scratchpad = dnnl_primitive_desc_query_md(desc, dnnl_query_scratchpad_md, 0);
    size_t scratchpad_bytes = scratchpad ? dnnl_memory_desc_get_size(scratchpad) : 0;
    if (scratchpad_bytes > 0) {
        plan->scratchpad_offset = reserve(plan, (int64_t)scratchpad_bytes);
        CALL(dnnl_memory_create(&plan->scratchpad, scratchpad, plan->library->engine,
                                DNNL_MEMORY_NONE));
    }
    const char *name = "";
    CALL(dnnl_primitive_desc_query(desc, dnnl_query_impl_info_str, 0, &name));
    bool is_wide = false;
    for (int i = 0; i < N_OPERANDS; i++) {
        is_wide = is_wide || plan->operands[i].is_wide;
    }
    snprintf(plan->how, sizeof plan->how, "oneDNN %s%s", name, is_wide ? ", bf16 widened" : "");
    CALL(dnnl_primitive_create(&plan->primitive, desc));
    return GAN_OK;
}

static gan_status attr_create(dnnl_primitive_attr_t *attr, gan_error *err)
{
    CALL(dnnl_primitive_attr_create(attr));
    CALL(dnnl_primitive_attr_set_scratchpad_mode(*attr, dnnl_scratchpad_mode_user));
    return GAN_OK;
}

static void set_dims(dnnl_dim_t *dims, int64_t a, int64_t b, int64_t c, int64_t d)
{
    dims[0] = a;
    dims[1] = b;
    dims[2] = c;
    dims[3] = d;
}

/* A (B,H,W,C) tensor in memory, as oneDNN's B, C, H, W. */
static stored activation(int arg, dnnl_query_t query, int64_t n, int64_t h, int64_t w, int64_t c)
{
    stored t = {.arg = arg, .query = query, .rank = 4, .as_stored = true};
    set_dims(t.dims, n, c, h, w);
    set_dims(t.strides, h * w * c, 1, w * c, c);
    return t;
}

/* A filter in memory, as oneDNN's K, C, R, S, or, in groups, G, K/G, C/G, R, S. The primitive has
 * it in a layout of its own. */
static stored filter(int arg, dnnl_query_t query, const gan_conv_geometry *g)
{
    const int64_t c = gan_conv_group_c(g), k = gan_conv_group_k(g), of_k = g->r * g->s * c;
    const int grouped = g->groups > 1;
    stored t = {.arg = arg, .query = query, .rank = 4 + grouped};
    t.dims[0] = g->groups;
    t.strides[0] = k * of_k;
    set_dims(t.dims + grouped, k, c, g->r, g->s);
    set_dims(t.strides + grouped, of_k, 1, g->s * c, c);
    return t;
}

static conv_shape conv_shape_of(const gan_conv_geometry *g)
{
    conv_shape shape = {{g->stride_h, g->stride_w},
                        {g->pad_top, g->pad_left},
                        {(g->p - 1) * g->stride_h + g->r - g->h - g->pad_top,
                         (g->q - 1) * g->stride_w + g->s - g->w - g->pad_left}};
    return shape;
}

static gan_status layout_make(layout *l, const stored *t, bool as_stored, dnnl_data_type_t type,
                              gan_error *err)
{
    CALL(layout_create(l, t->rank, t->dims, type, as_stored ? t->strides : NULL));
    return GAN_OK;
}

/* A matrix of rows x columns in memory, or its transpose. */
static stored matrix(int arg, dnnl_query_t query, int64_t rows, int64_t columns, bool transposed)
{
    stored t = {.arg = arg, .query = query, .rank = 2, .dims = {rows, columns}, .as_stored = true};
    t.strides[0] = transposed ? 1 : columns;
    t.strides[1] = transposed ? rows : 1;
    return t;
}

static void name_gradient(stored *t, int arg, dnnl_query_t query)
{
    t->arg = arg;
    t->query = query;
}

/* What to make a plan from: the tensors in the order of the plan's operands, and the primitive. */
typedef struct recipe {
    const gan_conv_geometry *geometry; /* NULL: a matrix product */
    bool widens;                       /* what is bf16 is multiplied as fp32 */
    gan_onednn_pass pass;
    conv_shape shape;
    stored tensors[N_OPERANDS];
    int source, filter, target; /* which tensor is x, w and y, or a, b and y of a product */
} recipe;

/* The library's favourite. */
static gan_status describe(const recipe *r, dnnl_engine_t engine, const layout *offered, offer *out,
                           gan_error *err)
{
    layout_view x = view(&offered[r->source]), w = view(&offered[r->filter]);
    layout_view y = view(&offered[r->target]);
    dnnl_primitive_attr_t attr = NULL;
    dnnl_status_t code = dnnl_success;
    gan_status status = attr_create(&attr, err);
    if (status == GAN_OK) {
        code = r->geometry ? conv_describe(out, engine, r->pass, &r->shape, x, w, y, attr)
                           : matmul_describe(out, engine, x, w, y, attr);
    }
    if (attr) {
        dnnl_primitive_attr_destroy(attr);
    }
    if (code != dnnl_success) {
        return gan_fail(err, code == dnnl_out_of_memory ? GAN_E_MEMORY : GAN_E_BACKEND,
                        "oneDNN cannot compute this %s: %s",
                        r->geometry ? "convolution" : "product", dnnl_status2str(code));
    }
    return status;
}

/* Passes over implementations that are known to go wrong. In bf16 there is none to pass on to that
 * is as fast as fp32: GAN_E_UNSUPPORTED. */
static gan_status choose(const recipe *r, bool in_bf16, offer *o, gan_error *err)
{
    for (;;) {
        const char *name = "";
        CALL(dnnl_primitive_desc_query(o->desc, dnnl_query_impl_info_str, 0, &name));
        const bool faulty = r->geometry ? gan_onednn_is_faulty(name, r->pass, r->geometry, in_bf16)
                                        : gan_onednn_is_faulty_product(name, in_bf16);
        if (!faulty) {
            return GAN_OK;
        }
        if (in_bf16) {
            return gan_fail(err, GAN_E_UNSUPPORTED, "oneDNN's %s is wrong here in bf16", name);
        }
        dnnl_status_t code = offer_next(o);
        if (code != dnnl_success) {
            return gan_fail(err, code == dnnl_out_of_memory ? GAN_E_MEMORY : GAN_E_BACKEND,
                            "oneDNN has no right way to compute this %s: %s",
                            r->geometry ? "convolution" : "product", dnnl_status2str(code));
        }
    }
}

static dnnl_data_type_t library_type(gan_dtype type)
{
    return type == GAN_BF16 ? dnnl_bf16 : dnnl_f32;
}

/* How tensor i lies in memory, and what the primitive is offered: arguments are bf16 if any tensor
 * is. So is the result of a backward pass, whose hint is a forward pass of the same tensors. */
static gan_status make_layouts(const recipe *r, int i, bool in_bf16, layout *plain, layout *offered,
                               gan_error *err)
{
    const stored *t = &r->tensors[i];
    bool is_forward_result = i == N_OPERANDS - 1 && r->pass == GAN_ONEDNN_FWD;
    gan_dtype memory = in_bf16 ? t->type : GAN_F32;
    gan_dtype type = in_bf16 && !is_forward_result ? GAN_BF16 : memory;
    GAN_TRY(layout_make(plain, t, true, library_type(memory), err));
    return layout_make(offered, t, t->as_stored, library_type(type), err);
}

static gan_status plan_try(gan_onednn *library, const recipe *r, gan_onednn_plan **out,
                           gan_error *err)
{
    layout plain[N_OPERANDS] = {0}, offered[N_OPERANDS] = {0};
    bool in_bf16 = false;
    offer taken = {0};
    void *block = NULL;
    gan_status status = GAN_OK;
    *out = NULL;
    GAN_TRY_DONE(gan_memory_room(PRIMITIVE_BYTES, "oneDNN's code", err));
    GAN_TRY_DONE(gan_calloc(1, sizeof **out, &block, err));
    ((gan_onednn_plan *)block)->library = library;
    ((gan_onednn_plan *)block)->widens = r->widens;
    for (int i = 0; i < N_OPERANDS; i++) {
        in_bf16 = in_bf16 || (r->tensors[i].type == GAN_BF16 && !r->widens);
    }
    for (int i = 0; i < N_OPERANDS; i++) {
        GAN_TRY_DONE(make_layouts(r, i, in_bf16, &plain[i], &offered[i], err));
    }
    GAN_TRY_DONE(describe(r, library->engine, offered, &taken, err));
    GAN_TRY_DONE(choose(r, in_bf16, &taken, err));
    GAN_TRY_DONE(plan_fill(block, taken.desc, r->tensors, plain, err));
    *out = block;
    block = NULL;
done:
    gan_onednn_destroy(block);
    offer_end(&taken);
    for (int i = 0; i < N_OPERANDS; i++) {
        layout_destroy(&plain[i]);
        layout_destroy(&offered[i]);
    }
    return status;
}

/* What is wrong in bf16 is widened. */
static gan_status plan_create(gan_onednn *library, recipe *r, gan_onednn_plan **out, gan_error *err)
{
    gan_status status = plan_try(library, r, out, err);
    if (status == GAN_E_UNSUPPORTED && !r->widens) {
        r->widens = true;
        status = plan_try(library, r, out, err);
    }
    return status;
}

static void set_types(recipe *r, gan_onednn_types types)
{
    r->tensors[0].type = types.first;
    r->tensors[1].type = types.second;
    r->tensors[2].type = types.result;
}

gan_status gan_onednn_conv(gan_onednn *library, gan_onednn_pass pass,
                           const gan_conv_geometry *geometry, int64_t batch, gan_onednn_types types,
                           gan_onednn_plan **out, gan_error *err)
{
    const gan_conv_geometry *g = geometry;
    stored x = activation(DNNL_ARG_SRC, dnnl_query_src_md, batch, g->h, g->w, g->c);
    stored w = filter(DNNL_ARG_WEIGHTS, dnnl_query_weights_md, g);
    stored y = activation(DNNL_ARG_DST, dnnl_query_dst_md, batch, g->p, g->q, g->k);
    recipe r = {
        .geometry = g, .widens = !gan_onednn_has_bf16(), .pass = pass, .shape = conv_shape_of(g)};
    if (pass == GAN_ONEDNN_FWD) {
        r.tensors[0] = x, r.tensors[1] = w, r.tensors[2] = y;
        r.source = 0, r.filter = 1, r.target = 2;
    } else if (pass == GAN_ONEDNN_BWD_DATA) {
        name_gradient(&y, DNNL_ARG_DIFF_DST, dnnl_query_diff_dst_md);
        name_gradient(&x, DNNL_ARG_DIFF_SRC, dnnl_query_diff_src_md);
        r.tensors[0] = y, r.tensors[1] = w, r.tensors[2] = x;
        r.target = 0, r.filter = 1, r.source = 2;
    } else {
        name_gradient(&y, DNNL_ARG_DIFF_DST, dnnl_query_diff_dst_md);
        name_gradient(&w, DNNL_ARG_DIFF_WEIGHTS, dnnl_query_diff_weights_md);
        r.tensors[0] = x, r.tensors[1] = y, r.tensors[2] = w;
        r.source = 0, r.target = 1, r.filter = 2;
    }
    set_types(&r, types);
    return plan_create(library, &r, out, err);
}

gan_status gan_onednn_matmul(gan_onednn *library, const gan_matmul_attr *shape,
                             gan_onednn_types types, gan_onednn_plan **out, gan_error *err)
{
    int64_t m = shape->m, n = shape->n, k = shape->k;
    recipe r = {
        .widens = !gan_onednn_has_bf16(),
        .pass = GAN_ONEDNN_FWD,
        .filter = 1,
        .target = 2,
        .tensors = {matrix(DNNL_ARG_SRC, dnnl_query_src_md, m, k, shape->trans_a),
                    matrix(DNNL_ARG_WEIGHTS, dnnl_query_weights_md, k, n, shape->trans_b),
                    matrix(DNNL_ARG_DST, dnnl_query_dst_md, m, n, false)},
    };
    set_types(&r, types);
    return plan_create(library, &r, out, err);
}

int64_t gan_onednn_scratch(const gan_onednn_plan *plan)
{
    return plan->scratch_bytes;
}

const char *gan_onednn_explain(const gan_onednn_plan *plan)
{
    return plan->how;
}

gan_status gan_onednn_bind(gan_onednn_plan *plan, const void *first, const void *second,
                           void *result, void *scratch, gan_error *err)
{
    void *const memory[N_OPERANDS] = {(void *)(uintptr_t)first, (void *)(uintptr_t)second, result};
    for (int i = 0; i < N_OPERANDS; i++) {
        operand *o = &plan->operands[i];
        o->lent.data = memory[i];
        o->wide.data = (char *)scratch + o->wide_offset;
        CALL(dnnl_memory_set_data_handle(o->memory, o->is_wide ? o->wide.data : memory[i]));
        if (o->staged) {
            CALL(dnnl_memory_set_data_handle(o->staged, (char *)scratch + o->staged_offset));
        }
    }
    if (plan->scratchpad) {
        CALL(dnnl_memory_set_data_handle(plan->scratchpad,
                                         (char *)scratch + plan->scratchpad_offset));
    }
    return GAN_OK;
}

static gan_status reorder_run(const gan_onednn_plan *plan, const operand *o, bool to_caller,
                              gan_error *err)
{
    const dnnl_exec_arg_t args[] = {{DNNL_ARG_FROM, to_caller ? o->staged : o->memory},
                                    {DNNL_ARG_TO, to_caller ? o->memory : o->staged}};
    CALL(dnnl_primitive_execute(o->reorder, plan->library->stream, 2, args));
    return GAN_OK;
}

gan_status gan_onednn_run(const gan_onednn_plan *plan, gan_error *err)
{
    dnnl_exec_arg_t args[N_OPERANDS + 1];
    int n = 0;
    for (; n < N_OPERANDS; n++) {
        const operand *o = &plan->operands[n];
        if (o->is_wide && n < N_OPERANDS - 1) {
            gan_floats_copy(o->lent, o->wide, o->count);
        }
        if (o->staged && n < N_OPERANDS - 1) {
            GAN_TRY(reorder_run(plan, o, false, err));
        }
        args[n] = (dnnl_exec_arg_t){o->arg, o->staged ? o->staged : o->memory};
    }
    if (plan->scratchpad) {
        args[n++] = (dnnl_exec_arg_t){DNNL_ARG_SCRATCHPAD, plan->scratchpad};
    }
    CALL(dnnl_primitive_execute(plan->primitive, plan->library->stream, n, args));
    const operand *result = &plan->operands[N_OPERANDS - 1];
    if (result->staged) {
        GAN_TRY(reorder_run(plan, result, true, err));
    }
    CALL(dnnl_stream_wait(plan->library->stream));
    if (result->is_wide) {
        gan_floats_copy(result->wide, result->lent, result->count);
    }
    return GAN_OK;
}

void gan_onednn_destroy(gan_onednn_plan *plan)
{
    if (!plan) {
        return;
    }
    for (int i = 0; i < N_OPERANDS; i++) {
        const operand *o = &plan->operands[i];
        dnnl_primitive_destroy(o->reorder);
        dnnl_memory_destroy(o->staged);
        dnnl_memory_destroy(o->memory);
    }
    dnnl_memory_destroy(plan->scratchpad);
    dnnl_primitive_destroy(plan->primitive);
    free(plan);
}

/* --- the library --- */

gan_status gan_onednn_open(gan_onednn **out, gan_error *err)
{
    void *block = NULL;
    *out = NULL;
    GAN_TRY(gan_calloc(1, sizeof **out, &block, err));
    gan_onednn *library = block;
    dnnl_status_t code = dnnl_engine_create(&library->engine, dnnl_cpu, 0);
    if (code == dnnl_success) {
        code = dnnl_stream_create(&library->stream, library->engine, dnnl_stream_default_flags);
    }
    if (code != dnnl_success) {
        gan_onednn_close(library);
        return gan_fail(err, GAN_E_BACKEND, "oneDNN does not start: %s", dnnl_status2str(code));
    }
    *out = library;
    return GAN_OK;
}

void gan_onednn_close(gan_onednn *library)
{
    if (!library) {
        return;
    }
    if (library->stream) {
        dnnl_stream_destroy(library->stream);
    }
    if (library->engine) {
        dnnl_engine_destroy(library->engine);
    }
    free(library);
}
