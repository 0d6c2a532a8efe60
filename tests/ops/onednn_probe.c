/* onednn_probe.c — one primitive of oneDNN alone against plain loops in double. */
#include "ops/onednn_probe.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/normal.h"
#include "cpu/onednn_versions.h"
#include "cpu/parallel.h"
#include "ops/guarded.h"
#include "ops/op_case.h"

enum { SEED = 61, N_TENSORS = 3, TENSOR_ALIGNMENT = 16, SCRATCH_ALIGNMENT = 64 };
enum { PRIMITIVES_KEPT = 1024 }; /* the library's default */

/* x, w, y of a convolution or a, b, y of a product, plain, in double. The result is one of them. */
typedef struct tensors {
    int64_t count[N_TENSORS];
    double *values[N_TENSORS];
    double *bound; /* per element of the result: how far rounding may take it */
    int result;
} tensors;

/* --- the truth --- */

/* Adds a product to element `to` of the result. */
typedef struct summed {
    double *sum, *size; /* and the sum of absolute values */
} summed;

static void add(summed s, int64_t to, double a, double b)
{
    s.sum[to] += a * b;
    s.size[to] += fabs(a * b);
}

static void convolve(const probe_case *c, const tensors *t, summed s)
{
    const gan_conv_geometry *g = &c->g;
    const double *x = t->values[0], *w = t->values[1], *y = t->values[2];
    const int64_t pixels = c->batch * g->p * g->q * g->k, taps = g->r * g->s;
    for (int64_t i = 0; i < pixels * taps; i++) {
        int64_t iy = i / taps, tap = i % taps;
        int64_t k = iy % g->k, q = iy / g->k % g->q, p = iy / g->k / g->q % g->p;
        int64_t h = p * g->stride_h - g->pad_top + tap / g->s;
        int64_t v = q * g->stride_w - g->pad_left + tap % g->s;
        if (h < 0 || h >= g->h || v < 0 || v >= g->w) {
            continue;
        }
        const int64_t part = g->c / g->groups, first = k / (g->k / g->groups) * part;
        int64_t ix = ((iy / g->k / g->q / g->p * g->h + h) * g->w + v) * g->c + first;
        int64_t iw = (k * taps + tap) * part;
        for (int64_t channel = 0; channel < part; channel++, ix++, iw++) {
            switch (c->pass) {
            case GAN_ONEDNN_FWD:
                add(s, iy, x[ix], w[iw]);
                break;
            case GAN_ONEDNN_BWD_DATA:
                add(s, ix, y[iy], w[iw]);
                break;
            case GAN_ONEDNN_BWD_FILTER:
                add(s, iw, x[ix], y[iy]);
                break;
            }
        }
    }
}

static void multiply(const gan_matmul_attr *a, const tensors *t, summed s)
{
    for (int64_t i = 0; i < a->m * a->n * a->k; i++) {
        int64_t k = i % a->k, n = i / a->k % a->n, m = i / a->k / a->n;
        add(s, m * a->n + n, t->values[0][a->trans_a ? k * a->m + m : m * a->k + k],
            t->values[1][a->trans_b ? n * a->k + k : k * a->n + n]);
    }
}

/* Products that are summed into one element, at most. */
static int64_t n_terms(const probe_case *c)
{
    const gan_conv_geometry *g = &c->g;
    if (c->is_product) {
        return c->product.k;
    }
    return c->pass == GAN_ONEDNN_FWD        ? g->r * g->s * g->c / g->groups
           : c->pass == GAN_ONEDNN_BWD_DATA ? g->r * g->s * g->k / g->groups
                                            : c->batch * g->p * g->q;
}

static bool result_is_bf16(const probe_case *c)
{
    return c->bf16 && !c->result_in_f32;
}

/* Values are such that bf16 can hold, where they are to be bf16. The bound holds for a sum in fp32
 * in any order: n roundings of half an ulp (2^-24) of a partial sum, none of which is larger than
 * the sum of absolute values; then, in bf16, that of the result (2^-9). */
