/* build.h — whole programs: a training step, sampling. */
#ifndef GAN_PROGRAM_BUILD_H
#define GAN_PROGRAM_BUILD_H

#include "program/program.h"

/* What a program of a training step does (steps.h): all of it, or D's update alone. */
typedef enum gan_step_part { GAN_STEP_WHOLE, GAN_STEP_D, GAN_STEP_PARTS } gan_step_part;

typedef struct gan_build_options {
    int64_t batch; /* real images of a step; >= 1 */
    uint64_t seed;
    gan_schedule schedule;
    const char *loss; /* a row of losses.def */
    double r1, r2;    /* weights of the penalties on D's gradient (step_penalty.c), the largest of
                         those that move; 0: none */
    double label_smoothing;  /* in [0, 1); 0 for a loss that has no labels */
    gan_adam adam_g, adam_d; /* of these the epsilon: the rest is read from the rates buffer */
    gan_rate_row rate_rows[GAN_RATE_COUNT]; /* rates that move; others are the host's to write */
    int n_rate_rows;
    bool ema;         /* keep an averaged generator */
    bool ema_warmup;  /* its decay begins small (ema_decay.h) */
    bool ema_copies;  /* its moving statistics are the network's own, not their average */
    int64_t n_images; /* of the data set; not used when fed */
    bool flip;
    int64_t metric_rows; /* of the ring of metrics; >= 1 */
    bool fed;            /* batch, noise and masks are INPUT buffers, not drawn on the device */
    int64_t d_steps; /* updates of D for one of G; 0 is 1. Above 1 gradients are stored buffers */
    gan_step_part part;   /* the program to build */
    bool fresh_reals;     /* G's loss, where it takes real logits, has them of images of its own */
    bool separate_passes; /* never serve both losses by one backward pass through D */
} gan_build_options;

/* What moves the network of that index. */
static inline const gan_adam *gan_build_adam(const gan_build_options *options, int net)
{
    return net == GAN_NET_D ? &options->adam_d : &options->adam_g;
}

/* Buffers of a training step. Gradients are windows named "grad/<parameter>". Of a classifier's
 * step (gan_classify_ids) real are its images and logits_real its logits; what it has not is -1. */
typedef struct gan_train_ids {
    int real, noise, fakes;       /* (B,H,W,C), (B,1,1,nz), (B,H,W,C) */
    int logits_real, logits_fake; /* (B,1,1,L) */
    int logits_g;      /* of the fakes, as G's loss takes them: alternating looks twice */
    int logits_real_g; /* and of the real images, where G's loss knows them */
    int metrics;       /* (4): GAN_METRIC_LOSS_D to GAN_METRIC_D_FAKE */
    int labels;        /* (B,1,1,1) i32 */
    int real_g;        /* (B,H,W,C): real, or what options->fresh_reals gives G */
} gan_train_ids;

/* Rates as the host writes them before the first step: betas of the options, learning rates and the
 * decay of the average rounded to fp32, as frameworks have them. */
void gan_build_rates(const gan_build_options *options, double lr_g, double lr_d, double ema,
                     double rates[GAN_RATE_COUNT]);

/* gan_build_train() — one training step of the network, placed.
 *
 * Stored buffers, by their names of stored.h (all fp32 but for data, masks u8, counters i64, flag
 * i32):
 *   g.param g.stat g.m g.v, d.param d.stat d.m d.v   flat, as net.h lays them out
 *   ema.param ema.stat                                when options->ema
 *   rates f64 (GAN_RATE_COUNT), lr_factor f64 (1)     the latter where a rate has it
 *   counters (GAN_COUNTER_COUNT), flag (2)
 *   metrics (rows x GAN_METRIC_COUNT)
 *   data (n_images,H,W,C)
 *
 * When fed, instead of data:
 *
 *   real (B,H,W,C)               a window of the stored "images" where real and fake images go
 *                                through D as one batch
 *   noise (B,1,1,nz)
 *   mask.<side>.<k>[.<pass>]     where D sees one batch, its masks are (2B,...), real rows first;
 *                                otherwise there is one for each pass: .real and .fake, and for the
 *                                second look of the alternating schedule .fake2 and, where the loss
 *                                couples real and fake logits, .real2, or .2 for both as one batch
 *
 *  ids     receives the ids of what a reader may want to look at; may be NULL
 *  share   as in gan_program_place()
 *
 * Returns GAN_OK and a program owned by the caller; GAN_E_USAGE for a bad batch, loss or option,
 * with the valid ones; GAN_E_UNSUPPORTED, GAN_E_MEMORY. */
