/* program.h — a step as a flat list of typed operations on named buffers.
 *
 * A program is built once (build.h), differentiated while it is built (differentiate.h), given its
 * memory once (place.h) and then only read: by a backend that compiles and replays it, by the
 * cost model, by the printer. It owns no tensor memory.
 *
 * Every buffer has four dims (N,H,W,C), row-major, C fastest; vectors are (1,1,1,C), matrices
 * (N,1,1,C), convolution filters (K,R,S,C), dense kernels (in,1,1,out), scalars (1,1,1,1). */
#ifndef GAN_PROGRAM_PROGRAM_H
#define GAN_PROGRAM_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "net/net.h"
#include "program/attributes.h"

typedef enum gan_dtype {
    GAN_F32,
    GAN_BF16,
    GAN_F16,
    GAN_U8,
    GAN_I32,
    GAN_I64,
    GAN_F64,
    GAN_DTYPE_COUNT
} gan_dtype;

size_t gan_dtype_size(gan_dtype type);      /* bytes of one element */
const char *gan_dtype_name(gan_dtype type); /* "f32" */

/* X(name, text, lives in the session's store) */
#define GAN_BUFFER_CLASS_LIST(X)                                                                   \
    X(PARAM, "parameter", true)                                                                    \
    X(MOMENT, "moment", true)                                                                      \
    X(STAT, "statistic", true)                                                                     \
    X(DATA, "data", true)                                                                          \
    X(CONTROL, "control", true) /* step, rates, flag, metrics: small, host-visible */              \
    X(INPUT, "input", true)     /* fed by the host before a run */                                 \
    X(OUTPUT, "output", true)   /* read by the host after a run */                                 \
    X(STORED_GRADIENT, "stored gradient", true) /* where programs share an arena */                \
    X(GRADIENT, "gradient", false)                                                                 \
    X(ACTIVATION, "activation", false)                                                             \
    X(SCRATCH, "scratch", false)

typedef enum gan_buffer_class {
#define GAN_BUFFER_CLASS_ENUM(name, text, stored) GAN_##name,
    GAN_BUFFER_CLASS_LIST(GAN_BUFFER_CLASS_ENUM)
#undef GAN_BUFFER_CLASS_ENUM
        GAN_BUFFER_CLASS_COUNT
} gan_buffer_class;

const char *gan_buffer_class_name(gan_buffer_class cls);
bool gan_buffer_class_stored(gan_buffer_class cls);
bool gan_buffer_class_gradient(gan_buffer_class cls); /* stored or not */

/* A buffer, or a window of one. A window shares its base's class and type, has its own dims and
 * starts `offset` elements into it; windows of windows are flattened when they are made. */
typedef struct gan_buffer {
    char *name; /* unique in the program; stored buffers of one name are one buffer of the store */
    gan_dtype type;
    gan_buffer_class cls;
    int64_t dims[4];
    int net;               /* the network that it belongs to, by gan_stack's index; -1: none */
    bool batch;            /* dims[0] counts samples: whole rows of it are a batch of fewer */
    int64_t count;         /* product of dims, elements */
    int base;              /* id of the buffer this is a window of; its own id otherwise */
    int64_t offset;        /* elements from the start of the base */
    int first_op, last_op; /* life of a base in op indices, inclusive; set by gan_program_place() */
    int64_t place; /* of a base that is not stored: byte offset in the arena; -1 before placing */
} gan_buffer;

typedef enum gan_op_kind {
#define GAN_OP(name, attr, n_in, n_out, summary, ...) GAN_OP_##name,
#include "program/ops.def"
#undef GAN_OP
    GAN_OP_COUNT
} gan_op_kind;

enum { GAN_ROW_OPERANDS = 8 }; /* as many inputs, or outputs, has a row that describes most */

typedef struct gan_op {
    gan_op_kind kind;
    char *label;     /* the layer it comes from and the direction: "d.conv1 bwd" */
    int n_in, n_out; /* as many as the row describes, or more where it is variadic */
    int *in, *out;   /* buffer ids; -1 = an optional one left out. One block, owned: in's */
    gan_attr attr;
} gan_op;

/* A mask that the host feeds, instead of one that is drawn: of a dropout layer in a pass. */
typedef struct gan_fed_mask {
    int buffer, net;
    int number; /* of the dropout layer within its network */
    /* The pass, or, in equal shares of its rows, the passes that went as one, by the names that a
     * trace has for them (tests/golden/trace_format.md); NULL: one alone. */
    const char *passes[2];
} gan_fed_mask;

typedef struct gan_program {
    char *name; /* "train", "sample" */
    gan_buffer *buffers;
    int n_buffers;
    gan_op *ops;
    int n_ops;
    int64_t batch;       /* samples per run: real images of a training step, images of a sampling */
    int64_t arena_bytes; /* -1 before placing */
    bool stores_gradients; /* other programs use the arena between its runs */
    size_t buffer_capacity, op_capacity;
    gan_fed_mask *masks; /* owned */
    int n_masks;
    size_t mask_capacity;
} gan_program;

