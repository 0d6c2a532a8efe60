/* onnx_graph.c — nodes and constants of an ONNX graph, as fields of a GraphProto. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "exchange/onnx.h"
#include "exchange/tensors.h"
#include "io/protobuf.h"

/* onnx.proto's numbers of fields, and of types. */
enum { GRAPH_NODE = 1, GRAPH_INITIALIZER = 5 };
enum { NODE_INPUT = 1, NODE_OUTPUT = 2, NODE_NAME = 3, NODE_OP = 4, NODE_ATTRIBUTE = 5 };
enum { ATTRIBUTE_NAME = 1, ATTRIBUTE_F = 2, ATTRIBUTE_I = 3, ATTRIBUTE_INTS = 8 };
enum { ATTRIBUTE_TYPE = 20, TYPE_FLOAT = 1, TYPE_INT = 2, TYPE_INTS = 7 };
enum { TENSOR_DIMS = 1, TENSOR_TYPE = 2, TENSOR_NAME = 8, TENSOR_RAW = 9, F32 = 1, I64 = 7 };

static void set_name(gan_onnx_name *name, const char *text)
{
    snprintf(name->text, sizeof name->text, "%s", text);
}

gan_onnx_name gan_onnx_value(const gan_onnx *onnx, int index)
{
    const gan_stack *stack = onnx->weights->stack;
    gan_onnx_name name;
    if (index == stack->n_layers - 1) {
        return onnx->output;
    }
    set_name(&name, index != GAN_NET_INPUT                    ? stack->layers[index].name
                    : stack->network == GAN_NETWORK_GENERATOR ? "z"
                                                              : "images");
    return name;
}

gan_onnx_name gan_onnx_fresh(gan_onnx *onnx)
{
    gan_onnx_name name;
    snprintf(name.text, sizeof name.text, "value%d", onnx->n_made++);
    return name;
}

void gan_onnx_node(gan_onnx *onnx, const char *op, const char *const *inputs, int n_inputs,
                   const char *output, gan_text *attributes)
{
    gan_text node = {0};
    char name[64];
    for (int i = 0; i < n_inputs; i++) {
        gan_protobuf_add_string(&node, NODE_INPUT, inputs[i]);
    }
    snprintf(name, sizeof name, "%s_%d", op, onnx->n_nodes++);
    gan_protobuf_add_string(&node, NODE_OUTPUT, output);
    gan_protobuf_add_string(&node, NODE_NAME, name);
    gan_protobuf_add_string(&node, NODE_OP, op);
    if (attributes) {
        gan_text_add_bytes(&node, attributes->data ? attributes->data : "", attributes->length);
        if (attributes->status != GAN_OK) {
            node.status = attributes->status;
        }
        gan_text_free(attributes);
    }
    gan_protobuf_add_message(&onnx->nodes, GRAPH_NODE, &node);
}

/* An attribute without its value. */
static gan_text begin_attribute(const char *name, int type)
{
    gan_text attribute = {0};
    gan_protobuf_add_string(&attribute, ATTRIBUTE_NAME, name);
    gan_protobuf_add_integer(&attribute, ATTRIBUTE_TYPE, type);
    return attribute;
}

void gan_onnx_attribute_integer(gan_text *attributes, const char *name, int64_t value)
{
    gan_text attribute = begin_attribute(name, TYPE_INT);
    gan_protobuf_add_integer(&attribute, ATTRIBUTE_I, value);
    gan_protobuf_add_message(attributes, NODE_ATTRIBUTE, &attribute);
}

void gan_onnx_attribute_float(gan_text *attributes, const char *name, double value)
{
    gan_text attribute = begin_attribute(name, TYPE_FLOAT);
    gan_protobuf_add_float(&attribute, ATTRIBUTE_F, (float)value);
    gan_protobuf_add_message(attributes, NODE_ATTRIBUTE, &attribute);
}

void gan_onnx_attribute_integers(gan_text *attributes, const char *name, const int64_t *values,
                                 int n)
{
    gan_text attribute = begin_attribute(name, TYPE_INTS);
    for (int i = 0; i < n; i++) {
        gan_protobuf_add_integer(&attribute, ATTRIBUTE_INTS, values[i]);
    }
    gan_protobuf_add_message(attributes, NODE_ATTRIBUTE, &attribute);
}

/* An initializer: dims NULL is rank 0. */
static void add_tensor(gan_onnx *onnx, const char *name, int type, const int64_t *dims, int rank,
                       const void *bytes, size_t n)
{
    gan_text tensor = {0};
    for (int i = 0; i < rank; i++) {
        gan_protobuf_add_integer(&tensor, TENSOR_DIMS, dims[i]);
    }
    gan_protobuf_add_integer(&tensor, TENSOR_TYPE, type);
    gan_protobuf_add_string(&tensor, TENSOR_NAME, name);
    gan_protobuf_add_bytes(&tensor, TENSOR_RAW, bytes, n);
    gan_protobuf_add_message(&onnx->initializers, GRAPH_INITIALIZER, &tensor);
}

void gan_onnx_integers(gan_onnx *onnx, const char *name, const int64_t *values, int64_t n)
{
    add_tensor(onnx, name, I64, &n, 1, values, (size_t)n * sizeof *values);
}

void gan_onnx_floats(gan_onnx *onnx, const char *name, const int64_t *dims, int rank,
                     const float *x)
{
    size_t n = sizeof *x;
    for (int i = 0; i < rank; i++) {
        n *= (size_t)dims[i];
    }
    add_tensor(onnx, name, F32, dims, rank, x, n);
}

void gan_onnx_repeated(gan_onnx *onnx, const char *name, float value, int64_t n)
{
    void *memory = NULL;
    if (onnx->status == GAN_OK) {
        onnx->status = gan_calloc((size_t)n, sizeof(float), &memory, onnx->err);
    }
    for (int64_t i = 0; memory && i < n; i++) {
        ((float *)memory)[i] = value;
    }
    if (memory) {
        gan_onnx_floats(onnx, name, &n, 1, memory);
    }
    free(memory);
}

void gan_onnx_number(gan_onnx *onnx, const char *name, float value)
{
    add_tensor(onnx, name, F32, NULL, 0, &value, sizeof value);
}

/* Convolutions' kernels are as PyTorch has them, dense ones as we do. */
static const char *add_param(gan_onnx *onnx, const gan_param *param)
{
    int64_t dims[4];
    void *theirs = NULL;
    const int rank = gan_axes_dims(&gan_axes_onnx, param, dims);
    if (onnx->status == GAN_OK) {
        onnx->status = gan_calloc((size_t)param->count, sizeof(float), &theirs, onnx->err);
    }
    if (onnx->status == GAN_OK) {
        gan_axes_to_theirs(&gan_axes_onnx, param, gan_weights_at(onnx->weights, param), theirs);
        add_tensor(onnx, param->name, F32, dims, rank, theirs,
                   (size_t)param->count * sizeof(float));
    }
    free(theirs);
    return param->name;
}

const char *gan_onnx_param(gan_onnx *onnx, int index)
{
    return add_param(onnx, &onnx->weights->stack->params[index]);
}

const char *gan_onnx_stat(gan_onnx *onnx, int index)
{
    return add_param(onnx, &onnx->weights->stack->stats[index]);
}
