/* dft_plan.c — the plan of a DFT convolution: what is allowed, transform lengths, cost, scratch.
 *
 * A long transform needs fewer products an output and more memory; the pair of lengths is chosen by
 * an estimate of cycles from counted products, transforms and bytes. The estimate is static: the
 * same geometry and options give the same plan on any machine. */
#include "cpu/dft_plan.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"

/* Cycles of one core: 16-wide multiply-adds of products and of transforms, bytes of planes. */
static const double product_cycles = 0.65, transform_cycles = 0.8, byte_cycles = 0.12;

static const int64_t target_rows = 128; /* of a block: one packed operand serves that many */
static const int64_t plane_pad = 32;    /* numbers: planes of a tile fall into different cache sets */

/* Whole tensors and blocks of planes that are larger than this do not wait in a cache for whoever
 * reads them next: they are written past it. */
static const int64_t default_stream_bytes = 2 << 20;

static int64_t round_up(int64_t n, int64_t unit)
{
    return (n + unit - 1) / unit * unit;
}

static int64_t divide_up(int64_t n, int64_t by)
{
    return (n + by - 1) / by;
}

static int64_t type_size(gan_dft_type type)
{
    return type == GAN_DFT_BF16 ? 2 : 4;
}

static int64_t output_size(int64_t in, int64_t pad, int64_t kernel, int64_t stride)
{
    return in + pad < kernel ? 0 : (in + pad - kernel) / stride + 1;
}

static gan_dft_axis_geometry axis_geometry_h(const gan_dft_geometry *g)
{
    return (gan_dft_axis_geometry){g->h,
                                   output_size(g->h, g->pad_top + g->pad_bottom, g->r, g->stride_h),
                                   g->r, g->stride_h, g->pad_top};
}

static gan_dft_axis_geometry axis_geometry_w(const gan_dft_geometry *g)
{
    return (gan_dft_axis_geometry){g->w,
                                   output_size(g->w, g->pad_left + g->pad_right, g->s, g->stride_w),
                                   g->s, g->stride_w, g->pad_left};
}

static gan_status check(const gan_dft_geometry *g, const gan_dft_options *o, gan_error *err)
{
    const int64_t limit = INT32_MAX;
    const int64_t sizes[] = {g->n, g->h, g->w, g->c, g->k, g->r, g->s};
    const int64_t pads[] = {g->pad_top, g->pad_left, g->pad_bottom, g->pad_right};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        if (sizes[i] < 1 || sizes[i] > limit) {
            return gan_fail(err, GAN_E_USAGE, "a convolution with a dimension of %lld",
                            (long long)sizes[i]);
        }
    }
    for (size_t i = 0; i < sizeof pads / sizeof *pads; i++) {
        if (pads[i] < 0 || pads[i] > limit / 4) {
            return gan_fail(err, GAN_E_USAGE, "a convolution with a padding of %lld",
                            (long long)pads[i]);
        }
    }
    if (g->stride_h < 1 || g->stride_h > GAN_DFT_MAX_STRIDE || g->stride_w < 1 ||
        g->stride_w > GAN_DFT_MAX_STRIDE) {
        return gan_fail(err, GAN_E_UNSUPPORTED,
                        "the DFT convolution has strides 1 and 2, not %lldx%lld; use direct",
                        (long long)g->stride_h, (long long)g->stride_w);
    }
    if (g->r > limit / 16 / g->s || g->c > limit / 16 / (g->r * g->s)) {
        return gan_fail(err, GAN_E_UNSUPPORTED,
                        "a filter of %lldx%lldx%lld numbers is too large for the DFT convolution",
                        (long long)g->r, (long long)g->s, (long long)g->c);
    }
    if (axis_geometry_h(g).out < 1 || axis_geometry_w(g).out < 1) {
        return gan_fail(err, GAN_E_USAGE,
                        "a kernel of %lldx%lld is larger than its padded map of %lldx%lld",
                        (long long)g->r, (long long)g->s, (long long)(g->h + g->pad_top + g->pad_bottom),
                        (long long)(g->w + g->pad_left + g->pad_right));
    }
    if (o->threads < 1 || o->block_images < 0 || o->stream_bytes < 0 || o->length < 0 || o->length > GAN_DFT_MAX_LENGTH ||
        o->length == 1) {
        return gan_fail(err, GAN_E_USAGE,
                        "a DFT convolution with %d threads, blocks of %lld images, length %d",
                        o->threads, (long long)o->block_images, o->length);
    }
    return GAN_OK;
}

