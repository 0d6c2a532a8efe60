/* reference_linear.c — products and convolutions, summed as their definitions are written. */
#include <string.h>

#include "ops/reference_rows.h"

void reference_matmul(const gan_attr *attr, const reference_tensor *in, const reference_tensor *out)
{
    const gan_matmul_attr *a = &attr->matmul;
    for (int64_t i = 0; i < a->m; i++) {
        for (int64_t j = 0; j < a->n; j++) {
            double sum = 0.0;
            for (int64_t l = 0; l < a->k; l++) {
                double left = a->trans_a ? in[0].v[l * a->m + i] : in[0].v[i * a->k + l];
                double right = a->trans_b ? in[1].v[j * a->k + l] : in[1].v[l * a->n + j];
                sum += left * right;
            }
            out[0].v[i * a->n + j] = sum;
        }
    }
}

/* Calls term(x index, w index, y index) for every product of y[b,p,q,k] += x[b,h,w,c] w[k,r,s,c]
 * whose pixel lies in the map: the one sum that all three convolutions are made of. */
typedef void term_fn(void *ctx, int64_t x, int64_t w, int64_t y);

static void for_pixel(const gan_conv_attr *g, int64_t b, int64_t p, int64_t q, term_fn *term,
                      void *ctx)
{
    for (int64_t r = 0; r < g->r; r++) {
        for (int64_t s = 0; s < g->s; s++) {
            int64_t row = p * g->stride_h + r - g->pad_top, col = q * g->stride_w + s - g->pad_left;
            if (row < 0 || row >= g->h || col < 0 || col >= g->w) {
                continue;
            }
            for (int64_t k = 0; k < g->k; k++) {
                for (int64_t c = 0; c < g->c; c++) {
                    term(ctx, ((b * g->h + row) * g->w + col) * g->c + c,
                         ((k * g->r + r) * g->s + s) * g->c + c,
                         ((b * g->p + p) * g->q + q) * g->k + k);
                }
            }
        }
    }
}

static void for_terms(const gan_conv_attr *g, int64_t batch, term_fn *term, void *ctx)
{
    for (int64_t b = 0; b < batch; b++) {
        for (int64_t p = 0; p < g->p; p++) {
            for (int64_t q = 0; q < g->q; q++) {
                for_pixel(g, b, p, q, term, ctx);
            }
        }
    }
}

typedef struct conv_operands {
    double *x, *w, *y;
} conv_operands;

static void add_to_y(void *ctx, int64_t x, int64_t w, int64_t y)
{
    const conv_operands *o = ctx;
    o->y[y] += o->x[x] * o->w[w];
}

static void add_to_x(void *ctx, int64_t x, int64_t w, int64_t y)
{
    const conv_operands *o = ctx;
    o->x[x] += o->y[y] * o->w[w];
}

static void add_to_w(void *ctx, int64_t x, int64_t w, int64_t y)
{
    const conv_operands *o = ctx;
    o->w[w] += o->y[y] * o->x[x];
}

static void clear(const reference_tensor *t)
{
    memset(t->v, 0, (size_t)t->count * sizeof *t->v);
}

void reference_conv(const gan_attr *attr, const reference_tensor *in, const reference_tensor *out)
{
    conv_operands o = {in[0].v, in[1].v, out[0].v};
    clear(&out[0]);
    for_terms(&attr->conv, in[0].dims[0], add_to_y, &o);
}

void reference_conv_dx(const gan_attr *attr, const reference_tensor *in,
                       const reference_tensor *out)
{
    conv_operands o = {out[0].v, in[1].v, in[0].v};
    clear(&out[0]);
    for_terms(&attr->conv, in[0].dims[0], add_to_x, &o);
}

void reference_conv_dw(const gan_attr *attr, const reference_tensor *in,
                       const reference_tensor *out)
{
    conv_operands o = {in[0].v, out[0].v, in[1].v};
    clear(&out[0]);
    for_terms(&attr->conv, in[0].dims[0], add_to_w, &o);
}
