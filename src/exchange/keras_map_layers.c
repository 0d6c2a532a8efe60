/* keras_map_layers.c — rows of layers that make maps smaller and larger, and of normalizations of
 * each sample. */
#include <inttypes.h>

#include "exchange/keras_row.h"
#include "exchange/layers.h"

int gan_keras_shaped(const gan_keras_call *c, int entry)
{
    const gan_dims3 out = c->layer->out;
    const bool vector = gan_layer_gives_vector(c->keras->stack, c->index);
    gan_keras_shape(c->keras, entry, vector ? 0 : out.h, vector ? 0 : out.w,
                    vector ? out.h * out.w * out.c : out.c);
    return entry;
}

/* A pool is of windows that lie in the map, which is what Keras calls valid. */
static bool is_valid(const gan_map_axis *a)
{
    return a->before == 0 && a->out == (a->in - a->window) / a->stride + 1;
}

static const char *pool_cannot(const gan_map_axis *h, const gan_map_axis *w)
{
    return is_valid(h) && is_valid(w) ? NULL : "with padding";
}

static int pool(const gan_keras_call *c, const char *class_name, const char *group,
                const gan_map_axis *h, const gan_map_axis *w)
{
    return gan_keras_shaped(
        c, gan_keras_add(c->keras, class_name, group, c->layer->name, &c->x, 1, NULL,
                         ", \"pool_size\": [%" PRId64 ", %" PRId64 "], \"strides\": [%" PRId64
                         ", %" PRId64 "], \"padding\": \"valid\"",
                         h->window, w->window, h->stride, w->stride));
}

static const char *max_pool_cannot(const gan_layer *l)
{
    return pool_cannot(&l->u.max_pool.h, &l->u.max_pool.w);
}

static int apply_max_pool(const gan_keras_call *c)
{
    const gan_max_pool *p = &c->layer->u.max_pool;
    return pool(c, "MaxPooling2D", "max_pooling2d", &p->h, &p->w);
}
const gan_keras_row gan_keras_max_pool = {apply_max_pool, max_pool_cannot};

static const char *average_pool_cannot(const gan_layer *l)
{
    return pool_cannot(&l->u.resample.h, &l->u.resample.w);
}

static int apply_average_pool(const gan_keras_call *c)
{
    const gan_resample *r = &c->layer->u.resample;
    return pool(c, "AveragePooling2D", "average_pooling2d", &r->h, &r->w);
}
const gan_keras_row gan_keras_average_pool = {apply_average_pool, average_pool_cannot};

static const char *upsample_cannot(const gan_layer *l)
{
    const gan_resample *r = &l->u.resample;
    const bool whole = r->h.out % r->h.in == 0 && r->w.out % r->w.in == 0;
    return r->kind == GAN_RESAMPLE_NEAREST && whole ? NULL : "but to the nearest";
}

static int apply_upsample(const gan_keras_call *c)
{
    const gan_resample *r = &c->layer->u.resample;
    return gan_keras_shaped(
        c, gan_keras_add(c->keras, "UpSampling2D", "up_sampling2d", c->layer->name, &c->x, 1, NULL,
                         ", \"size\": [%" PRId64 ", %" PRId64 "], \"interpolation\": \"nearest\"",
                         r->h.out / r->h.in, r->w.out / r->w.in));
}
const gan_keras_row gan_keras_upsample = {apply_upsample, upsample_cannot};

static const char *normalize_cannot(const gan_layer *l)
{
    return l->u.normalize.norm == GAN_NORM_pixel_norm ? "of a position's channels" : NULL;
}

/* All of a sample is one group of channels, and each channel one of as many. */
static int apply_normalize(const gan_keras_call *c)
{
    const gan_normalize_spec *n = &c->layer->u.normalize;
    const char *learned = n->affine ? "true" : "false";
    return gan_keras_shaped(c, gan_keras_add(c->keras, "GroupNormalization", "group_normalization",
                                             c->layer->name, &c->x, 1, n->affine ? c->layer : NULL,
                                             ", \"groups\": %" PRId64
                                             ", \"axis\": -1, \"epsilon\": %.9g, "
                                             "\"center\": %s, \"scale\": %s",
                                             n->groups, n->epsilon, learned, learned));
}
const gan_keras_row gan_keras_normalize = {apply_normalize, normalize_cannot};
