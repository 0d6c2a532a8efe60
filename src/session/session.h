/* session.h — the inside of a session, for the files that save and load it. */
#ifndef GAN_SESSION_SESSION_H
#define GAN_SESSION_SESSION_H

#include "gan/listener.h"
#include "gan/session.h"
#include "io/safetensors.h"
#include "program/backend.h"
#include "program/build.h"
#include "program/precision.h"
#include "program/steps.h"
#include "program/stored.h"
#include "session/runner.h"
#include "session/sampler.h"
#include "session/steady.h"

enum { GAN_TEST_CHUNK = 256 };    /* images that a classifier is tested with at once */
enum { GAN_SESSION_RING = 1024 }; /* steps whose metrics are kept on the device */

/* What makes images of one of the generators. */
typedef struct gan_sampled {
    gan_chunk_sampler *sampler; /* made when first asked for */
    gan_steady *steady;         /* likewise; NULL where the moving statistics are taken */
    int64_t step;               /* whose weights the statistics were measured of */
    bool measured;
} gan_sampled;

struct gan_session {
    const gan_net *net;
    const gan_data *data;
    gan_options options;
    gan_precision precision;
    gan_build_options build;
    gan_tune *tune; /* of options.tune_file; NULL = static rules */
    const gan_backend *backend;
    gan_device *device;
    gan_step_list list;
    gan_program *programs[GAN_STEP_ROWS]; /* of each row of the list, as the executables */
    gan_executable *executables[GAN_STEP_ROWS];
    gan_program *program; /* of row 0, the whole step */
    gan_executable *executable;
    gan_sampled sampled[3]; /* G's own images, its average's, G's by its moving statistics */
    gan_runner *tester;     /* of a classifier, made when first asked for */
    gan_session_plan plan;
    gan_pulse *pulse;   /* of who watches; NULL = nobody */
    int64_t rollbacks;  /* of this run so far: part of its random key */
    double lr_factor;   /* of both learning rates; 1 before the first rollback */
    char *course;       /* what a run keeps in its checkpoints beside the state; NULL = nothing */
    int64_t step;       /* steps queued so far */
    bool gives_back;    /* it is larger than memory: what a step has read is given back */
    int64_t expected;   /* steps whose images a mapped data set was told to expect */
    int64_t first_step; /* of this process: metrics before it are not in the ring */
};

/* Fills build options from resolved ones. */
gan_status gan_session_build_options(const gan_net *net, const gan_options *options,
                                     int64_t n_images, gan_build_options *out, gan_error *err);

/* The options of a run, those from the network and of this machine filled in. After a failure *out
 * is empty; otherwise the caller's. */
gan_status gan_session_resolve(const gan_net *net, const gan_options *given, gan_options *out,
                               gan_error *err);

/* gan_session_create() with a tune in place of the one of options.tune_file; it is copied. */
gan_status gan_session_create_tuned(const gan_net *net, const gan_data *data,
                                    const gan_options *options, const gan_tune *tune,
                                    const gan_listener *listener, gan_session **out,
                                    gan_error *err);

/* GAN_E_NO_DEVICE, with what there is, if the device does not train in that precision. */
gan_status gan_session_check_precision(const gan_backend *backend, const gan_device *device,
                                       const char *precision, gan_error *err);

/* Compiles the programs of a prepared session, on one arena. */
gan_status gan_session_compile(gan_session *s, gan_error *err);

/* Builds and compiles them again, after its rollbacks have changed. */
gan_status gan_session_rebuild(gan_session *s, gan_error *err);

/* Opens the device, builds the step's programs in the options' precision and forecasts it: for a
 * session with net and resolved options. gan_session_release() gives all of it back, after a
 * failure too. */
gan_status gan_session_prepare(gan_session *s, int64_t n_images, const gan_listener *listener,
                               gan_error *err);
void gan_session_release(gan_session *s);

/* Whether the step's program draws labels (gather_labels, of the stored buffer "labels"): the data
 * set must have them then, and they belong to its fingerprint. */
