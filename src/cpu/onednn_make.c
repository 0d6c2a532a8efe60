/* onednn_make.c — making a plan: the tensors as oneDNN sees them, the implementation that is taken,
 * and the memories and reorders that follow from it.
 *
 * The library is offered arguments in a layout of its choice, and says which it takes. An
 * implementation that is known to go wrong is passed over (onednn_faults.c); in bf16 there is none
 * behind it that is as fast as fp32, so the plan is made once more with all widened. */
#include "cpu/onednn_plan.h"

#include <stdio.h>

#include "base/memory.h"
#include "cpu/onednn_faults.h"
#include "cpu/onednn_versions.h"

/* A primitive's code is written where memory for it was asked for, whether there is any or not
 * (oneDNN 2.6: SIGSEGV), and the library's containers throw: so more than one takes is asked for
 * first. The number is a guess with room to spare, held by the sweeps of tests/cli/test_memory.sh.
 */
enum { PRIMITIVE_BYTES = 48 << 20 };

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
    GAN_ONEDNN_TRY(dnnl_reorder_primitive_desc_create(&desc, from, engine, to, engine, NULL));
    dnnl_status_t code = dnnl_primitive_create(out, desc);
    dnnl_primitive_desc_destroy(desc);
    GAN_ONEDNN_TRY(code);
    return GAN_OK;
}

/* Makes operand i's memories and, where the primitive wants another layout, its reorder. */
static gan_status operand_create(gan_onednn_plan *plan, int i, const stored *tensor,
                                 layout_view plain, const_dnnl_primitive_desc_t desc,
                                 gan_error *err)
{
    gan_onednn_operand *o = &plan->operands[i];
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
    GAN_ONEDNN_TRY(dnnl_memory_create(&o->memory, plain, engine, DNNL_MEMORY_NONE));
    if (dnnl_memory_desc_equal(plain, wanted)) {
        return GAN_OK;
    }
    o->staged_offset = reserve(plan, (int64_t)dnnl_memory_desc_get_size(wanted));
    GAN_ONEDNN_TRY(dnnl_memory_create(&o->staged, wanted, engine, DNNL_MEMORY_NONE));
    bool is_result = i == GAN_ONEDNN_OPERANDS - 1;
    return reorder_create(plan, is_result ? wanted : plain, is_result ? plain : wanted, &o->reorder,
                          err);
}

/* Everything that follows from the primitive's description, which stays the caller's. */
static gan_status plan_fill(gan_onednn_plan *plan, const_dnnl_primitive_desc_t desc,
                            const stored *tensors, const layout *plain, gan_error *err)
{
    for (int i = 0; i < GAN_ONEDNN_OPERANDS; i++) {
        GAN_TRY(operand_create(plan, i, &tensors[i], view(&plain[i]), desc, err));
    }
    layout_view scratchpad = dnnl_primitive_desc_query_md(desc, dnnl_query_scratchpad_md, 0);
    size_t scratchpad_bytes = scratchpad ? dnnl_memory_desc_get_size(scratchpad) : 0;
    if (scratchpad_bytes > 0) {
        plan->scratchpad_offset = reserve(plan, (int64_t)scratchpad_bytes);
        GAN_ONEDNN_TRY(dnnl_memory_create(&plan->scratchpad, scratchpad, plan->library->engine,
                                          DNNL_MEMORY_NONE));
    }
    const char *name = "";
    GAN_ONEDNN_TRY(dnnl_primitive_desc_query(desc, dnnl_query_impl_info_str, 0, &name));
    bool is_wide = false;
    for (int i = 0; i < GAN_ONEDNN_OPERANDS; i++) {
        is_wide = is_wide || plan->operands[i].is_wide;
    }
    snprintf(plan->how, sizeof plan->how, "oneDNN %s%s", name, is_wide ? ", bf16 widened" : "");
    GAN_ONEDNN_TRY(dnnl_primitive_create(&plan->primitive, desc));
    return GAN_OK;
}

static gan_status attr_create(dnnl_primitive_attr_t *attr, gan_error *err)
{
    GAN_ONEDNN_TRY(dnnl_primitive_attr_create(attr));
    GAN_ONEDNN_TRY(dnnl_primitive_attr_set_scratchpad_mode(*attr, dnnl_scratchpad_mode_user));
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
    GAN_ONEDNN_TRY(layout_create(l, t->rank, t->dims, type, as_stored ? t->strides : NULL));
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
    stored tensors[GAN_ONEDNN_OPERANDS];
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
        GAN_ONEDNN_TRY(dnnl_primitive_desc_query(o->desc, dnnl_query_impl_info_str, 0, &name));
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
    bool is_forward_result = i == GAN_ONEDNN_OPERANDS - 1 && r->pass == GAN_ONEDNN_FWD;
    gan_dtype memory = in_bf16 ? t->type : GAN_F32;
    gan_dtype type = in_bf16 && !is_forward_result ? GAN_BF16 : memory;
    GAN_TRY(layout_make(plain, t, true, library_type(memory), err));
    return layout_make(offered, t, t->as_stored, library_type(type), err);
}

static gan_status plan_try(gan_onednn *library, const recipe *r, gan_onednn_plan **out,
                           gan_error *err)
{
    layout plain[GAN_ONEDNN_OPERANDS] = {0}, offered[GAN_ONEDNN_OPERANDS] = {0};
    bool in_bf16 = false;
    offer taken = {0};
    void *block = NULL;
    gan_status status = GAN_OK;
    *out = NULL;
    GAN_TRY_DONE(gan_memory_room(PRIMITIVE_BYTES, "oneDNN's code", err));
    GAN_TRY_DONE(gan_calloc(1, sizeof **out, &block, err));
    ((gan_onednn_plan *)block)->library = library;
    ((gan_onednn_plan *)block)->widens = r->widens;
    for (int i = 0; i < GAN_ONEDNN_OPERANDS; i++) {
        in_bf16 = in_bf16 || (r->tensors[i].type == GAN_BF16 && !r->widens);
    }
    for (int i = 0; i < GAN_ONEDNN_OPERANDS; i++) {
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
    for (int i = 0; i < GAN_ONEDNN_OPERANDS; i++) {
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
