/* conv.c — the three convolutions: three ways to sum one set of products.
 *
 * y[b,p,q,k], x[b,h,w,c] and w[k,r,s,c] meet in a product where h = p stride + r - pad_top and
 * w = q stride + s - pad_left lie in the map. conv sums over (r,s,c), conv_dx over (r,s,k), conv_dw
 * over (b,p,q). conv and conv_dx are one loop over an output map, which asks each tap for the
 * element of the input map that it meets there, if any. In groups, k and c meet where they are of
 * one group; each is computed by itself. */
#include <string.h>

#include "reference/call.h"
#include "reference/tile.h"

enum { FILTERS_PER_ITEM = 32 }; /* of conv_dw: an image's patch stays in cache for so many */

/* How the two maps meet along height or width. */
typedef struct axis {
    int64_t stride, pad, taps;
    int64_t in, out; /* sizes of the map that is read and of the one that is written */
    bool backward;   /* the one that is written is x */
} axis;

/* Where tap t of output position o reads, or -1. */
static int64_t source_of(const axis *a, int64_t o, int64_t t)
{
    if (!a->backward) {
        const int64_t at = o * a->stride + t - a->pad;
        return at >= 0 && at < a->in ? at : -1;
    }
    const int64_t ahead = o + a->pad - t;
    return ahead >= 0 && ahead % a->stride == 0 && ahead / a->stride < a->in ? ahead / a->stride
                                                                             : -1;
}

typedef struct map_job {
    axis h, w;
    int64_t in_channels, out_channels;
    int64_t in_group, out_group; /* channels of a group */
    const double *in,
        *panels; /* filters as [group][tap][panel of output channels][input channel] */
    double *out;
    bool sizes; /* out is the sum of the products' sizes */
} map_job;

/* Up to GAN_TILE_ROWS output positions of one row, first, first + step, ...; adds what tap (t, u)
 * gives them. row: the input row that the tap reads, at the group's first channel. */
static void add_tap(const map_job *job, const double *row, int64_t u, int64_t first, int64_t step,
                    int count, gan_tile_terms terms, double tile[][GAN_TILE_COLS])
{
    const double *from[GAN_TILE_ROWS];
    int present = 0;
    for (int i = 0; i < count; i++) {
        const int64_t col = source_of(&job->w, first + i * step, u);
        from[i] = col < 0 ? NULL : row + col * job->in_channels;
        present += col >= 0;
    }
    if (present == GAN_TILE_ROWS) {
        memcpy(terms.a, from, sizeof from);
        terms.rows = GAN_TILE_ROWS;
        gan_tile_add(&terms, tile);
        return;
    }
    terms.rows = 1;
    for (int i = 0; i < count; i++) {
        if (from[i]) {
            terms.a[0] = from[i];
            gan_tile_add(&terms, &tile[i]);
        }
    }
}

/* The sums at some positions of row o of an image. */
static void compute_positions(const map_job *job, int64_t image, int64_t item, int64_t o,
                              int64_t first, int64_t step, int count)
{
    double tile[GAN_TILE_ROWS][GAN_TILE_COLS] = {{0.0}};
    const int64_t n_panels = GAN_TILE_PANELS(job->out_group);
    const int64_t group = item / n_panels, panel = item % n_panels, k = panel * GAN_TILE_COLS;
    const int64_t cols = job->out_group - k < GAN_TILE_COLS ? job->out_group - k : GAN_TILE_COLS;
    const int64_t taps = job->h.taps * job->w.taps;
    gan_tile_terms terms = {.a_step = 1,
                            .b_step = GAN_TILE_COLS,
                            .n = job->in_group,
                            .cols = GAN_TILE_COLS,
                            .sizes = job->sizes};
    for (int64_t t = 0; t < job->h.taps; t++) {
        const int64_t source = source_of(&job->h, o, t);
        if (source < 0) {
            continue;
        }
        const double *row = job->in + (image * job->h.in + source) * job->w.in * job->in_channels +
                            group * job->in_group;
        for (int64_t u = 0; u < job->w.taps; u++) {
            const int64_t tap = group * taps + t * job->w.taps + u;
            terms.b = job->panels + (tap * n_panels + panel) * job->in_group * GAN_TILE_COLS;
            add_tap(job, row, u, first, step, count, terms, tile);
        }
    }
    double *to = job->out + (image * job->h.out + o) * job->w.out * job->out_channels +
                 group * job->out_group + k;
    for (int i = 0; i < count; i++) {
        for (int64_t j = 0; j < cols; j++) {
            to[(first + i * step) * job->out_channels + j] = tile[i][j];
        }
    }
}

