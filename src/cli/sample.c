/* sample.c — gan sample: images, grids, interpolations and arrays from a checkpoint. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/number.h"
#include "base/signals.h"
#include "cli/command.h"
#include "cli/json.h"
#include "cli/seeds.h"
#include "cli/stuck.h"
#include "gan/array.h"
#include "gan/eval.h"
#include "gan/image.h"
#include "gan/options.h"
#include "gan/sample.h"

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
    FRAMES_PER_SECOND = 20,
    VIDEO_STEPS = 24, /* between two seeds, where --interpolate does not say */
    MAX_STEPS = 10000,
    MAX_THREADS = 1024, /* as in options.def */
    SLICE = 256         /* images between two looks at the signals */
};

static const char usage[] = "sample CHECKPOINT|RUN [--seeds 0-63] [--grid 8x8] [-o out.png]";
static const char description[] = "Makes images. Image i depends on its seed alone: not on its "
                                  "neighbours, the grid or the batch.\n";

/* What to make, and the generator that makes it. */
typedef struct job {
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
} job;

static gan_status fail(job *j, gan_status status, const char *format, const char *what)
{
    j->err->status = status;
    snprintf(j->err->text, sizeof j->err->text, format, what);
    return status;
}

static bool ends_in(const char *name, const char *suffix)
{
    size_t n = strlen(name), s = strlen(suffix);
    return n > s && strcmp(name + n - s, suffix) == 0;
}

static gan_status take_grid(job *j, const char *text)
{
    int rows, columns;
    if (!text) {
        return GAN_OK;
    }
    const gan_status status = gan_grid_parse(text, &rows, &columns, j->err);
    if (status != GAN_OK) {
        return gan_fail_in(j->err, status, "--grid");
    }
    j->grid.rows = rows;
    j->grid.cols = columns;
    return GAN_OK;
}

/* From each seed to the next, and in an animation back to the first. */
static int64_t count_images(const job *j)
{
    const bool closed = j->video || ends_in(j->output, ".gif");
    return j->interpolate ? (j->n_seeds - !closed) * j->interpolate + !closed : j->n_seeds;
}

/* A walk, by itself. */
static gan_status check_video(job *j)
{
    if (j->grid.rows || j->grid.cols) {
        return fail(j, GAN_E_USAGE, "%s: --video shows one image at a time: leave out --grid",
                    j->output);
    }
    return j->n_seeds >= 2
               ? GAN_OK
               : fail(j, GAN_E_USAGE, "%s: --video needs at least two seeds", j->output);
}

/* What goes together: one output, and only flags that it heeds. */
static gan_status check_output(job *j)
{
    const bool gif = ends_in(j->output, ".gif"), png = ends_in(j->output, ".png");
    const int64_t places = j->grid.rows * j->grid.cols;
    const int64_t n = count_images(j);
    if (j->each && !*j->each) {
        return fail(j, GAN_E_USAGE, "each: the folder's name is empty%s", "");
    }
    if (j->each && (j->interpolate || places)) {
        return fail(j, GAN_E_USAGE, "--each writes every seed's image by itself: leave out %s",
                    j->interpolate ? "--interpolate" : "--grid");
    }
    if (j->each) {
        return GAN_OK;
    }
    if (j->video) {
        return check_video(j);
    }
    if (!png && !gif && !ends_in(j->output, ".npy")) {
        return fail(j, GAN_E_USAGE, "%s: an output ends in .png, .npy or .gif", j->output);
    }
    if (gif && !j->interpolate) {
        return fail(j, GAN_E_USAGE,
                    "%s: an animation is one of --interpolate N; seeds go to a .png or .npy",
                    j->output);
    }
    if (places && !png) {
        return fail(j, GAN_E_USAGE, "%s: --grid is for a .png", j->output);
    }
    if (j->interpolate && j->n_seeds < 2) {
        return fail(j, GAN_E_USAGE, "--interpolate needs at least two seeds%s", "");
    }
    if (places && places < n) {
        char message[160];
        snprintf(message, sizeof message,
                 "grid: %lldx%lld has %lld place%s, and there are %lld images",
                 (long long)j->grid.rows, (long long)j->grid.cols, (long long)places,
                 gan_plural(places), (long long)n);
        return fail(j, GAN_E_USAGE, "%s", message);
    }
    return GAN_OK;
}

/* The seeds that were asked for; else as many as the picture has places, or a few. */
static gan_status take_seeds(job *j, const char *text)
{
    char all[32];
    if (!text) {
        const int64_t places = j->grid.rows * j->grid.cols;
        const int64_t n = j->interpolate ? 8 : places ? places : 64;
        snprintf(all, sizeof all, "0-%lld", (long long)n - 1);
        text = all;
    }
    return cli_seeds_parse(text, &j->seeds, &j->n_seeds, j->err);
}

