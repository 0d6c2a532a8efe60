/* transform.c — running a convolution through a transform: transforms, products and transforms
 * back, block by block.
 *
 * All threads work on one block of images, and with groups on one bundle of channels: pieces of one
 * image's channels while transforming, whole frequencies while multiplying. No sum is split among
 * threads, so results do not depend on them. */
#include "transform/transform.h"

#include <assert.h>
#include <omp.h>
#include <stddef.h>
#include <string.h>

#include "base/divide.h"
#include "transform/group_tiles.h"

/* One call's planes: those of the current block, and where the caller keeps all of them. */
typedef struct run_state {
    const gan_transform_plan *plan;
    const gan_transform_call *call;
    gan_transform_planes x, dy, w, w_fwd, y, dx, dw;
    float *w_turned, *w_spread, *pack;
    int64_t apart_bytes; /* from thread to thread, where they work apart */
} run_state;

/* Images of a tensor, and blocks of channels. */
typedef struct tensor_part {
    int64_t first_image, images, first_block, blocks;
} tensor_part;

/* y from x and w, or dx from dy and w, with one thread's planes. */
typedef struct apart_pass {
    const gan_transform_plan *plan;
    const gan_transform_side *in_side, *out_side;
    const void *tensor;
    unsigned char *zero; /* of the tensor's images; NULL: not wanted */
    void *result;
    gan_transform_planes in, out, weights;
    bool stream;
} apart_pass;

/* Planes of at least so many rows. */
static gan_transform_planes planes_of(const gan_transform_plan *p, int64_t blocks, char *scratch,
                                      int64_t offset, int64_t rows)
{
    int64_t all = gan_transform_plane_rows(p, rows);
    return (gan_transform_planes){.base = offset < 0 ? NULL : scratch + offset,
                                  .stride = gan_transform_plane_stride(blocks, all),
                                  .rows = all,
                                  .paired = p->kernels->pairs};
}

static int64_t at_most(int64_t n, int64_t limit)
{
    return n < limit ? n : limit;
}

/* This thread's share of n pieces. */
static void share_of(int64_t n, int64_t *begin, int64_t *end)
{
    int64_t thread = omp_get_thread_num(), n_threads = omp_get_num_threads();
    *begin = n * thread / n_threads;
    *end = n * (thread + 1) / n_threads;
}

/* Pieces of a forward transform of so many rows, and what fills them up. */
static int64_t forward_pieces(const gan_transform_plan *p, int64_t blocks, int64_t rows)
{
    return gan_transform_plane_rows(p, rows) * blocks * (p->kernels->pairs ? 1 : 2);
}

/* Transforms a part of a tensor into rows 0, ...; all threads take part and wait for each other. */
static void transform(const gan_transform_plan *p, const gan_transform_side *side,
                      gan_transform_type type, const void *tensor, const tensor_part *part,
                      const gan_transform_planes *planes, unsigned char *zero)
{
    int64_t rows =
        side->tile_rows > 1 ? gan_transform_side_rows(p, side) : part->images * side->image_rows;
    gan_transform_job job = {.side = side,
                             .type = type,
                             .first_image = part->first_image,
                             .images = part->images,
                             .first_block = part->first_block,
                             .blocks = part->blocks,
                             .planes = *planes,
                             .stream = p->stream_planes,
                             .zero = zero};
    int64_t begin, end;
    share_of(forward_pieces(p, part->blocks, rows), &begin, &end);
    p->kernels->forward(&job, tensor, begin, end);
#pragma omp barrier
}

static void transform_back(const gan_transform_plan *p, const gan_transform_side *side,
                           gan_transform_type type, const gan_transform_planes *planes,
                           const tensor_part *part, void *tensor)
{
    bool stream = side == &p->x ? p->stream_x : side == &p->y ? p->stream_y : false;
    gan_transform_job job = {.side = side,
                             .type = type,
                             .first_image = part->first_image,
                             .images = part->images,
                             .first_block = part->first_block,
                             .blocks = part->blocks,
                             .planes = *planes,
                             .stream = stream};
    int64_t begin, end;
    share_of(part->images * 2 * part->blocks, &begin, &end);
    p->kernels->backward(&job, tensor, begin, end);
#pragma omp barrier
}

/* w (K, taps, C) as fp32 into (C, taps, K), with groups C / G into a bundle's K; all threads take
 * part. */