static int64_t panels_per_image(const map_job *job)
{
    return job->out_channels / job->out_group * GAN_TILE_PANELS(job->out_group);
}

/* One image and one panel of output channels. Positions `stride` apart of an x that is written meet
 * the same taps, so they make a tile. */
static void compute_panel(const void *ctx, int64_t item)
{
    const map_job *job = ctx;
    const int64_t n_panels = panels_per_image(job);
    const int64_t step = job->w.backward ? job->w.stride : 1;
    for (int64_t o = 0; o < job->h.out; o++) {
        for (int64_t phase = 0; phase < step; phase++) {
            for (int64_t at = phase; at < job->w.out; at += step * GAN_TILE_ROWS) {
                const int64_t left = (job->w.out - at + step - 1) / step;
                const int count = left < GAN_TILE_ROWS ? (int)left : GAN_TILE_ROWS;
                compute_positions(job, item / n_panels, item % n_panels, o, at, step, count);
            }
        }
    }
}

/* Filters with, for each group and tap, rows of what is summed over and columns of what is
 * written. */
static void pack_filters(const gan_conv_attr *g, const double *w, bool backward, double *panels)
{
    const int64_t gc = gan_conv_group_c(g), gk = gan_conv_group_k(g), taps = g->r * g->s;
    const int64_t of_k = taps * gc, n = backward ? gk : gc, cols = backward ? gc : gk;
    for (int64_t i = 0; i < g->groups * taps; i++) {
        const double *from = w + i / taps * gk * of_k + i % taps * gc;
        gan_tile_pack(from, backward ? of_k : 1, backward ? 1 : of_k, n, cols, panels);
        panels += GAN_TILE_PACKED(n, cols);
    }
}

static int64_t packed_filters(const gan_conv_attr *g, bool backward)
{
    const int64_t gc = gan_conv_group_c(g), gk = gan_conv_group_k(g);
    return g->groups * g->r * g->s * (backward ? GAN_TILE_PACKED(gk, gc) : GAN_TILE_PACKED(gc, gk));
}

static void run_map(const gan_reference_call *call, bool backward)
{
    const gan_conv_attr *g = &call->attr->conv;
    map_job job = {.h = {g->stride_h, g->pad_top, g->r, backward ? g->p : g->h,
                         backward ? g->h : g->p, backward},
                   .w = {g->stride_w, g->pad_left, g->s, backward ? g->q : g->w,
                         backward ? g->w : g->q, backward},
                   .in_channels = backward ? g->k : g->c,
                   .out_channels = backward ? g->c : g->k,
                   .in_group = backward ? gan_conv_group_k(g) : gan_conv_group_c(g),
                   .out_group = backward ? gan_conv_group_c(g) : gan_conv_group_k(g),
                   .in = call->in[0].v,
                   .panels = call->scratch,
                   .out = call->out[0].v};
    const int64_t n_items = call->out[0].dims[0] * panels_per_image(&job);
    pack_filters(g, call->in[1].v, backward, call->scratch);
    gan_reference_parallel(call->threads, n_items, compute_panel, &job);
    if (call->weight[0]) {
        job.out = call->weight[0];
        job.sizes = true;
        gan_reference_parallel(call->threads, n_items, compute_panel, &job);
    }
}

static void run_conv(const gan_reference_call *call)
{
    run_map(call, false);
}

static void run_conv_dx(const gan_reference_call *call)
{
    run_map(call, true);
}

static int64_t conv_scratch(const gan_reference_call *call)
{
    return packed_filters(&call->attr->conv, false);
}

static int64_t conv_dx_scratch(const gan_reference_call *call)
{
    return packed_filters(&call->attr->conv, true);
}

/* --- conv_dw --- */

typedef struct filter_job {
    const gan_conv_attr *g;
    int64_t batch;
    const double *x, *dy;
    double *dw;
    bool sizes;
} filter_job;

/* Some filters of one group and some of its channels: where a tile of sums begins. */
typedef struct filter_tile {
    int64_t r, s, k, c; /* c: within the group */
    int64_t rows, cols;
} filter_tile;

