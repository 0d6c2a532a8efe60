/* shapes_maps.c — shape rules of what makes maps smaller and larger, and of maps side by side. */
#include "program/demands.h"

/* A window that never lies in the padding alone. */
static void demand_windows(gan_shape_check *c, const gan_map_axis *a, const gan_buffer *x)
{
    demand(c, a->in > 0 && a->out > 0 && a->window > 0 && a->stride > 0, x, "bad window");
    demand(c, a->before >= 0 && a->before < a->window && a->after >= 0, x, "bad padding");
    demand(c, (a->out - 1) * a->stride - a->before < a->in, x, "more windows than the map has");
}

static void demand_map(gan_shape_check *c, const gan_buffer *x, const gan_buffer *y, int64_t h,
                       int64_t w, const char *what)
{
    demand(c, x && y, x, what);
    if (!c->failed) {
        demand_dims(c, x, y->dims[0], h, w, y->dims[3], what);
    }
}

void gan_shape_resample(gan_shape_check *c)
{
    const gan_resample *r = &c->op->attr.resample;
    const gan_buffer *in0 = in(c, 0), *out0 = out(c, 0);
    const gan_buffer *x = r->transposed ? out0 : in0, *y = r->transposed ? in0 : out0;
    const bool slides = r->kind == GAN_RESAMPLE_MEAN;
    const bool is_filtered = r->kind == GAN_RESAMPLE_LINEAR || r->kind == GAN_RESAMPLE_CUBIC;
    demand(c, r->h.in > 0 && r->h.out > 0 && r->w.in > 0 && r->w.out > 0, x, "an empty map");
    demand(c, !r->antialias || (is_filtered && r->half_pixel), x, "no filter to widen");
    if (slides) {
        demand_windows(c, &r->h, x);
        demand_windows(c, &r->w, x);
    } else if (!is_filtered && r->kind != GAN_RESAMPLE_NEAREST &&
               r->kind != GAN_RESAMPLE_ADAPTIVE) {
        demand(c, r->h.window > 0 && r->h.stride > 0 && r->w.window > 0 && r->w.stride > 0, x,
               "bad filter");
    }
    demand_map(c, x, y, r->h.in, r->w.in, "map does not fit the axes");
    demand_map(c, y, x, r->h.out, r->w.out, "result does not fit the axes");
}

void gan_shape_widen_filter(gan_shape_check *c)
{
    const gan_widen_filter_attr *a = &c->op->attr.widen_filter;
    const gan_buffer *w = a->transposed ? out(c, 0) : in(c, 0);
    const gan_buffer *v = a->transposed ? in(c, 0) : out(c, 0);
    demand(c, a->factor_h > 0 && a->factor_w > 0, w, "bad factor");
    demand_dims(c, v, w->dims[3], w->dims[1] + a->factor_h - 1, w->dims[2] + a->factor_w - 1,
                w->dims[0], "not the widened filter's dims");
}

/* x (H,W), y (P,Q) and the index, which may be left out. */
static void demand_pool(gan_shape_check *c, const gan_buffer *x, const gan_buffer *y,
                        const gan_buffer *index)
{
    const gan_max_pool_attr *a = &c->op->attr.max_pool;
    demand_windows(c, &a->h, x);
    demand_windows(c, &a->w, x);
    demand_map(c, x, y, a->h.in, a->w.in, "map does not fit the windows");
    demand_map(c, y, x, a->h.out, a->w.out, "result does not fit the windows");
    demand(c, a->h.in * a->w.in <= INT32_MAX, x, "a map of too many places");
    if (index) {
        demand_like(c, index, y, "index unlike the result");
        demand(c, index->type == GAN_I32, index, "index is not i32");
    }
}

void gan_shape_max_pool(gan_shape_check *c)
{
    demand_pool(c, in(c, 0), out(c, 0), out(c, 1));
}

void gan_shape_max_pool_bwd(gan_shape_check *c)
{
    demand_pool(c, out(c, 0), in(c, 1), in(c, 0));
}

void gan_shape_max_pool_pick(gan_shape_check *c)
{
    demand_pool(c, in(c, 1), out(c, 0), in(c, 0));
}

/* The channels that the inputs lay side by side lie within the output's. */
void gan_shape_concat(gan_shape_check *c)
{
    const gan_buffer *y = out(c, 0);
    int64_t channels = c->op->attr.concat.before;
    demand(c, channels >= 0, y, "channels before the first");
    for (int k = 0; k < c->op->n_in && !c->failed; k++) {
        const gan_buffer *x = in(c, k);
        demand_dims(c, x, y->dims[0], y->dims[1], y->dims[2], x->dims[3], "a map of another size");
        channels += x->dims[3];
    }
    demand(c, c->failed || channels <= y->dims[3], y, "fewer channels than its inputs have");
}

void gan_shape_slice(gan_shape_check *c)
{
    const gan_buffer *x = in(c, 0), *y = out(c, 0);
    const int64_t first = c->op->attr.slice.first;
    demand_dims(c, y, x->dims[0], x->dims[1], x->dims[2], y->dims[3], "a map of another size");
    demand(c, first >= 0 && first + y->dims[3] <= x->dims[3], x, "has not these channels");
}