static void turn_weights(const gan_transform_plan *p, const void *w, float *turned)
{
    const gan_transform_geometry *g = &p->geometry;
    if (g->groups > 1) {
#pragma omp for
        for (int64_t c = 0; c < g->c; c++) {
            gan_transform_group_turn(p, w, c, turned);
        }
        return;
    }
    const gan_transform_turn job = {w, p->options.weight, turned, g->k, g->r * g->s, g->c};
    int64_t begin, end;
    share_of(job.taps * gan_divide_up(g->c, GAN_TRANSFORM_CHUNK) *
                 gan_divide_up(g->k, GAN_TRANSFORM_CHUNK),
             &begin, &end);
    p->kernels->turn(&job, begin, end);
#pragma omp barrier
}

/* Planes from a row on. */
static gan_transform_planes planes_from(gan_transform_planes planes, int64_t row,
                                        gan_transform_type type)
{
    const int64_t at = row * GAN_TRANSFORM_BLOCK * gan_transform_type_size(type);
    planes.base = planes.base && row > 0 ? (char *)planes.base + at : planes.base;
    return planes;
}

/* All products of one block, frequency by frequency. dw comes first: dx may overwrite x. */
static void multiply_block(const run_state *s, const gan_transform_bundle *b, int64_t block,
                           int64_t rows)
{
    const gan_transform_plan *p = s->plan;
    const gan_transform_call *c = s->call;
    const gan_transform_planes w = planes_from(s->w, b->first_k, p->options.products);
    const gan_transform_planes w_fwd = planes_from(s->w_fwd, b->first_c, p->options.products);
    const gan_transform_planes dw = planes_from(s->dw, b->first_k, GAN_TRANSFORM_F32);
    int64_t n_complex = (p->n_planes - p->n_real) / 2, ahead = omp_get_num_threads();
    gan_transform_product to_dw = {true, s->dy, s->x, dw, b->n_k, b->n_c, rows, block > 0};
    gan_transform_product to_dx = {false, s->dy, w, s->dx, rows, b->n_c, b->n_k, false};
    gan_transform_product to_y = {false, s->x, w_fwd, s->y, rows, b->n_k, b->n_c, false};
    float *pack = s->pack + omp_get_thread_num() * (int64_t)GAN_TRANSFORM_PACK_FLOATS;
#pragma omp for schedule(dynamic, 1)
    for (int64_t f = 0; f < n_complex + p->n_real; f++) {
        bool is_complex = f < n_complex;
        int64_t plane = is_complex ? p->n_real + 2 * f : f - n_complex;
        int64_t next = f + ahead < n_complex                      ? plane + 2 * ahead
                       : !is_complex && plane + ahead < p->n_real ? plane + ahead
                                                                  : -1;
        if (c->dw) {
            p->kernels->multiply(&to_dw, plane, is_complex, next, pack);
        }
        if (c->dx) {
            p->kernels->multiply(&to_dx, plane, is_complex, next, pack);
        }
        if (c->y) {
            p->kernels->multiply(&to_y, plane, is_complex, next, pack);
        }
    }
}

/* The block's operands: transformed now, or where an earlier call left them. */
static void prepare_block(run_state *s, int64_t number, const tensor_part *x, const tensor_part *y)
{
    const gan_transform_plan *p = s->plan;
    const gan_transform_call *c = s->call;
    if (c->x_kept) {
        s->x.base = (char *)c->x_kept + number * gan_transform_block_bytes(p, &p->x);
    }
    if (c->dy_kept) {
        s->dy.base = (char *)c->dy_kept + number * gan_transform_block_bytes(p, &p->y);
    }
    if (c->x && (c->y || c->dw)) {
        transform(p, &p->x, p->options.activation, c->x, x, &s->x, c->x_zero);
    }
    if (c->dy && (c->dx || c->dw)) {
        transform(p, &p->y, p->options.activation, c->dy, y, &s->dy, c->dy_zero);
    }
}

/* w with zeros for the other groups of a bundle; all threads take part. */
static void spread_weights(const gan_transform_plan *p, const void *w, float *spread)
{
#pragma omp for
    for (int64_t k = 0; k < p->geometry.k; k++) {
        gan_transform_group_spread(p, w, k, spread);
    }
}