bool gan_session_reads_labels(const gan_session *session);

/* Of the data set as far as the session reads it: what a checkpoint keeps. */
const char *gan_session_fingerprint(const gan_session *session);

/* A text that is saved in checkpoints from now on (run/course.h), copied; NULL or "": none. Loading
 * one replaces it by that of the checkpoint. GAN_E_MEMORY. */
gan_status gan_session_keep_course(gan_session *session, const char *text, gan_error *err);

/* Loads a checkpoint that the run itself wrote earlier, to train another way from there: with other
 * random numbers, those of the number of rollbacks so far, and with both learning rates multiplied
 * by lr_factor. Both are saved in checkpoints from now on. A raised flag is lowered. The programs
 * are made anew, and what was compiled for samples is given back. path NULL: from the state at
 * hand, whose flag is not raised. Errors of gan_session_load() and
 * of compiling: the session can then only be destroyed. */
gan_status gan_session_roll_back(gan_session *session, const char *path, int64_t rollbacks,
                                 double lr_factor, gan_error *err);

/* Programs and rates of another number of rollbacks and another factor; nothing where they are the
 * session's. */
gan_status gan_session_vary(gan_session *session, int64_t rollbacks, double lr_factor,
                            gan_error *err);

/* What the device wrote down of steps first to first + n - 1, done by this process, at most
 * GAN_SESSION_RING of them before the present one: (n, GAN_METRIC_COUNT) by GAN_METRIC_<ID>, NAN
 * where a step does not measure it. Waits for the device. */
gan_status gan_session_rows(gan_session *session, int64_t first, int64_t n, double *rows,
                            gan_error *err);

/* Where a step that is not finite went wrong, in words: the first operation, in the program's
 * order, that has a number that is not finite in what it wrote, and that tensor. The step is
 * replayed in memory of its own, for as long; the state stays. "" where all is finite, or there is
 * no memory. */
gan_status gan_session_blame(gan_session *session, char **out, gan_error *err);

/* gan_session_sample() of G itself, by its moving statistics: nothing is measured for it. */
gan_status gan_session_sample_quickly(gan_session *session, const uint64_t *seeds, int64_t n,
                                      float *images, gan_error *err);

/* Gives back what was compiled for samples and tests; it is made again when it is asked for. */
void gan_session_drop_samplers(gan_session *session);

/* The first bytes of a stored buffer. Waits for the device, so it may take as long as a step. */
gan_status gan_session_read(gan_session *session, const char *buffer, void *to, int64_t bytes,
                            gan_error *err);

/* Multiplies the learning rates by the factor from the next step on, those that move too: 1 is what
 * they are without. It is no part of a checkpoint: who sets it sets it again. */
gan_status gan_session_scale_rates(gan_session *session, double factor, gan_error *err);

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
/* What a forward pass needs: one network's parameters and statistics, plain or averaged. */
gan_status gan_state_list_make_values(const gan_stack *stack, bool averaged, gan_state_list *list,
                                      gan_error *err);
void gan_state_list_free(gan_state_list *list);

/* The file's tensor of that name, if its type and shape are the parameter's; GAN_E_DATA if not.
 * what: the file, in a sentence. */
gan_status gan_state_find(const gan_safetensors *file, const char *what, const char *name,
                          const gan_param *param, const gan_safetensors_tensor **out,
                          gan_error *err);

/* Copies the list's tensors from a file into a device's store, where programs have made their
 * buffers. Every one is looked at before the first is copied: GAN_E_DATA names the first that is
 * missing or of another shape. */
gan_status gan_state_read(const gan_state_list *list, gan_safetensors *file, const char *what,
                          const gan_backend *backend, gan_device *device, gan_error *err);

/* The same of one network's parameters and statistics from any safetensors file that has them by
 * their names ("net.conv0.kernel"; "ema/net.conv0.kernel" when averaged): a checkpoint, or weights
 * alone. */
gan_status gan_state_load(const char *path, const gan_stack *stack, bool averaged,
                          const gan_backend *backend, gan_device *device, gan_error *err);

#endif