/* Chunks of all phases of a side. */
static int64_t n_chunks(const gan_dft_side *side)
{
    return side->phase_chunks * side->phases_h * side->phases_w;
}

/* A dense tensor of images with one phase and one tile, and the plan's lengths. */
static gan_dft_side dense_side(const gan_dft_plan *p, int64_t images, int64_t height, int64_t width,
                               int64_t channels)
{
    return (gan_dft_side){.images = images, .height = height, .width = width, .channels = channels,
                          .image_rows = 1, .tile_rows = 1, .phases_h = 1,
                          .phases_w = 1, .tiles_h = 1, .tiles_w = 1,
                          .length_h = p->axis_h.length, .length_w = p->axis_w.length,
                          .table_h = &p->table_h, .table_w = &p->table_w,
                          .phase_chunks = divide_up(channels, GAN_DFT_CHUNK)};
}

/* The sides for the axes that the plan holds. */
static void fill_sides(gan_dft_plan *p)
{
    const gan_dft_geometry *g = &p->geometry;
    const gan_dft_axis *h = &p->axis_h, *w = &p->axis_w;
    gan_dft_side *x = &p->x, *y = &p->y, *k = &p->w, *c = &p->w_fwd;
    p->tiles = (int64_t)h->tiles * w->tiles;
    p->n_planes = (int64_t)h->length * w->length;
    p->n_real = (h->length % 2 == 0 ? 2 : 1) * (w->length % 2 == 0 ? 2 : 1);

    *x = dense_side(p, g->n, g->h, g->w, g->c);
    *y = dense_side(p, g->n, axis_geometry_h(g).out, axis_geometry_w(g).out, g->k);
    *k = dense_side(p, g->k, g->r, g->s, g->c);
    *c = dense_side(p, g->c, g->r, g->s, g->k);
    x->map_h = h->x, x->map_w = w->x, x->half_h = h->half_x, x->half_w = w->half_x;
    x->covered_h = h->covered, x->covered_w = w->covered;
    y->map_h = h->y, y->map_w = w->y, y->half_h = h->half_y, y->half_w = w->half_y;
    y->mirror = true;
    k->map_h = c->map_h = h->w, k->map_w = c->map_w = w->w;
    k->half_h = c->half_h = h->half_w, k->half_w = c->half_w = w->half_w;
    x->phases_h = k->phases_h = h->phases, x->phases_w = k->phases_w = w->phases;
    x->tiles_h = y->tiles_h = h->tiles, x->tiles_w = y->tiles_w = w->tiles;
    x->image_rows = y->image_rows = p->tiles;

    /* Phases of w_fwd are told apart by rows: they are its tiles, each above the one before. */
    c->tiles_h = h->phases, c->tiles_w = w->phases;
    c->tile_rows = k->phase_chunks * GAN_DFT_CHUNK;
    x->blocks = k->blocks = divide_up(n_chunks(x), 2);
    y->blocks = c->blocks = divide_up(n_chunks(y), 2);
}

int64_t gan_dft_x_channels(const gan_dft_plan *p)
{
    return n_chunks(&p->x) * GAN_DFT_CHUNK;
}

/* 16-wide multiply-adds of the transform of one tile's chunk, storing included. */
static double tile_transform(const gan_dft_side *s)
{
    double n_h = s->length_h, n_w = s->length_w;
    return n_w * (s->half_w + 1) * (2 * s->half_h + 1) + n_w * n_h * (s->half_h + 1) +
           2 * n_h * n_w + (2 * s->half_h + 1) * (2 * s->half_w + 1);
}

/* Multiply-adds of one pass's products for the whole batch. */
static double pass_products(const gan_dft_plan *p)
{
    double images = (double)p->geometry.n * (double)p->tiles;
    double products = (double)p->n_real + 1.5 * (double)(p->n_planes - p->n_real);
    return images * products * (double)(n_chunks(&p->x) * GAN_DFT_CHUNK) *
           (double)(p->y.blocks * GAN_DFT_BLOCK);
}

