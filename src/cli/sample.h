/* sample.h — the inside of gan sample: what is asked for, checked before anything is opened, and
 * the files that it becomes. */
#ifndef GAN_CLI_SAMPLE_H
#define GAN_CLI_SAMPLE_H

#include "base/signals.h"
#include "cli/command.h"
#include "gan/eval.h"
#include "gan/image.h"
#include "gan/sample.h"

/* What to make, and the generator that makes it. */
typedef struct cli_sample_job {
    gan_generator *generator;
    gan_net_summary net;
    const char *output, *each;
    char *filmed; /* what was written for --video */
    const char *z_file, *save_z, *nearest;
    uint64_t *seeds;
    int64_t n_seeds, interpolate;
    float *z; /* (n_images,nz) */
    gan_image_grid grid;
    float *images;
    int64_t n_images;
    bool judge, video;
    gan_likeness likeness;
    const char *device;
    int threads;
    const gan_listener *listener;
    const gan_signals *signals;
    gan_pulse *pulse;
    gan_error *err;
} cli_sample_job;

/* status, with what happened as the error's text. */
gan_status cli_sample_fail(cli_sample_job *j, gan_status status, const char *format,
                           const char *what);

/* Takes the command's arguments into the job and the generator's options. GAN_E_USAGE where they
 * do not go together. */
gan_status cli_sample_take(cli_sample_job *j, const cli_args *args, const char *usage,
                           gan_generator_options *options);

/* What goes together: one output, and only flags that it heeds. Asked again when the number of
 * images is known from a file. */
gan_status cli_sample_check_output(cli_sample_job *j);

/* How many images the output shows. */
int64_t cli_sample_count(const cli_sample_job *j);

/* Writes the images as the output's name, --each or --video says. Of a picture they get the
 * channels of one (gan_image_show()), in place. */
gan_status cli_sample_write(cli_sample_job *j);

#endif
