/* torch_map_layers.c — rows of layers that make maps smaller and larger. */
#include <inttypes.h>

#include "exchange/torch_row.h"

/* --- pools --- */

static void add_pair(gan_text *text, const char *key, int64_t h, int64_t w)
{
    gan_text_add(text, "%s(%" PRId64 ", %" PRId64 ")", key, h, w);
}

/* Padding behind a map for the windows that there are. */
static int64_t behind(const gan_map_axis *a)
{
    const int64_t rows = (a->out - 1) * a->stride + a->window - a->in - a->before;
    return rows > 0 ? rows : 0;
}

/* What is padded is less than every number, on any side. */
static void apply_max_pool(const gan_torch_call *c)
{
    const gan_max_pool *p = &c->layer->u.max_pool;
    const int64_t bottom = behind(&p->h), right = behind(&p->w);
    gan_text_add(c->text, "F.max_pool2d(");
    if (p->h.before || p->w.before || bottom || right) {
        gan_text_add(c->text,
                     "F.pad(%s, (%" PRId64 ", %" PRId64 ", %" PRId64 ", %" PRId64
                     "), value=-math.inf)",
                     c->x[0], p->w.before, right, p->h.before, bottom);
    } else {
        gan_text_add(c->text, "%s", c->x[0]);
    }
    add_pair(c->text, ", ", p->h.window, p->w.window);
    add_pair(c->text, ", ", p->h.stride, p->w.stride);
    gan_text_add(c->text, ")");
}
const gan_torch_row gan_torch_max_pool = {NULL, apply_max_pool, NULL};

static void apply_global_pool(const gan_torch_call *c)
{
    gan_text_add(c->text, "%s.%s((2, 3))", c->x[0],
                 c->layer->u.resample.divisor == GAN_DIVIDE_BY_ONE ? "sum" : "mean");
}
const gan_torch_row gan_torch_global_pool = {NULL, apply_global_pool, NULL};

/* --- resampling --- */

/* No window reaches into what is padded, or both sides alike do and all of it counts. */
static bool plain_axis(const gan_map_axis *a, bool counts)
{
    const int64_t end = (a->out - 1) * a->stride + a->window - a->before;
    const bool inside = a->before == 0 && end <= a->in;
    return inside || (counts && a->before >= 0 && a->before == a->after &&
                      end <= a->in + a->after && 2 * a->before <= a->window);
}

static const char *cannot_resample(const gan_layer *layer)
{
    const gan_resample *r = &layer->u.resample;
    const bool counts = r->divisor == GAN_DIVIDE_BY_WINDOW;
    switch (r->kind) {
    case GAN_RESAMPLE_MEAN:
        return plain_axis(&r->h, counts) && plain_axis(&r->w, counts)
                   ? NULL
                   : "with such padding; onnx may";
    case GAN_RESAMPLE_ADAPTIVE:
    case GAN_RESAMPLE_NEAREST:
        return NULL;
    case GAN_RESAMPLE_LINEAR:
    case GAN_RESAMPLE_CUBIC:
        return r->half_pixel ? NULL : "without half_pixel; onnx may";
    case GAN_RESAMPLE_BINOMIAL_UP:
    case GAN_RESAMPLE_BINOMIAL_DOWN:
        break;
    }
    return "with a filter; onnx may";
}

static void add_mean(const gan_torch_call *c, const gan_resample *r)
{
    gan_text_add(c->text, "F.avg_pool2d(%s", c->x[0]);
    add_pair(c->text, ", ", r->h.window, r->w.window);
    add_pair(c->text, ", ", r->h.stride, r->w.stride);
    add_pair(c->text, ", ", r->h.before > 0 ? r->h.before : 0, r->w.before > 0 ? r->w.before : 0);
    gan_text_add(c->text, ")");
}

static void add_interpolation(const gan_torch_call *c, const gan_resample *r)
{
    const bool smooth = r->kind != GAN_RESAMPLE_NEAREST;
    gan_text_add(c->text, "F.interpolate(%s", c->x[0]);
    add_pair(c->text, ", size=", r->h.out, r->w.out);
    gan_text_add(c->text, ", mode=\"%s\"%s%s)",
                 r->kind == GAN_RESAMPLE_LINEAR  ? "bilinear"
                 : r->kind == GAN_RESAMPLE_CUBIC ? "bicubic"
                 : r->half_pixel                 ? "nearest-exact"
                                                 : "nearest",
                 smooth ? ", align_corners=False" : "",
                 smooth && r->antialias ? ", antialias=True" : "");
}

static void apply_resample(const gan_torch_call *c)
{
    const gan_resample *r = &c->layer->u.resample;
    if (r->kind == GAN_RESAMPLE_MEAN) {
        add_mean(c, r);
    } else if (r->kind == GAN_RESAMPLE_ADAPTIVE) {
        gan_text_add(c->text, "F.adaptive_avg_pool2d(%s", c->x[0]);
        add_pair(c->text, ", ", r->h.out, r->w.out);
        gan_text_add(c->text, ")");
    } else {
        add_interpolation(c, r);
    }
}
const gan_torch_row gan_torch_resample = {NULL, apply_resample, cannot_resample};
