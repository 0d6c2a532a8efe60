/* step.h — the parts of a training step, shared by the files that put it together. */
#ifndef GAN_PROGRAM_STEP_H
#define GAN_PROGRAM_STEP_H

#include "program/build.h"
#include "program/differentiate.h"
#include "program/forward.h"

/* A training step while it is being built. */
typedef struct gan_step {
    gan_program *program;
    const gan_net *net;
    const gan_build_options *options;
    gan_error *err;
    int loss;
    gan_side *sides; /* [n_sides] the networks of the description, owned */
    int n_sides;
    const gan_side *g, *d; /* of sides; NULL where there is none */
    int rates, counters, flag, ring, metrics;
    int images;     /* (2B,H,W,C) when D is joint */
    int real, fake; /* (B,H,W,C) */
    int real_g;     /* those that G's loss compares with: real, or its own */
    bool joint;
    gan_pass g_pass, d_real, d_fake; /* joint: d_real is the pass over both */
    gan_pass d_real_g;               /* simultaneous: over G's own images, where it has them */
    int logits_real, logits_fake;    /* (B,1,1,L) */
    int logits;                      /* joint: (2B,1,1,L) */
    int norm_g, norm_d;
    int z, logits_g, logits_real_g; /* what goes into gan_train_ids besides */
} gan_step;

/* The gradients of the logits: dlogits (joint, 2B rows) or dreal and dfake; gfake. Entries that are
 * not asked for become -1. */
typedef struct gan_logit_gradients {
    int joint, real, fake, for_g;
} gan_logit_gradients;

/* build_train.c: what is the same of all training steps: a batch, and images to draw it from. */
gan_status gan_build_check(const gan_build_options *o, gan_error *err);

/* step_state.c: buffers that outlive a step, and the ops that move them. */
gan_status gan_step_declare(gan_step *s, const char *name, gan_buffer_class cls, int64_t n,
                            int64_t h, int64_t w, int64_t c, int *id);
gan_status gan_step_declare_batch(gan_step *s, const char *name, gan_buffer_class cls, int64_t n,
                                  int64_t h, int64_t w, int64_t c, int *id);
gan_status gan_step_declare_state(gan_step *s);
void gan_step_free(gan_step *s); /* not the program */
gan_status gan_step_append_sources(gan_step *s);
/* Nothing where every rate is constant. */
gan_status gan_step_append_rates(gan_step *s);
/* The images of s->real, and their labels into *labels where that is not NULL: drawn on the device;
 * nothing when fed. */
gan_status gan_step_append_images(gan_step *s, const char *label, const int *labels);
/* Whether G's loss compares with real images of its own, in this program; they go into s->real_g.
 */
bool gan_step_has_fresh_reals(const gan_step *s);
gan_status gan_step_append_fresh_reals(gan_step *s);
gan_status gan_step_append_norm(gan_step *s, const gan_side *side, const char *label, int *norm);
gan_status gan_step_append_guard(gan_step *s, int norm_g, int norm_d);
/* Adam for the sides that have parameters, in one op where it has room for them. */
gan_status gan_step_append_adam(gan_step *s, const gan_side *const *sides, int n_sides,
                                const char *label);
gan_status gan_step_append_ema(gan_step *s);
gan_status gan_step_append_report(gan_step *s);

/* step_penalty.c: penalties on D's gradient at its images. */
bool gan_step_penalizes(const gan_step *s);
/* What the weights of the penalties are squared norms of, and the norms themselves. */
typedef struct gan_penalties {
    int gradient;            /* of a sample's logits by its image; rows [first_row, ...) of both */
    int64_t first_row, rows; /* of the images of `images` */
    gan_gradient_seed seeds[2]; /* the norms (B,1,1,1) at real and fake images, and their weights */
    int n_seeds;
} gan_penalties;
/* all_rows: the gradient is wanted at real and fake images, whatever is penalized. */
gan_status gan_step_append_penalties(gan_step *s, bool all_rows, gan_penalties *out);

/* step_backward.c: the loss and the two kinds of backward pass. */
bool gan_loss_is_shared(int loss); /* the column of losses.def */
bool gan_loss_couples(int loss);   /* G's loss takes the real logits, too */
/* logits_real is not looked at where neither D's loss is asked for nor the loss couples. */
gan_status gan_step_append_loss(gan_step *s, bool for_d, bool for_g, bool shared, int logits_real,
                                int logits_fake, gan_logit_gradients *d);

/* Gradients of D's parameters from its loss and its penalties, in one walk back over D's pass and
 * over what came after it. */
gan_status gan_step_append_penalized_backward(gan_step *s, int dlogits,
                                              const gan_penalties *penalties);

/* Gradients of a pass through `side` from one seed: of its parameters (added to what is there when
 * accumulate), and, when input >= 0, of rows of its input, whose id is put into *d_input. */
gan_status gan_step_append_backward(gan_step *s, const gan_side *side, const gan_pass *pass,
                                    gan_gradient_seed seed, bool accumulate, int input,
                                    int64_t first_row, int64_t rows, int *d_input);

/* The gradient of a pass's input alone, of some rows of the batch (rows 0: all). */
gan_status gan_step_append_data_backward(gan_step *s, const gan_pass *pass, gan_gradient_seed seed,
                                         int input, int64_t first_row, int64_t rows, int *d_input);

#endif
