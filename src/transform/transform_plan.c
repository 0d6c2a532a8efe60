/* transform_plan.c — the plan of a convolution through a transform: what is allowed, transform
 * lengths, blocks.
 *
 * A long transform needs fewer products an output and more memory: the pair of lengths that costs
 * least (transform_cost.c) is taken. The same geometry and options give the same plan on any
 * machine that has the same kernels. */
#include "transform/transform_plan.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/divide.h"
#include "base/memory.h"
#include "transform/group_tiles.h"

/* Rows of a block: one packed operand serves that many; with tiles, sums for dw stay in memory from
 * block to block. */
static const int64_t target_rows = 128, target_tile_rows = 512;

/* Whole tensors and blocks of planes that are larger than this do not wait in a cache for whoever
 * reads them next: they are written past it. */
static const int64_t default_stream_bytes = 2 << 20;

static gan_transform_axis_geometry axis_of(int64_t in, int64_t kernel, int64_t stride,
                                           int64_t pad_begin, int64_t pad_end)
{
    int64_t all = in + pad_begin + pad_end;
    return (gan_transform_axis_geometry){.in = in,
                                         .out = all < kernel ? 0 : (all - kernel) / stride + 1,
                                         .kernel = kernel,
                                         .stride = stride,
                                         .pad = pad_begin};
}

/* Whether a tensor of these dimensions can be counted, and its bytes too, with room to spare. */
static bool countable(int64_t a, int64_t b, int64_t c, int64_t d)
{
    return (double)a * (double)b * (double)c * (double)d < 1e13;
}

static gan_status check(const gan_transform_geometry *g, const gan_transform_options *o,
                        gan_error *err)
{
    const int64_t limit = INT32_MAX, side_limit = 1 << 15;
    const int64_t sizes[] = {g->n, g->h, g->w, g->c, g->k, g->r, g->s};
    const int64_t pads[] = {g->pad_top, g->pad_left, g->pad_bottom, g->pad_right};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        if (sizes[i] < 1 || sizes[i] > limit) {
            return gan_fail(err, GAN_E_USAGE, "a convolution with a dimension of %lld",
                            (long long)sizes[i]);
        }
    }
    for (size_t i = 0; i < sizeof pads / sizeof *pads; i++) {
        if (pads[i] < 0 || pads[i] > side_limit) {
            return gan_fail(err, GAN_E_USAGE, "a convolution with a padding of %lld",
                            (long long)pads[i]);
        }
    }
    if (g->h > side_limit || g->w > side_limit || g->r > side_limit || g->s > side_limit ||
        !countable(g->n, g->h + g->pad_top + g->pad_bottom, g->w + g->pad_left + g->pad_right,
                   g->c > g->k ? g->c : g->k) ||
        !countable(g->k, g->r, g->s, g->c)) {
        return gan_fail(err, GAN_E_UNSUPPORTED,
                        "%lld maps of %lldx%lld with %lld and %lld channels are too large for the "
                        "fast convolution; use direct",
                        (long long)g->n, (long long)g->h, (long long)g->w, (long long)g->c,
                        (long long)g->k);
    }
    if (g->stride_h < 1 || g->stride_h > GAN_TRANSFORM_MAX_STRIDE || g->stride_w < 1 ||
        g->stride_w > GAN_TRANSFORM_MAX_STRIDE) {
        return gan_fail(err, GAN_E_UNSUPPORTED,
                        "fast convolution has strides 1 and 2, not %lldx%lld; use direct",
                        (long long)g->stride_h, (long long)g->stride_w);
    }
    if (g->h + g->pad_top + g->pad_bottom < g->r || g->w + g->pad_left + g->pad_right < g->s) {
        return gan_fail(
            err, GAN_E_USAGE, "a kernel of %lldx%lld is larger than its padded map of %lldx%lld",
            (long long)g->r, (long long)g->s, (long long)(g->h + g->pad_top + g->pad_bottom),
            (long long)(g->w + g->pad_left + g->pad_right));
    }
    if (g->groups < 0 || (g->groups > 1 && (g->c % g->groups != 0 || g->k % g->groups != 0))) {
        return gan_fail(err, GAN_E_USAGE, "a convolution of %lld and %lld channels in %lld groups",
                        (long long)g->c, (long long)g->k, (long long)g->groups);
    }
    if (g->groups > 1 && (g->stride_h > 1 || g->stride_w > 1)) {
        return gan_fail(err, GAN_E_UNSUPPORTED,
                        "fast convolution in groups has a stride of 1, not %lldx%lld; use direct",
                        (long long)g->stride_h, (long long)g->stride_w);
    }
    if (o->threads < 1 || o->block_images < 0 || o->stream_bytes < 0 || o->length < 0 ||
        o->length > GAN_TRANSFORM_MAX_LENGTH || o->length == 1) {
        return gan_fail(err, GAN_E_USAGE,
                        "a fast convolution with %d threads, blocks of %lld images, length %d",
                        o->threads, (long long)o->block_images, o->length);
    }
    return GAN_OK;
}