static bool make_truth(const probe_case *c, tensors *t)
{
    const gan_conv_geometry *g = &c->g;
    const gan_matmul_attr *a = &c->product;
    const int64_t of_conv[] = {c->batch * g->h * g->w * g->c, g->k * g->r * g->s * g->c / g->groups,
                               c->batch * g->p * g->q * g->k};
    const int64_t of_product[] = {a->m * a->k, a->k * a->n, a->m * a->n};
    bool made = true;
    t->result = c->is_product || c->pass == GAN_ONEDNN_FWD ? 2
                : c->pass == GAN_ONEDNN_BWD_DATA           ? 0
                                                           : 1;
    for (int i = 0; i < N_TENSORS && made; i++) {
        t->count[i] = c->is_product ? of_product[i] : of_conv[i];
        t->values[i] = calloc((size_t)t->count[i] + 1, sizeof(double));
        float *draws = malloc(((size_t)t->count[i] + 1) * sizeof *draws);
        made = t->values[i] && draws;
        if (made && i != t->result) {
            gan_normal_fill(SEED, (uint32_t)i, 0, 0, t->count[i], draws);
            for (int64_t j = 0; j < t->count[i]; j++) {
                double v = (double)draws[j];
                t->values[i][j] = c->bf16 ? op_bf16_value(op_bf16_bits(v)) : v;
            }
        }
        free(draws);
    }
    t->bound = made ? calloc((size_t)t->count[t->result] + 1, sizeof(double)) : NULL;
    if (!t->bound) {
        return false;
    }
    const summed s = {t->values[t->result], t->bound};
    if (c->is_product) {
        multiply(a, t, s);
    } else {
        convolve(c, t, s);
    }
    const double n = (double)n_terms(c);
    for (int64_t i = 0; i < t->count[t->result]; i++) {
        t->bound[i] = t->bound[i] * n * 0x1p-23 + 1e-30 +
                      (result_is_bf16(c) ? fabs(t->values[t->result][i]) * 0x1p-8 : 0.0);
    }
    return true;
}

static void free_truth(tensors *t)
{
    for (int i = 0; i < N_TENSORS; i++) {
        free(t->values[i]);
    }
    free(t->bound);
}

/* --- tensors in memory --- */

static void store(void *data, bool bf16, const double *values, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        if (bf16) {
            ((uint16_t *)data)[i] = op_bf16_bits(values[i]);
        } else {
            ((float *)data)[i] = (float)values[i];
        }
    }
}

static probe_verdict compare(const tensors *t, const void *data, bool bf16)
{
    for (int64_t i = 0; i < t->count[t->result]; i++) {
        double got =
            bf16 ? op_bf16_value(((const uint16_t *)data)[i]) : (double)((const float *)data)[i];
        if (!op_close(got, t->values[t->result][i], t->bound[i])) {
            return PROBE_WRONG;
        }
    }
    return PROBE_RIGHT;
}

/* --- what the program makes --- */

static probe_verdict run_plan(const probe_case *c, gan_onednn_plan *plan, const tensors *t,
                              const int *order, unsigned char scratch_fill)
{
    guarded memory[N_TENSORS + 1] = {0};
    probe_verdict verdict = PROBE_IMPOSSIBLE;
    bool made = guarded_make(&memory[N_TENSORS], (size_t)gan_onednn_scratch(plan),
                             SCRATCH_ALIGNMENT, scratch_fill);
    for (int i = 0; i < N_TENSORS && made; i++) {
        bool bf16 = i < N_TENSORS - 1 ? c->bf16 : result_is_bf16(c);
        size_t bytes = (size_t)t->count[order[i]] * (bf16 ? 2 : 4);
        made = guarded_make(&memory[i], bytes, TENSOR_ALIGNMENT, 0xff);
        if (made && i < N_TENSORS - 1) {
            store(memory[i].data, bf16, t->values[order[i]], t->count[order[i]]);
        }
    }
    if (made &&
        gan_onednn_bind(plan, memory[0].data, memory[1].data, memory[2].data, memory[3].data,
                        NULL) == GAN_OK &&
        gan_onednn_run(plan, NULL) == GAN_OK) {
        verdict = compare(t, memory[2].data, result_is_bf16(c));
        for (int i = 0; i <= N_TENSORS; i++) {
            verdict = guarded_is_whole(&memory[i]) ? verdict : PROBE_OUTSIDE;
        }
    }
    for (int i = 0; i <= N_TENSORS; i++) {
        guarded_free(&memory[i]);
    }
    return verdict;
}

