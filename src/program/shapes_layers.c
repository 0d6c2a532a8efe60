/* shapes_layers.c — shape rules of activations, normalizations and what else layers are made of. */
#include <math.h>

#include "program/demands.h"

void gan_shape_activation(gan_shape_check *c)
{
    const gan_activation_attr *a = &c->op->attr.activation;
    demand(c, a->function >= 0 && a->function < GAN_ACTIVATION_COUNT, in(c, 0),
           "no such activation");
    demand(c, a->order >= 0 && a->order <= 2, in(c, 0), "a derivative above the second");
    demand(c, isfinite(a->alpha), in(c, 0), "alpha is not finite");
    demand_like(c, in(c, 1) ? in(c, 1) : in(c, 0), in(c, 0), "inputs of two shapes");
    demand_like(c, out(c, 0), in(c, 0), "output unlike input");
}

void gan_shape_normalize(gan_shape_check *c)
{
    const gan_normalize_attr *a = &c->op->attr.normalize;
    const gan_buffer *x = in(c, 0);
    demand(c, a->groups > 0 && x->dims[3] % a->groups == 0, x, "channels do not make the groups");
    demand(c, a->epsilon > 0, x, "epsilon is not above 0");
    demand(c, in(c, 1) || !in(c, 2), x, "a second factor without the first");
    for (int k = 1; k < 3; k++) {
        demand_like(c, in(c, k) ? in(c, k) : x, x, "inputs of two shapes");
    }
    demand_like(c, out(c, 0), x, "output unlike input");
}

void gan_shape_scale_channels(gan_shape_check *c)
{
    demand_vector(c, in(c, 1), in(c, 0)->dims[3], "one factor per channel");
    demand_like(c, out(c, 0), in(c, 0), "output unlike input");
}

void gan_shape_channel_dot(gan_shape_check *c)
{
    demand_like(c, in(c, 1), in(c, 0), "inputs of two shapes");
    demand_vector(c, out(c, 0), in(c, 0)->dims[3], "one sum per channel");
}

/* y: of x with its features beside its channels. */
static void demand_stddev(gan_shape_check *c, const gan_buffer *x, const gan_buffer *y)
{
    const gan_minibatch_stddev_attr *a = &c->op->attr.minibatch_stddev;
    demand(c, a->group > 0 && x->dims[0] % a->group == 0, x, "samples do not make the groups");
    demand(c, a->features > 0 && x->dims[3] % a->features == 0, x,
           "channels do not make the features");
    demand(c, a->epsilon > 0, x, "epsilon is not above 0");
    demand_dims(c, y, x->dims[0], x->dims[1], x->dims[2], x->dims[3] + a->features,
                "not the map with its features");
}

void gan_shape_minibatch_stddev(gan_shape_check *c)
{
    demand_stddev(c, in(c, 0), out(c, 0));
}

void gan_shape_minibatch_stddev_bwd(gan_shape_check *c)
{
    demand_stddev(c, in(c, 0), in(c, 1));
    demand_like(c, out(c, 0), in(c, 0), "gradient unlike the map");
}
