
void gan_shape_sum_all(gan_shape_check *c)
{
    for (int k = 1; k < c->op->n_in; k++) {
        demand_like(c, in(c, k), in(c, 0), "inputs of two shapes");
    }
    demand_like(c, out(c, 0), in(c, 0), "output unlike input");
}
