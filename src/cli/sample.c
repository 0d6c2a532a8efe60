/* sample.c — gan sample: images, grids, interpolations and arrays from a checkpoint. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/path.h"
#include "cli/json.h"
#include "cli/sample.h"
#include "cli/stuck.h"
#include "gan/array.h"

static const cli_flag flags[] = {
    {"seeds", 's', "LIST", "which images: 0-63, 1,5,9 (default 0-63, or as many as --grid holds)"},
    {"grid", 0, "RxC", "rows and columns of a .png (default: what fits)"},
    {"output", 'o', "FILE",
     "a picture (.png), an array (.npy), or an animation (.gif) of --interpolate "
     "(default samples.png)"},
    {"video", 0, "FILE.mp4",
     "an endless walk between the seeds as a video, by ffmpeg; as FILE.png, animated, where there "
     "is no ffmpeg"},
    {"each", 0, "DIR", "write every image as its own file DIR/seed-N.png instead"},
    {"interpolate", 0, "N", "N steps on the sphere between each pair of neighbouring seeds"},
    {"z", 0, "FILE.npy", "of these latent vectors (N x nz floats) in place of seeds"},
    {"save_z", 0, "FILE.npy", "also write the latent vectors of what is made"},
    {"nearest", 0, "FILE.png", "also show images beside the nearest ones of the run's data set"},
    {"averaged", 0, NULL,
     "use the averaged (EMA) weights (default: if the checkpoint has them); --no-averaged"},
    CLI_STATISTICS_FLAGS,
    {"judge", 0, NULL, "also say how far images are from noise to those of the run's data set"},
    {"device", 0, "D", "auto, cpu, cuda, cuda:N, reference (default auto)"},
    {"threads", 0, "N", "CPU threads"},
    {"json", 0, NULL, "what was written, as JSON on stdout"},
    {"quiet", 'q', NULL, "nothing on stderr but errors"},
    {"help", 'h', NULL, "this text"},
};

enum {
    N_FLAGS = sizeof flags / sizeof flags[0],
    SLICE = 256 /* images between two looks at the signals */
};

static const char usage[] = "sample CHECKPOINT|RUN [--seeds 0-63] [--grid 8x8] [-o out.png]";
static const char description[] = "Makes images. Image i depends on its seed alone: not on its "
                                  "neighbours, the grid or the batch.\n";

static gan_status make_images(cli_sample_job *j)
{
    int64_t pixels = j->net.height * j->net.width * j->net.channels, nz = j->net.latent;
    const int64_t n = j->n_images;
    gan_status status = GAN_OK;
    j->images = (size_t)n <= SIZE_MAX / sizeof(float) / (size_t)pixels
                    ? calloc((size_t)(n * pixels), sizeof *j->images)
                    : NULL;
    if (!j->images) {
        return cli_sample_fail(j, GAN_E_MEMORY, "no memory for the images%s", "");
    }
    for (int64_t done = 0; done < n && status == GAN_OK; done += SLICE) {
        int64_t count = n - done < SLICE ? n - done : SLICE;
        if (gan_signals_read(&j->signals->caught)) {
            return cli_sample_fail(j, GAN_E_INTERRUPTED, "stopped; nothing was written%s", "");
        }
        gan_pulse_begin(j->pulse);
        status = gan_generator_decode(j->generator, j->z + done * nz, count,
                                      j->images + done * pixels, j->err);
        gan_pulse_end(j->pulse);
    }
    return status;
}

/* The latent vectors of n images, each of its seed or on the way from one to the next. */
static gan_status make_latents(cli_sample_job *j, int64_t n)
{
    const int64_t nz = j->net.latent;
    j->n_images = n;
    if (j->z_file) {
        return GAN_OK;
    }
    j->z = calloc((size_t)((n + 2) * nz), sizeof *j->z);
    if (!j->z) {
        return cli_sample_fail(j, GAN_E_MEMORY, "no memory for the latent vectors%s", "");
    }
    float *a = j->z + n * nz, *b = a + nz;
    for (int64_t i = 0; i < n; i++) {
        const int64_t steps = j->interpolate ? j->interpolate : 1, pair = i / steps;
        gan_latent_of_seed(j->seeds[pair % j->n_seeds], nz, j->interpolate ? a : j->z + i * nz);
        if (j->interpolate) {
            gan_latent_of_seed(j->seeds[(pair + 1) % j->n_seeds], nz, b);
            gan_latent_slerp(a, b, (double)(i % steps) / (double)steps, nz, j->z + i * nz);
        }
    }
    return GAN_OK;
}

/* Latent vectors out of a file: as many images, numbered from 0. */
static gan_status take_z(cli_sample_job *j)
{
    gan_status status = gan_latents_read(j->z_file, j->net.latent, &j->z, &j->n_seeds, j->err);
    if (status != GAN_OK) {
        return status;
    }
    free(j->seeds);
    j->seeds = calloc((size_t)j->n_seeds, sizeof *j->seeds);
    if (!j->seeds) {
        return cli_sample_fail(j, GAN_E_MEMORY, "no memory for the images' numbers%s", "");
    }
    for (int64_t i = 0; i < j->n_seeds; i++) {
        j->seeds[i] = (uint64_t)i;
    }
    return cli_sample_check_output(j);
}

