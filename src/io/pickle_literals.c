/* pickle_literals.c — opcodes that make numbers, texts, tuples, lists and dictionaries. */
#include <string.h>

#include "base/memory.h"
#include "io/pickle_machine.h"

/* --- scalars --- */

static gan_status push_int(gan_pickle_machine *m, int64_t integer)
{
    gan_pickle_value *value = NULL;
    GAN_TRY(gan_pickle_push_new(m, GAN_PICKLE_INT, &value));
    value->integer = integer;
    return GAN_OK;
}

gan_status gan_pickle_op_none(gan_pickle_machine *m)
{
    gan_pickle_value *value = NULL;
    return gan_pickle_push_new(m, GAN_PICKLE_NONE, &value);
}

static gan_status push_bool(gan_pickle_machine *m, bool is_true)
{
    gan_pickle_value *value = NULL;
    GAN_TRY(gan_pickle_push_new(m, GAN_PICKLE_BOOL, &value));
    value->integer = is_true;
    return GAN_OK;
}

gan_status gan_pickle_op_true(gan_pickle_machine *m)
{
    return push_bool(m, true);
}

gan_status gan_pickle_op_false(gan_pickle_machine *m)
{
    return push_bool(m, false);
}

gan_status gan_pickle_op_int1(gan_pickle_machine *m)
{
    uint64_t number = 0;
    GAN_TRY(gan_pickle_take_number(m, 1, &number));
    return push_int(m, (int64_t)number);
}

gan_status gan_pickle_op_int2(gan_pickle_machine *m)
{
    uint64_t number = 0;
    GAN_TRY(gan_pickle_take_number(m, 2, &number));
    return push_int(m, (int64_t)number);
}

gan_status gan_pickle_op_int4(gan_pickle_machine *m)
{
    uint64_t number = 0;
    GAN_TRY(gan_pickle_take_number(m, 4, &number));
    return push_int(m, (int32_t)(uint32_t)number);
}

/* A number in two's complement of any size. */
gan_status gan_pickle_op_long1(gan_pickle_machine *m)
{
    uint64_t n = 0, number = 0;
    const uint8_t *bytes = NULL;
    gan_pickle_value *value = NULL;
    GAN_TRY(gan_pickle_take_number(m, 1, &n));
    GAN_TRY(gan_pickle_take(m, (size_t)n, &bytes));
    if (n > 8) {
        return gan_pickle_push_new(m, GAN_PICKLE_BIG_INT, &value);
    }
    number = n > 0 && bytes[n - 1] & 0x80 ? UINT64_MAX : 0;
    for (size_t i = (size_t)n; i-- > 0;) {
        number = number << 8 | bytes[i];
    }
    return push_int(m, (int64_t)number);
}

gan_status gan_pickle_op_real(gan_pickle_machine *m)
{
    uint64_t bits = 0;
    const uint8_t *bytes = NULL;
    gan_pickle_value *value = NULL;
    GAN_TRY(gan_pickle_take(m, 8, &bytes));
    for (int i = 0; i < 8; i++) {
        bits = bits << 8 | bytes[i]; /* the most significant first */
    }
    GAN_TRY(gan_pickle_push_new(m, GAN_PICKLE_REAL, &value));
    memcpy(&value->real, &bits, sizeof bits);
    return GAN_OK;
}

static gan_status push_text(gan_pickle_machine *m, size_t n_length)
{
    uint64_t n = 0;
    const uint8_t *bytes = NULL;
    gan_pickle_value *value = NULL;
    GAN_TRY(gan_pickle_take_number(m, n_length, &n));
    if (n > m->n) {
        return gan_pickle_fail(m, "a text that is longer than the file");
    }
    GAN_TRY(gan_pickle_take(m, (size_t)n, &bytes));
    GAN_TRY(gan_pickle_push_new(m, GAN_PICKLE_TEXT, &value));
    value->text = (const char *)bytes;
    value->n_text = (size_t)n;
    return GAN_OK;
}

gan_status gan_pickle_op_text1(gan_pickle_machine *m)
{
    return push_text(m, 1);
}

gan_status gan_pickle_op_text4(gan_pickle_machine *m)
{
    return push_text(m, 4);
}

gan_status gan_pickle_op_text8(gan_pickle_machine *m)
{
    return push_text(m, 8);
}

/* --- tuples, lists, dictionaries --- */