static void prepare_weights(const run_state *s)
{
    const gan_transform_plan *p = s->plan;
    const gan_transform_call *c = s->call;
    const tensor_part filters = {0, p->geometry.k, 0, p->w.blocks};
    const tensor_part inputs = {0, p->geometry.c, 0, p->w_fwd.blocks};
    if (c->w && c->dx && p->geometry.groups > 1) {
        spread_weights(p, c->w, s->w_spread);
        transform(p, &p->w, GAN_TRANSFORM_F32, s->w_spread, &filters, &s->w, NULL);
    } else if (c->w && c->dx) {
        transform(p, &p->w, p->options.weight, c->w, &filters, &s->w, NULL);
    }
    if (c->w && c->y) {
        turn_weights(p, c->w, s->w_turned);
        transform(p, &p->w_fwd, GAN_TRANSFORM_F32, s->w_turned, &inputs, &s->w_fwd, NULL);
    }
}

/* One thread's block of images from its tensor to its result, a panel of channels at a time. */
static void run_apart_block(const apart_pass *a, int64_t first, int64_t count, float *pack)
{
    const gan_transform_plan *p = a->plan;
    gan_transform_job in = {.side = a->in_side,
                            .type = p->options.activation,
                            .first_image = first,
                            .images = count,
                            .blocks = a->in_side->blocks,
                            .planes = a->in,
                            .zero = a->zero};
    gan_transform_job out = {.side = a->out_side,
                             .type = p->options.activation,
                             .first_image = first,
                             .images = count,
                             .planes = a->out,
                             .stream = a->stream};
    int64_t rows = count * p->tiles, depth = a->weights.rows;
    p->kernels->forward(&in, a->tensor, 0, forward_pieces(p, a->in_side->blocks, rows));
    for (int64_t b = 0; b < a->out_side->blocks; b += p->apart_panel) {
        gan_transform_planes w = a->weights;
        out.first_block = b;
        out.blocks = at_most(a->out_side->blocks - b, p->apart_panel);
        w.base = (char *)w.base +
                 b * GAN_TRANSFORM_BLOCK * w.rows * gan_transform_type_size(p->options.products);
        gan_transform_product product = {.a = a->in,
                                         .b = w,
                                         .c = a->out,
                                         .m = rows,
                                         .n = out.blocks * GAN_TRANSFORM_BLOCK,
                                         .k = depth};
        for (int64_t plane = 0; plane < p->n_planes;) {
            int step = plane < p->n_real ? 1 : 2;
            int64_t next = plane + step < p->n_planes ? plane + step : -1;
            p->kernels->multiply(&product, plane, step == 2, next, pack);
            plane += step;
        }
        p->kernels->backward(&out, a->result, 0, count * 2 * out.blocks);
    }
}

/* y or dx, every thread with blocks of images that stay in its cache. */
static void run_apart(const run_state *s)
{
    const gan_transform_plan *p = s->plan;
    int64_t thread = omp_get_thread_num(), n_blocks = gan_divide_up(p->geometry.n, p->apart_images);
    bool y = s->call->y;
    apart_pass a = {.plan = p,
                    .in_side = y ? &p->x : &p->y,
                    .out_side = y ? &p->y : &p->x,
                    .tensor = y ? s->call->x : s->call->dy,
                    .zero = y ? s->call->x_zero : s->call->dy_zero,
                    .result = y ? s->call->y : s->call->dx,
                    .in = y ? s->x : s->dy,
                    .out = y ? s->y : s->dx,
                    .weights = y ? s->w_fwd : s->w,
                    .stream = y ? p->stream_y : p->stream_x};
    a.in.base = (char *)a.in.base + thread * s->apart_bytes;
    a.in.paired = false;
    a.out.base = (char *)a.out.base + thread * s->apart_bytes;
    prepare_weights(s);
#pragma omp for schedule(dynamic, 1)
    for (int64_t i = 0; i < n_blocks; i++) {
        int64_t first = i * p->apart_images;
        run_apart_block(&a, first, at_most(p->geometry.n - first, p->apart_images),
                        s->pack + thread * GAN_TRANSFORM_PACK_FLOATS);
    }
}

static void run_bundle(run_state *s, int64_t i)
{
    const gan_transform_plan *p = s->plan;
    const gan_transform_call *c = s->call;
    const gan_transform_bundle b = gan_transform_bundle_at(p, i);
    for (int64_t block = 0; block < p->n_blocks; block++) {
        const int64_t first = block * p->block_images;
        const int64_t count = at_most(p->geometry.n - first, p->block_images);
        const tensor_part x = {first, count, b.c_block, b.c_blocks};
        const tensor_part y = {first, count, b.k_block, b.k_blocks};
        prepare_block(s, i * p->n_blocks + block, &x, &y);
        multiply_block(s, &b, block, count * p->tiles);
        if (c->dx) {
            transform_back(p, &p->x, p->options.activation, &s->dx, &x, c->dx);
        }
        if (c->y) {
            transform_back(p, &p->y, p->options.activation, &s->y, &y, c->y);
        }
    }
}