/* Rows of one side's planes, for the whole batch. */
static int64_t side_rows(const gan_dft_plan *p, const gan_dft_side *s)
{
    return s == &p->w_fwd ? gan_dft_x_channels(p)
                          : s->images * s->tiles_h * s->tiles_w;
}

/* Multiply-adds of transforming one side for the whole batch. */
static double side_transforms(const gan_dft_plan *p, const gan_dft_side *s)
{
    return (double)side_rows(p, s) * tile_transform(s) * (double)(n_chunks(s) * GAN_DFT_CHUNK);
}

/* Bytes of one side's planes for the whole batch. */
static double side_bytes(const gan_dft_plan *p, const gan_dft_side *s, gan_dft_type type)
{
    return (double)p->n_planes * (double)side_rows(p, s) *
           (double)(s->blocks * GAN_DFT_BLOCK * type_size(type));
}

static double estimate_cycles(const gan_dft_plan *p)
{
    double transforms = side_transforms(p, &p->x) + side_transforms(p, &p->y) +
                        side_transforms(p, &p->w);
    double bytes = side_bytes(p, &p->x, p->options.products) + side_bytes(p, &p->y, GAN_DFT_F32) +
                   side_bytes(p, &p->w, p->options.products);
    return (pass_products(p) * product_cycles + transforms * transform_cycles) / 16 +
           2 * bytes * byte_cycles;
}

/* Puts the layout of `axis` for length n there; a length that does not fit leaves tiles at 0. */
static gan_status try_axis(const gan_dft_axis_geometry *g, int n, gan_dft_axis *axis)
{
    gan_status status = gan_dft_axis_layout(g, n, axis, NULL);
    return status == GAN_E_UNSUPPORTED ? GAN_OK : status;
}

/* The pair of lengths with the least estimated cycles becomes the plan's. */
static gan_status choose_lengths(gan_dft_plan *p, gan_error *err)
{
    enum { CANDIDATES = GAN_DFT_MAX_LENGTH + 1 };
    gan_dft_axis h[CANDIDATES] = {{0}}, w[CANDIDATES] = {{0}};
    const gan_dft_axis_geometry g_h = axis_geometry_h(&p->geometry);
    const gan_dft_axis_geometry g_w = axis_geometry_w(&p->geometry);
    int first = p->options.length ? p->options.length : GAN_DFT_MIN_LENGTH;
    int last = p->options.length ? p->options.length : GAN_DFT_MAX_LENGTH;
    int best_h = 0, best_w = 0;
    double best = 0;
    gan_status status = GAN_OK;
    for (int n = first; n <= last; n++) {
        GAN_TRY_DONE(try_axis(&g_h, n, &h[n]));
        GAN_TRY_DONE(try_axis(&g_w, n, &w[n]));
    }
    for (int i = first; i <= last; i++) {
        for (int j = first; j <= last; j++) {
            if (h[i].tiles == 0 || w[j].tiles == 0) {
                continue;
            }
            p->axis_h = h[i];
            p->axis_w = w[j];
            fill_sides(p);
            double cycles = estimate_cycles(p);
            if (best_h == 0 || cycles < best) {
                best = cycles;
                best_h = i;
                best_w = j;
            }
        }
    }
    p->axis_h = h[best_h]; /* entry 0 is empty: nothing was found */
    p->axis_w = w[best_w];
    h[best_h] = w[best_w] = (gan_dft_axis){0};
    if (best_h == 0) {
        status = gan_fail(err, GAN_E_UNSUPPORTED,
                          "no DFT length up to %d suits a kernel of %lldx%lld; use direct", last,
                          (long long)p->geometry.r, (long long)p->geometry.s);
    }
done:
    for (int n = 0; n < CANDIDATES; n++) {
        gan_dft_axis_free(&h[n]);
        gan_dft_axis_free(&w[n]);
    }
    return status == GAN_E_MEMORY ? gan_fail(err, status, "no memory for a DFT plan") : status;
}

int64_t gan_dft_plane_stride(const gan_dft_side *side, int64_t rows)
{
    return side->blocks * GAN_DFT_BLOCK * rows + plane_pad;
}