/* Adds one image's products to the sums of a tile. */
static void add_image(const filter_job *job, int64_t image, const filter_tile *at,
                      double tile[][GAN_TILE_COLS])
{
    const gan_conv_attr *g = job->g;
    const axis h = {g->stride_h, g->pad_top, g->r, g->h, g->p, false};
    const axis w = {g->stride_w, g->pad_left, g->s, g->w, g->q, false};
    int64_t first = 0, end = g->q;
    const int64_t c = at->k / gan_conv_group_k(g) * gan_conv_group_c(g) + at->c;
    while (first < end && source_of(&w, first, at->s) < 0) {
        first++;
    }
    while (end > first && source_of(&w, end - 1, at->s) < 0) {
        end--;
    }
    gan_tile_terms terms = {.a_step = g->k,
                            .b_step = g->stride_w * g->c,
                            .n = end - first,
                            .rows = (int)at->rows,
                            .cols = (int)at->cols,
                            .sizes = job->sizes};
    for (int64_t p = 0; p < g->p && first < end; p++) {
        const int64_t row = source_of(&h, p, at->r), col = source_of(&w, first, at->s);
        if (row < 0) {
            continue;
        }
        const double *dy = job->dy + ((image * g->p + p) * g->q + first) * g->k + at->k;
        for (int i = 0; i < terms.rows; i++) {
            terms.a[i] = dy + i;
        }
        terms.b = job->x + ((image * g->h + row) * g->w + col) * g->c + c;
        gan_tile_add(&terms, tile);
    }
}

static void add_tile(const filter_job *job, int64_t image, const filter_tile *at)
{
    const gan_conv_attr *g = job->g;
    double tile[GAN_TILE_ROWS][GAN_TILE_COLS] = {{0.0}};
    const int64_t gc = gan_conv_group_c(g), of_k = g->r * g->s * gc;
    double *to = job->dw + at->k * of_k + (at->r * g->s + at->s) * gc + at->c;
    for (int64_t i = 0; i < at->rows; i++) {
        memcpy(tile[i], to + i * of_k, (size_t)at->cols * sizeof *to);
    }
    add_image(job, image, at, tile);
    for (int64_t i = 0; i < at->rows; i++) {
        memcpy(to + i * of_k, tile[i], (size_t)at->cols * sizeof *to);
    }
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* One tap of FILTERS_PER_ITEM filters. */
static void compute_filters(const void *ctx, int64_t item)
{
    const filter_job *job = ctx;
    const gan_conv_attr *g = job->g;
    const int64_t tap = item % (g->r * g->s), first = item / (g->r * g->s) * FILTERS_PER_ITEM;
    const int64_t end = least(first + FILTERS_PER_ITEM, g->k);
    const int64_t gc = gan_conv_group_c(g), gk = gan_conv_group_k(g);
    for (int64_t image = 0; image < job->batch; image++) {
        filter_tile at = {.r = tap / g->s, .s = tap % g->s};
        for (at.k = first; at.k < end; at.k += at.rows) {
            at.rows = least(GAN_TILE_ROWS, least(end, (at.k / gk + 1) * gk) - at.k);
            for (at.c = 0; at.c < gc; at.c += GAN_TILE_COLS) {
                at.cols = least(GAN_TILE_COLS, gc - at.c);
                add_tile(job, image, &at);
            }
        }
    }
}

static void run_conv_dw(const gan_reference_call *call)
{
    const gan_conv_attr *g = &call->attr->conv;
    filter_job job = {g, call->in[0].dims[0], call->in[0].v, call->in[1].v, call->out[0].v, false};
    const int64_t n_items = (g->k + FILTERS_PER_ITEM - 1) / FILTERS_PER_ITEM * g->r * g->s;
    memset(call->out[0].v, 0, (size_t)call->out[0].count * sizeof *call->out[0].v);
    gan_reference_parallel(call->threads, n_items, compute_filters, &job);
    if (call->weight[0]) {
        job.dw = call->weight[0];
        job.sizes = true;
        gan_reference_parallel(call->threads, n_items, compute_filters, &job);
    }
}

const gan_reference_row gan_reference_conv = {
    .run = run_conv, .scratch = conv_scratch, .weighted = 1, .product = true};
const gan_reference_row gan_reference_conv_dx = {
    .run = run_conv_dx, .scratch = conv_dx_scratch, .weighted = 1, .product = true};
const gan_reference_row gan_reference_conv_dw = {
    .run = run_conv_dw, .weighted = 1, .product = true};
