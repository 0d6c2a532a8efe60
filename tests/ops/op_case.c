/* op_case.c — one operation's operands and their values. */
#include "ops/op_case.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/normal.h"
#include "base/philox.h"

enum { STREAM_FILL = 900, STREAM_PICK = 950 };

static void fill_values(op_operand *o, uint64_t seed, uint32_t stream, op_fill fill)
{
    for (int64_t i = 0; i < o->count; i++) {
        float z = 0.0f;
        uint32_t word = gan_philox(seed, stream, 1, (uint32_t)i).v[0];
        gan_normal_fill(seed, stream, 0, i, 1, &z);
        switch (fill) {
        case OP_NORMAL:
            o->values[i] = (double)z;
            break;
        case OP_POSITIVE:
            o->values[i] = (double)(0.1f + gan_unit_float(word));
            break;
        case OP_BYTES:
            o->values[i] = word >> 24;
            break;
        case OP_BITS:
            o->values[i] = word >> 31;
            break;
        default:
            o->values[i] = 0.0;
        }
    }
}

static void set_operand(op_operand *o, gan_dtype type, int64_t n, int64_t h, int64_t w, int64_t ch)
{
    o->present = true;
    o->type = type;
    o->dims[0] = n;
    o->dims[1] = h;
    o->dims[2] = w;
    o->dims[3] = ch;
    o->count = n * h * w * ch;
    free(o->values);
    o->values = calloc(o->count ? (size_t)o->count : 1, sizeof *o->values);
    assert_non_null(o->values);
}

/* *list with room for n items, the new ones zero. */
static void lengthen(void *list, size_t size, int before, int n)
{
    char **items = list;
    *items = realloc(*items, (size_t)n * size);
    assert_non_null(*items);
    memset(*items + (size_t)before * size, 0, (size_t)(n - before) * size);
}

static void need_inputs(op_case *c, int n)
{
    if (n > c->n_in) {
        lengthen(&c->in, sizeof *c->in, c->n_in, n);
        c->n_in = n;
    }
}

static void need_outputs(op_case *c, int n)
{
    if (n > c->n_out) {
        lengthen(&c->out, sizeof *c->out, c->n_out, n);
        lengthen(&c->of_output, sizeof *c->of_output, c->n_out, n);
        lengthen(&c->got, sizeof *c->got, c->n_out, n);
        c->n_out = n;
    }
}

void op_case_begin(op_case *c, gan_op_kind kind, uint64_t seed)
{
    memset(c, 0, sizeof *c);
    c->backend = op_backend();
    assert_non_null(c->backend);
    c->kind = kind;
    c->seed = seed;
    c->in_place = -1;
    need_inputs(c, gan_op_describe(kind)->n_in);
    need_outputs(c, gan_op_describe(kind)->n_out);
}

void op_case_end(op_case *c)
{
    for (int i = 0; i < c->n_in; i++) {
        free(c->in[i].values);
    }
    for (int i = 0; i < c->n_out; i++) {
        free(c->out[i].values);
        free(c->got[i]);
    }
    free(c->in);
    free(c->out);
    free(c->of_output);
    free(c->got);
    if (c->kind == GAN_OP_stat_update) {
        free(c->attr.stat_update.segments);
    }
}

void op_case_in(op_case *c, int i, gan_dtype type, int64_t n, int64_t h, int64_t w, int64_t ch,
                op_fill fill)
{
    need_inputs(c, i + 1);
    set_operand(&c->in[i], type, n, h, w, ch);
    fill_values(&c->in[i], c->seed, STREAM_FILL + (uint32_t)i, fill);
}

void op_case_out(op_case *c, int i, gan_dtype type, int64_t n, int64_t h, int64_t w, int64_t ch)
{
    need_outputs(c, i + 1);
    op_operand *o = &c->out[i];
    set_operand(o, type, n, h, w, ch);
    for (int64_t k = 0; k < o->count; k++) {
        o->values[k] = type == GAN_F32 || type == GAN_BF16 ? NAN : 77.0;
    }
}

void op_case_state(op_case *c, int i, gan_dtype type, int64_t n, int64_t h, int64_t w, int64_t ch,
                   op_fill fill)
{
    need_outputs(c, i + 1);
    set_operand(&c->out[i], type, n, h, w, ch);
    fill_values(&c->out[i], c->seed, STREAM_FILL + 20 + (uint32_t)i, fill);
    c->out[i].is_state = true;
}

uint64_t op_case_pick(const op_case *c, uint32_t index, uint64_t n)
{
    return gan_philox(c->seed, STREAM_PICK, 0, index).v[0] % n;
}
