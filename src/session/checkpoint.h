/* checkpoint.h — a training state as one safetensors file.
 *
 * Tensors, all fp32, named as in net.h: parameters and moving statistics under their own names,
 * Adam's moments under "adam_m/" and "adam_v/", the averaged generator under "ema/"; "counters" I64
 * (3): step, Adam's t of G and of D. __metadata__: format, version, step, seed, net (its YAML),
 * options (YAML of options.h), data and data_fingerprint, device, choices, rollbacks and lr_factor
 * (after a rollback), course (of the run, see run/course.h) and tune (tune.h) if there are any,
 * sha256 (of the file, with this field zeroed). Nothing else is needed to resume: random numbers
 * and the order of images are functions of seed and step. */
#ifndef GAN_SESSION_CHECKPOINT_H
#define GAN_SESSION_CHECKPOINT_H

#include "io/safetensors.h"
#include "session/session.h"

#define GAN_CHECKPOINT_FORMAT "gan.c checkpoint 1"
#define GAN_CHECKPOINT_DIGEST "sha256" /* the metadata's key of the file's own digest */

/* A checkpoint opened and proven whole. Strings live as long as it does. */
typedef struct gan_checkpoint {
    gan_safetensors *file;
    const char *net, *options, *choices, *fingerprint;
    const char *tune;   /* text of the run's tune; NULL = static rules */
    const char *course; /* what the run keeps of its evaluations (run/course.h); NULL = nothing */
    int64_t step, rollbacks;
    double lr_factor; /* of learning rates, after rollbacks */
} gan_checkpoint;

/* GAN_E_DATA when it is damaged, truncated, or not a checkpoint of gan.c; GAN_E_NO_INPUT, GAN_E_IO,
 * GAN_E_MEMORY. */
gan_status gan_checkpoint_open(const char *path, gan_checkpoint *out, gan_error *err);
void gan_checkpoint_close(gan_checkpoint *checkpoint); /* a zeroed one is fine */

/* Takes its settings, where `options` has none from a file, the environment or a flag; path is for
 * messages. GAN_E_DATA: they are not settings of this program. GAN_E_MEMORY. */
gan_status gan_checkpoint_take_options(const gan_checkpoint *checkpoint, const char *path,
                                       gan_options *options, gan_error *err);

/* The part of it that the file does not say, being older than a setting: what was done then. */
gan_status gan_checkpoint_fill_options(const gan_checkpoint *checkpoint, const char *path,
                                       gan_options *options, gan_error *err);

/* Copies what sampling needs into a device's store: G's parameters and statistics, plain or
 * averaged. Every tensor is looked at before the first is copied: GAN_E_DATA names the first that
 * is missing or of another shape. */
gan_status gan_checkpoint_restore_generator(const gan_checkpoint *checkpoint, const gan_net *net,
                                            const gan_backend *backend, gan_device *device,
                                            bool averaged, gan_error *err);

/* Its tensor of that name, if its type is fp32 and its shape the parameter's; else GAN_E_DATA. */
gan_status gan_checkpoint_find_tensor(const gan_checkpoint *checkpoint, const char *name,
                                      const gan_param *param, const gan_safetensors_tensor **out,
                                      gan_error *err);

/* Copies one network's parameters and statistics to the host, G's plain or averaged. params
 * (param_floats of the stack) and stats (stat_floats) are overwritten but for the gaps, and may be
 * NULL where the stack has none. Errors as above. */
gan_status gan_checkpoint_read_stack(const gan_checkpoint *checkpoint, const gan_stack *stack,
                                     bool averaged, float *params, float *stats, gan_error *err);

/* GAN_OK if it was written for a network whose text says the same (gan_net_texts_differ); else
 * `status`, with the first line that differs. path stands for the file in the message. */
gan_status gan_checkpoint_compare_net(const gan_checkpoint *checkpoint, const char *path,
                                      const gan_net *net, gan_status status, gan_error *err);

/* True if it holds an averaged generator. */
bool gan_checkpoint_has_average(const gan_checkpoint *checkpoint);

#endif
