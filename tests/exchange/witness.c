/* witness.c — what a checkpoint's networks compute, in double precision: for comparison with what
 * other programs make of an export.
 *
 *   witness CHECKPOINT FOLDER   writes z.npy (N, nz), images.npy (N, H, W, C) of the generator,
 * averaged where there are averages, images_plain.npy of its plain weights, inputs.npy (N, H, W, C)
 * in [-1, 1] and logits.npy (N, L) of the discriminator */
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/normal.h"
#include "base/path.h"
#include "gan/image.h"
#include "net/net.h"
#include "program/backend.h"
#include "program/forward.h"
#include "program/place.h"
#include "program/stored.h"
#include "session/checkpoint.h"

enum { N = 3, SEED = 20 };

/* A network's forward pass by moving statistics, bound to a device. */
typedef struct pass {
    gan_side side;
    gan_program *program;
    gan_device *device;
    gan_executable *executable;
} pass;

static gan_status build(pass *p, const gan_stack *stack, gan_error *err)
{
    const int64_t in[4] = {N, stack->in.h, stack->in.w, stack->in.c};
    const int64_t out[4] = {N, stack->out.h, stack->out.w, stack->out.c};
    gan_pass forward = {.name = "", .counters = -1, .batch_stat = -1};
    int x, y, into;
    GAN_TRY(gan_program_create("witness", &p->program, err));
    p->program->batch = N;
    GAN_TRY(gan_side_declare(p->program, stack, gan_flat_names_of(stack->network), false, &p->side,
                             err));
    GAN_TRY(gan_program_batch(p->program, "x", GAN_INPUT, GAN_F32, in, &x, err));
    GAN_TRY(gan_program_batch(p->program, "y", GAN_OUTPUT, GAN_F32, out, &into, err));
    GAN_TRY(gan_forward_build(p->program, &p->side, &forward, x, into, &y, err));
    GAN_TRY(gan_program_place(p->program, true, err));
    GAN_TRY(gan_reference_backend.open(NULL, &p->device, err));
    return gan_reference_backend.compile(p->device, p->program, &p->executable, err);
}

static gan_status fill(pass *p, const gan_checkpoint *checkpoint, const gan_stack *stack,
                       bool averaged, gan_error *err)
{
    const gan_backend *b = &gan_reference_backend;
    void *params = NULL, *stats = NULL;
    gan_status status = GAN_OK;
    GAN_TRY_DONE(gan_calloc((size_t)stack->param_floats, sizeof(float), &params, err));
    GAN_TRY_DONE(gan_calloc((size_t)stack->stat_floats, sizeof(float), &stats, err));
    GAN_TRY_DONE(gan_checkpoint_read_stack(checkpoint, stack, averaged, params, stats, err));
    if (stack->param_floats > 0) {
        GAN_TRY_DONE(b->write(p->device, gan_flat_names_of(stack->network)->param, 0, params,
                              4 * stack->param_floats, err));
    }
    if (stack->stat_floats > 0) {
        GAN_TRY_DONE(b->write(p->device, gan_flat_names_of(stack->network)->stat, 0, stats,
                              4 * stack->stat_floats, err));
    }
done:
    free(params);
    free(stats);
    return status;
}

/* y = the network of x; both are host arrays of N samples. */
static gan_status compute(const gan_checkpoint *checkpoint, const gan_stack *stack, bool averaged,
                          const float *x, float *y, gan_error *err)
{
    const gan_backend *b = &gan_reference_backend;
    const int64_t n_in = N * stack->in.h * stack->in.w * stack->in.c;
    const int64_t n_out = N * stack->out.h * stack->out.w * stack->out.c;
    pass p = {0};
    gan_status status = GAN_OK;
    GAN_TRY_DONE(build(&p, stack, err));
    GAN_TRY_DONE(fill(&p, checkpoint, stack, averaged, err));
    GAN_TRY_DONE(b->write(p.device, "x", 0, x, 4 * n_in, err));
    GAN_TRY_DONE(b->run(p.executable, 1, err));
    GAN_TRY_DONE(b->read(p.device, "y", 0, y, 4 * n_out, err));
done:
    b->destroy(p.executable);
    if (p.device) {
        b->close(p.device);
    }
    gan_side_free(&p.side);
    gan_program_destroy(p.program);
    return status;
}

static gan_status save(const char *folder, const char *name, const float *x, gan_dims3 dims,
                       int rank, gan_error *err)
{
    const int64_t all[4] = {N, rank == 4 ? dims.h : dims.h * dims.w * dims.c, dims.w, dims.c};
    char *path = NULL;
    GAN_TRY(gan_path_join(folder, name, &path, err));
    gan_status status = gan_npy_write_f32(path, x, all, rank, err);
    free(path);
    return status;
}

/* One network of one input, written as two arrays. */
static gan_status witness(const gan_checkpoint *checkpoint, const gan_stack *stack, bool averaged,
                          const char *folder, const char *in, const char *out, gan_error *err)
{
    const bool is_generator = stack->network == GAN_NETWORK_GENERATOR;
    const int64_t n_in = N * stack->in.h * stack->in.w * stack->in.c;
    const int64_t n_out = N * stack->out.h * stack->out.w * stack->out.c;
    void *x = NULL, *y = NULL;
    gan_status status = GAN_OK;
    GAN_TRY_DONE(gan_calloc((size_t)n_in, sizeof(float), &x, err));
    GAN_TRY_DONE(gan_calloc((size_t)n_out, sizeof(float), &y, err));
    gan_normal_fill(SEED, 0, 0, 0, n_in, x);
    for (int64_t i = 0; !is_generator && i < n_in; i++) {
        float *value = (float *)x + i; /* an image's */
        *value = *value > 1 ? 1 : *value < -1 ? -1 : *value;
    }
    GAN_TRY_DONE(compute(checkpoint, stack, averaged, x, y, err));
    GAN_TRY_DONE(save(folder, in, x, stack->in, is_generator ? 2 : 4, err));
    GAN_TRY_DONE(save(folder, out, y, stack->out, is_generator ? 4 : 2, err));
done:
    free(x);
    free(y);
    return status;
}

static gan_status run(const char *path, const char *folder, gan_error *err)
{
    gan_checkpoint checkpoint = {0};
    gan_net *net = NULL;
    gan_status status = GAN_OK;
    GAN_TRY_DONE(gan_checkpoint_open(path, &checkpoint, err));
    GAN_TRY_DONE(gan_net_parse(checkpoint.net, path, &net, err));
    GAN_TRY_DONE(gan_path_make_folders(folder, err));
    const bool averaged = gan_checkpoint_has_average(&checkpoint);
    GAN_TRY_DONE(
        witness(&checkpoint, net->generator, averaged, folder, "z.npy", "images.npy", err));
    GAN_TRY_DONE(
        witness(&checkpoint, net->generator, false, folder, "z.npy", "images_plain.npy", err));
    GAN_TRY_DONE(
        witness(&checkpoint, net->discriminator, false, folder, "inputs.npy", "logits.npy", err));
done:
    gan_net_destroy(net);
    gan_checkpoint_close(&checkpoint);
    return status;
}

int main(int argc, char **argv)
{
    gan_error err = {0};
    if (argc != 3) {
        fprintf(stderr, "usage: witness CHECKPOINT FOLDER\n");
        return 2;
    }
    if (run(argv[1], argv[2], &err) != GAN_OK) {
        fprintf(stderr, "witness: %s\n", err.text);
        return 1;
    }
    return 0;
}
