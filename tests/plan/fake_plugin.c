/* fake_plugin.c — a plugin whose planner has made-up answers, so that what is made of them can be
 * checked by hand, and on machines without CUDA: convolutions take 1 MiB of workspace and tensor
 * cores, their filter gradients have no plan, matrix products are bound only, the rest are kernels.
 */
#include <stdio.h>
#include <stdlib.h>

#include "program/plugin.h"

const gan_backend *gan_plugin_backend(void);
const gan_planner *gan_plugin_planner(void);
uint64_t gan_plugin_layout(void);

static void libraries(char *text, size_t size)
{
    snprintf(text, size, "made-up libraries");
}

static gan_status open_device(const gan_planner_options *options, gan_planned_device **out,
                              gan_error *err)
{
    static char device;
    (void)err;
    *out = options->sm >= 75 ? (gan_planned_device *)&device : NULL;
    return *out ? GAN_OK : GAN_E_NO_DEVICE;
}

static void close_device(gan_planned_device *device)
{
    (void)device;
}

static gan_status plan(gan_planned_device *device, const gan_program *program, int op,
                       gan_op_plan *out, gan_error *err)
{
    (void)device;
    const gan_op_kind kind = program->ops[op].kind;
    *out = (gan_op_plan){.launches = 1, .deterministic = true, .again_bytes = 4096};
    if (kind == GAN_OP_conv_dw) {
        err->status = GAN_E_UNSUPPORTED;
        snprintf(err->text, sizeof err->text, "made-up reason");
        return GAN_E_UNSUPPORTED;
    }
    if (kind == GAN_OP_conv || kind == GAN_OP_conv_dx) {
        out->maker = GAN_MADE_BY_PLAN;
        out->tensor_core = true;
        out->workspace_bytes = 1 << 20;
    } else if (kind == GAN_OP_matmul) {
        out->maker = GAN_MADE_BY_LIBRARY;
    }
    snprintf(out->how, sizeof out->how, "made-up way");
    return GAN_OK;
}

static void diagnose(void (*say)(void *ctx, const gan_finding *finding), void *ctx)
{
    const gan_finding good = {GAN_FINDING_OK, "libraries", "made up", NULL};
    const gan_finding bad = {GAN_FINDING_FAULT, "driver", "none", "install one"};
    say(ctx, &good);
    if (!getenv("GAN_FAKE_HEALTHY")) {
        say(ctx, &bad);
    }
}

const gan_backend *gan_plugin_backend(void)
{
    static const gan_backend backend = {.name = "cuda"};
    return &backend;
}

const gan_planner *gan_plugin_planner(void)
{
    static const gan_planner planner = {"cuda",       libraries, open_device,
                                        close_device, plan,      diagnose};
    return &planner;
}

uint64_t gan_plugin_layout(void)
{
    return getenv("GAN_FAKE_LAYOUT") ? 1 : GAN_PLUGIN_LAYOUT;
}
