/* sample_take.c — the arguments of gan sample: what they ask for, and what does not go together. */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/number.h"
#include "base/path.h"
#include "cli/sample.h"
#include "cli/seeds.h"
#include "gan/options.h"

enum {
    VIDEO_STEPS = 24, /* between two seeds, where --interpolate does not say */
    MAX_STEPS = 10000,
    MAX_THREADS = 1024 /* as in options.def */
};

gan_status cli_sample_fail(cli_sample_job *j, gan_status status, const char *format,
                           const char *what)
{
    j->err->status = status;
    snprintf(j->err->text, sizeof j->err->text, format, what);
    return status;
}

static gan_status take_grid(cli_sample_job *j, const char *text)
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
int64_t cli_sample_count(const cli_sample_job *j)
{
    const bool closed = j->video || gan_path_ends(j->output, ".gif");
    return j->interpolate ? (j->n_seeds - !closed) * j->interpolate + !closed : j->n_seeds;
}

/* A walk, by itself. */
static gan_status check_video(cli_sample_job *j)
{
    if (j->grid.rows || j->grid.cols) {
        return cli_sample_fail(
            j, GAN_E_USAGE, "%s: --video shows one image at a time: leave out --grid", j->output);
    }
    return j->n_seeds >= 2
               ? GAN_OK
               : cli_sample_fail(j, GAN_E_USAGE, "%s: --video needs at least two seeds", j->output);
}

/* What goes together: one output, and only flags that it heeds. */
gan_status cli_sample_check_output(cli_sample_job *j)
{
    const bool gif = gan_path_ends(j->output, ".gif"), png = gan_path_ends(j->output, ".png");
    const int64_t places = j->grid.rows * j->grid.cols;
    const int64_t n = cli_sample_count(j);
    if (j->each && !*j->each) {
        return cli_sample_fail(j, GAN_E_USAGE, "each: the folder's name is empty%s", "");
    }
    if (j->each && (j->interpolate || places)) {
        return cli_sample_fail(j, GAN_E_USAGE,
                               "--each writes every seed's image by itself: leave out %s",
                               j->interpolate ? "--interpolate" : "--grid");
    }
    if (j->each) {
        return GAN_OK;
    }
    if (j->video) {
        return check_video(j);
    }
    if (!png && !gif && !gan_path_ends(j->output, ".npy")) {
        return cli_sample_fail(j, GAN_E_USAGE, "%s: an output ends in .png, .npy or .gif",
                               j->output);
    }
    if (gif && !j->interpolate) {
        return cli_sample_fail(
            j, GAN_E_USAGE,
            "%s: an animation is one of --interpolate N; seeds go to a .png or .npy", j->output);
    }
    if (places && !png) {
        return cli_sample_fail(j, GAN_E_USAGE, "%s: --grid is for a .png", j->output);
    }
    if (j->interpolate && j->n_seeds < 2) {
        return cli_sample_fail(j, GAN_E_USAGE, "--interpolate needs at least two seeds%s", "");
    }
    if (places && places < n) {
        char message[160];
        snprintf(message, sizeof message,
                 "grid: %lldx%lld has %lld place%s, and there are %lld images",
                 (long long)j->grid.rows, (long long)j->grid.cols, (long long)places,
                 gan_plural(places), (long long)n);
        return cli_sample_fail(j, GAN_E_USAGE, "%s", message);
    }
    return GAN_OK;
}

/* The seeds that were asked for; else as many as the picture has places, or a few. */
static gan_status take_seeds(cli_sample_job *j, const char *text)
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

static gan_status take_outputs(cli_sample_job *j, const cli_args *args)
{
    j->output = cli_args_get(args, "output");
    j->each = cli_args_get(args, "each");
    if (j->video && (j->output || j->each || j->z_file)) {
        return cli_sample_fail(j, GAN_E_USAGE, "--video is an output of its own: leave out --%s",
                               j->output ? "output"
                               : j->each ? "each"
                                         : "z");
    }
    if (j->output && j->each) {
        return cli_sample_fail(j, GAN_E_USAGE, "give --output or --each, not both%s", "");
    }
    j->output = j->video ? cli_args_get(args, "video") : j->output;
    if (!j->output) {
        j->output = j->interpolate ? "interpolation.gif" : "samples.png";
    }
    return cli_sample_check_output(j);
}

gan_status cli_sample_take(cli_sample_job *j, const cli_args *args, const char *usage,
                           gan_generator_options *options)
{
    int64_t threads = 0;
    const char *averaged = cli_args_get(args, "averaged");
    if (args->n_positional != 1) {
        return cli_sample_fail(j, GAN_E_USAGE, "usage: gan %s", usage);
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
        return cli_sample_fail(j, GAN_E_USAGE, "--z has its own latent vectors: leave out %s",
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
