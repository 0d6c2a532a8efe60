/* transform_cost.c — what a convolution through a transform costs, counted from its plan.
 *
 * Cycles are a rough rule, good enough to choose transform lengths and to tell which of two ways is
 * likely to be faster. They are static: the same plan costs the same on any machine that has its
 * kernels. */
#include "transform/transform_plan.h"

/* Cycles of one core for 16 multiply-adds of products, of transforms and of direct convolution by
 * oneDNN, and for a byte. Fitted to runs of bench_transform and of its parts on a server with
 * AVX-512 (two 512-bit units a core, 3.4 GHz, memory shared with others). */
static const double product_cycles = 0.68, transform_cycles = 1.4, direct_cycles = 0.76;
static const double byte_cycles = 0.2;

/* bf16 products: two at once; with AMX tiles, fed from a cache that all cores share, 450
 * multiply-adds a nanosecond. */
static const double bf16_product_cycles = 0.34, tile_product_cycles = 0.12;

/* 16-wide multiply-adds of the transform of one tile's chunk, storing included. */
static double tile_transform(const gan_transform_side *s)
{
    double n_h = s->length_h, n_w = s->length_w, slots_h = s->slots_h, slots_w = s->slots_w;
    double samples = slots_h * slots_w;
    if (s->winograd_h) {
        return n_w * samples + n_w * n_h * slots_h + n_h * n_w + samples;
    }
    const int half_h = s->slots_h / 2, half_w = s->slots_w / 2; /* mirrored samples added first */
    return n_w * (half_w + 1) * slots_h + n_w * n_h * (half_h + 1) + 2 * n_h * n_w + samples;
}

/* Multiply-adds of one pass's products for the whole batch. */
static double pass_products(const gan_transform_plan *p)
{
    double images = (double)p->geometry.n * (double)p->tiles;
    double products = (double)p->n_real + 1.5 * (double)(p->n_planes - p->n_real);
    const int64_t k =
        p->by_tiles ? p->geometry.k / p->geometry.groups : p->w_fwd.blocks * GAN_TRANSFORM_BLOCK;
    return images * products * (double)(gan_transform_side_channels(&p->x)) * (double)k;
}

/* Multiply-adds of transforming one side for the whole batch. */
static double side_transforms(const gan_transform_plan *p, const gan_transform_side *s)
{
    return (double)gan_transform_side_rows(p, s) * tile_transform(s) *
           (double)(gan_transform_side_channels(s));
}

/* Bytes of one side's planes for the whole batch; tile by tile there are none. */
static double side_bytes(const gan_transform_plan *p, const gan_transform_side *s,
                         gan_transform_type type)
{
    if (p->by_tiles) {
        return 0;
    }
    return (double)p->n_planes * (double)gan_transform_side_rows(p, s) *
           (double)(s->blocks * GAN_TRANSFORM_BLOCK * gan_transform_type_size(type));
}

/* Taps that meet a sample of x, over all outputs of an axis. */
static double useful_taps(const gan_transform_axis_geometry *g)
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

gan_transform_cost gan_transform_plan_cost(const gan_transform_plan *p, unsigned passes)
{
    const gan_transform_geometry *g = &p->geometry;
    bool y = passes & GAN_TRANSFORM_FWD, dx = passes & GAN_TRANSFORM_DGRAD,
         dw = passes & GAN_TRANSFORM_WGRAD;
    gan_transform_type in = p->options.products;
    int n_passes = y + dx + dw;
    int x_in = y || dw, dy_in = dx || dw, w_in = y || dx;
    double activation = (double)gan_transform_type_size(p->options.activation);
    double x_size = (double)(g->h * g->w) * (double)(g->n * g->c) * activation;
    double y_size = (double)(p->y.height * p->y.width) * (double)(g->n * g->k) * activation;
    const int64_t k_of_group = g->k / g->groups;
    double w_size = (double)(k_of_group * g->r * g->s * g->c);

    gan_transform_cost cost = {0};
    cost.products = n_passes * pass_products(p);
    cost.transforms = (x_in + dx) * side_transforms(p, &p->x) +
                      (dy_in + y) * side_transforms(p, &p->y) +
                      (w_in + dw) * side_transforms(p, &p->w);
    cost.direct = n_passes * useful_taps(&p->geometry_h) * useful_taps(&p->geometry_w) *
                  (double)(g->n * g->c * k_of_group);
    cost.bytes = (x_in + dx) * x_size + (dy_in + y) * y_size +
                 w_size * (double)(w_in * gan_transform_type_size(p->options.weight) +
                                   dw * gan_transform_type_size(p->options.gradient));
    /* Planes of an operand are written once and read by each pass that uses it. */
    cost.bytes += side_bytes(p, &p->x, in) * (x_in + y + dw) +
                  side_bytes(p, &p->y, in) * (dy_in + dx + dw) +
                  side_bytes(p, &p->w, in) * (w_in + (y + dx) * (double)p->n_blocks);
    cost.bytes += 2 * (side_bytes(p, &p->x, GAN_TRANSFORM_F32) * dx +
                       side_bytes(p, &p->y, GAN_TRANSFORM_F32) * y +
                       side_bytes(p, &p->w, GAN_TRANSFORM_F32) * dw * (double)p->n_blocks);
    double tensors = (x_in + dx) * x_size + (dy_in + y) * y_size;
    double product = p->kernels->tiles          ? tile_product_cycles
                     : in == GAN_TRANSFORM_BF16 ? bf16_product_cycles
                                                : product_cycles;
    cost.cycles = (cost.products * product + cost.transforms * transform_cycles) / 16 +
                  cost.bytes * byte_cycles;
    cost.direct_cycles = cost.direct * direct_cycles / 16 + tensors * byte_cycles;
    return cost;
}
