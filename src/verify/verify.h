/* verify.h — the parts of gan_verify(): the trace, players, spreads, verdicts.
 *
 * Each step of a trace is computed from its recorded state three times over: on the device under
 * test; in double precision (the reference, with no errors); and in double precision with random
 * errors of the size of the precision's own, for several seeds. What those errors move a tensor by
 * is what rounding moves it by, through everything that follows them: kinks of LeakyReLU, biases
 * that a batch norm takes away again, Adam's first steps on tiny gradients, losses near 0. So the
 * measured spread of a tensor, and nothing else, says how far the trace and the device may each be
 * from the run without errors. */
#ifndef GAN_VERIFY_VERIFY_H
#define GAN_VERIFY_VERIFY_H

#include "gan/verify.h"
#include "io/safetensors.h"
#include "program/backend.h"
#include "program/build.h"
#include "program/precision.h"
#include "program/steps.h"
#include "program/stored.h"

/* --- the trace (verify_trace.c, verify_shapes.c) --- */

typedef struct gan_trace {
    gan_safetensors *file;
    gan_net *net;
    int version;             /* of its format */
    gan_build_options build; /* batch, schedule, loss, smoothing, penalties, d_steps, Adam */
    gan_step_list parts;     /* what its steps do */
    char *loss;
    int loss_id; /* of a GAN: its row of losses.def */
    double lr_g, lr_d;
    int64_t steps;
    char framework[128];
    bool is_fp32; /* recorded from a framework that computed in fp32, not in fp64 */
} gan_trace;

/* Opens a trace and checks every tensor of it: names, types, shapes; masks are 0 and 1, and of
 * ones where the rate is 0. GAN_E_DATA for what is missing, too much or of another shape. */
gan_status gan_trace_open(const char *path, gan_trace *out, gan_error *err);
void gan_trace_close(gan_trace *trace);
gan_status gan_trace_check(const gan_trace *trace, gan_error *err);

/* What step s does. */
gan_step_part gan_trace_part(const gan_trace *trace, int64_t s);
/* Whether such a step updates the network of that index. */
bool gan_trace_trains(gan_step_part part, int net);
/* How many updates the network has had before step s. */
int64_t gan_trace_updates(const gan_trace *trace, int net, int64_t s);
/* True if D looks at the real images again for G's loss. */
bool gan_trace_looks_again(const gan_trace *trace);

/* Losses of such a step: the first tensors of a list. */
int gan_trace_losses(const gan_trace *trace, gan_step_part part);

/* n floats (or bytes) of the tensor of that name, printf-formatted; GAN_E_DATA when it is missing
 * or has another number of elements. *out is the caller's (free()). */
gan_status gan_trace_floats(const gan_trace *trace, int64_t n, float **out, gan_error *err,
                            const char *format, ...) __attribute__((format(printf, 5, 6)));
gan_status gan_trace_labels(const gan_trace *trace, int64_t n, int32_t **out, gan_error *err,
                            const char *name);
gan_status gan_trace_bytes(const gan_trace *trace, int64_t n, unsigned char **out, gan_error *err,
                           const char *format, ...) __attribute__((format(printf, 5, 6)));

/* --- what is compared (verify_tensors.c) --- */

/* The runs of a step, each from the recorded state. */
typedef enum gan_verify_run {
    GAN_VERIFY_STEP,     /* the whole step on the recorded inputs */
    GAN_VERIFY_ADAM,     /* Adam alone, on the recorded gradients */
    GAN_VERIFY_OWN_ADAM, /* Adam alone, on the gradients of the device under test */
    GAN_VERIFY_RUNS
} gan_verify_run;

/* A tensor of a trace and where a program has it: n floats from element `first` of a stored buffer,
 * or else of a buffer of the step's program.
 *
 * What Adam moves (parameters and moments after the step) is compared with what Adam in double
 * precision makes of the same gradients: the recorded ones for the trace, the device's for the
 * device. The gradients are compared by themselves; what Adam makes of the rounding that is left of
 * a gradient of 0 says nothing. */
typedef struct gan_verify_tensor {
    char *name; /* in the trace, without the step: "grad/g.dense0.kernel" */
    bool is_moved_by_adam;
    gan_step_part part; /* of steps that do this, */
    size_t row;         /* and this one of the tensors of a whole step */
    const char *store;  /* "g.param"; NULL: */
    int buffer;         /* of the step's program */
    int64_t first, n;
    int64_t dims[4];
    int rank;             /* how many of dims count */
    bool is_gradient;     /* scaled where losses are */
    int network;          /* of a gradient: the index of its network, */
    int64_t flat;         /* and where it begins in the network's flat gradient */
    bool is_state;        /* there is one before the step too: */
    const char *initial;  /* before step 0, "initial/<this>"; NULL = 0 */
    const gan_adam *adam; /* of a parameter, what moves it; of others NULL */
    double momentum;      /* of a moving statistic, else 0 */
} gan_verify_tensor;

typedef struct gan_verify_list {
    gan_verify_tensor *tensors;
    size_t n, capacity;
} gan_verify_list;

/* Every output of such a step of the trace, the losses first, in the same order for any program.
 * ids: of `step`. */
gan_status gan_verify_list_make(const gan_trace *trace, gan_step_part part, const gan_program *step,
                                const gan_train_ids *ids, gan_verify_list *out, gan_error *err);
