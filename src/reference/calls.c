/* calls.c — a program as a list of calls of the reference's functions, and the memory beside the
 * arena that they want. */
#include "reference/calls.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

static gan_reference_tensor shape_of(const gan_program *program, int id)
{
    gan_reference_tensor t = {.count = 0};
    if (id >= 0) {
        memcpy(t.dims, program->buffers[id].dims, sizeof t.dims);
        t.count = program->buffers[id].count;
    }
    return t;
}

void gan_reference_calls_free(gan_reference_calls *list)
{
    free(list->calls);
    free(list->tensors);
    free(list->weights);
    *list = (gan_reference_calls){0};
}

static gan_status allocate_calls(const gan_program *program, gan_reference_calls *list,
                                 gan_error *err)
{
    void *calls = NULL, *tensors = NULL, *weights = NULL;
    size_t n_in = 0, n_out = 0;
    for (int i = 0; i < program->n_ops; i++) {
        n_in += (size_t)program->ops[i].n_in;
        n_out += (size_t)program->ops[i].n_out;
    }
    GAN_TRY(gan_calloc((size_t)program->n_ops, sizeof *list->calls, &calls, err));
    list->calls = calls;
    GAN_TRY(gan_calloc(n_in + n_out, sizeof *list->tensors, &tensors, err));
    list->tensors = tensors;
    GAN_TRY(gan_calloc(n_out, sizeof *list->weights, &weights, err));
    list->weights = weights;
    return GAN_OK;
}

/* The calls of all ops without their memory. gan_reference_calls_free() either way. */
gan_status gan_reference_calls_plan(const gan_device *device, const gan_program *program,
                                    gan_reference_calls *list, gan_error *err)
{
    *list = (gan_reference_calls){0};
    GAN_TRY(allocate_calls(program, list, err));
    gan_reference_tensor *tensor = list->tensors;
    double **weight = list->weights;
    for (int i = 0; i < program->n_ops; i++) {
        const gan_op *op = &program->ops[i];
        list->calls[i] = (gan_reference_call){.attr = &op->attr,
                                              .n_in = op->n_in,
                                              .n_out = op->n_out,
                                              .in = tensor,
                                              .out = tensor + op->n_in,
                                              .threads = device->threads,
                                              .weight = weight};
        for (int k = 0; k < op->n_in + op->n_out; k++) {
            *tensor++ = shape_of(program, op->in[k]); /* the outputs come after the inputs */
        }
        weight += op->n_out;
    }
    return GAN_OK;
}

bool gan_reference_is_weighted(gan_op_kind kind, int output)
{
    return gan_set_has_of(gan_reference_row_of(kind)->weighted, gan_op_describe(kind)->n_out,
                          output);
}

/* Doubles of the weights of one op's outputs. */
static int64_t weights_of(const gan_op *op, const gan_reference_call *call)
{
    int64_t n = 0;
    for (int k = 0; k < op->n_out; k++) {
        n += gan_reference_is_weighted(op->kind, k) ? call->out[k].count : 0;
    }
    return n;
}

/* The input of a product that is read in fewer bits than it has, when errors are put in; -1 for
 * none. *type is the one that it is read in. */
int gan_reference_narrow_operand(const gan_device *device, const gan_program *program,
                                 const gan_op *op, gan_dtype *type)
{
    if (device->rounding == GAN_ROUNDING_NONE || !gan_reference_row_of(op->kind)->product) {
        return -1;
    }
    const gan_dtype types[] = {program->buffers[op->in[0]].type, program->buffers[op->in[1]].type};
    if (types[0] == types[1]) {
        return -1;
    }
    const int wide = types[0] == GAN_F32 ? 0 : 1;
    *type = types[1 - wide];
    return wide;
}

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

gan_reference_need gan_reference_measure(const gan_device *device, const gan_program *program,
                                         const gan_reference_call *calls)
{
    gan_reference_need need = {0};
    for (int i = 0; i < program->n_ops; i++) {
        const gan_op *op = &program->ops[i];
        const gan_reference_call *call = &calls[i];
        const gan_reference_row *row = gan_reference_row_of(op->kind);
        gan_dtype type;
        const int wide = gan_reference_narrow_operand(device, program, op, &type);
        need.scratch = larger(need.scratch, row->scratch ? row->scratch(call) : 0);
        need.narrowed = larger(need.narrowed, wide < 0 ? 0 : call->in[wide].count);
        if (device->rounding == GAN_ROUNDING_RANDOM) {
            need.weights = larger(need.weights, weights_of(op, call));
        }
    }
    const int64_t size = sizeof(double);
    return (gan_reference_need){need.scratch * size, need.weights * size, need.narrowed * size};
}