/* What is written beside the images: before them, because showing them changes their channels. */
static gan_status write_beside(cli_sample_job *j)
{
    const int64_t dims[] = {j->n_images, j->net.latent};
    gan_status status = j->save_z ? gan_npy_write_f32(j->save_z, j->z, dims, 2, j->err) : GAN_OK;
    if (status == GAN_OK && j->nearest) {
        const gan_eval_options options = {.device = j->device,
                                          .threads = j->threads,
                                          .cancel = &j->signals->caught,
                                          .listener = j->listener};
        status = gan_generator_nearest(j->generator, j->images, j->n_images, &options, j->nearest,
                                       j->err);
    }
    return status;
}

/* The picture's grid, refused before images are made for it that it cannot show. */
static gan_status take_shape(cli_sample_job *j, int64_t n)
{
    const int64_t shown = j->net.channels >= 3 ? 3 : 1; /* as gan_image_show() has it */
    if (j->each || j->video || !gan_path_ends(j->output, ".png")) {
        return GAN_OK;
    }
    if (j->interpolate && !j->grid.rows) {
        j->grid.cols = j->interpolate;
        j->grid.rows = (n + j->interpolate - 1) / j->interpolate;
    }
    return gan_image_grid_check(&j->grid, n, j->net.height, j->net.width, shown, j->err);
}

static gan_status sample(cli_sample_job *j)
{
    gan_status status = GAN_OK;
    j->net = gan_net_summarize(gan_generator_net(j->generator));
    if (j->z_file) {
        status = take_z(j);
    }
    const int64_t n = cli_sample_count(j);
    if (status == GAN_OK) {
        status = take_shape(j, n);
    }
    if (status == GAN_OK) {
        status = make_latents(j, n);
    }
    if (status == GAN_OK) {
        status = make_images(j);
    }
    if (status == GAN_OK) {
        status = write_beside(j);
    }
    if (status == GAN_OK) {
        status = cli_sample_write(j);
    }
    return status == GAN_OK && j->judge ? gan_generator_judge(j->generator, &j->likeness, j->err)
                                        : status;
}

static void print_result(const cli_sample_job *j, bool json)
{
    const char *where = j->each ? j->each : j->filmed ? j->filmed : j->output;
    if (json) {
        cli_json line = cli_json_begin(stdout);
        cli_json_string(&line, "output", where);
        cli_json_integer(&line, "images", j->n_images);
        cli_json_string(&line, "checkpoint", gan_generator_path(j->generator));
        cli_json_integer(&line, "step", gan_generator_step(j->generator));
        cli_json_bool(&line, "averaged", gan_generator_is_averaged(j->generator));
        cli_json_bool(&line, "precise_bn", gan_generator_is_precise(j->generator));
        if (j->judge) {
            cli_json_real(&line, "likeness", j->likeness.share);
        }
        cli_json_end(&line);
        return;
    }
    printf("%s\n", where);
    if (j->judge) {
        printf("after step %lld: %s (%.0f %% of the way from noise to real images)\n",
               (long long)gan_generator_step(j->generator), j->likeness.words,
               100 * j->likeness.share);
    }
}

static void tell_stuck(const void *unused)
{
    (void)unused;
    fprintf(stderr, "gan sample: making images does not end, so it was given up\n");
}

int cli_sample(int argc, char **argv)
{
    static gan_signals signals; /* outlives the handler that may still run */
    static gan_pulse pulse;     /* and this the thread that watches */
    cli_args args;
    gan_error err = {0};
    gan_generator_options options = {0};
    cli_sample_job j = {.signals = &signals, .pulse = &pulse, .err = &err};
    if (cli_wants_help(argc, argv)) {
        cli_print_help(usage, description, flags, N_FLAGS);
        return 0;
    }
    gan_status status = cli_args_parse(argc, argv, flags, N_FLAGS, &args, &err);
    if (status == GAN_OK) {
        status = cli_sample_take(&j, &args, usage, &options);
    }
    if (status == GAN_OK) {
        status = gan_signals_install(&signals, &err);
    }
    if (status == GAN_OK) {
        status = cli_stuck_watch(&signals, &pulse, tell_stuck, NULL, &err);
    }
    if (status == GAN_OK) {
        gan_pulse_begin(&pulse); /* batch norm is measured there */
        status = gan_generator_open(args.positional[0], &options, &j.generator, &err);
        gan_pulse_end(&pulse);
    }
    if (status == GAN_OK) {
        status = sample(&j);
    }
    if (status == GAN_OK) {
        print_result(&j, cli_args_is_on(&args, "json"));
    }
    gan_generator_close(j.generator);
    free(j.seeds);
    free(j.images);
    free(j.z);
    free(j.filmed);
    cli_args_free(&args);
    int exit_code = status == GAN_OK ? 0 : cli_fail("sample", status, &err);
    return status == GAN_E_INTERRUPTED ? 128 + gan_signals_read(&signals.caught) : exit_code;
}
