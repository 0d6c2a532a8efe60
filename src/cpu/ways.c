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

/* True if the engine can compute op i along with the one before. */
static bool can_join(const gan_device *device, const gan_program *program, int i,
                     const gan_conv_engine *engine)
{
    gan_cpu_step first = {0}, second = {0};
    gan_conv_pass pass;
    if (!engine->joined || i == 0 || !find_pass(program->ops[i - 1].kind, &pass)) {
        return false;
    }
    bool joined =
        gan_cpu_step_prepare(device, program, i - 1, engine->name, &first, NULL) == GAN_OK &&
        gan_cpu_step_prepare(device, program, i, engine->joined, &second, NULL) == GAN_OK &&
        gan_conv_join(&first, &second, NULL) == GAN_OK && second.with_previous;
    gan_cpu_step_destroy(&first);
    gan_cpu_step_destroy(&second);
    return joined;
}

static void put(const char *name, const char *previous, gan_way *way)
{
    *way = (gan_way){0};
    snprintf(way->name, sizeof way->name, "%s", name);
    snprintf(way->previous, sizeof way->previous, "%s", previous);
}

int gan_cpu_ways(gan_device *device, const gan_program *program, int i, gan_way ways[GAN_WAYS_MAX])
{
    const gan_conv_engine *engines[GAN_WAYS_MAX / 2]; /* each alone, or with the op before */
    gan_conv_pass pass;
    if (!find_pass(program->ops[i].kind, &pass)) {
        return 0;
    }
    const gan_cpu_step step = {.program = program,
                               .op = &program->ops[i],
                               .threads = device->threads,
                               .conv = device->conv,
                               .onednn = device->onednn};
    int count = 0, n_engines = gan_conv_engine_list(&step, pass, engines, GAN_WAYS_MAX / 2);
    for (int k = 0; k < n_engines; k++) {
        put(engines[k]->name, "", &ways[count++]);
    }
    for (int k = 0; k < n_engines; k++) {
        if (can_join(device, program, i, engines[k])) {
            put(engines[k]->joined, engines[k]->name, &ways[count++]);
        }
    }
    return count;
}
