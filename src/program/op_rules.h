/* op_rules.h — the functions that go with each row of ops.def: one that is forgotten does not link.
 *
 * gan_shape_<op>  demands on the op's operands and attributes (shapes.c)
 * gan_rule_<op>   the backward rule: ops of ops.def that compute the gradients of its inputs
 *                 (rules.c), or a refusal (GAN_E_UNSUPPORTED, which names the op) */
#ifndef GAN_PROGRAM_OP_RULES_H
#define GAN_PROGRAM_OP_RULES_H

#include "program/program.h"

struct gan_shape_check;
struct gan_tape;

#define GAN_OP(name, attr, n_in, n_out, summary, ...)                                              \
    void gan_shape_##name(struct gan_shape_check *c);                                              \
    gan_status gan_rule_##name(struct gan_tape *tape, const gan_op *op);
#include "program/ops.def"
#undef GAN_OP

/* cost.c: what is not so much per element. They correct *sum. */
void gan_cost_matmul(const gan_program *program, const gan_op *op, gan_cost *sum);
void gan_cost_conv(const gan_program *program, const gan_op *op, gan_cost *sum);
void gan_cost_resample(const gan_program *program, const gan_op *op, gan_cost *sum);
void gan_cost_max_pool(const gan_program *program, const gan_op *op, gan_cost *sum);
void gan_cost_gather(const gan_program *program, const gan_op *op, gan_cost *sum);
void gan_cost_report(const gan_program *program, const gan_op *op, gan_cost *sum);

#endif