/* On scratch of NaN, and of large numbers. */
static probe_verdict probe_plan(const probe_case *c, gan_onednn *library, const tensors *t,
                                bool (*begun)(const char *name, void *ctx), void *ctx)
{
    const int orders[][N_TENSORS] = {[GAN_ONEDNN_FWD] = {0, 1, 2},
                                     [GAN_ONEDNN_BWD_DATA] = {2, 1, 0},
                                     [GAN_ONEDNN_BWD_FILTER] = {0, 2, 1}};
    const int *order = orders[c->is_product ? GAN_ONEDNN_FWD : c->pass];
    const gan_dtype type = c->bf16 ? GAN_BF16 : GAN_F32;
    const gan_onednn_types types = {type, type, result_is_bf16(c) ? GAN_BF16 : GAN_F32};
    gan_onednn_plan *plan = NULL;
    gan_status status =
        c->is_product ? gan_onednn_matmul(library, &c->product, types, &plan, NULL)
                      : gan_onednn_conv(library, c->pass, &c->g, c->batch, types, &plan, NULL);
    if (status != GAN_OK) {
        return PROBE_IMPOSSIBLE;
    }
    probe_verdict verdict = PROBE_RIGHT;
    if (begun(gan_onednn_explain(plan), ctx)) {
        verdict = run_plan(c, plan, t, order, 0xff);
        if (verdict == PROBE_RIGHT) {
            verdict = run_plan(c, plan, t, order, 0x7f);
        }
    }
    gan_onednn_destroy(plan);
    return verdict;
}

/* --- the library alone --- */

typedef struct bench { /* what a primitive is made and run with */
    dnnl_engine_t engine;
    dnnl_stream_t stream;
} bench;

/* One tensor: as the program has it in memory, and as the primitive wants it. */
typedef struct staged {
    int arg;
    layout plain;
    layout_view wanted;
    guarded plain_memory, wanted_memory;
    dnnl_memory_t from, to;
} staged;

static bool reorder(const bench *b, dnnl_memory_t from, layout_view from_layout, dnnl_memory_t to,
                    layout_view to_layout)
{
    dnnl_primitive_desc_t desc = NULL;
    dnnl_primitive_t primitive = NULL;
    const dnnl_exec_arg_t args[] = {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}};
    bool done = dnnl_reorder_primitive_desc_create(&desc, from_layout, b->engine, to_layout,
                                                   b->engine, NULL) == dnnl_success &&
                dnnl_primitive_create(&primitive, desc) == dnnl_success &&
                dnnl_primitive_execute(primitive, b->stream, 2, args) == dnnl_success &&
                dnnl_stream_wait(b->stream) == dnnl_success;
    if (primitive) {
        dnnl_primitive_destroy(primitive);
    }
    if (desc) {
        dnnl_primitive_desc_destroy(desc);
    }
    return done;
}

/* Tensor i of a convolution, in the program's order of memory and oneDNN's of dims; `any` for what
 * the primitive lays out. */
