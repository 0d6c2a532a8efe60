/* source_onnx.c — the weights of an ONNX model: its initializers of floating-point numbers.
 *
 * What gan_export() wrote has our names, among constants that are none of the network's. In other
 * models only names that end in a role of PyTorch's ("main.0.weight") say what they are: exporters
 * keep those of a state_dict, and name constants otherwise. */
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "exchange/source_file.h"
#include "exchange/torch.h"
#include "io/protobuf.h"

/* onnx.proto's numbers of fields, and of types. */
enum { MODEL_PRODUCER = 2, MODEL_GRAPH = 7, GRAPH_INITIALIZER = 5 };
enum { TENSOR_DIMS = 1, TENSOR_TYPE = 2, TENSOR_FLOATS = 4, TENSOR_NAME = 8, TENSOR_RAW = 9 };
enum { TENSOR_DOUBLES = 10, TENSOR_LOCATION = 14, F32 = 1, F16 = 10, F64 = 11, BF16 = 16 };
enum { BYTES = 2, MAX_AXES = 32 };

static const size_t largest_file = (size_t)1 << 31; /* the most that a protobuf message has */

/* An initializer, its parts inside the file. */
typedef struct initializer {
    int64_t dims[MAX_AXES];
    int rank;
    uint64_t type, location;
    gan_protobuf_field name, numbers;
} initializer;

typedef struct reader {
    const char *path;
    gan_source *source;
    bool ours;
    gan_error *err;
} reader;

static gan_status take_dims(initializer *t, const gan_protobuf_field *field, gan_error *err)
{
    gan_protobuf inside = gan_protobuf_inside(field);
    while (t->rank < MAX_AXES) {
        uint64_t dim = field->value;
        if (field->kind == BYTES) { /* several at once */
            if (inside.left == 0) {
                return GAN_OK;
            }
            GAN_TRY(gan_protobuf_varint(&inside, &dim, err));
        }
        t->dims[t->rank++] = (int64_t)dim;
        if (field->kind != BYTES) {
            return GAN_OK;
        }
    }
    return gan_fail(err, GAN_E_DATA, "damaged: a tensor of more than %d axes", MAX_AXES);
}

static gan_status take_initializer(gan_protobuf message, initializer *t, gan_error *err)
{
    gan_protobuf_field field;
    bool there = true;
    *t = (initializer){0};
    for (;;) {
        GAN_TRY(gan_protobuf_next(&message, &field, &there, err));
        if (!there) {
            return GAN_OK;
        }
        switch (field.number) {
        case TENSOR_DIMS:
            GAN_TRY(take_dims(t, &field, err));
            break;
        case TENSOR_TYPE:
            t->type = field.value;
            break;
        case TENSOR_LOCATION:
            t->location = field.value;
            break;
        case TENSOR_NAME:
            t->name = field;
            break;
        case TENSOR_FLOATS:
        case TENSOR_DOUBLES:
        case TENSOR_RAW:
            t->numbers = field.n > 0 ? field : t->numbers;
            break;
        default:
            break;
        }
    }
}

static bool find_type(uint64_t type, gan_number *out)
{
    static const struct {
        uint64_t type;
        gan_number number;
    } types[] = {{F32, GAN_NUMBER_F32},
                 {F16, GAN_NUMBER_F16},
                 {BF16, GAN_NUMBER_BF16},
                 {F64, GAN_NUMBER_F64}};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (types[i].type == type) {
            *out = types[i].number;
            return true;
        }
    }
    return false;
}

/* Whether a name is a parameter's or a statistic's. */
static bool is_weight(const reader *r, const char *name)
{
    for (int i = 0; r->ours && i < GAN_NETWORK_COUNT; i++) {
        const char *network = gan_network_describe((gan_network)i)->name;
        const size_t n = strlen(network);
        if (strncmp(name, network, n) == 0 && name[n] == '.') {
            return true;
        }
    }
    const char *dot = strrchr(name, '.');
    for (int role = GAN_PARAM_KERNEL; !r->ours && dot && role <= GAN_PARAM_MOVING_VARIANCE;
         role++) {
        if (strcmp(dot + 1, gan_torch_role((gan_param_role)role)) == 0) {
            return true;
        }
    }
    return false;
}

static gan_status take(const reader *r, const gan_protobuf_field *field)
{
    initializer t;
    gan_number type = GAN_NUMBER_F32;
    char *name = NULL;
    GAN_TRY(take_initializer(gan_protobuf_inside(field), &t, r->err));
    if (!find_type(t.type, &type)) {
        return GAN_OK; /* shapes and the like */
    }
    GAN_TRY(gan_format(&name, r->err, "%.*s", (int)t.name.n,
                       t.name.n ? (const char *)t.name.bytes : ""));
    gan_status status = GAN_OK;
    if (is_weight(r, name)) {
        status =
            t.location != 0
                ? gan_fail(r->err, GAN_E_UNSUPPORTED,
                           "%s: its numbers lie in a file beside it; save it in one file", r->path)
                : gan_source_add(r->source, r->path, name, t.dims, t.rank, type, t.numbers.bytes,
                                 t.numbers.n, r->err);
    }
    free(name);
    return status;
}

/* Every initializer of a graph. */
static gan_status read_graph(const reader *r, gan_protobuf graph)
{
    gan_protobuf_field field;
    bool there = true;
    for (;;) {
        GAN_TRY(gan_protobuf_next(&graph, &field, &there, r->err));
        if (!there) {
            return GAN_OK;
        }
        if (field.number == GRAPH_INITIALIZER && field.kind == BYTES) {
            GAN_TRY(take(r, &field));
        }
    }
}

static gan_status read_model(reader *r, gan_protobuf model)
{
    static const char producer[] = "gan.c";
    gan_protobuf_field field, graph = {0};
    bool there = true;
    while (there) {
        GAN_TRY(gan_protobuf_next(&model, &field, &there, r->err));
        if (there && field.kind == BYTES && field.number == MODEL_PRODUCER) {
            r->ours = field.n == sizeof producer - 1 && memcmp(field.bytes, producer, field.n) == 0;
        } else if (there && field.kind == BYTES && field.number == MODEL_GRAPH) {
            graph = field;
        }
    }
    r->source->dialect = r->ours ? GAN_DIALECT_ONNX : GAN_DIALECT_PYTORCH;
    return graph.n > 0 ? read_graph(r, gan_protobuf_inside(&graph))
                       : gan_fail(r->err, GAN_E_DATA, "no ONNX model: there is no graph in it");
}

gan_status gan_source_read_onnx(const char *path, gan_source *source, gan_error *err)
{
    reader r = {.path = path, .source = source, .err = err};
    char *bytes = NULL;
    size_t n = 0;
    GAN_TRY(gan_file_read_whole(path, largest_file, &bytes, &n, err));
    gan_status status = read_model(&r, (gan_protobuf){(const unsigned char *)bytes, n});
    free(bytes);
    return status == GAN_E_DATA && err && strncmp(err->text, path, strlen(path)) != 0
               ? gan_fail_in(err, status, "%s", path)
               : status;
}
