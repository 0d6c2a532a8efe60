/* planner.c — planning for devices that are not there: the table of program/planner.h. */
#include <stdlib.h>

#include "base/memory.h"
#include "cuda/absent.h"
#include "cuda/diagnose.h"
#include "cuda/options.h"
#include "cuda/plugin.h"
#include "cuda/work.h"

struct gan_planned_device {
    gan_cuda_spec spec;
    gan_cudnn_pool pool; /* the description */
};

static gan_status open_described(const gan_planner_options *options, gan_planned_device **out,
                                 gan_error *err)
{
    const gan_device_options wishes = {.products = options->products,
                                       .batch_norm = options->batch_norm,
                                       .workspace_cap = options->workspace_cap};
    void *memory = NULL;
    *out = NULL;
    gan_cuda_stand_in_for_driver();
    GAN_TRY(gan_cuda_check_sm(options->sm, options->name, err));
    GAN_TRY(gan_calloc(1, sizeof(gan_planned_device), &memory, err));
    gan_planned_device *device = memory;
    gan_status status = gan_cuda_read_options(&wishes, options->sm, &device->spec, err);
    if (status == GAN_E_USAGE && options->batch_norm) { /* not a bad word: this GPU has none */
        status = gan_fail_in(err, GAN_E_UNSUPPORTED, "%s", options->name);
    }
    device->spec.nondeterministic = options->nondeterministic;
    if (status == GAN_OK) {
        status = gan_cudnn_describe_device(&device->pool, options->device,
                                           &device->spec.target.description, err);
    }
    if (status != GAN_OK) {
        gan_cudnn_pool_clear(&device->pool);
        free(device);
        return status;
    }
    *out = device;
    return GAN_OK;
}

static void close_described(gan_planned_device *device)
{
    if (device) {
        gan_cudnn_pool_clear(&device->pool);
        free(device);
    }
}

static gan_status plan_op(gan_planned_device *device, const gan_program *program, int op,
                          gan_op_plan *out, gan_error *err)
{
    gan_cuda_works works = {0};
    void *memory = NULL;
    GAN_TRY(gan_calloc((size_t)program->n_ops, sizeof *works.items, &memory, err));
    works.items = memory;
    works.n = program->n_ops;
    gan_cuda_works_fuse(&works, program);
    gan_cuda_work *work = &works.items[op];
    gan_status status = gan_cuda_work_prepare(&device->spec, program, &program->ops[op], work, err);
    *out = work->plan;
    gan_cuda_works_clear(&works);
    return status;
}

const gan_planner gan_cuda_planner = {
    .name = "cuda",
    .libraries = gan_cuda_libraries,
    .open = open_described,
    .close = close_described,
    .plan = plan_op,
    .diagnose = gan_cuda_diagnose,
};
