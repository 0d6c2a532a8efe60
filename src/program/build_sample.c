/* build_sample.c — sampling as a program: z in, images out; and the same in the way of training,
 * which gives the statistics of a batch instead (gan sample --precise-bn averages them over
 * batches). */
#include <assert.h>

#include "program/build.h"
#include "program/forward.h"
#include "program/place.h"
#include "program/stored.h"

static gan_status append(gan_program *program, const gan_net *net, int64_t batch,
                         const gan_flat_names *names, gan_side *side, gan_error *err)
{
    const int64_t z_dims[4] = {batch, 1, 1, net->latent};
    const int64_t image_dims[4] = {batch, net->image.h, net->image.w, net->image.c};
    gan_pass pass = {.name = "", .counters = -1, .batch_stat = -1};
    int z, images, y;
    GAN_TRY(gan_side_declare(program, net->generator, names, false, side, err));
    GAN_TRY(gan_program_batch(program, GAN_STORED_Z, GAN_INPUT, GAN_F32, z_dims, &z, err));
    GAN_TRY(gan_program_batch(program, GAN_STORED_IMAGES, GAN_OUTPUT, GAN_F32, image_dims, &images,
                              err));
    GAN_TRY(gan_forward_build(program, side, &pass, z, images, &y, err));
    return gan_program_place(program, true, err);
}

/* The same in the way of training, for the batch statistics. */
static gan_status append_estimate(gan_program *program, const gan_net *net, int64_t batch,
                                  const gan_flat_names *names, gan_side *side, gan_error *err)
{
    const int64_t z_dims[4] = {batch, 1, 1, net->latent};
    assert(net->generator);
    const int64_t stat_dims[4] = {1, 1, 1, net->generator->stat_floats};
    gan_pass pass = {.name = "", .counters = -1, .training = true, .no_dropout = true};
    /* A window_sum of one operand is a copy: into a buffer that the host reads. */
    const gan_attr attr = {.window_sum = {0, 0}};
    int z, y, stat;
    GAN_TRY(gan_side_declare(program, net->generator, names, false, side, err));
    GAN_TRY(gan_program_batch(program, GAN_STORED_ESTIMATE_Z, GAN_INPUT, GAN_F32, z_dims, &z, err));
    GAN_TRY(gan_program_buffer(program, GAN_STORED_BATCH_STAT, GAN_OUTPUT, GAN_F32, stat_dims,
                               &stat, err));
    GAN_TRY(gan_forward_build(program, side, &pass, z, -1, &y, err));
    const int in[] = {pass.batch_stat, -1};
    GAN_TRY(gan_program_op(program, GAN_OP_window_sum, "batch statistics", in, &stat, &attr, err));
    return gan_program_place(program, true, err);
}

typedef gan_status append_function(gan_program *program, const gan_net *net, int64_t batch,
                                   const gan_flat_names *names, gan_side *side, gan_error *err);

static gan_status build(const char *name, append_function *append_all, const gan_net *net,
                        int64_t batch, const gan_flat_names *names, gan_program **out,
                        gan_error *err)
{
    gan_side side = {0};
    gan_program *program = NULL;
    *out = NULL;
    GAN_TRY(gan_net_need_kind(net, GAN_NET_KIND_GAN, err));
    if (batch < 1) {
        return gan_fail(err, GAN_E_USAGE, "batch size %lld: it must be at least 1",
                        (long long)batch);
    }
    gan_status status = GAN_OK;
    GAN_TRY_DONE(gan_program_create(name, &program, err));
    program->batch = batch;
    GAN_TRY_DONE(append_all(program, net, batch, names, &side, err));
    *out = program;
    program = NULL;
done:
    gan_side_free(&side);
    gan_program_destroy(program);
    return status;
}

gan_status gan_build_sample(const gan_net *net, int64_t batch, bool averaged, bool steady,
                            gan_program **out, gan_error *err)
{
    return build("sample", append, net, batch, gan_sampled_names(averaged, steady), out, err);
}

gan_status gan_build_estimate(const gan_net *net, int64_t batch, bool averaged, gan_program **out,
                              gan_error *err)
{
    *out = NULL;
    if (net->generator && net->generator->stat_floats == 0) {
        return gan_fail(err, GAN_E_USAGE, "the generator has no batch_norm to estimate");
    }
    return build("estimate", append_estimate, net, batch, gan_sampled_names(averaged, false), out,
                 err);
}
