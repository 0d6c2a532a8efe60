/* backend.h — what a backend must offer: one table of functions.
 *
 * A device owns the store (parameters, moments, statistics, data: buffers that outlive a program,
 * known by name). An executable is a program bound to one device's store. Creating is where
 * everything can fail; running allocates nothing and asks nothing. */
#ifndef GAN_PROGRAM_BACKEND_H
#define GAN_PROGRAM_BACKEND_H

#include "gan/listener.h"
#include "program/program.h"
#include "program/tune.h"

typedef struct gan_device gan_device;         /* each backend's own struct */
typedef struct gan_executable gan_executable; /* likewise */

/* What the reference does to the numbers that an operation writes (src/reference/reference.h). */
typedef enum gan_rounding {
    GAN_ROUNDING_NONE,   /* they stay double */
    GAN_ROUNDING_STORED, /* rounded to the type of the buffer */
    GAN_ROUNDING_RANDOM  /* a random error of the size that arithmetic in that type makes */
} gan_rounding;

typedef struct gan_device_options {
    int index;        /* which device of the backend; 0 for the CPU */
    int threads;      /* CPU: 0 = as many as there are cores this process may use; see threads() */
    const char *conv; /* CPU: "auto", "direct", "dft" or "winograd"; NULL = "auto" */
    const char
        *products; /* CUDA, of fp32 buffers: "strict" = fp32 throughout; "tf32" or NULL = tensor
                    * cores with 10-bit mantissas where the device has them (sm80 on) */
    const char *batch_norm; /* CUDA: "cudnn" or "fused" (own kernels); NULL = cudnn from sm80 on */
    const char *data_store; /* CUDA: "resident"; "stream" = DATA buffers stay on the host and each
                             * step's images are copied; NULL = "resident" */
    const gan_tune *tune;   /* how single operations are computed; borrowed while the device lives;
                             * NULL = static rules for all */
    int64_t workspace_cap;  /* CUDA: bytes that one library call may ask for; 0 = 256 MiB */
    gan_rounding rounding;  /* reference only, as the seed of its random errors */
    uint64_t rounding_seed;
    const gan_listener *listener; /* facts worth a line in the log; may be NULL */
} gan_device_options;

typedef struct gan_memory_report {
    int64_t store_bytes;     /* stored buffers of the device */
    int64_t arena_bytes;     /* activations, gradients, scratch of the program */
    int64_t workspace_bytes; /* what the backend's own libraries and plans take besides */
    int64_t compile_bytes;   /* taken while the program is compiled, and given back then */
} gan_memory_report;

