/* device.h — a GPU and the programs bound to it: what device.c, compile.c, launch.c, graph.c,
 * run.c, feed.c and memory.c share.
 *
 * All work of a device goes through one stream, in order. Results are read on a second one, which
 * waits for the first by an event; a third copies images, where the data set is streamed. */
#ifndef GAN_CUDA_DEVICE_H
#define GAN_CUDA_DEVICE_H

#include "cuda/cublas.h"
#include "cuda/store.h"
#include "cuda/work.h"
#include "gan/listener.h"
#include "program/backend.h"

enum {
    GAN_CUDA_IN_FLIGHT = 8, /* runs queued and not finished, at most: a signal is answered soon */
    GAN_CUDA_BOUNCE = 64 << 10, /* bytes of pinned memory that reads go through */
    GAN_CUDA_FEED_SLOTS = 2,
    GAN_CUDA_SCALES_BYTES = 3 * 256 /* what plays loss scaling's state in the first run */
};

struct gan_device {
    gan_cuda_spec spec;
    int index;
    cudaStream_t stream, reader, copier;
    cudaEvent_t marker;                     /* all that was queued before a read */
    cudaEvent_t flight[GAN_CUDA_IN_FLIGHT]; /* the end of run k is flight[k % GAN_CUDA_IN_FLIGHT] */
    int64_t n_runs;                         /* queued so far */
    cudnnHandle_t cudnn;
    gan_cublas blas;
    gan_cuda_store store;
    void *bounce;      /* pinned */
    char *cache;       /* folder of compiled plans, or NULL */
    bool streams_data; /* images stay on the host: see gan_cuda_is_streamed() */
    bool debug_sync;   /* GAN_DEBUG_SYNC: every op is waited for and named when it fails */
    int64_t fed_step;  /* the step whose images a feed brings next, once it has looked */
    bool step_changed; /* the counters were written by the host since a feed last looked */
    gan_listener listener;
    char description[384], choices[2048];
};

/* Images of a streamed data set on their way to the device, one step ahead (feed.c). */
typedef struct gan_cuda_feed {
    const gan_gather_attr *attr;
    int op; /* the gather */
    int64_t batch, image_bytes;
    const uint8_t *images; /* the data set, in host memory */
    gan_cuda_stored *counters;
    uint8_t *pinned[GAN_CUDA_FEED_SLOTS];
    void *staged[GAN_CUDA_FEED_SLOTS]; /* on the device */
    cudaEvent_t copied[GAN_CUDA_FEED_SLOTS], used[GAN_CUDA_FEED_SLOTS];
    int64_t n_fed;             /* batches so far */
    int64_t n_copies, n_bytes; /* host to device, since it was made */
} gan_cuda_feed;

struct gan_executable {
    gan_device *device;
    const gan_program *program;
    gan_cuda_works works;
    gan_cuda_stored **items; /* per buffer: the stored base; NULL otherwise */
    void **scratch_state;    /* per buffer: what a stored base is played by in the first, eager run;
                            NULL outside of it */
    char *arena, *scratch;   /* the lender's, where they are not own ones */
    bool owns_arena, owns_scratch;
    int64_t scratch_bytes;
    void **pointers; /* room for the operands of one op and of what its launch computes along */
    int n_pointers;
    gan_dtype copy_type; /* of weights; GAN_F32 where no copies are read */
    bool *writes_copy;   /* per buffer: a run writes the weight's copy along with it */
    float *scales;       /* loss scaling, in the store; NULL without fp16 gradients */
    int32_t *growth, *finite;
    gan_cuda_feed *feed;                         /* NULL unless the data set is streamed */
    cudaGraphExec_t graphs[GAN_CUDA_FEED_SLOTS]; /* the second only with a feed */
    bool profiling;
    cudaEvent_t *events; /* n_ops + 1 */
    double *seconds;     /* per op, of the last profiled run */
};

/* --- launch.c --- */

/* Makes e->pointers; the works are fused. */
gan_status gan_cuda_make_pointers(gan_executable *e, gan_error *err);
/* Queues op i on the device's stream. slot: of the feed. */
gan_status gan_cuda_launch_op(gan_executable *e, int i, int slot, gan_error *err);
/* Queues every op, in order. *failed (may be NULL) is the op that failed. */
gan_status gan_cuda_launch_all(gan_executable *e, int slot, int *failed, gan_error *err);
/* Queues the conversion of stale copies that the program reads. */
gan_status gan_cuda_refresh_copies(gan_executable *e, gan_error *err);
/* Sets e->writes_copy: the captured Adam knows the copies that are there now. */
gan_status gan_cuda_find_written_copies(gan_executable *e, gan_error *err);
/* Marks the copies of weights that a run writes and does not copy. */
void gan_cuda_mark_copies(gan_executable *e);

