/* reference.h — the reference: a backend that runs any program in double precision.
 *
 * gan_reference_backend (program/backend.h) is what tolerances, op tests and finite differences are
 * measured with. It is slow (seconds a step where the CPU takes a tenth) and plain: each operation
 * is what the text of ops.def says, sums are added in the order of their definition, nothing is
 * chosen by the machine. Results have the same bits for any number of threads and on any processor.
 *
 *  numbers    every element of a floating-point buffer (f32, bf16, f16; parameters, moments and
 *             statistics too) is a double, whatever its type in the program: a program in 16 bits
 *             gives what it would give without rounding. u8, i32 and i64 are as they are.
 *  transfers  read and peek round to the buffer's type (to nearest, ties to even), write takes it;
 *             read_doubles, write_doubles and peek_doubles lose nothing. adopt is not offered.
 *  draws      of gather, noise and dropout are those of every backend; noise is the floats of
 *             gan_normal_fill().
 *  memory     arena buffers lie as the program was placed, scaled to doubles; gan_program_place()
 *             without sharing lets all of them be peeked.
 *  constants  an attribute that is a float (slope, epsilon, momentum, rate) is that float.
 *
 * How far may a right computation in fp32 be from this one? gan_device_options.rounding answers it
 * for each tensor of each program, by running the program again with errors put in:
 *
 *  GAN_ROUNDING_STORED  each number that an operation writes is rounded to its buffer's type: the
 *             least that any computation with such buffers errs. One sample, the same each time.
 *  GAN_ROUNDING_RANDOM  each number x that an operation writes becomes x + e u: u is normal(0,1), a
 *             function of (rounding_seed, operation, number of the run, output, element), and
 *             e = 2^-p |x| + 2^-25 M. p is 25 for f32, 9 for bf16, 12 for f16: half of the last
 *             place at most, so that 2^-p is about a standard deviation. M is the sum of the sizes
 *             of the terms that x is a sum of: products in matmul, conv, conv_dx, conv_dw, row_dot;
 *             |x| over n in a batch mean; rows in the gradients of bias, gamma and beta; the three
 *             terms of batch norm's dx; those of its variance and y where an implementation takes
 *             E[x^2] - E[x]^2 and x / root - mean / root; those of normalize, of its derivatives
 *             and of minibatch_stddev, where x - mean is a difference too; 1 / (1 - rate) of
 *             dropout's y, since the rate is rounded; logits' terms in a loss; 0 elsewhere.
 *             2^-25 M is about a standard deviation of the rounding of a sum in fp32 of terms with
 *             random signs, whatever their number and order. An x that no term contributes to
 *             (padding, what dropout took) stays exactly 0.
 *             The difference from the run without errors is one sample of what rounding does to a
 *             tensor, through all that follows: kinks, cancelled biases, Adam's first steps. A
 *             tolerance is a multiple of the largest over a few seeds: on random networks the CPU's
 *             fp32 is 0.2 to 2 times the largest of four away, in L2 of a tensor. A kink that none
 *             of the seeds crossed is not foretold.
 *
 * In both modes an operand of a product that has 32 bits where the other has 16 (filters, dense
 * kernels) is read rounded to that type, as libraries take it.
 *
 * State that the step updates (parameters, moments, statistics) gets errors in both modes;
 * counters, flags, masks, draws of gather and noise, the ring of metrics and what the host writes
 * do not. */
#ifndef GAN_REFERENCE_REFERENCE_H
#define GAN_REFERENCE_REFERENCE_H

#include "program/backend.h"

/* An operand by itself: its elements in doubles where its type is a floating-point one, else in the
 * type. */
typedef struct gan_reference_tensor {
    int64_t dims[4], count;
    union { /* of count elements; NULL = left out */
        void *data;
        double *v;         /* f32, bf16, f16 */
        uint8_t *bytes;    /* u8 */
        int32_t *words;    /* i32 */
        int64_t *counters; /* i64 */
    };
} gan_reference_tensor;

/* Computes one operation outside a program: for tests. in and out have the row's number of entries
 * in ops.def; out is overwritten, or updated where ops.def says so. GAN_E_MEMORY. */
gan_status gan_reference_compute(gan_op_kind kind, const gan_attr *attr,
                                 const gan_reference_tensor *in, const gan_reference_tensor *out,
                                 gan_error *err);

/* The same with lists of operands of any length, for a row that is variadic. */
gan_status gan_reference_compute_list(gan_op_kind kind, const gan_attr *attr, int n_in,
                                      const gan_reference_tensor *in, int n_out,
                                      const gan_reference_tensor *out, gan_error *err);

#endif
