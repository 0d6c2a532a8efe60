/* pickle_machine.h — the stack machine that a pickle is a program of: what its files share. */
#ifndef GAN_IO_PICKLE_MACHINE_H
#define GAN_IO_PICKLE_MACHINE_H

#include "io/pickle.h"

typedef struct gan_pickle_machine {
    gan_pickle *pickle;
    const gan_pickle_reader *reader;
    const uint8_t *bytes;
    size_t n, at, opcode_at;
    gan_pickle_value **stack, **memo;
    size_t n_stack, stack_capacity, n_memo, memo_capacity;
    gan_pickle_value mark; /* its address alone is used */
    bool stopped;
    gan_error *err;
} gan_pickle_machine;

/* GAN_E_DATA: damaged, at the opcode under way. */
gan_status gan_pickle_fail(const gan_pickle_machine *m, const char *what);

/* The next n bytes; a little-endian number of 1 to 8 of them; a line, without its end. */
gan_status gan_pickle_take(gan_pickle_machine *m, size_t n, const uint8_t **out);
gan_status gan_pickle_take_number(gan_pickle_machine *m, size_t n, uint64_t *out);
gan_status gan_pickle_take_line(gan_pickle_machine *m, gan_pickle_value *text);

gan_status gan_pickle_push(gan_pickle_machine *m, gan_pickle_value *value);
gan_status gan_pickle_push_new(gan_pickle_machine *m, gan_pickle_kind kind, gan_pickle_value **out);
/* The value at depth d below the top, which must be no mark. */
gan_status gan_pickle_look(const gan_pickle_machine *m, size_t d, gan_pickle_value **out);
gan_status gan_pickle_pop(gan_pickle_machine *m, gan_pickle_value **out);
/* Where the items above the last mark begin. */
gan_status gan_pickle_find_mark(const gan_pickle_machine *m, size_t *first);

/* Every opcode's function: one that is forgotten does not link. */
typedef gan_status gan_pickle_op(gan_pickle_machine *m);
gan_pickle_op gan_pickle_op_append;
gan_pickle_op gan_pickle_op_appends;
gan_pickle_op gan_pickle_op_build;
gan_pickle_op gan_pickle_op_dup;
gan_pickle_op gan_pickle_op_empty_dict;
gan_pickle_op gan_pickle_op_empty_list;
gan_pickle_op gan_pickle_op_empty_tuple;
gan_pickle_op gan_pickle_op_false;
gan_pickle_op gan_pickle_op_frame;
gan_pickle_op gan_pickle_op_get1;
gan_pickle_op gan_pickle_op_get4;
gan_pickle_op gan_pickle_op_global;
gan_pickle_op gan_pickle_op_int1;
gan_pickle_op gan_pickle_op_int2;
gan_pickle_op gan_pickle_op_int4;
gan_pickle_op gan_pickle_op_long1;
gan_pickle_op gan_pickle_op_mark;
gan_pickle_op gan_pickle_op_memoize;
gan_pickle_op gan_pickle_op_none;
gan_pickle_op gan_pickle_op_persistent;
gan_pickle_op gan_pickle_op_pop;
gan_pickle_op gan_pickle_op_pop_mark;
gan_pickle_op gan_pickle_op_protocol;
gan_pickle_op gan_pickle_op_put1;
gan_pickle_op gan_pickle_op_put4;
gan_pickle_op gan_pickle_op_real;
gan_pickle_op gan_pickle_op_reduce;
gan_pickle_op gan_pickle_op_set_item;
gan_pickle_op gan_pickle_op_set_items;
gan_pickle_op gan_pickle_op_stack_global;
gan_pickle_op gan_pickle_op_stop;
gan_pickle_op gan_pickle_op_text1;
gan_pickle_op gan_pickle_op_text4;
gan_pickle_op gan_pickle_op_text8;
gan_pickle_op gan_pickle_op_true;
gan_pickle_op gan_pickle_op_tuple1;
gan_pickle_op gan_pickle_op_tuple2;
gan_pickle_op gan_pickle_op_tuple3;
gan_pickle_op gan_pickle_op_tuple;

#endif