gan_status gan_build_train(const gan_net *net, const gan_build_options *options, bool share,
                           gan_program **out, gan_train_ids *ids, gan_error *err);

/* Buffers of a step that trains a classifier. */
typedef struct gan_classify_ids {
    int images, labels; /* (B,H,W,C), (B,1,1,1) i32 */
    int logits;         /* (B,1,1,K) */
    int metrics;        /* (4): the loss, how many are right; 0, 0 */
} gan_classify_ids;

/* gan_build_classify() — one training step of a network alone as a classifier, placed: softmax
 * cross-entropy of its output, which is a vector of a logit a class, against the images' labels.
 *
 * Of the options those of a GAN (schedule, loss, adam_d, separate_passes) are not looked at. Stored
 * buffers: net.param net.stat net.m net.v, those of the average, the control buffers and the data
 * as above, labels (n_images,1,1,1) i32; or, when fed: images, batch_labels (B,1,1,1) i32, masks.
 * A row of the metrics has the loss, the number of right answers, and the gradient's norm at
 * GAN_METRIC_NORM_G; the others are 0.
 *
 * Returns as gan_build_train(); GAN_E_USAGE for a GAN, and for an output that is no vector. */
gan_status gan_build_classify(const gan_net *net, const gan_build_options *options, bool share,
                              gan_program **out, gan_classify_ids *ids, gan_error *err);

/* gan_build_sample() — z (batch,1,1,nz) INPUT "sample.z" -> images (batch,H,W,C) OUTPUT
 * "sample.images" in [-1,1] by the moving statistics; averaged: of ema.param and ema.stat; steady:
 * by the statistics in g.steady or ema.steady, which gan_steady_run() fills. Each image depends on
 * its own z alone. */
gan_status gan_build_sample(const gan_net *net, int64_t batch, bool averaged, bool steady,
                            gan_program **out, gan_error *err);

/* gan_build_estimate() — z (batch,1,1,nz) INPUT "estimate.z" -> the statistics of that batch in
 * every batch_norm of the generator, laid out as its statistics are: OUTPUT "estimate.batch_stat",
 * means and variances (over n). Each layer is normalized by its own batch, as in training, but
 * there is no dropout. GAN_E_USAGE where the generator has no batch_norm. */
gan_status gan_build_estimate(const gan_net *net, int64_t batch, bool averaged, gan_program **out,
                              gan_error *err);

/* The row of losses.def of that name; GAN_E_USAGE names the nearest and lists all. */
gan_status gan_loss_find(const char *name, int *loss, gan_error *err);
bool gan_loss_has_labels(int loss); /* the column of losses.def */

/* GAN_E_USAGE for smoothing outside [0, 1), or of a loss that has no labels. */
gan_status gan_loss_check_smoothing(const char *name, double smoothing, gan_error *err);

/* gan_build_forward() — one network on images, for what it makes of them: x (batch, in.h, in.w,
 * in.c) INPUT "forward.x" -> OUTPUT "forward.<name>" (batch, h, w, c) of each output that is asked
 * for, all fp32, by the moving statistics and with no dropout. The result of an image depends on
 * that image alone. Layers that no output needs are left out.
 *
 *  stack     the network; its buffers are those that training it has
 *  averaged  of the averaged parameters and statistics
 *  names     of its outputs (gan_stack), n of them, none twice, in any order
 *  outputs   out, may be NULL: the n ids in the program
 *
 * Returns GAN_OK and a program owned by the caller; GAN_E_USAGE for a bad batch or a name that is
 * no output, with the nearest; GAN_E_UNSUPPORTED, GAN_E_MEMORY. */
gan_status gan_build_forward(const gan_stack *stack, int64_t batch, bool averaged,
                             const char *const *names, int n, gan_program **out, int *outputs,
                             gan_error *err);

#endif
