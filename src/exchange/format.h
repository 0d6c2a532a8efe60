/* format.h — the table of formats, and what a writer of one is given. */
#ifndef GAN_EXCHANGE_FORMAT_H
#define GAN_EXCHANGE_FORMAT_H

#include "exchange/tensors.h"
#include "exchange/weights.h"

/* One export on its way. */
typedef struct gan_export_job {
    const gan_weights *weights;
    const char *output;
    const gan_export_options *options;
    gan_export_result *result; /* its counts are the writer's to fill */
} gan_export_job;

typedef gan_status gan_exchange_writer(const gan_export_job *job, gan_error *err);

/* Each is a row of format.c. */
gan_exchange_writer gan_export_pytorch;
gan_exchange_writer gan_export_safetensors;
gan_exchange_writer gan_export_npz;
gan_exchange_writer gan_export_npy;
gan_exchange_writer gan_export_onnx;
gan_exchange_writer gan_export_keras;
gan_exchange_writer gan_export_keras_weights;

/* Tells the caller of gan_export() that a file is in place. */
void gan_export_wrote(const gan_export_job *job, const char *path);

/* Counts what was written. */
void gan_export_count(const gan_export_job *job, const gan_tensors *tensors);

/* "generator" or "discriminator", as the job's. */
const char *gan_export_network(const gan_export_job *job);

#endif