/* --- graph.c --- */

/* Captures every op into a graph. *refused is the op that cannot be captured, or -1 when the
 * failure is not one op's. */
gan_status gan_cuda_graph_capture(gan_executable *e, int slot, cudaGraphExec_t *out, int *refused,
                                  gan_error *err);

/* --- memory.c --- */

/* What compiling a program needs. */
typedef struct gan_cuda_need {
    int64_t new_store; /* stored buffers and copies that are not there yet */
    int64_t arena, scratch, feed;
    int64_t scratch_state; /* during compile only */
} gan_cuda_need;

/* True if a stored buffer stays on the host and each step's part of it is copied: images. Labels
 * are resident always. */
bool gan_cuda_is_streamed(const gan_device *device, const gan_buffer *buffer);

gan_cuda_need gan_cuda_count_need(const gan_device *device, const gan_program *program,
                                  const gan_cuda_works *works);
/* Of the device's memory, what is left to CUDA: kernels are loaded when they are first launched,
 * graphs have nodes, memory is given out in blocks of 2 MiB. A guess: it cannot be asked. */
int64_t gan_cuda_reserve_bytes(int64_t total);
/* What can be allocated now. */
gan_status gan_cuda_available(const gan_device *device, int64_t *bytes, gan_error *err);
/* GAN_E_MEMORY when it is more than that. */
gan_status gan_cuda_check_need(const gan_device *device, const gan_program *program,
                               const gan_cuda_need *need, gan_error *err);
/* The 16-bit type that weights are read in; GAN_F32 if none is. GAN_E_UNSUPPORTED for two. */
gan_status gan_cuda_find_copy_type(const gan_cuda_works *works, gan_dtype *out, gan_error *err);
/* True if the base of that number is a weight that some op reads in 16 bits. */
bool gan_cuda_reads_copy(const gan_cuda_works *works, const gan_program *program, int base);

/* --- feed.c --- */

gan_status gan_cuda_feed_open(gan_executable *e,
                              gan_error *err); /* sets e->feed, if it needs one */
void gan_cuda_feed_close(gan_cuda_feed *feed); /* NULL is fine */
/* Queues the copy of the next batch; the stream waits for it. *slot is where it will lie. */
gan_status gan_cuda_feed_next(gan_executable *e, int *slot, gan_error *err);
/* Tells that the run that uses it is queued. */
gan_status gan_cuda_feed_used(gan_executable *e, int slot, gan_error *err);
int64_t gan_cuda_feed_bytes(const gan_program *program); /* device memory that one takes */

/* --- slots of gan_backend --- */

gan_status gan_cuda_forecast(gan_device *device, const gan_program *program, gan_memory_report *out,
                             gan_error *err);
gan_status gan_cuda_compile_beside(gan_device *device, const gan_program *program,
                                   const gan_executable *lender, gan_executable **out,
                                   gan_error *err);
gan_status gan_cuda_compile(gan_device *device, const gan_program *program, gan_executable **out,
                            gan_error *err);
void gan_cuda_destroy(gan_executable *e);
gan_status gan_cuda_run(gan_executable *e, int64_t n, gan_error *err);
gan_status gan_cuda_wait(gan_device *device, gan_error *err);
gan_status gan_cuda_write(gan_device *device, const char *name, int64_t offset, const void *from,
                          int64_t bytes, gan_error *err);
gan_status gan_cuda_read(gan_device *device, const char *name, int64_t offset, void *to,
                         int64_t bytes, gan_error *err);
gan_status gan_cuda_peek(gan_executable *e, int buffer, void *to, int64_t bytes, gan_error *err);
int gan_cuda_ways(gan_device *device, const gan_program *program, int i,
                  gan_way ways[GAN_WAYS_MAX]);
gan_status gan_cuda_profile(gan_executable *e, bool on, const double **seconds, gan_error *err);

/* Where a buffer or a window lies on the device; NULL for id -1 and one that nothing uses. */
void *gan_cuda_address(const gan_executable *e, int id);

/* Adds to the text of choices. */
void gan_cuda_append_choice(gan_device *device, const char *what, const char *how);

#endif