/* A dense tensor of images with one phase and one tile, and the plan's lengths. */
static gan_transform_side dense_side(const gan_transform_plan *p, int64_t images, int64_t height,
                                     int64_t width, int64_t channels)
{
    return (gan_transform_side){.images = images,
                                .height = height,
                                .width = width,
                                .channels = channels,
                                .image_rows = 1,
                                .tile_rows = 1,
                                .phases_h = 1,
                                .phases_w = 1,
                                .tiles_h = 1,
                                .tiles_w = 1,
                                .length_h = p->axis_h.length,
                                .length_w = p->axis_w.length,
                                .table_h = &p->table_h,
                                .table_w = &p->table_w,
                                .phase_chunks = gan_divide_up(channels, GAN_TRANSFORM_CHUNK),
                                .zero_chunks = gan_divide_up(channels, GAN_TRANSFORM_CHUNK)};
}

/* The fewest groups that have whole blocks of channels on both sides, or all. */
static void bundle_groups(gan_transform_plan *p)
{
    const gan_transform_geometry *g = &p->geometry;
    const int64_t c = g->c / g->groups, k = g->k / g->groups;
    int64_t n = 1;
    while (n < g->groups &&
           (n * c % GAN_TRANSFORM_BLOCK != 0 || n * k % GAN_TRANSFORM_BLOCK != 0)) {
        n++;
    }
    p->bundles = gan_divide_up(g->groups, n);
    p->bundle_c = n * c;
    p->bundle_k = n * k;
}

/* Chunks to look at for the zeros of a side with groups of so many channels. */
static void look_at_groups(gan_transform_side *side, int64_t channels)
{
    side->zero_chunks = gan_divide_up(channels, GAN_TRANSFORM_CHUNK);
}

/* The sides for the axes that the plan holds. */
static void fill_sides(gan_transform_plan *p)
{
    const gan_transform_geometry *g = &p->geometry;
    const gan_transform_axis *h = &p->axis_h, *w = &p->axis_w;
    const bool winograd = p->options.transform == GAN_TRANSFORM_WINOGRAD;
    gan_transform_side *x = &p->x, *y = &p->y, *k = &p->w, *c = &p->w_fwd;
    p->tiles = (int64_t)h->tiles * w->tiles;
    p->n_planes = (int64_t)h->length * w->length;
    p->n_real = (h->length % 2 == 0 ? 2 : 1) * (w->length % 2 == 0 ? 2 : 1);
    if (winograd) {
        p->n_real = p->n_planes;
    }

    *x = dense_side(p, g->n, g->h, g->w, g->c);
    *y = dense_side(p, g->n, p->geometry_h.out, p->geometry_w.out, g->k);
    *k = dense_side(p, g->k, g->r, g->s, p->bundle_c);
    *c = dense_side(p, g->c, g->r, g->s, p->bundle_k);
    look_at_groups(x, g->c / g->groups);
    look_at_groups(y, g->k / g->groups);
    x->map_h = h->x, x->map_w = w->x, x->slots_h = h->slots_x, x->slots_w = w->slots_x;
    x->covered_h = h->covered, x->covered_w = w->covered;
    y->map_h = h->y, y->map_w = w->y, y->slots_h = h->slots_y, y->slots_w = w->slots_y;
    y->mirror = true;
    k->map_h = c->map_h = h->w, k->map_w = c->map_w = w->w;
    k->slots_h = c->slots_h = h->slots_w, k->slots_w = c->slots_w = w->slots_w;
    if (winograd) {
        const gan_winograd_table *t_h = &p->winograd_h, *t_w = &p->winograd_w;
        x->winograd_h = &t_h->x, x->winograd_w = &t_w->x;
        y->winograd_h = &t_h->y, y->winograd_w = &t_w->y;
        k->winograd_h = c->winograd_h = &t_h->w, k->winograd_w = c->winograd_w = &t_w->w;
    }
    x->phases_h = k->phases_h = h->phases, x->phases_w = k->phases_w = w->phases;
    x->tiles_h = y->tiles_h = h->tiles, x->tiles_w = y->tiles_w = w->tiles;
    x->image_rows = y->image_rows = p->tiles;

    /* Phases of w_fwd are told apart by rows: they are its tiles, each above the one before. */
    c->tiles_h = h->phases, c->tiles_w = w->phases;
    c->tile_rows = x->phase_chunks * GAN_TRANSFORM_CHUNK;
    for (size_t i = 0; i < 4; i++) {
        gan_transform_side *side = (gan_transform_side *[]){x, y, k, c}[i];
        side->blocks = gan_divide_up(gan_transform_side_channels(side) / GAN_TRANSFORM_CHUNK, 2);
    }
}

