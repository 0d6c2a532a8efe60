/* ways.c — the ways in which an operation can be computed here, for a tune to choose from. */
#include <stdio.h>

#include "cuda/device.h"

/* The plans of a convolution that pass the rules, as the first mode that has any lists them: what
 * comes after is cuDNN's own second choice. */
static int list_plans(const gan_cuda_spec *spec, const gan_program *program, const gan_op *op,
                      gan_way ways[GAN_WAYS_MAX])
{
    gan_cuda_spec nth = *spec;
    char mode = 0;
    int n = 0;
    for (nth.skip = 0; n < GAN_WAYS_MAX; nth.skip++) {
        gan_cuda_work work = {0};
        gan_status status = gan_cuda_work_prepare(&nth, program, op, &work, NULL);
        const gan_cudnn_choice choice = work.conv.choice;
        gan_cuda_work_clear(&work);
        if (status != GAN_OK || (n > 0 && choice.mode != mode)) {
            break;
        }
        mode = choice.mode;
        ways[n] = (gan_way){0};
        gan_cuda_name_plan(&choice, ways[n++].name);
    }
    return n;
}

/* cuDNN's batch normalization, where it is the rule and plans this one, and the own kernels. */
static int list_norms(const gan_cuda_spec *spec, const gan_program *program, const gan_op *op,
                      gan_way ways[GAN_WAYS_MAX])
{
    gan_cuda_work work = {0};
    bool planned =
        gan_cuda_work_prepare(spec, program, op, &work, NULL) == GAN_OK && work.norm.plan != NULL;
    gan_cuda_work_clear(&work);
    if (!planned) {
        return 0;
    }
    ways[0] = (gan_way){.name = "cudnn"};
    ways[1] = (gan_way){.name = GAN_CUDA_FUSED};
    return 2;
}

int gan_cuda_ways(gan_device *device, const gan_program *program, int i, gan_way ways[GAN_WAYS_MAX])
{
    gan_cuda_spec spec = device->spec;
    const gan_op *op = &program->ops[i];
    spec.tune = NULL;
    if (cudaSetDevice(device->index) != cudaSuccess) {
        (void)cudaGetLastError(); /* whoever runs the program is told */
        return 0;
    }
    switch (op->kind) {
    case GAN_OP_conv:
    case GAN_OP_conv_dx:
    case GAN_OP_conv_dw:
        return list_plans(&spec, program, op, ways);
    case GAN_OP_batch_norm:
    case GAN_OP_batch_norm_bwd:
        return list_norms(&spec, program, op, ways);
    default:
        return 0;
    }
}
