/* step.c — the first phase of binding one operation.
 *
 * prepare() decides how the operation will be computed and how much scratch that takes, from shapes
 * alone: a forecast stops there. attach() gets the addresses. run() only computes. */
#include "cpu/step.h"

#include <stdlib.h>

#include "base/memory.h"
#include "cpu/device.h"

/* or_bf16: bf16 will do as well. */
static bool has_type(const gan_program *program, int id, gan_dtype type, bool or_bf16,
                     const gan_op *op, gan_error *err)
{
    gan_dtype given = id < 0 ? type : program->buffers[id].type;
    if (given == type || (or_bf16 && given == GAN_BF16)) {
        return true;
    }
    gan_fail(err, GAN_E_UNSUPPORTED, "op %s (%s): the CPU takes %s as %s%s, not as %s%s",
             gan_op_describe(op->kind)->name, op->label, program->buffers[id].name,
             gan_dtype_name(type), or_bf16 ? " or bf16" : "", gan_dtype_name(given),
             given == GAN_F16 ? ": use bf16 or fp32" : "");
    return false;
}

bool gan_cpu_supports(const gan_device *device, const gan_program *program, const gan_op *op,
                      gan_error *err)
{
    (void)device;
    const gan_cpu_op *row = gan_cpu_op_row(op->kind);
    const gan_op_row *facts = gan_op_describe(op->kind);
    for (int i = 0; i < op->n_in; i++) {
        const int as = i < facts->n_in ? i : facts->n_in - 1;
        if (!has_type(program, op->in[i], row->in[as], gan_set_has(row->in_bf16, as), op, err)) {
            return false;
        }
    }
    for (int i = 0; i < op->n_out; i++) {
        const int as = i < facts->n_out ? i : facts->n_out - 1;
        if (!has_type(program, op->out[i], row->out[as], gan_set_has(row->out_bf16, as), op, err)) {
            return false;
        }
    }
    return true;
}

gan_status gan_cpu_step_prepare(const gan_device *device, const gan_program *program, int i,
                                const char *way, gan_cpu_step *step, gan_error *err)
{
    const gan_op *op = &program->ops[i];
    const gan_cpu_op *row = gan_cpu_op_row(op->kind);
    if (!gan_cpu_supports(device, program, op, err)) {
        return GAN_E_UNSUPPORTED;
    }
    /* The row's run() is what a kind without prepare() is computed by. */
    *step = (gan_cpu_step){.program = program,
                           .op = op,
                           .threads = device->threads,
                           .conv = device->conv,
                           .way = way,
                           .onednn = device->onednn,
                           .run = row->run};
    void *lists = NULL;
    gan_status status =
        gan_calloc((size_t)op->n_in + (size_t)op->n_out, sizeof *step->in, &lists, err);
    step->in = lists;
    if (status == GAN_OK) {
        step->out = step->in + op->n_in;
        status = row->prepare ? row->prepare(step, err) : GAN_OK;
    }
    if (status != GAN_OK) {
        free(step->in);
        *step = (gan_cpu_step){0};
        return gan_fail_in(err, status, "op %s (%s)", gan_op_describe(op->kind)->name, op->label);
    }
    return GAN_OK;
}

void gan_cpu_step_destroy(gan_cpu_step *step)
{
    if (step->destroy) {
        step->destroy(step->state);
    }
    free(step->in);
}