static void run_shared(run_state s)
{
    const gan_transform_plan *p = s.plan;
    const gan_transform_call *c = s.call;
    const tensor_part filters = {0, p->geometry.k, 0, p->w.blocks};
    prepare_weights(&s);
    for (int64_t i = 0; i < p->bundles; i++) {
        run_bundle(&s, i);
    }
    if (c->dw && p->geometry.groups > 1) {
        transform_back(p, &p->w, GAN_TRANSFORM_F32, &s.dw, &filters, s.w_spread);
#pragma omp for
        for (int64_t k = 0; k < p->geometry.k; k++) {
            gan_transform_group_collect(p, s.w_spread, k, c->dw);
        }
    } else if (c->dw) {
        transform_back(p, &p->w, p->options.gradient, &s.dw, &filters, c->dw);
    }
}

/* 1: vectors are of several groups, and none need be 0 where one of them is. */
static int cannot_look(int64_t groups, int64_t channels)
{
    return groups > 1 && channels / groups % GAN_TRANSFORM_CHUNK != 0;
}

void gan_transform_run(const gan_transform_plan *plan, const gan_transform_call *call)
{
    unsigned passes = (call->y ? (unsigned)GAN_TRANSFORM_FWD : 0) |
                      (call->dx ? (unsigned)GAN_TRANSFORM_DGRAD : 0) |
                      (call->dw ? (unsigned)GAN_TRANSFORM_WGRAD : 0);
    assert(!(call->y && call->dx));
    assert(!(call->y || call->dw) || call->x || call->x_kept);
    assert(!(call->dx || call->dw) || call->dy || call->dy_kept);
    assert(!call->dx || call->w || call->w_kept);
    assert(!call->y || call->w || call->w_fwd_kept);
    const gan_transform_geometry *g = &plan->geometry;
    if (call->x_zero) {
        memset(call->x_zero, cannot_look(g->groups, g->c), (size_t)g->n);
    }
    if (call->dy_zero) {
        memset(call->dy_zero, cannot_look(g->groups, g->k), (size_t)g->n);
    }
    bool apart = plan->apart_images > 0 && !call->dw && !call->x_kept && !call->dy_kept;
    gan_transform_scratch layout = gan_transform_scratch_layout(plan, passes, apart);
    if (plan->by_tiles) {
        gan_transform_group_run(plan, call, &layout);
        return;
    }
    char *at = call->scratch;
    int64_t rows = (apart ? plan->apart_images : plan->block_images) * plan->tiles;
    int64_t w_rows = gan_transform_side_rows(plan, &plan->w_fwd), k = plan->geometry.k;
    int64_t x_blocks = plan->w.blocks, y_blocks = plan->w_fwd.blocks; /* of a bundle */
    int64_t x_out = apart ? plan->apart_panel : x_blocks;
    int64_t y_out = apart ? plan->apart_panel : y_blocks;
    run_state state = {
        .plan = plan,
        .call = call,
        .x = planes_of(plan, x_blocks, at, layout.x, rows),
        .dy = planes_of(plan, y_blocks, at, layout.dy, rows),
        .w = planes_of(plan, plan->w.blocks, at, layout.w, k),
        .w_fwd = planes_of(plan, plan->w_fwd.blocks, at, layout.w_fwd, w_rows),
        .y = planes_of(plan, y_out, at, layout.y, rows),
        .dx = planes_of(plan, x_out, at, layout.dx, rows),
        .dw = planes_of(plan, plan->w.blocks, at, layout.dw, k),
        .w_turned = (float *)(void *)(at + (layout.w_turned < 0 ? 0 : layout.w_turned)),
        .w_spread = (float *)(void *)(at + (layout.w_spread < 0 ? 0 : layout.w_spread)),
        .pack = (float *)(void *)(at + layout.pack),
        .apart_bytes = layout.apart,
    };
    if (call->w_kept) {
        state.w.base = call->w_kept;
    }
    if (call->w_fwd_kept) {
        state.w_fwd.base = call->w_fwd_kept;
    }
#pragma omp parallel num_threads(plan->options.threads)
    {
        if (apart) {
            run_apart(&state);
        } else {
            run_shared(state);
        }
    }
}