static bool conv_layout(const probe_case *c, int i, bool any, dnnl_data_type_t type, layout *l)
{
    const gan_conv_geometry *g = &c->g;
    const int64_t part = g->c / g->groups, filters = g->k / g->groups;
    const dnnl_dims_t dims[] = {
        {c->batch, g->c, g->h, g->w}, {g->k, part, g->r, g->s}, {c->batch, g->k, g->p, g->q}};
    const int64_t *d = dims[i];
    const dnnl_dims_t strides = {d[2] * d[3] * d[1], 1, d[3] * d[1], d[1]};
    if (i == 1 && g->groups > 1) {
        const dnnl_dims_t in_groups = {g->groups, filters, part, g->r, g->s};
        const dnnl_dims_t far = {filters * strides[0], strides[0], 1, strides[2], strides[3]};
        return layout_create(l, 5, in_groups, type, any ? NULL : far) == dnnl_success;
    }
    return layout_create(l, 4, d, type, any ? NULL : strides) == dnnl_success;
}

static bool product_layout(const probe_case *c, int i, dnnl_data_type_t type, layout *l)
{
    const gan_matmul_attr *a = &c->product;
    const dnnl_dims_t dims[] = {{a->m, a->k}, {a->k, a->n}, {a->m, a->n}};
    const bool turned = (i == 0 && a->trans_a) || (i == 1 && a->trans_b);
    const dnnl_dims_t strides = {turned ? 1 : dims[i][1], turned ? dims[i][0] : 1};
    return layout_create(l, 2, dims[i], type, strides) == dnnl_success;
}

static bool any_layout(const probe_case *c, int i, bool any, dnnl_data_type_t type, layout *l)
{
    return c->is_product ? product_layout(c, i, type, l) : conv_layout(c, i, any, type, l);
}

static bool describe_case(const probe_case *c, const bench *b, const layout *offered, offer *out)
{
    const gan_conv_geometry *g = &c->g;
    const conv_shape shape = {{g->stride_h, g->stride_w},
                              {g->pad_top, g->pad_left},
                              {(g->p - 1) * g->stride_h + g->r - g->h - g->pad_top,
                               (g->q - 1) * g->stride_w + g->s - g->w - g->pad_left}};
    const layout_view x = view(&offered[0]), w = view(&offered[1]), y = view(&offered[2]);
    dnnl_primitive_attr_t attr = NULL;
    bool made =
        dnnl_primitive_attr_create(&attr) == dnnl_success &&
        dnnl_primitive_attr_set_scratchpad_mode(attr, dnnl_scratchpad_mode_user) == dnnl_success;
    made = made && (c->is_product ? matmul_describe(out, b->engine, x, w, y, attr)
                                  : conv_describe(out, b->engine, c->pass, &shape, x, w, y,
                                                  attr)) == dnnl_success;
    if (attr) {
        dnnl_primitive_attr_destroy(attr);
    }
    return made;
}

static bool stage(const probe_case *c, const bench *b, const tensors *t, int i,
                  const_dnnl_primitive_desc_t desc, staged *s)
{
    static const dnnl_query_t queries[][N_TENSORS] = {
        [GAN_ONEDNN_FWD] = {dnnl_query_src_md, dnnl_query_weights_md, dnnl_query_dst_md},
        [GAN_ONEDNN_BWD_DATA] = {dnnl_query_diff_src_md, dnnl_query_weights_md,
                                 dnnl_query_diff_dst_md},
        [GAN_ONEDNN_BWD_FILTER] = {dnnl_query_src_md, dnnl_query_diff_weights_md,
                                   dnnl_query_diff_dst_md}};
    static const int args[][N_TENSORS] = {
        [GAN_ONEDNN_FWD] = {DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DST},
        [GAN_ONEDNN_BWD_DATA] = {DNNL_ARG_DIFF_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DIFF_DST},
        [GAN_ONEDNN_BWD_FILTER] = {DNNL_ARG_SRC, DNNL_ARG_DIFF_WEIGHTS, DNNL_ARG_DIFF_DST}};
    const gan_onednn_pass pass = c->is_product ? GAN_ONEDNN_FWD : c->pass;
    const size_t plain_bytes = (size_t)t->count[i] * sizeof(float);
    s->arg = args[pass][i];
    s->wanted = dnnl_primitive_desc_query_md(desc, queries[pass][i], 0);
    if (!any_layout(c, i, false, dnnl_f32, &s->plain) ||
        !guarded_make(&s->plain_memory, plain_bytes, TENSOR_ALIGNMENT, 0xff) ||
        !guarded_make(&s->wanted_memory, dnnl_memory_desc_get_size(s->wanted), TENSOR_ALIGNMENT,
                      0xff) ||
        dnnl_memory_create(&s->from, view(&s->plain), b->engine, s->plain_memory.data) !=
            dnnl_success ||
        dnnl_memory_create(&s->to, s->wanted, b->engine, s->wanted_memory.data) != dnnl_success) {
        return false;
    }
    if (i == t->result) {
        return true;
    }
    store(s->plain_memory.data, false, t->values[i], t->count[i]);
    return reorder(b, s->from, view(&s->plain), s->to, s->wanted);
}

