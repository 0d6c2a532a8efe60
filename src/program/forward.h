/* forward.h — the forward ops of one network. */
#ifndef GAN_PROGRAM_FORWARD_H
#define GAN_PROGRAM_FORWARD_H

#include "program/program.h"
#include "program/stored.h"

/* Ids of a network's flat buffers in a program, and of the windows of each named tensor. */
typedef struct gan_side {
    const gan_stack *stack;
    int param, stat; /* flat buffers; stat is -1 if the network has no statistics */
    int gradient;    /* flat, -1 where nothing is trained */
    int *params;     /* [n_params] windows of param */
    int *gradients;  /* [n_params] windows of gradient, or NULL */
    int *stats;      /* [n_stats] windows of stat */
} gan_side;

/* Declares the buffers of a network under its own names or those of its average: parameters,
 * statistics and the windows of each; and, when trained, the gradient. */
gan_status gan_side_declare(gan_program *program, const gan_stack *stack,
                            const gan_flat_names *names, bool trained, gan_side *side,
                            gan_error *err);
void gan_side_free(gan_side *side);

/* A layer whose result a pass leaves in a buffer of the caller's, of as many elements. */
typedef struct gan_tap {
    const char *name; /* the label of the op that puts it there */
    int layer, into;
} gan_tap;

/* How a network is run through. */
typedef struct gan_pass {
    bool training;         /* batch statistics and dropout; otherwise moving statistics and none */
    bool no_dropout;       /* batch statistics alone */
    bool fed_masks;        /* dropout masks are INPUT buffers (gan_fed_mask) */
    const char *name;      /* "" or what tells several passes apart: "real", "fake", "fake2" */
    const char *fed_as[2]; /* names of the passes in a trace: those of gan_fed_mask */
    int number;            /* 0, 1, 2: the same for the random streams */
    uint64_t seed;         /* of dropout */
    const gan_tap *taps;   /* [n_taps], borrowed */
    int n_taps;
    int counters;         /* buffer id, for the step */
    int batch_stat;       /* out: flat buffer of this pass's batch statistics; -1 if none */
    int first_op, end_op; /* out: the ops of the pass */
} gan_pass;

/* gan_forward_build() — appends the network's forward ops, fused.
 *
 *  x     (N, in.h, in.w, in.c), or the same elements under other dims
 *  into  the buffer that the result is written to, or -1 for a new one
 *  y     out: the result's id, (N, out.h, out.w, out.c)
 */
gan_status gan_forward_build(gan_program *program, const gan_side *side, gan_pass *pass, int x,
                             int into, int *y, gan_error *err);

/* Whether an op of the network, when it is trained, mixes samples (gan_op_row): then a sample's
 * result depends on its batch, and two batches cannot go as one. */
gan_status gan_forward_mixes_samples(const gan_stack *stack, bool *mixes, gan_error *err);

/* The label of the first such op ("d.batch_norm0"), a new string (free()), or NULL. */
gan_status gan_forward_find_mixing(const gan_stack *stack, char **label, gan_error *err);

/* The stat_update op that moves the network's moving statistics by one pass's batch statistics of
 * n rows; nothing if it has none. */
gan_status gan_forward_move_statistics(gan_program *program, const gan_side *side,
                                       const gan_pass *pass, int64_t rows, int flag,
                                       gan_error *err);

#endif