typedef struct gan_backend {
    const char *name; /* "cpu", "cuda", "reference" */
    /* The wishes of gan_device_options, beside products, that make a difference here. */
    bool heeds_conv, heeds_batch_norm, heeds_data_store;

    /* Opens a device; options may be NULL. GAN_E_NO_DEVICE with the reason and the mend when there
     * is none. */
    gan_status (*open)(const gan_device_options *options, gan_device **out, gan_error *err);
    /* Destroys the device and its store; executables must be gone. NULL is fine. */
    void (*close)(gan_device *device);
    /* One line: what the device is, with what library and instruction set. Lives with the device.
     */
    const char *(*describe)(const gan_device *device);
    /* Text of every choice that the bits of a result depend on (library, threads, instruction set,
     * algorithms): written in checkpoints, compared on resume. Lives with the device. */
    const char *(*choices)(const gan_device *device);

    /* Threads that compute: those asked for, or fewer where there are fewer, which is told when the
     * device is opened. NULL slot = the device is not made of threads. */
    int (*threads)(const gan_device *device);

    /* Words of --precision that programs can be run in, the fastest first, with blanks between. */
    const char *(*precisions)(const gan_device *device);

    /* True if the op can run; otherwise the reason is in err. */
    bool (*supports)(const gan_device *device, const gan_program *program, const gan_op *op,
                     gan_error *err);
    /* Bytes that compiling the program would allocate beside the store; nothing is allocated. */
    gan_status (*forecast)(gan_device *device, const gan_program *program, gan_memory_report *out,
                           gan_error *err);
    /* Bytes that can be allocated on the device now; NULL slot = not known. */
    int64_t (*available)(const gan_device *device);
    /* Binds a placed program: stored buffers that the device does not have yet are made and zeroed;
     * one of another size is GAN_E_FAILED. The arena is zeroed. The program must outlive the
     * executable. */
    gan_status (*compile)(gan_device *device, const gan_program *program, gan_executable **out,
                          gan_error *err);
    /* The same for a program whose runs come between those of `lender` (NULL: none), in whose arena
     * and workspace it works where they are large enough: neither finds there what it left. Such
     * programs keep their gradients in stored buffers (gan_program.stores_gradients). The lender is
     * destroyed last. */
    gan_status (*compile_beside)(gan_device *device, const gan_program *program,
                                 const gan_executable *lender, gan_executable **out,
                                 gan_error *err);
    void (*destroy)(gan_executable *executable); /* NULL is fine */

    /* Queues n runs of the program. May return before they are done; an error may belong to an
     * earlier call. */
    gan_status (*run)(gan_executable *executable, int64_t n, gan_error *err);
    /* Waits for everything queued. */
    gan_status (*wait)(gan_device *device, gan_error *err);

    /* Copies bytes between the host and a stored buffer, after everything queued before. offset and
     * bytes are within the buffer; GAN_E_FAILED when there is no such buffer or they are not. */
    gan_status (*write)(gan_device *device, const char *name, int64_t offset, const void *from,
                        int64_t bytes, gan_error *err);
    gan_status (*read)(gan_device *device, const char *name, int64_t offset, void *to,
                       int64_t bytes, gan_error *err);
    /* Makes the caller's memory the stored buffer of that name without a copy, where host memory is
     * device memory; NULL slot = cannot, use write. from must outlive the device. */
    gan_status (*adopt)(gan_device *device, const char *name, void *from, int64_t bytes,
                        gan_error *err);
    /* Copies any buffer of the program, arena buffers included, after everything queued: for tests
     * and gan verify. A buffer of the arena holds what the last run left there: only the last to
     * use its place is meaningful, unless the program was placed without sharing. */
    gan_status (*peek)(gan_executable *executable, int buffer, void *to, int64_t bytes,
                       gan_error *err);
    /* The same three for devices that compute in double precision: n numbers, the first of them
     * element `first` of a stored buffer of a floating-point type, or the first of any buffer of
     * the program of such a type. write, read and peek convert to and from the buffer's own type.
     * NULL slots = a device's numbers are those of the buffers' types. */
    gan_status (*write_doubles)(gan_device *device, const char *name, int64_t first,
                                const double *from, int64_t n, gan_error *err);
    gan_status (*read_doubles)(gan_device *device, const char *name, int64_t first, double *to,
                               int64_t n, gan_error *err);
    gan_status (*peek_doubles)(gan_executable *executable, int buffer, double *to, int64_t n,
                               gan_error *err);
    /* Of the executable; what it borrows counts for the lender. */
    void (*memory)(const gan_executable *executable, gan_memory_report *out);
    /* Seconds of the last run's op i, measured when profiling is on; NULL slot = cannot. */
    gan_status (*profile)(gan_executable *executable, bool on, const double **seconds,
                          gan_error *err);
    /* The ways in which operation i of a placed program can be computed here, for
     * gan_device_options.tune to choose from: how many, at most GAN_WAYS_MAX. NULL slot, 0 or 1 =
     * no choice. */
    int (*ways)(gan_device *device, const gan_program *program, int i, gan_way ways[GAN_WAYS_MAX]);
    /* How op i is computed here ("oneDNN jit:avx512_core", "dft 9x9 avx512"); lives with it. */
    const char *(*explain)(const gan_executable *executable, int op);
    /* Kernels and library calls that op i is launched as; NULL slot = launching costs nothing. */
    int (*launches)(const gan_executable *executable, int op);
} gan_backend;

extern const gan_backend gan_cpu_backend;
extern const gan_backend gan_reference_backend; /* src/reference/reference.h */

#endif