static void unstage(staged *s)
{
    if (s->from) {
        dnnl_memory_destroy(s->from);
    }
    if (s->to) {
        dnnl_memory_destroy(s->to);
    }
    guarded_free(&s->plain_memory);
    guarded_free(&s->wanted_memory);
    layout_destroy(&s->plain);
}

static probe_verdict run_staged(const bench *b, const tensors *t, dnnl_primitive_t primitive,
                                staged *s, dnnl_memory_t scratch, const guarded *scratch_memory)
{
    dnnl_exec_arg_t args[N_TENSORS + 1];
    for (int i = 0; i < N_TENSORS; i++) {
        args[i] = (dnnl_exec_arg_t){s[i].arg, s[i].to};
    }
    args[N_TENSORS] = (dnnl_exec_arg_t){DNNL_ARG_SCRATCHPAD, scratch};
    staged *result = &s[t->result];
    if (dnnl_primitive_execute(primitive, b->stream, N_TENSORS + 1, args) != dnnl_success ||
        dnnl_stream_wait(b->stream) != dnnl_success) {
        return PROBE_IMPOSSIBLE;
    }
    bool whole = guarded_is_whole(scratch_memory);
    for (int i = 0; i < N_TENSORS; i++) {
        whole = whole && guarded_is_whole(&s[i].wanted_memory);
    }
    if (!whole) {
        return PROBE_OUTSIDE;
    }
    return reorder(b, result->to, result->wanted, result->from, view(&result->plain))
               ? compare(t, result->plain_memory.data, false)
               : PROBE_IMPOSSIBLE;
}

static probe_verdict probe_desc(const probe_case *c, const bench *b, const tensors *t,
                                const_dnnl_primitive_desc_t desc, unsigned char scratch_fill)
{
    const layout_view wanted = dnnl_primitive_desc_query_md(desc, dnnl_query_scratchpad_md, 0);
    staged s[N_TENSORS] = {0};
    guarded scratch_memory = {0};
    dnnl_memory_t scratch = NULL;
    dnnl_primitive_t primitive = NULL;
    probe_verdict verdict = PROBE_IMPOSSIBLE;
    bool made = true;
    for (int i = 0; i < N_TENSORS && made; i++) {
        made = stage(c, b, t, i, desc, &s[i]);
    }
    if (made && dnnl_primitive_create(&primitive, desc) == dnnl_success &&
        guarded_make(&scratch_memory, dnnl_memory_desc_get_size(wanted), SCRATCH_ALIGNMENT,
                     scratch_fill) &&
        dnnl_memory_create(&scratch, wanted, b->engine, scratch_memory.data) == dnnl_success) {
        verdict = run_staged(b, t, primitive, s, scratch, &scratch_memory);
    }
    if (scratch) {
        dnnl_memory_destroy(scratch);
    }
    if (primitive) {
        dnnl_primitive_destroy(primitive);
    }
    guarded_free(&scratch_memory);
    for (int i = 0; i < N_TENSORS; i++) {
        unstage(&s[i]);
    }
    return verdict;
}

