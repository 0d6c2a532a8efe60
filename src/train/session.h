/* session.h — the inside of a session, for the files that save and load it. */
#ifndef GAN_TRAIN_SESSION_H
#define GAN_TRAIN_SESSION_H

#include "gan/session.h"
#include "program/backend.h"
#include "program/build.h"
#include "train/sampler.h"

enum { GAN_SESSION_RING = 1024 }; /* steps whose metrics are kept on the device */

struct gan_session {
    const gan_net *net;
    const gan_data *data;
    gan_options options;
    const gan_backend *backend;
    gan_device *device;
    gan_program *program;
    gan_executable *executable;
    gan_chunk_sampler *sampler, *averaged_sampler; /* made when first asked for */
    gan_session_plan plan;
    int64_t step;       /* steps queued so far */
    int64_t first_step; /* of this process: metrics before it are not in the ring */
};

/* Fills build options from resolved ones. */
gan_status gan_session_build_options(const gan_net *net, const gan_options *options,
                                     int64_t n_images, gan_build_options *out, gan_error *err);

/* One network's stored tensors as checkpoints name them. */
typedef struct gan_state_tensor {
    char *name;         /* "g.dense0.kernel", "adam_m/g.dense0.kernel", "ema/g.dense0.kernel" */
    const char *buffer; /* "g.param": the stored buffer that it is a window of */
    int64_t offset;     /* floats */
    const gan_param *param;
} gan_state_tensor;

typedef struct gan_state_list {
    gan_state_tensor *tensors;
    size_t n, capacity;
} gan_state_list;

/* Every fp32 tensor of a training state, in a fixed order. Free with gan_state_list_free. */
gan_status gan_state_list_make(const gan_net *net, bool moments, bool ema, gan_state_list *list,
                               gan_error *err);
/* What sampling needs: G's parameters and statistics, plain or averaged. */
gan_status gan_state_list_make_generator(const gan_net *net, bool averaged, gan_state_list *list,
                                         gan_error *err);
void gan_state_list_free(gan_state_list *list);

#endif