static gan_status take_outputs(job *j, const cli_args *args)
{
    j->output = cli_args_get(args, "output");
    j->each = cli_args_get(args, "each");
    if (j->video && (j->output || j->each || j->z_file)) {
        return fail(j, GAN_E_USAGE, "--video is an output of its own: leave out --%s",
                    j->output ? "output"
                    : j->each ? "each"
                              : "z");
    }
    if (j->output && j->each) {
        return fail(j, GAN_E_USAGE, "give --output or --each, not both%s", "");
    }
    j->output = j->video ? cli_args_get(args, "video") : j->output;
    if (!j->output) {
        j->output = j->interpolate ? "interpolation.gif" : "samples.png";
    }
    return check_output(j);
}

static gan_status take_arguments(job *j, const cli_args *args, gan_generator_options *options)
{
    int64_t threads = 0;
    const char *averaged = cli_args_get(args, "averaged");
    if (args->n_positional != 1) {
        return fail(j, GAN_E_USAGE, "usage: gan %s", usage);
    }
    gan_status status = take_grid(j, cli_args_get(args, "grid"));
    if (status == GAN_OK) {
        status = cli_args_integer(args, "threads", 1, MAX_THREADS, &threads, j->err);
    }
    if (status == GAN_OK) {
        status = cli_args_integer(args, "interpolate", 1, MAX_STEPS, &j->interpolate, j->err);
    }
    if (status == GAN_OK) {
        status = cli_args_statistics(args, &options->statistics, j->err);
    }
    j->video = cli_args_get(args, "video") != NULL;
    j->interpolate = j->video && !j->interpolate ? VIDEO_STEPS : j->interpolate;
    j->z_file = cli_args_get(args, "z");
    j->save_z = cli_args_get(args, "save_z");
    j->nearest = cli_args_get(args, "nearest");
    if (status == GAN_OK && j->z_file && (cli_args_get(args, "seeds") || j->interpolate)) {
        return fail(j, GAN_E_USAGE, "--z has its own latent vectors: leave out %s",
                    j->interpolate ? "--interpolate" : "--seeds");
    }
    if (status == GAN_OK) {
        status = take_seeds(j, cli_args_get(args, "seeds"));
    }
    if (status == GAN_OK) {
        status = take_outputs(j, args);
    }
    j->judge = cli_args_is_on(args, "judge");
    options->device = cli_args_get(args, "device");
    options->threads = (int)threads;
    options->averaging = !averaged                       ? GAN_AVERAGED_IF_THERE
                         : strcmp(averaged, "true") == 0 ? GAN_AVERAGED
                                                         : GAN_NOT_AVERAGED;
    options->listener = cli_args_is_on(args, "quiet") ? NULL : &cli_notes;
    j->device = options->device;
    j->threads = options->threads;
    j->listener = options->listener;
    return status;
}

static gan_status make_images(job *j)
{
    int64_t pixels = j->net.height * j->net.width * j->net.channels, nz = j->net.latent;
    const int64_t n = j->n_images;
    gan_status status = GAN_OK;
    j->images = (size_t)n <= SIZE_MAX / sizeof(float) / (size_t)pixels
                    ? calloc((size_t)(n * pixels), sizeof *j->images)
                    : NULL;
    if (!j->images) {
        return fail(j, GAN_E_MEMORY, "no memory for the images%s", "");
    }
    for (int64_t done = 0; done < n && status == GAN_OK; done += SLICE) {
        int64_t count = n - done < SLICE ? n - done : SLICE;
        if (gan_signals_read(&j->signals->caught)) {
            return fail(j, GAN_E_INTERRUPTED, "stopped; nothing was written%s", "");
        }
        gan_pulse_begin(j->pulse);
        status = gan_generator_decode(j->generator, j->z + done * nz, count,
                                      j->images + done * pixels, j->err);
        gan_pulse_end(j->pulse);
    }
    return status;
}