gan_status gan_pickle_op_mark(gan_pickle_machine *m)
{
    return gan_pickle_push(m, &m->mark);
}

gan_status gan_pickle_op_empty_tuple(gan_pickle_machine *m)
{
    gan_pickle_value *value = NULL;
    return gan_pickle_push_new(m, GAN_PICKLE_TUPLE, &value);
}

gan_status gan_pickle_op_empty_list(gan_pickle_machine *m)
{
    gan_pickle_value *value = NULL;
    return gan_pickle_push_new(m, GAN_PICKLE_LIST, &value);
}

gan_status gan_pickle_op_empty_dict(gan_pickle_machine *m)
{
    gan_pickle_value *value = NULL;
    return gan_pickle_push_new(m, GAN_PICKLE_DICT, &value);
}

/* The stack from `first` on as the items of a new tuple, in whose place they were. */
static gan_status make_tuple(gan_pickle_machine *m, size_t first, size_t rest)
{
    gan_pickle_value *tuple = NULL;
    GAN_TRY(gan_pickle_make(m->pickle, &tuple, m->err));
    tuple->kind = GAN_PICKLE_TUPLE;
    for (size_t i = first; i < m->n_stack; i++) {
        GAN_TRY(gan_pickle_add(tuple, m->stack[i], m->err));
    }
    m->n_stack = rest;
    return gan_pickle_push(m, tuple);
}

gan_status gan_pickle_op_tuple(gan_pickle_machine *m)
{
    size_t first = 0;
    GAN_TRY(gan_pickle_find_mark(m, &first));
    return make_tuple(m, first, first - 1);
}

static gan_status tuple_of(gan_pickle_machine *m, size_t n)
{
    gan_pickle_value *value = NULL;
    for (size_t d = 0; d < n; d++) {
        GAN_TRY(gan_pickle_look(m, d, &value));
    }
    return make_tuple(m, m->n_stack - n, m->n_stack - n);
}

gan_status gan_pickle_op_tuple1(gan_pickle_machine *m)
{
    return tuple_of(m, 1);
}

gan_status gan_pickle_op_tuple2(gan_pickle_machine *m)
{
    return tuple_of(m, 2);
}

gan_status gan_pickle_op_tuple3(gan_pickle_machine *m)
{
    return tuple_of(m, 3);
}

/* Moves the stack from `first` on into the list or dictionary that is below `rest`. */
static gan_status add_items(gan_pickle_machine *m, size_t first, size_t rest, gan_pickle_kind kind)
{
    gan_pickle_value *to = rest > 0 ? m->stack[rest - 1] : &m->mark;
    if (to == &m->mark || to->kind != kind) {
        return gan_pickle_fail(m, kind == GAN_PICKLE_LIST ? "no list to put items in"
                                                          : "no dictionary to put items in");
    }
    if (kind == GAN_PICKLE_DICT && (m->n_stack - first) % 2 != 0) {
        return gan_pickle_fail(m, "a key without a value");
    }
    for (size_t i = first; i < m->n_stack; i++) {
        GAN_TRY(gan_pickle_add(to, m->stack[i], m->err));
    }
    m->n_stack = rest;
    return GAN_OK;
}

gan_status gan_pickle_op_append(gan_pickle_machine *m)
{
    gan_pickle_value *item = NULL;
    GAN_TRY(gan_pickle_look(m, 0, &item));
    return add_items(m, m->n_stack - 1, m->n_stack - 1, GAN_PICKLE_LIST);
}

gan_status gan_pickle_op_appends(gan_pickle_machine *m)
{
    size_t first = 0;
    GAN_TRY(gan_pickle_find_mark(m, &first));
    return add_items(m, first, first - 1, GAN_PICKLE_LIST);
}

gan_status gan_pickle_op_set_item(gan_pickle_machine *m)
{
    gan_pickle_value *item = NULL;
    GAN_TRY(gan_pickle_look(m, 0, &item));
    GAN_TRY(gan_pickle_look(m, 1, &item));
    return add_items(m, m->n_stack - 2, m->n_stack - 2, GAN_PICKLE_DICT);
}

gan_status gan_pickle_op_set_items(gan_pickle_machine *m)
{
    size_t first = 0;
    GAN_TRY(gan_pickle_find_mark(m, &first));
    return add_items(m, first, first - 1, GAN_PICKLE_DICT);
}
