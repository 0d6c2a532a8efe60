/* demands.h — what a shape rule (shapes.c, shapes_layers.c) is made of: demands on named operands.
 *
 * The first demand that does not hold is the error, and those after it are not looked at: a rule
 * may use what it has demanded before. */
#ifndef GAN_PROGRAM_DEMANDS_H
#define GAN_PROGRAM_DEMANDS_H

#include <string.h>

#include "program/op_rules.h"

typedef struct gan_shape_check {
    const gan_program *program;
    const gan_op *op;
    gan_error *err;
    bool failed;
} gan_shape_check;

static inline const gan_buffer *buffer_at(const gan_shape_check *c, int id)
{
    return id >= 0 ? &c->program->buffers[id] : NULL;
}

static inline const gan_buffer *in(const gan_shape_check *c, int i)
{
    return buffer_at(c, c->op->in[i]);
}

static inline const gan_buffer *out(const gan_shape_check *c, int i)
{
    return buffer_at(c, c->op->out[i]);
}

static inline void demand(gan_shape_check *c, bool holds, const gan_buffer *b, const char *what)
{
    if (holds || c->failed) {
        return;
    }
    c->failed = true;
    const int64_t none[4] = {0};
    const int64_t *d = b ? b->dims : none;
    gan_fail(c->err, GAN_E_FAILED, "op %s (%s): %s; buffer %s is %lld x %lld x %lld x %lld",
             gan_op_describe(c->op->kind)->name, c->op->label, what, b ? b->name : "(none)",
             (long long)d[0], (long long)d[1], (long long)d[2], (long long)d[3]);
}

static inline void demand_dims(gan_shape_check *c, const gan_buffer *b, int64_t n, int64_t h,
                               int64_t w, int64_t k, const char *what)
{
    demand(c, b && b->dims[0] == n && b->dims[1] == h && b->dims[2] == w && b->dims[3] == k, b,
           what);
}

static inline void demand_like(gan_shape_check *c, const gan_buffer *b, const gan_buffer *model,
                               const char *what)
{
    demand(c, b && model && memcmp(b->dims, model->dims, sizeof b->dims) == 0, b, what);
}

static inline void demand_vector(gan_shape_check *c, const gan_buffer *b, int64_t n,
                                 const char *what)
{
    demand(c, b && b->count == n && b->dims[3] == n, b, what);
}

/* Outputs and inputs of one shape. */
static inline void demand_alike(gan_shape_check *c)
{
    const gan_op_row *row = gan_op_describe(c->op->kind);
    for (int i = 1; i < row->n_in; i++) {
        demand_like(c, in(c, i), in(c, 0), "inputs of two shapes");
    }
    demand_like(c, out(c, 0), in(c, 0), "output unlike input");
}

#endif
