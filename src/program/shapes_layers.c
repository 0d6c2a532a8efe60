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
