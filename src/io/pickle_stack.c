/* pickle_stack.c — a pickle's bytes, its stack and its memo, and what only moves values there. */
#include <string.h>

#include "base/memory.h"
#include "io/pickle_machine.h"

gan_status gan_pickle_fail(const gan_pickle_machine *m, const char *what)
{
    return gan_fail(m->err, GAN_E_DATA, "%s: damaged: byte %zu of its pickle: %s", m->reader->label,
                    m->opcode_at, what);
}

/* --- bytes --- */

gan_status gan_pickle_take(gan_pickle_machine *m, size_t n, const uint8_t **out)
{
    if (n > m->n - m->at) {
        return gan_pickle_fail(m, "it ends within an opcode");
    }
    *out = m->bytes + m->at;
    m->at += n;
    return GAN_OK;
}

gan_status gan_pickle_take_number(gan_pickle_machine *m, size_t n, uint64_t *out)
{
    const uint8_t *bytes = NULL;
    GAN_TRY(gan_pickle_take(m, n, &bytes));
    *out = 0;
    for (size_t i = n; i-- > 0;) {
        *out = *out << 8 | bytes[i];
    }
    return GAN_OK;
}

gan_status gan_pickle_take_line(gan_pickle_machine *m, gan_pickle_value *text)
{
    const uint8_t *start = m->bytes + m->at, *end = memchr(start, '\n', m->n - m->at);
    if (!end) {
        return gan_pickle_fail(m, "a line without an end");
    }
    *text = (gan_pickle_value){.kind = GAN_PICKLE_TEXT, .text = (const char *)start};
    text->n_text = (size_t)(end - start);
    m->at += text->n_text + 1;
    return GAN_OK;
}

/* --- the stack --- */

gan_status gan_pickle_push(gan_pickle_machine *m, gan_pickle_value *value)
{
    void *stack = m->stack;
    const gan_status status =
        gan_grow(&stack, m->n_stack + 1, sizeof *m->stack, &m->stack_capacity, m->err);
    m->stack = stack;
    if (status == GAN_OK) {
        m->stack[m->n_stack++] = value;
    }
    return status;
}

gan_status gan_pickle_push_new(gan_pickle_machine *m, gan_pickle_kind kind, gan_pickle_value **out)
{
    GAN_TRY(gan_pickle_make(m->pickle, out, m->err));
    (*out)->kind = kind;
    return gan_pickle_push(m, *out);
}

gan_status gan_pickle_look(const gan_pickle_machine *m, size_t d, gan_pickle_value **out)
{
    if (m->n_stack <= d || m->stack[m->n_stack - 1 - d] == &m->mark) {
        return gan_pickle_fail(m, "nothing is on its stack to work on");
    }
    *out = m->stack[m->n_stack - 1 - d];
    return GAN_OK;
}

gan_status gan_pickle_pop(gan_pickle_machine *m, gan_pickle_value **out)
{
    GAN_TRY(gan_pickle_look(m, 0, out));
    m->n_stack--;
    return GAN_OK;
}

gan_status gan_pickle_find_mark(const gan_pickle_machine *m, size_t *first)
{
    *first = m->n_stack;
    while (*first > 0 && m->stack[*first - 1] != &m->mark) {
        --*first;
    }
    return *first > 0 ? GAN_OK : gan_pickle_fail(m, "no mark is on its stack");
}

/* --- the stack and the memo themselves --- */

gan_status gan_pickle_op_pop(gan_pickle_machine *m)
{
    if (m->n_stack == 0) {
        return gan_pickle_fail(m, "nothing is on its stack to work on");
    }
    m->n_stack--;
    return GAN_OK;
}

gan_status gan_pickle_op_pop_mark(gan_pickle_machine *m)
{
    size_t first = 0;
    GAN_TRY(gan_pickle_find_mark(m, &first));
    m->n_stack = first - 1;
    return GAN_OK;
}

gan_status gan_pickle_op_dup(gan_pickle_machine *m)
{
    gan_pickle_value *value = NULL;
    GAN_TRY(gan_pickle_look(m, 0, &value));
    return gan_pickle_push(m, value);
}

/* A program of n bytes needs no number above n. */
static gan_status put(gan_pickle_machine *m, uint64_t number)
{
    gan_pickle_value *value = NULL;
    void *memo = m->memo;
    GAN_TRY(gan_pickle_look(m, 0, &value));
    if (number > m->n) {
        return gan_pickle_fail(m, "a memo of a number that is too large");
    }
    if (number >= m->n_memo) {
        const gan_status status =
            gan_grow(&memo, (size_t)number + 1, sizeof *m->memo, &m->memo_capacity, m->err);
        m->memo = memo;
        GAN_TRY(status);
        m->n_memo = (size_t)number + 1;
    }
    m->memo[number] = value;
    return GAN_OK;
}

static gan_status get(gan_pickle_machine *m, uint64_t number)
{
    if (number >= m->n_memo || !m->memo[number]) {
        return gan_pickle_fail(m, "a memo that was not made");
    }
    return gan_pickle_push(m, m->memo[number]);
}

gan_status gan_pickle_op_put1(gan_pickle_machine *m)
{
    uint64_t number = 0;
    GAN_TRY(gan_pickle_take_number(m, 1, &number));
    return put(m, number);
}

gan_status gan_pickle_op_put4(gan_pickle_machine *m)
{
    uint64_t number = 0;
    GAN_TRY(gan_pickle_take_number(m, 4, &number));
    return put(m, number);
}

gan_status gan_pickle_op_memoize(gan_pickle_machine *m)
{
    return put(m, m->n_memo);
}

gan_status gan_pickle_op_get1(gan_pickle_machine *m)
{
    uint64_t number = 0;
    GAN_TRY(gan_pickle_take_number(m, 1, &number));
    return get(m, number);
}

gan_status gan_pickle_op_get4(gan_pickle_machine *m)
{
    uint64_t number = 0;
    GAN_TRY(gan_pickle_take_number(m, 4, &number));
    return get(m, number);
}
