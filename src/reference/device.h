/* device.h — the reference as a device: what backend.c and executable.c share. */
#ifndef GAN_REFERENCE_DEVICE_H
#define GAN_REFERENCE_DEVICE_H

#include "reference/reference.h"
#include "reference/store.h"

struct gan_device {
    gan_reference_store store;
    int threads;
    gan_rounding rounding;
    uint64_t rounding_seed;
    char description[128], choices[64];
};

/* The slots of gan_backend that are about programs; contracts in backend.h. */
gan_status gan_reference_forecast(gan_device *device, const gan_program *program,
                                  gan_memory_report *out, gan_error *err);
gan_status gan_reference_compile_beside(gan_device *device, const gan_program *program,
                                        const gan_executable *lender, gan_executable **out,
                                        gan_error *err);
gan_status gan_reference_compile(gan_device *device, const gan_program *program,
                                 gan_executable **out, gan_error *err);
void gan_reference_destroy(gan_executable *executable);
gan_status gan_reference_run(gan_executable *executable, int64_t n, gan_error *err);
gan_status gan_reference_peek(gan_executable *executable, int buffer, void *to, int64_t bytes,
                              gan_error *err);
gan_status gan_reference_peek_doubles(gan_executable *executable, int buffer, double *to, int64_t n,
                                      gan_error *err);
void gan_reference_memory(const gan_executable *executable, gan_memory_report *out);
gan_status gan_reference_profile(gan_executable *executable, bool on, const double **seconds,
                                 gan_error *err);

#endif