/* The latent vectors of n images, each of its seed or on the way from one to the next. */
static gan_status make_latents(job *j, int64_t n)
{
    const int64_t nz = j->net.latent;
    j->n_images = n;
    if (j->z_file) {
        return GAN_OK;
    }
    j->z = calloc((size_t)((n + 2) * nz), sizeof *j->z);
    if (!j->z) {
        return fail(j, GAN_E_MEMORY, "no memory for the latent vectors%s", "");
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

static gan_status write_each(job *j)
{
    int64_t pixels = j->net.height * j->net.width * j->net.channels;
    const char *what = j->z_file ? "z" : "seed";
    if (mkdir(j->each, 0777) != 0 && errno != EEXIST) {
        char message[512];
        snprintf(message, sizeof message, "cannot make the folder %.400s: %s", j->each,
                 strerror(errno));
        return fail(j, GAN_E_CREATE, "%s", message);
    }
    for (int64_t i = 0; i < j->n_images; i++) {
        char path[4096], seed[32];
        snprintf(seed, sizeof seed, "%llu", (unsigned long long)j->seeds[i]);
        snprintf(path, sizeof path, "%s/%s-%s.png", j->each, what, seed);
        const gan_image_batch one = {j->images + i * pixels, 1, j->net.height, j->net.width,
                                     j->net.channels};
        const gan_image_grid alone = {.rows = 1, .cols = 1, .gap = GAN_IMAGE_NO_GAP};
        const gan_image_text text = {what, seed};
        gan_status status = gan_image_write_png(path, &one, &alone, &text, 1, j->err);
        if (status != GAN_OK) {
            return status;
        }
    }
    return GAN_OK;
}

static gan_status write_gif(job *j)
{
    const gan_image_grid alone = {.rows = 1, .cols = 1, .gap = GAN_IMAGE_NO_GAP};
    int64_t pixels = j->net.height * j->net.width * j->net.channels;
    gan_gif *gif = NULL;
    gan_status status = gan_gif_create(j->output, 1, j->net.height, j->net.width, j->net.channels,
                                       &alone, &gif, j->err);
    for (int64_t i = 0; i < j->n_images && status == GAN_OK; i++) {
        status = gan_gif_add(gif, j->images + i * pixels, 1.0 / FRAMES_PER_SECOND, j->err);
    }
    if (status == GAN_OK) {
        status = gan_gif_finish(gif, j->err);
    }
    gan_gif_destroy(gif);
    return status;
}

static gan_status write_video(job *j)
{
    const int64_t pixels = j->net.height * j->net.width * j->net.channels;
    gan_video *video = NULL;
    gan_status status = gan_video_create(j->output, j->net.height, j->net.width, j->net.channels,
                                         FRAMES_PER_SECOND, &video, j->err);
    for (int64_t i = 0; i < j->n_images && status == GAN_OK; i++) {
        status = gan_video_add(video, j->images + i * pixels, j->err);
    }
    if (status == GAN_OK) {
        status = gan_video_finish(video, j->err);
    }
    if (status == GAN_OK) {
        status = gan_strdup(gan_video_path(video), &j->filmed, j->err);
    }
    if (status == GAN_OK && strcmp(j->filmed, j->output) != 0 && j->listener) {
        cli_print_note("there is no ffmpeg here: the video is an animated PNG");
    }
    gan_video_destroy(video);
    return status;
}

static gan_status write_output(job *j)
{
    if (!j->each && !j->video && ends_in(j->output, ".npy")) {
        const int64_t dims[] = {j->n_images, j->net.height, j->net.width, j->net.channels};
        return gan_npy_write_f32(j->output, j->images, dims, 4, j->err);
    }
    j->net.channels =
        gan_image_show(j->images, j->n_images * j->net.height * j->net.width, j->net.channels);
    if (j->each) {
        return write_each(j);
    }
    if (j->video) {
        return write_video(j);
    }
    if (ends_in(j->output, ".gif")) {
        return write_gif(j);
    }
    const gan_image_batch batch = {j->images, j->n_images, j->net.height, j->net.width,
                                   j->net.channels};
    return gan_image_write_png(j->output, &batch, &j->grid, NULL, 0, j->err);
}

/* Latent vectors out of a file: as many images, numbered from 0. */
static gan_status take_z(job *j)
{
    gan_status status = gan_latents_read(j->z_file, j->net.latent, &j->z, &j->n_seeds, j->err);
    if (status != GAN_OK) {
        return status;
    }
    free(j->seeds);
    j->seeds = calloc((size_t)j->n_seeds, sizeof *j->seeds);
    if (!j->seeds) {
        return fail(j, GAN_E_MEMORY, "no memory for the images' numbers%s", "");
    }
    for (int64_t i = 0; i < j->n_seeds; i++) {
        j->seeds[i] = (uint64_t)i;
    }
    return check_output(j);
}

/* What is written beside the images: before them, because showing them changes their channels. */
static gan_status write_beside(job *j)
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
static gan_status take_shape(job *j, int64_t n)
{
    const int64_t shown = j->net.channels >= 3 ? 3 : 1; /* as gan_image_show() has it */
    if (j->each || j->video || !ends_in(j->output, ".png")) {
        return GAN_OK;
    }
    if (j->interpolate && !j->grid.rows) {
        j->grid.cols = j->interpolate;
        j->grid.rows = (n + j->interpolate - 1) / j->interpolate;
    }
    return gan_image_grid_check(&j->grid, n, j->net.height, j->net.width, shown, j->err);
}

static gan_status sample(job *j)
{
    gan_status status = GAN_OK;
    j->net = gan_net_summarize(gan_generator_net(j->generator));
    if (j->z_file) {
        status = take_z(j);
    }
    const int64_t n = count_images(j);
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
        status = write_output(j);
    }
    return status == GAN_OK && j->judge ? gan_generator_judge(j->generator, &j->likeness, j->err)
                                        : status;
}

static void print_result(const job *j, bool json)
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
    job j = {.signals = &signals, .pulse = &pulse, .err = &err};
    if (cli_wants_help(argc, argv)) {
        cli_print_help(usage, description, flags, N_FLAGS);
        return 0;
    }
    gan_status status = cli_args_parse(argc, argv, flags, N_FLAGS, &args, &err);
    if (status == GAN_OK) {
        status = take_arguments(&j, &args, &options);
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
