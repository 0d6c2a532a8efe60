/* device.h — the CPU as a device: what backend.c and executable.c share. */
#ifndef GAN_CPU_DEVICE_H
#define GAN_CPU_DEVICE_H

#include "cpu/onednn.h"
#include "cpu/store.h"
#include "program/backend.h"

struct gan_device {
    gan_cpu_store store;
    gan_onednn *onednn;
    int threads;
    int n_executables; /* bound to the store now */
    char conv[16];     /* wish for the convolution engine */
    const gan_tune *tune;
    char description[256], choices[256];
};

/* The slots of gan_backend that are about programs; contracts in backend.h. */
bool gan_cpu_supports(const gan_device *device, const gan_program *program, const gan_op *op,
                      gan_error *err);
gan_status gan_cpu_forecast(gan_device *device, const gan_program *program, gan_memory_report *out,
                            gan_error *err);
gan_status gan_cpu_compile_beside(gan_device *device, const gan_program *program,
                                  const gan_executable *lender, gan_executable **out,
                                  gan_error *err);
gan_status gan_cpu_compile(gan_device *device, const gan_program *program, gan_executable **out,
                           gan_error *err);
void gan_cpu_destroy(gan_executable *executable);
gan_status gan_cpu_run(gan_executable *executable, int64_t n, gan_error *err);
gan_status gan_cpu_peek(gan_executable *executable, int buffer, void *to, int64_t bytes,
                        gan_error *err);
void gan_cpu_memory(const gan_executable *executable, gan_memory_report *out);
gan_status gan_cpu_profile(gan_executable *executable, bool on, const double **seconds,
                           gan_error *err);
int gan_cpu_ways(gan_device *device, const gan_program *program, int i, gan_way ways[GAN_WAYS_MAX]);
const char *gan_cpu_explain(const gan_executable *executable, int op);

#endif