/* --- making --- */

/* An empty program, owned by the caller. */
gan_status gan_program_create(const char *name, gan_program **out, gan_error *err);
void gan_program_destroy(gan_program *program); /* NULL is fine */

/* A new buffer; *id is its index. name must be unique: a taken one gets "#2", "#3", ... added when
 * the class is not stored; for a stored class, a taken name with the same type and dims gives the
 * existing buffer, and one with others is GAN_E_FAILED. */
gan_status gan_program_buffer(gan_program *program, const char *name, gan_buffer_class cls,
                              gan_dtype type, const int64_t dims[4], int *id, gan_error *err);

/* The same for a buffer of samples: dims[0] is the batch axis. */
gan_status gan_program_batch(gan_program *program, const char *name, gan_buffer_class cls,
                             gan_dtype type, const int64_t dims[4], int *id, gan_error *err);

/* A window of an existing buffer, `offset` elements into it. The same window asked for twice is
 * one buffer. It has a batch axis if `of` has one and the window is whole rows of it, dims[0] of
 * them. */
gan_status gan_program_window(gan_program *program, const char *name, int of, int64_t offset,
                              const int64_t dims[4], int *id, gan_error *err);

/* Says that a base belongs to a network; its windows are told by their base. */
void gan_program_belongs(gan_program *program, int id, int net);

/* Rows [first, first + n) of a buffer's N axis. */
gan_status gan_program_rows(gan_program *program, int of, int64_t first, int64_t n, int *id,
                            gan_error *err);

/* The same elements under other dims (equal count). */
gan_status gan_program_reshape(gan_program *program, int of, const int64_t dims[4], int *id,
                               gan_error *err);

/* Appends an op. in and out have the row's number of entries in ops.def. Checks it with the row's
 * shape rule: GAN_E_FAILED names the op, the buffer and the shapes. The op's attributes are copied;
 * owned ones (segments) pass to the program. */
gan_status gan_program_op(gan_program *program, gan_op_kind kind, const char *label, const int *in,
                          const int *out, const gan_attr *attr, gan_error *err);

/* The same with lists of operands of any length, for a row that is variadic. GAN_E_FAILED too where
 * there are fewer than the row describes, or more and it is not variadic. */
gan_status gan_program_op_list(gan_program *program, gan_op_kind kind, const char *label, int n_in,
                               const int *in, int n_out, const int *out, const gan_attr *attr,
                               gan_error *err);

/* Frees what an op owns. A zeroed one is fine. */
void gan_op_clear(gan_op *op);

/* --- reading --- */

typedef struct gan_cost {
    double flops; /* additions and multiplications of the plain algorithm; taps in the padding are
                     not counted; a transcendental function counts as one */
    double bytes_read, bytes_written; /* each operand once: the least any implementation moves */
} gan_cost;

/* What a row counts its flops by. */
typedef enum gan_op_extent {
    GAN_PER_INPUT,  /* elements of input 0 */
    GAN_PER_INPUTS, /* of inputs 0 and 1, where they are; of all inputs of a variadic row */
    GAN_PER_OUTPUT  /* of output 0 */
} gan_op_extent;

/* What a row of ops.def says. A set of operands has bit k for operand k: GAN_AT(0) | GAN_AT(2). Of
 * a variadic row's further operands each is as the last that it describes, in every set. */
typedef struct gan_op_row {
    const char *name;                   /* "conv_dx" */
    const char *summary;                /* one line of what it computes */
    int n_in, n_out;                    /* how many operands it describes */
    bool variadic_in, variadic_out;     /* more may follow, each as the last described */
    unsigned optional_in, optional_out; /* operands that may be left out (-1) */
    unsigned differentiable;    /* inputs that have a gradient; its rule may yet refuse it */
    unsigned fp32_in, fp32_out; /* fp32 in a 16-bit program, too: statistics, factors, norms */
    unsigned in_place;          /* inputs where output 0 may lie; a program uses the first */
    bool mixes_samples;   /* what comes out for one sample depends on the others of the batch */
    bool updates_outputs; /* its outputs are read as well as written */
    double flops;         /* for each element of `per` */
    gan_op_extent per;
    /* Instead of the above, where elements do not tell; sum holds what they tell. NULL: none. */
    void (*cost)(const struct gan_program *program, const struct gan_op *op, gan_cost *sum);
} gan_op_row;

#define GAN_AT(k) (1u << (k)) /* the set of operand k alone */
#define GAN_EVERY (~0u)

static inline bool gan_set_has(unsigned set, int k)
{
    return (set >> k & 1u) != 0;
}

/* Whether operand k of a list of which n are described is in the set. */
static inline bool gan_set_has_of(unsigned set, int n_described, int k)
{
    return gan_set_has(set, k < n_described ? k : n_described - 1);
}

const gan_op_row *gan_op_describe(gan_op_kind kind);

/* The buffer of that name, or -1. */
int gan_program_find(const gan_program *program, const char *name);

#endif