/* Finds the row of each tensor of a part: the tensor of that name in `whole`. */
gan_status gan_verify_list_match(gan_verify_list *part, const gan_verify_list *whole,
                                 gan_error *err);
void gan_verify_list_free(gan_verify_list *list);

/* --- players (verify_player.c) --- */

/* What steps of one kind are replayed with: the step, and Adam alone with the gradients fed. */
typedef struct gan_verify_part {
    gan_program *step, *adam; /* NULL: the trace has no such steps */
    gan_train_ids ids;
    gan_verify_list list;
} gan_verify_part;

typedef struct gan_verify_programs {
    gan_verify_part parts[GAN_STEP_PARTS];
} gan_verify_programs;

gan_status gan_verify_programs_make(const gan_trace *trace, const gan_precision *precision,
                                    gan_verify_programs *out, gan_error *err);
void gan_verify_programs_free(gan_verify_programs *programs);

/* The buffer of a network's gradient that Adam alone is fed: "fed/g.grad". */
const char *gan_verify_fed_gradient(const gan_stack *stack);

/* Programs on an open device, which it owns. */
typedef struct gan_verify_player {
    const gan_trace *trace;
    const gan_verify_programs *programs;
    const gan_backend *backend;
    gan_device *device;
    gan_executable *step[GAN_STEP_PARTS], *adam[GAN_STEP_PARTS];
    float loss_scale;    /* what losses are multiplied by on this device; 1 = they are not */
    double kernel_error; /* relative deviation of errors put into kernels, which are fp32 and which
                          * devices round to 16 bits before products: set by the caller */
    uint64_t seed;       /* of them */
    const float *gradients[GAN_NET_COUNT]; /* the networks', flat, that GAN_VERIFY_OWN_ADAM feeds:
                                            * set by the caller */
} gan_verify_player;

/* Compiles the programs for the device, which the player closes, after a failure too. */
gan_status gan_verify_player_open(gan_verify_player *p, const gan_trace *trace,
                                  const gan_verify_programs *programs, const gan_backend *backend,
                                  gan_device *device, float loss_scale, gan_error *err);
/* The same on a reference device: exact, or with errors drawn from the seed. */
gan_status gan_verify_player_open_reference(gan_verify_player *p, const gan_trace *trace,
                                            const gan_verify_programs *programs,
                                            gan_rounding rounding, uint64_t seed, int threads,
                                            gan_error *err);
void gan_verify_player_close(gan_verify_player *p);

/* One run of step s from its recorded state. */
gan_status gan_verify_player_run(gan_verify_player *p, gan_verify_run run, int64_t s,
                                 gan_error *err);
/* The state before step 0, then steps without looking back: shows how trajectories part. */
gan_status gan_verify_player_begin_free(gan_verify_player *p, gan_error *err);
gan_status gan_verify_player_run_free(gan_verify_player *p, int64_t s, gan_error *err);
/* t->n numbers that the last run left. */
gan_status gan_verify_player_read(gan_verify_player *p, const gan_verify_tensor *t, double *out,
                                  gan_error *err);

/* --- distances (verify_compare.c) --- */

/* Of n numbers from n others: the L2 norm of the difference and its largest element. Both are NaN
 * if a number on either side is not finite; worst: the first such element, or the one that differs
 * most. */
typedef struct gan_verify_distance {
    double l2, largest;
    int64_t worst;
} gan_verify_distance;

gan_verify_distance gan_verify_distance_of(const double *a, const double *b, int64_t n);

/* How far a tensor may be from its exact value, in either norm: `factor` times what random errors
 * moved it by, the most of all seeds; and beside that how exactly it can be said at all. */
typedef struct gan_verify_allowance {
    double factor;
    double moved_l2, moved_largest;
    double floor_l2, floor_largest;
} gan_verify_allowance;

/* Takes one more seed into account. */
void gan_verify_allow(gan_verify_allowance *a, const gan_verify_distance *moved);

/* The distance, less the floor, over what is allowed, in the norm that makes it larger: passes when
 * it is <= 1. NaN stays NaN. */
double gan_verify_ratio(const gan_verify_distance *d, const gan_verify_allowance *a);

/* The floor of a tensor with these exact values: half a unit in the last place of fp32, some of its
 * least normal numbers (below which processors take 0), and a share of the step's change. before:
 * its values before the step; NULL unless t->is_state. */
void gan_verify_set_floor(gan_verify_allowance *a, const gan_verify_tensor *t, const double *exact,
                          const double *before, int64_t s);

/* --- sentences (verify_say.c) --- */

/* One tensor of one step: what the device computed, what is recorded, and what is exact. */
typedef struct gan_verify_case {
    const gan_verify_tensor *tensor;
    double *got, *want, *exact; /* tensor->n each */
    double *aim;                /* what got should be: exact, but where tensor->is_moved_by_adam */
    double *before;             /* the step; NULL where there is none */
    gan_verify_distance device, trace;        /* of got from aim, of want from exact */
    gan_verify_allowance by_device, by_trace; /* what is allowed them */
} gan_verify_case;

/* Why a case fails, in one sentence that is the caller's (free()); device: "cpu in strict". */
gan_status gan_verify_say(const gan_verify_case *c, int64_t s, const char *device, int seeds,
                          char **out, gan_error *err);

#endif
