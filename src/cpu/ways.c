/* ways.c — the ways in which an operation can be computed here, for a tune to choose from. */
#include <stdio.h>

#include "cpu/conv_engine.h"
#include "cpu/device.h"

/* Which pass of a convolution an op is; false for any other op. */
static bool find_pass(gan_op_kind kind, gan_conv_pass *pass)
{
    *pass = kind == GAN_OP_conv      ? GAN_CONV_FWD
            : kind == GAN_OP_conv_dx ? GAN_CONV_DATA
                                     : GAN_CONV_FILTER;
    return *pass != GAN_CONV_FILTER || kind == GAN_OP_conv_dw;
}

/* True if op i can be computed along with the one before. */
static bool can_join(const gan_device *device, const gan_program *program, int i)
{
    gan_cpu_step first = {0}, second = {0};
    gan_conv_pass pass;
    if (i == 0 || !find_pass(program->ops[i - 1].kind, &pass)) {
        return false;
    }
    bool joined =
        gan_cpu_step_prepare(device, program, i - 1, gan_conv_dft.name, &first, NULL) == GAN_OK &&
        gan_cpu_step_prepare(device, program, i, GAN_CONV_JOINED, &second, NULL) == GAN_OK &&
        gan_conv_join(&first, &second, NULL) == GAN_OK && second.with_previous;
    gan_cpu_step_destroy(&first);
    gan_cpu_step_destroy(&second);
    return joined;
}

int gan_cpu_ways(gan_device *device, const gan_program *program, int i, gan_way ways[GAN_WAYS_MAX])
{
    const char *names[GAN_WAYS_MAX - 1];
    gan_conv_pass pass;
    if (!find_pass(program->ops[i].kind, &pass)) {
        return 0;
    }
    const gan_cpu_step step = {.program = program,
                               .op = &program->ops[i],
                               .threads = device->threads,
                               .conv = device->conv,
                               .onednn = device->onednn};
    int n = gan_conv_engine_list(&step, pass, names, GAN_WAYS_MAX - 1);
    for (int k = 0; k < n; k++) {
        ways[k] = (gan_way){0};
        snprintf(ways[k].name, sizeof ways[k].name, "%s", names[k]);
    }
    if (can_join(device, program, i)) {
        ways[n++] = (gan_way){.name = GAN_CONV_JOINED, .previous = "dft"};
    }
    return n;
}