/* images: of a block; 0: chosen. */
static void choose_blocks(gan_transform_plan *p, int64_t images)
{
    int64_t n = p->geometry.n;
    if (images == 0) {
        images = gan_divide_up(p->kernels->tiles ? target_tile_rows : target_rows, p->tiles);
    }
    p->n_blocks = gan_divide_up(n, images);
    p->block_images = gan_divide_up(n, p->n_blocks);
    p->n_blocks = gan_divide_up(n, p->block_images);

    const gan_transform_side *x = &p->x, *y = &p->y;
    int64_t rows = p->block_images * p->tiles;
    int64_t planes = gan_transform_planes_bytes(p, p->w.blocks, rows, GAN_TRANSFORM_F32) +
                     gan_transform_planes_bytes(p, p->w_fwd.blocks, rows, GAN_TRANSFORM_F32) +
                     gan_transform_planes_bytes(p, p->w.blocks, p->geometry.k, GAN_TRANSFORM_F32);
    int64_t limit = p->options.stream_bytes ? p->options.stream_bytes : default_stream_bytes;
    p->stream_planes = planes > limit;
    p->stream_x = gan_transform_tensor_bytes(x) > limit;
    p->stream_y = gan_transform_tensor_bytes(y) > limit;
}

/* For threads that work apart on y or dx: as few images as fill the kernels' rows, for the weights'
 * planes are read anew for each block; a panel that leaves room in a core's cache. */
static void choose_apart(gan_transform_plan *p)
{
    const int64_t panel_bytes = 768 << 10, rows = p->kernels->row_unit;
    int64_t images = gan_divide_up(rows, p->tiles);
    int64_t block = p->n_planes * images * p->tiles * GAN_TRANSFORM_BLOCK * (int64_t)sizeof(float);
    p->apart_images = images;
    p->apart_panel = panel_bytes / block > 1 ? panel_bytes / block : 1;
}

/* Puts the layout of `axis` for length n there; a length that does not fit leaves tiles at 0. */
static gan_status try_axis(const gan_transform_plan *p, const gan_transform_axis_geometry *g, int n,
                           gan_transform_axis *axis)
{
    gan_status status = p->options.transform == GAN_TRANSFORM_WINOGRAD
                            ? gan_winograd_axis_layout(g, n, axis, NULL)
                            : gan_dft_axis_layout(g, n, axis, NULL);
    return status == GAN_E_UNSUPPORTED ? GAN_OK : status;
}

/* Beyond 4 numbers, Winograd's matrices have fractions that bf16 does not bear. */
static int longest(const gan_transform_plan *p)
{
    const int winograd = p->options.products == GAN_TRANSFORM_BF16 ? 4 : GAN_WINOGRAD_MAX_LENGTH;
    return p->options.transform == GAN_TRANSFORM_WINOGRAD ? winograd : GAN_TRANSFORM_MAX_LENGTH;
}

