/* onnx.c — the onnx format: a model of one graph, the batch size left open. */
#include "exchange/onnx.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/file.h"
#include "exchange/format.h"
#include "exchange/layers.h"
#include "gan/version.h"
#include "io/protobuf.h"

/* onnx.proto's numbers of fields, and of types. */
enum { MODEL_IR = 1, MODEL_PRODUCER = 2, MODEL_PRODUCER_VERSION = 3, MODEL_GRAPH = 7 };
enum { MODEL_OPSET = 8, OPSET_VERSION = 2 };
enum { GRAPH_NAME = 2, GRAPH_DOC = 10, GRAPH_INPUT = 11, GRAPH_OUTPUT = 12 };
enum { VALUE_NAME = 1, VALUE_TYPE = 2, TYPE_TENSOR = 1, TENSOR_ELEMENT = 1, TENSOR_SHAPE = 2 };
enum { SHAPE_DIM = 1, DIM_VALUE = 1, DIM_PARAM = 2, F32 = 1, U8 = 2 };

/* The oldest IR that may hold an opset (onnx/docs/Versioning.md). */
static int ir_of(int opset)
{
    return opset <= 9 ? 4 : opset == 10 ? 5 : opset == 11 ? 6 : opset <= 14 ? 7 : 8;
}

/* A graph's input or output: (N, dims...). */
static void add_value(gan_text *graph, int field, const char *name, int type, const int64_t *dims,
                      int n)
{
    gan_text value = {0}, kind = {0}, tensor = {0}, shape = {0}, batch = {0};
    gan_protobuf_add_string(&batch, DIM_PARAM, "N");
    gan_protobuf_add_message(&shape, SHAPE_DIM, &batch);
    for (int i = 0; i < n; i++) {
        gan_text dim = {0};
        gan_protobuf_add_integer(&dim, DIM_VALUE, dims[i]);
        gan_protobuf_add_message(&shape, SHAPE_DIM, &dim);
    }
    gan_protobuf_add_integer(&tensor, TENSOR_ELEMENT, type);
    gan_protobuf_add_message(&tensor, TENSOR_SHAPE, &shape);
    gan_protobuf_add_message(&kind, TYPE_TENSOR, &tensor);
    gan_protobuf_add_string(&value, VALUE_NAME, name);
    gan_protobuf_add_message(&value, VALUE_TYPE, &kind);
    gan_protobuf_add_message(graph, field, &value);
}

/* --- behind the last layer --- */

/* x op the constant. */
static gan_onnx_name with_number(gan_onnx *onnx, const char *op, gan_onnx_name x, float value)
{
    const gan_onnx_name number = gan_onnx_fresh(onnx), y = gan_onnx_fresh(onnx);
    const char *inputs[] = {x.text, number.text};
    gan_onnx_number(onnx, number.text, value);
    gan_onnx_node(onnx, op, inputs, 2, y.text, NULL);
    return y;
}

/* Pixels as pictures have them (gan/image.h): floor(127.5 x + 128), from 0 to 255, of three
 * channels: the first three, or the first for all of them. */
static void add_bytes(gan_onnx *onnx, gan_onnx_name x, const char *output)
{
    const bool colour = onnx->weights->stack->out.c >= 3;
    const int64_t channels[] = {0, colour, 2 * colour};
    const gan_onnx_name which = gan_onnx_fresh(onnx), three = gan_onnx_fresh(onnx);
    const gan_onnx_name whole = gan_onnx_fresh(onnx);
    gan_text axis = {0}, type = {0};
    gan_onnx_name y = with_number(onnx, "Mul", x, 127.5f);
    y = with_number(onnx, "Add", y, 128.0f);
    const char *inputs[] = {y.text};
    gan_onnx_node(onnx, "Floor", inputs, 1, whole.text, NULL);
    y = with_number(onnx, "Max", whole, 0.0f);
    y = with_number(onnx, "Min", y, 255.0f);
    const char *gathered[] = {y.text, which.text}, *cast[] = {three.text};
    gan_onnx_integers(onnx, which.text, channels, 3);
    gan_onnx_attribute_integer(&axis, "axis", 1);
    gan_onnx_node(onnx, "Gather", gathered, 2, three.text, &axis);
    gan_onnx_attribute_integer(&type, "to", U8);
    gan_onnx_node(onnx, "Cast", cast, 1, output, &type);
}