static probe_verdict probe_library(const probe_case *c, const bench *b, const tensors *t,
                                   int *which, bool (*begun)(const char *name, void *ctx),
                                   void *ctx)
{
    layout offered[N_TENSORS] = {0};
    offer o = {0};
    probe_verdict verdict = PROBE_IMPOSSIBLE;
    const char *name = "";
    bool found = true;
    for (int i = 0; i < N_TENSORS; i++) {
        bool bf16 = i == t->result ? result_is_bf16(c) : c->bf16;
        found = found && any_layout(c, i, i == 1, bf16 ? dnnl_bf16 : dnnl_f32, &offered[i]);
    }
    found = found && describe_case(c, b, offered, &o);
    for (int i = 0; i < *which && found; i++) {
        found = offer_next(&o) == dnnl_success;
    }
    if (!found) {
        *which = PROBE_LAST;
    } else if (dnnl_primitive_desc_query(o.desc, dnnl_query_impl_info_str, 0, &name) ==
               dnnl_success) {
        verdict = PROBE_RIGHT;
        if (begun(name, ctx)) {
            verdict = probe_desc(c, b, t, o.desc, 0xff);
            if (verdict == PROBE_RIGHT) {
                verdict = probe_desc(c, b, t, o.desc, 0x7f);
            }
        }
    }
    offer_end(&o);
    for (int i = 0; i < N_TENSORS; i++) {
        layout_destroy(&offered[i]);
    }
    return verdict;
}

probe_verdict probe_run(const probe_case *c, int *which, bool (*begun)(const char *name, void *ctx),
                        void *ctx)
{
    tensors t = {0};
    bench b = {0};
    gan_onednn *library = NULL;
    probe_verdict verdict = PROBE_IMPOSSIBLE;
    int former = gan_cpu_set_threads(c->threads);
    if (!make_truth(c, &t)) {
        free_truth(&t);
        return verdict;
    }
    if (*which == PROBE_PLAN) {
        dnnl_set_primitive_cache_capacity(PRIMITIVES_KEPT);
        if (gan_onednn_open(&library, NULL) == GAN_OK) {
            verdict = probe_plan(c, library, &t, begun, ctx);
        }
        gan_onednn_close(library);
    } else if (dnnl_set_primitive_cache_capacity(0) == dnnl_success && /* or 2.x repeats itself */
               dnnl_engine_create(&b.engine, dnnl_cpu, 0) == dnnl_success &&
               dnnl_stream_create(&b.stream, b.engine, dnnl_stream_default_flags) == dnnl_success) {
        verdict = probe_library(c, &b, &t, which, begun, ctx);
    }
    if (b.stream) {
        dnnl_stream_destroy(b.stream);
    }
    if (b.engine) {
        dnnl_engine_destroy(b.engine);
    }
    gan_cpu_set_threads(former);
    free_truth(&t);
    return verdict;
}

void probe_describe(const probe_case *c, char *text, size_t size)
{
    static const char *const passes[] = {"fwd", "bwd_data", "bwd_filter"};
    const gan_conv_geometry *g = &c->g;
    const char *type = c->bf16 ? (c->result_in_f32 ? "bf16, result fp32" : "bf16") : "fp32";
    if (c->is_product) {
        snprintf(text, size, "product %s %lldx%lld by %lldx%lld, trans %d %d, %d threads", type,
                 (long long)c->product.m, (long long)c->product.k, (long long)c->product.k,
                 (long long)c->product.n, c->product.trans_a, c->product.trans_b, c->threads);
        return;
    }
    snprintf(text, size,
             "%s %s x %lldx%lldx%lldx%lld, %lld groups, filter %lldx%lldx%lld, y %lldx%lld, "
             "strides %lldx%lld, "
             "pad %lld %lld, %d threads",
             passes[c->pass], type, (long long)c->batch, (long long)g->h, (long long)g->w,
             (long long)g->c, (long long)g->groups, (long long)g->k, (long long)g->r,
             (long long)g->s, (long long)g->p, (long long)g->q, (long long)g->stride_h,
             (long long)g->stride_w, (long long)g->pad_top, (long long)g->pad_left, c->threads);
}