/* The pair of lengths with the least estimated cycles becomes the plan's. */
static gan_status choose_lengths(gan_transform_plan *p, gan_error *err)
{
    enum { CANDIDATES = GAN_TRANSFORM_MAX_LENGTH + 1 };
    gan_transform_axis h[CANDIDATES] = {{0}}, w[CANDIDATES] = {{0}};
    int first = p->options.length ? p->options.length : GAN_DFT_MIN_LENGTH;
    int last = p->options.length ? p->options.length : longest(p);
    int best_h = 0, best_w = 0;
    double best = 0;
    gan_status status = GAN_OK;
    for (int n = first; n <= last; n++) {
        GAN_TRY_DONE(try_axis(p, &p->geometry_h, n, &h[n]));
        GAN_TRY_DONE(try_axis(p, &p->geometry_w, n, &w[n]));
    }
    for (int i = first; i <= last; i++) {
        for (int j = first; j <= last; j++) {
            if (h[i].tiles == 0 || w[j].tiles == 0) {
                continue;
            }
            p->axis_h = h[i];
            p->axis_w = w[j];
            fill_sides(p);
            choose_blocks(p,
                          0); /* what was asked for must not change the lengths, and so the bits */
            double cycles = gan_transform_plan_cost(p, GAN_TRANSFORM_FWD | GAN_TRANSFORM_DGRAD |
                                                           GAN_TRANSFORM_WGRAD)
                                .cycles;
            if (best_h == 0 || cycles < best) {
                best = cycles;
                best_h = i;
                best_w = j;
            }
        }
    }
    p->axis_h = h[best_h]; /* entry 0 is empty: nothing was found */
    p->axis_w = w[best_w];
    h[best_h] = w[best_w] = (gan_transform_axis){0};
    if (best_h == 0) {
        status = gan_fail(err, GAN_E_UNSUPPORTED,
                          "no transform length up to %d suits a kernel of %lldx%lld; use direct",
                          last, (long long)p->geometry.r, (long long)p->geometry.s);
    }
done:
    for (int n = 0; n < CANDIDATES; n++) {
        gan_transform_axis_free(&h[n]);
        gan_transform_axis_free(&w[n]);
    }
    return status == GAN_E_MEMORY ? gan_fail(err, status, "no memory for the plan of a convolution")
                                  : status;
}

gan_status gan_transform_plan_create(const gan_transform_geometry *geometry,
                                     const gan_transform_options *options,
                                     gan_transform_plan **plan, gan_error *err)
{
    *plan = NULL;
    GAN_TRY(check(geometry, options, err));
    const gan_transform_kernels *kernels;
    GAN_TRY(gan_transform_kernels_choose(options, &kernels, err));
    if (geometry->groups > 1 && kernels->tiles) {
        return gan_fail(err, GAN_E_UNSUPPORTED, "fast convolution by %s has no groups",
                        kernels->name);
    }
    void *block;
    GAN_TRY(gan_calloc(1, sizeof **plan, &block, err));
    gan_transform_plan *p = block;
    const gan_transform_geometry *g = geometry;
    p->geometry = *g;
    p->geometry.groups = g->groups > 1 ? g->groups : 1;
    bundle_groups(p);
    p->geometry_h = axis_of(g->h, g->r, g->stride_h, g->pad_top, g->pad_bottom);
    p->geometry_w = axis_of(g->w, g->s, g->stride_w, g->pad_left, g->pad_right);
    p->options = *options;
    p->kernels = kernels;
    gan_status status = choose_lengths(p, err);
    if (status != GAN_OK) {
        gan_transform_plan_destroy(p);
        return status;
    }
    fill_sides(p);
    if (options->transform == GAN_TRANSFORM_WINOGRAD) {
        gan_winograd_table_fill(&p->axis_h, &p->winograd_h);
        gan_winograd_table_fill(&p->axis_w, &p->winograd_w);
    } else {
        gan_dft_table_fill(p->axis_h.length, &p->table_h);
        gan_dft_table_fill(p->axis_w.length, &p->table_w);
    }
    choose_blocks(p, p->options.block_images);
    p->by_tiles = gan_transform_group_fits(p);
    if (kernels->tiles) {
        choose_apart(p);
    }
    snprintf(p->text, sizeof p->text, "%s %dx%d %s, %dx%d tiles, %lld x %lld images",
             options->transform == GAN_TRANSFORM_WINOGRAD ? "winograd" : "dft", p->axis_h.length,
             p->axis_w.length, kernels->name, p->axis_h.tiles, p->axis_w.tiles,
             (long long)p->n_blocks, (long long)p->block_images);
    *plan = p;
    return GAN_OK;
}

void gan_transform_plan_destroy(gan_transform_plan *plan)
{
    if (plan) {
        gan_transform_axis_free(&plan->axis_h);
        gan_transform_axis_free(&plan->axis_w);
        free(plan);
    }
}

bool gan_transform_plan_runs_apart(const gan_transform_plan *plan)
{
    return plan->apart_images > 0 || plan->by_tiles;
}

const char *gan_transform_plan_text(const gan_transform_plan *plan)
{
    return plan->text;
}