/* An image out of a vector: one pixel. */
static void add_pixel(gan_onnx *onnx, gan_onnx_name x, const char *output)
{
    const gan_dims3 out = onnx->weights->stack->out;
    const int64_t dims[] = {-1, out.c, out.h, out.w};
    const gan_onnx_name shape = gan_onnx_fresh(onnx);
    const char *inputs[] = {x.text, shape.text};
    gan_onnx_integers(onnx, shape.text, dims, 4);
    gan_onnx_node(onnx, "Reshape", inputs, 2, output, NULL);
}

/* What a network gives in the end, behind its last layer. */
typedef struct ending {
    const char *name;
    bool shaped; /* its last layer gives a vector for a map, or a map for a vector */
    bool bytes;
} ending;

static ending ending_of(const gan_export_job *job)
{
    const gan_stack *stack = job->weights->stack;
    const bool vector = gan_layer_gives_vector(stack, stack->n_layers - 1);
    switch (stack->network) {
    case GAN_NETWORK_GENERATOR:
        return (ending){"images", vector, job->options->bytes};
    case GAN_NETWORK_DISCRIMINATOR:
        return (ending){"logits", !vector, false};
    case GAN_NETWORK_SINGLE:
    case GAN_NETWORK_COUNT:
        break;
    }
    return (ending){"output", false, false};
}

static void add_ending(gan_onnx *onnx, const ending *end)
{
    gan_onnx_name y = onnx->output;
    if (end->shaped) {
        const gan_onnx_name shaped = end->bytes ? gan_onnx_fresh(onnx) : (gan_onnx_name){""};
        const char *output = end->bytes ? shaped.text : end->name, *inputs[] = {y.text};
        if (onnx->weights->stack->network == GAN_NETWORK_GENERATOR) {
            add_pixel(onnx, y, output);
        } else {
            gan_onnx_node(onnx, "Flatten", inputs, 1, output, NULL);
        }
        y = shaped;
    }
    if (end->bytes) {
        add_bytes(onnx, y, end->name);
    }
}

/* --- the model --- */

static void add_interface(const gan_export_job *job, const ending *end, gan_text *graph)
{
    const gan_stack *stack = job->weights->stack;
    const gan_dims3 in = stack->in, out = stack->out;
    const bool is_generator = stack->network == GAN_NETWORK_GENERATOR;
    const bool vector = !is_generator && (gan_layer_gives_vector(stack, stack->n_layers - 1) ||
                                          stack->network == GAN_NETWORK_DISCRIMINATOR);
    const int64_t from[] = {in.c, in.h, in.w};
    const int64_t flat[] = {in.h * in.w * in.c}, logits[] = {out.h * out.w * out.c};
    const int64_t to[] = {end->bytes ? 3 : out.c, out.h, out.w};
    add_value(graph, GRAPH_INPUT, is_generator ? "z" : "images", F32, is_generator ? flat : from,
              is_generator ? 1 : 3);
    add_value(graph, GRAPH_OUTPUT, end->name, end->bytes ? U8 : F32, vector ? logits : to,
              vector ? 1 : 3);
}

static void add_model(int opset, gan_text *graph, gan_text *model)
{
    gan_text set = {0};
    gan_protobuf_add_integer(model, MODEL_IR, ir_of(opset));
    gan_protobuf_add_string(model, MODEL_PRODUCER, "gan.c");
    gan_protobuf_add_string(model, MODEL_PRODUCER_VERSION, gan_version());
    gan_protobuf_add_integer(&set, OPSET_VERSION, opset);
    gan_protobuf_add_message(model, MODEL_OPSET, &set);
    gan_protobuf_add_message(model, MODEL_GRAPH, graph);
}

