/* calls.h — a program as a list of calls of the reference's functions. */
#ifndef GAN_REFERENCE_CALLS_H
#define GAN_REFERENCE_CALLS_H

#include "reference/call.h"
#include "reference/device.h"

/* Bytes beside the arena. */
typedef struct gan_reference_need {
    int64_t scratch, weights, narrowed;
} gan_reference_need;

/* The calls of a program, one per op, with the memory of their lists. */
typedef struct gan_reference_calls {
    gan_reference_call *calls;
    gan_reference_tensor *tensors; /* of each op in turn: inputs, outputs */
    double **weights;              /* of each op in turn: one per output */
} gan_reference_calls;

/* The calls of all ops without their memory. gan_reference_calls_free() either way. */
gan_status gan_reference_calls_plan(const gan_device *device, const gan_program *program,
                                    gan_reference_calls *list, gan_error *err);
void gan_reference_calls_free(gan_reference_calls *list);

/* Bytes beside the arena: the most that any one call wants of each. */
gan_reference_need gan_reference_measure(const gan_device *device, const gan_program *program,
                                         const gan_reference_call *calls);

/* Whether the errors of that output are put in by a weight of its own (gan_reference_row). */
bool gan_reference_is_weighted(gan_op_kind kind, int output);

/* The input of a product that is read in fewer bits than it has, when errors are put in; -1 for
 * none. *type is the one that it is read in. */
int gan_reference_narrow_operand(const gan_device *device, const gan_program *program,
                                 const gan_op *op, gan_dtype *type);

#endif
