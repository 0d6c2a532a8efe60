/* onednn.c — plans bound to memory and run, and the library's engine. */
#include "cpu/onednn_plan.h"

#include <stdlib.h>

#include "base/memory.h"

int64_t gan_onednn_scratch(const gan_onednn_plan *plan)
{
    return plan->scratch_bytes;
}

const char *gan_onednn_explain(const gan_onednn_plan *plan)
{
    return plan->how;
}

gan_status gan_onednn_bind(gan_onednn_plan *plan, const void *first, const void *second,
                           void *result, void *scratch, gan_error *err)
{
    void *const memory[GAN_ONEDNN_OPERANDS] = {(void *)(uintptr_t)first, (void *)(uintptr_t)second,
                                               result};
    for (int i = 0; i < GAN_ONEDNN_OPERANDS; i++) {
        gan_onednn_operand *o = &plan->operands[i];
        o->lent.data = memory[i];
        o->wide.data = (char *)scratch + o->wide_offset;
        GAN_ONEDNN_TRY(
            dnnl_memory_set_data_handle(o->memory, o->is_wide ? o->wide.data : memory[i]));
        if (o->staged) {
            GAN_ONEDNN_TRY(
                dnnl_memory_set_data_handle(o->staged, (char *)scratch + o->staged_offset));
        }
    }
    if (plan->scratchpad) {
        GAN_ONEDNN_TRY(dnnl_memory_set_data_handle(plan->scratchpad,
                                                   (char *)scratch + plan->scratchpad_offset));
    }
    return GAN_OK;
}

static gan_status reorder_run(const gan_onednn_plan *plan, const gan_onednn_operand *o,
                              bool to_caller, gan_error *err)
{
    const dnnl_exec_arg_t args[] = {{DNNL_ARG_FROM, to_caller ? o->staged : o->memory},
                                    {DNNL_ARG_TO, to_caller ? o->memory : o->staged}};
    GAN_ONEDNN_TRY(dnnl_primitive_execute(o->reorder, plan->library->stream, 2, args));
    return GAN_OK;
}

gan_status gan_onednn_run(const gan_onednn_plan *plan, gan_error *err)
{
    dnnl_exec_arg_t args[GAN_ONEDNN_OPERANDS + 1];
    int n = 0;
    for (; n < GAN_ONEDNN_OPERANDS; n++) {
        const gan_onednn_operand *o = &plan->operands[n];
        if (o->is_wide && n < GAN_ONEDNN_OPERANDS - 1) {
            gan_floats_copy(o->lent, o->wide, o->count);
        }
        if (o->staged && n < GAN_ONEDNN_OPERANDS - 1) {
            GAN_TRY(reorder_run(plan, o, false, err));
        }
        args[n] = (dnnl_exec_arg_t){o->arg, o->staged ? o->staged : o->memory};
    }
    if (plan->scratchpad) {
        args[n++] = (dnnl_exec_arg_t){DNNL_ARG_SCRATCHPAD, plan->scratchpad};
    }
    GAN_ONEDNN_TRY(dnnl_primitive_execute(plan->primitive, plan->library->stream, n, args));
    const gan_onednn_operand *result = &plan->operands[GAN_ONEDNN_OPERANDS - 1];
    if (result->staged) {
        GAN_TRY(reorder_run(plan, result, true, err));
    }
    GAN_ONEDNN_TRY(dnnl_stream_wait(plan->library->stream));
    if (result->is_wide) {
        gan_floats_copy(result->wide, result->lent, result->count);
    }
    return GAN_OK;
}

void gan_onednn_destroy(gan_onednn_plan *plan)
{
    if (!plan) {
        return;
    }
    for (int i = 0; i < GAN_ONEDNN_OPERANDS; i++) {
        const gan_onednn_operand *o = &plan->operands[i];
        dnnl_primitive_destroy(o->reorder);
        dnnl_memory_destroy(o->staged);
        dnnl_memory_destroy(o->memory);
    }
    dnnl_memory_destroy(plan->scratchpad);
    dnnl_primitive_destroy(plan->primitive);
    free(plan);
}

/* --- the library --- */

gan_status gan_onednn_open(gan_onednn **out, gan_error *err)
{
    void *block = NULL;
    *out = NULL;
    GAN_TRY(gan_calloc(1, sizeof **out, &block, err));
    gan_onednn *library = block;
    dnnl_status_t code = dnnl_engine_create(&library->engine, dnnl_cpu, 0);
    if (code == dnnl_success) {
        code = dnnl_stream_create(&library->stream, library->engine, dnnl_stream_default_flags);
    }
    if (code != dnnl_success) {
        gan_onednn_close(library);
        return gan_fail(err, GAN_E_BACKEND, "oneDNN does not start: %s", dnnl_status2str(code));
    }
    *out = library;
    return GAN_OK;
}

void gan_onednn_close(gan_onednn *library)
{
    if (!library) {
        return;
    }
    if (library->stream) {
        dnnl_stream_destroy(library->stream);
    }
    if (library->engine) {
        dnnl_engine_destroy(library->engine);
    }
    free(library);
}
