/* op_case.h — one operation with its operands, run on a backend and held against the reference.
 *
 *   op_case c;
 *   op_case_begin(&c, GAN_OP_tanh, seed);
 *   op_case_in(&c, 0, GAN_F32, 2, 1, 1, 7, OP_NORMAL);
 *   op_case_out(&c, 0, GAN_F32, 2, 1, 1, 7);
 *   c.tolerance = (op_tolerance){.relative = 2e-7};
 *   op_case_check(&c);
 *   op_case_end(&c);
 *
 * Every operand is a window of a larger stored buffer whose surroundings must stay as they were,
 * as must every input; outputs start as NaN, and so does the CPU's scratch. A failure prints op,
 * operand, index, got, want, bound and seed, and fails the test. Values are the caller's to change
 * between _in and _check, as long as they are ones that the operand's type can hold. Every case is
 * run once more in bf16, and on a GPU in fp16 too: with the types that gan_program_retype() would
 * give its operands. */
#ifndef OPS_OP_CASE_H
#define OPS_OP_CASE_H

#include <setjmp.h> /* this one and the next three are what cmocka.h wants before it */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ops/op_compare.h"
#include "program/backend.h"

typedef enum op_fill {
    OP_ZERO,
    OP_NORMAL,   /* normal(0,1) */
    OP_POSITIVE, /* uniform in (0.1, 1.1) */
    OP_BYTES,    /* 0..255 */
    OP_BITS      /* 0 or 1 */
} op_fill;

typedef struct op_operand {
    bool present, is_state; /* state: an output that the op updates, with initial values */
    gan_dtype type;
    int64_t dims[4], count;
    double *values; /* before the run */
} op_operand;

typedef struct op_case {
    const gan_backend *backend; /* op_backend(), unless a test sets another */
    const gan_backend *oracle;  /* gives what is wanted; NULL = the reference in double */
    gan_op_kind kind;
    gan_attr attr;
    uint64_t seed;
    int n_in, n_out; /* as many as the row describes, or as were named of a variadic one */
    op_operand *in, *out;
    int in_place;                  /* input whose memory output 0 has too; -1 = none */
    const char *conv, *batch_norm; /* device options; NULL = its default */
    op_tolerance tolerance;
    op_tolerance *of_output;   /* taken instead for an output where not all zero */
    op_tolerance more_in_bf16; /* added for every output of a run in bf16 */
    int more_roundings; /* to a 16-bit type, on the way to an output of it, besides the last */
    bool
        nan_fills_rows; /* a row of dims[0] that must hold a NaN or an infinity may hold more NaN */
    bool nan_fills_rows_in_bf16;
    bool threads_may_differ; /* results are compared with themselves only for one thread count */
    double **got;            /* after op_case_check(): what the backend gave */
} op_case;

/* The backend that the tests run on: GAN_TEST_BACKEND by name, "cpu" by default. */
const gan_backend *op_backend(void);

void op_case_begin(op_case *c, gan_op_kind kind, uint64_t seed);
void op_case_end(op_case *c);

/* Operand i, filled; an operand never named is left out. One beyond those that the row describes is
 * a variadic row's. */
void op_case_in(op_case *c, int i, gan_dtype type, int64_t n, int64_t h, int64_t w, int64_t ch,
                op_fill fill);
void op_case_out(op_case *c, int i, gan_dtype type, int64_t n, int64_t h, int64_t w, int64_t ch);
void op_case_state(op_case *c, int i, gan_dtype type, int64_t n, int64_t h, int64_t w, int64_t ch,
                   op_fill fill);

/* Runs (on the CPU with 1, 2 and 3 threads) and once again, compares with the reference and with
 * itself. */
void op_case_check(op_case *c);

/* The run in a 16-bit type alone; c->got is left as it was. fp32 operands that a 16-bit program has
 * in 16 bits are of that type, with their values rounded; filters and dense kernels stay fp32, with
 * values that are the type's, so that rounding them does not count as an error. An output of that
 * type is allowed one rounding more: half of 2^-7 in bf16, of 2^-10 in fp16. */
void op_case_check_half(op_case *c, gan_dtype type);

/* Expects that compiling fails or the op is refused, with a message that holds `word`. */
void op_case_refused(op_case *c, const char *word);

/* op_case_check() without the runs in 16 bits. */
void op_case_check_as_is(op_case *c);

/* The nearest bf16, ties to even; values are fp32 numbers. */
double op_bf16(double value);
uint16_t op_bf16_bits(double value);
double op_bf16_value(uint16_t bits);
uint16_t op_f16_bits(double value); /* likewise fp16, of any number; too large: infinite */
double op_f16_value(uint16_t bits);

/* A number below n, a function of the case's seed and of index. */
uint64_t op_case_pick(const op_case *c, uint32_t index, uint64_t n);

#endif