static int64_t planes_bytes(const gan_dft_plan *p, const gan_dft_side *side, int64_t rows,
                            gan_dft_type type)
{
    return round_up(p->n_planes * gan_dft_plane_stride(side, rows) * type_size(type),
                    GAN_ALIGNMENT);
}

/* Bytes of a side's tensor in fp32. */
static int64_t tensor_bytes(const gan_dft_side *s)
{
    return s->images * s->height * s->width * s->channels * type_size(GAN_DFT_F32);
}

static void choose_blocks(gan_dft_plan *p)
{
    int64_t n = p->geometry.n, images = p->options.block_images;
    if (images == 0) {
        images = divide_up(target_rows, p->tiles);
    }
    p->n_blocks = divide_up(n, images);
    p->block_images = divide_up(n, p->n_blocks);
    p->n_blocks = divide_up(n, p->block_images);

    const gan_dft_side *x = &p->x, *y = &p->y;
    int64_t rows = p->block_images * p->tiles;
    int64_t planes = planes_bytes(p, x, rows, GAN_DFT_F32) + planes_bytes(p, y, rows, GAN_DFT_F32) +
                     planes_bytes(p, &p->w, p->geometry.k, GAN_DFT_F32);
    int64_t limit = p->options.stream_bytes ? p->options.stream_bytes : default_stream_bytes;
    p->stream_planes = planes > limit;
    p->stream_x = tensor_bytes(x) > limit;
    p->stream_y = tensor_bytes(y) > limit;
}

gan_status gan_dft_plan_create(const gan_dft_geometry *geometry, const gan_dft_options *options,
                               gan_dft_plan **plan, gan_error *err)
{
    *plan = NULL;
    GAN_TRY(check(geometry, options, err));
    const gan_dft_kernels *kernels;
    GAN_TRY(gan_dft_kernels_choose(options->isa, options->products, &kernels, err));
    void *block;
    GAN_TRY(gan_calloc(1, sizeof **plan, &block, err));
    gan_dft_plan *p = block;
    p->geometry = *geometry;
    p->options = *options;
    p->kernels = kernels;
    gan_status status = choose_lengths(p, err);
    if (status != GAN_OK) {
        gan_dft_plan_destroy(p);
        return status;
    }
    fill_sides(p);
    gan_dft_table_fill(p->axis_h.length, &p->table_h);
    gan_dft_table_fill(p->axis_w.length, &p->table_w);
    choose_blocks(p);
    snprintf(p->text, sizeof p->text, "dft %dx%d %s, %dx%d tiles, %lld x %lld images",
             p->axis_h.length, p->axis_w.length, kernels->name, p->axis_h.tiles, p->axis_w.tiles,
             (long long)p->n_blocks, (long long)p->block_images);
    *plan = p;
    return GAN_OK;
}

void gan_dft_plan_destroy(gan_dft_plan *plan)
{
    if (plan) {
        gan_dft_axis_free(&plan->axis_h);
        gan_dft_axis_free(&plan->axis_w);
        free(plan);
    }
}

const char *gan_dft_plan_text(const gan_dft_plan *plan)
{
    return plan->text;
}

int64_t gan_dft_block_bytes(const gan_dft_plan *p, const gan_dft_side *side)
{
    return planes_bytes(p, side, p->block_images * p->tiles, p->options.products);
}

int64_t gan_dft_kept_bytes(const gan_dft_plan *p, gan_dft_kept kept)
{
    if (kept == GAN_DFT_KEPT_W) {
        return planes_bytes(p, &p->w, side_rows(p, &p->w), p->options.products);
    }
    if (kept == GAN_DFT_KEPT_W_FWD) {
        return planes_bytes(p, &p->w_fwd, side_rows(p, &p->w_fwd), p->options.products);
    }
    return p->n_blocks * gan_dft_block_bytes(p, kept == GAN_DFT_KEPT_X ? &p->x : &p->y);
}

/* Takes `bytes` off the end of the scratch if wanted. */
static int64_t take(gan_dft_scratch *s, bool wanted, int64_t bytes)
{
    int64_t at = s->bytes;
    if (!wanted) {
        return -1;
    }
    s->bytes += bytes;
    return at;
}