static gan_status build(const gan_export_job *job, gan_onnx *onnx, int opset, gan_text *model,
                        gan_error *err)
{
    const gan_weights *w = job->weights;
    const ending end = ending_of(job);
    gan_text graph = {0}, doc = {0};
    onnx->output = (gan_onnx_name){""};
    snprintf(onnx->output.text, sizeof onnx->output.text, "%s",
             end.shaped || end.bytes ? w->stack->layers[w->stack->n_layers - 1].name : end.name);
    for (int i = 0; i < w->stack->n_layers; i++) {
        gan_onnx_layer(onnx, i);
    }
    add_ending(onnx, &end);
    gan_text_add_bytes(&graph, onnx->nodes.data, onnx->nodes.length);
    gan_protobuf_add_string(&graph, GRAPH_NAME, gan_net_name(w->net));
    gan_text_add_bytes(&graph, onnx->initializers.data ? onnx->initializers.data : "",
                       onnx->initializers.length);
    gan_text_add(&doc, "%s of %s after %" PRId64 " steps%s", gan_export_network(job),
                 gan_net_name(w->net), w->step, w->averaged ? ", averaged weights" : "");
    gan_protobuf_add_message(&graph, GRAPH_DOC, &doc);
    add_interface(job, &end, &graph);
    add_model(opset, &graph, model);
    GAN_TRY(onnx->status);
    GAN_TRY(gan_text_check(&onnx->nodes, err));
    GAN_TRY(gan_text_check(&onnx->initializers, err));
    return gan_text_check(model, err);
}

static gan_status choose_opset(const gan_export_job *job, int *opset, gan_error *err)
{
    int oldest = 0;
    const int wanted = job->options->opset;
    GAN_TRY(gan_onnx_oldest(job->weights->stack, &oldest, err));
    if (job->options->bytes && job->weights->stack->network != GAN_NETWORK_GENERATOR) {
        return gan_fail(err, GAN_E_USAGE, "bytes are images: the %s gives none",
                        gan_export_network(job));
    }
    *opset = wanted == GAN_ONNX_OLDEST ? oldest : wanted ? wanted : GAN_ONNX_OPSET;
    return *opset >= oldest && *opset <= GAN_ONNX_OPSET
               ? GAN_OK
               : gan_fail(err, GAN_E_USAGE, "opset %d: this network can be said in %d to %d",
                          wanted, oldest, GAN_ONNX_OPSET);
}

static void count(const gan_export_job *job)
{
    const gan_stack *stack = job->weights->stack;
    job->result->tensors = stack->n_params + stack->n_stats;
    for (int i = 0; i < stack->n_params; i++) {
        job->result->parameters += stack->params[i].count;
    }
    for (int i = 0; i < stack->n_stats; i++) {
        job->result->parameters += stack->stats[i].count;
    }
}

gan_status gan_export_onnx(const gan_export_job *job, gan_error *err)
{
    gan_onnx onnx = {.weights = job->weights, .err = err};
    gan_text model = {0};
    int opset = 0;
    gan_status status = GAN_OK;
    GAN_TRY_DONE(choose_opset(job, &opset, err));
    GAN_TRY_DONE(build(job, &onnx, opset, &model, err));
    if (model.length > INT32_MAX) {
        status = gan_fail(err, GAN_E_UNSUPPORTED,
                          "%s: an ONNX file holds 2 GiB, and this network is larger", job->output);
        goto done;
    }
    GAN_TRY_DONE(gan_file_write_whole(job->output, model.data, model.length, err));
    count(job);
    gan_export_wrote(job, job->output);
done:
    gan_text_free(&onnx.nodes);
    gan_text_free(&onnx.initializers);
    gan_text_free(&model);
    return status;
}