gan_dft_scratch gan_dft_scratch_layout(const gan_dft_plan *p, unsigned passes)
{
    bool y = passes & GAN_DFT_FWD, dx = passes & GAN_DFT_DGRAD, dw = passes & GAN_DFT_WGRAD;
    bool share = p->options.products == GAN_DFT_F32; /* planes of x are as large as those of dx */
    int64_t rows = p->block_images * p->tiles;
    gan_dft_scratch s = {0};
    s.x = take(&s, y || dw || (dx && share), gan_dft_block_bytes(p, &p->x));
    s.dx = share && dx ? s.x : take(&s, dx, planes_bytes(p, &p->x, rows, GAN_DFT_F32));
    s.dy = take(&s, dx || dw, gan_dft_block_bytes(p, &p->y));
    s.y = take(&s, y, planes_bytes(p, &p->y, rows, GAN_DFT_F32));
    s.w = take(&s, dx, gan_dft_kept_bytes(p, GAN_DFT_KEPT_W));
    s.w_fwd = take(&s, y, gan_dft_kept_bytes(p, GAN_DFT_KEPT_W_FWD));
    s.w_turned = take(&s, y, round_up(tensor_bytes(&p->w), GAN_ALIGNMENT));
    s.dw = take(&s, dw, planes_bytes(p, &p->w, p->geometry.k, GAN_DFT_F32));
    s.pack = take(&s, true, p->options.threads * GAN_DFT_PACK_FLOATS * (int64_t)sizeof(float));
    return s;
}

int64_t gan_dft_scratch_bytes(const gan_dft_plan *plan, unsigned passes)
{
    return gan_dft_scratch_layout(plan, passes).bytes;
}

/* Taps that meet a sample of x, over all outputs of an axis. */
static double useful_taps(const gan_dft_axis_geometry *g)
{
    double taps = 0;
    for (int64_t p = 0; p < g->out; p++) {
        int64_t begin = p * g->stride - g->pad, end = begin + g->kernel;
        begin = begin < 0 ? 0 : begin;
        end = end > g->in ? g->in : end;
        taps += begin < end ? (double)(end - begin) : 0;
    }
    return taps;
}

gan_dft_cost gan_dft_plan_cost(const gan_dft_plan *p, unsigned passes)
{
    const gan_dft_geometry *g = &p->geometry;
    bool y = passes & GAN_DFT_FWD, dx = passes & GAN_DFT_DGRAD, dw = passes & GAN_DFT_WGRAD;
    gan_dft_type in = p->options.products;
    const gan_dft_axis_geometry g_h = axis_geometry_h(g), g_w = axis_geometry_w(g);
    int n_passes = y + dx + dw;
    int x_in = y || dw, dy_in = dx || dw, w_in = y || dx;
    double activation = (double)type_size(p->options.activation);
    double x_size = (double)(g->h * g->w) * (double)(g->n * g->c) * activation;
    double y_size = (double)(p->y.height * p->y.width) * (double)(g->n * g->k) * activation;
    double w_size = (double)(g->k * g->r * g->s * g->c);

    gan_dft_cost cost = {0};
    cost.products = n_passes * pass_products(p);
    cost.transforms = (x_in + dx) * side_transforms(p, &p->x) +
                      (dy_in + y) * side_transforms(p, &p->y) +
                      (w_in + dw) * side_transforms(p, &p->w);
    cost.direct = n_passes * useful_taps(&g_h) * useful_taps(&g_w) * (double)(g->n * g->c * g->k);
    cost.bytes = (x_in + dx) * x_size + (dy_in + y) * y_size +
                 w_size * (double)(w_in * type_size(p->options.weight) +
                                   dw * type_size(p->options.gradient));
    /* Planes of an operand are written once and read by each pass that uses it. */
    cost.bytes += side_bytes(p, &p->x, in) * (x_in + y + dw) +
                  side_bytes(p, &p->y, in) * (dy_in + dx + dw) +
                  side_bytes(p, &p->w, in) * (w_in + (y + dx) * (double)p->n_blocks);
    cost.bytes += 2 * (side_bytes(p, &p->x, GAN_DFT_F32) * dx + side_bytes(p, &p->y, GAN_DFT_F32) * y +
                       side_bytes(p, &p->w, GAN_DFT_F32) * dw * (double)p->n_blocks);
    return cost;
}
