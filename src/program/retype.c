/* retype.c — a program's activations and gradients in 16 bits. */
#include "program/retype.h"

#include <stdlib.h>

#include "base/memory.h"
#include "program/place.h"

/* Marks the base of an operand as one that stays fp32. */
static void keep(const gan_program *program, bool *kept, int id)
{
    if (id >= 0) {
        kept[program->buffers[id].base] = true;
    }
}

static void keep_operands(const gan_program *program, const gan_op *op, bool *kept)
{
    const gan_op_row *row = gan_op_describe(op->kind);
    for (int k = 0; k < op->n_in; k++) {
        keep(program, kept, gan_set_has_of(row->fp32_in, row->n_in, k) ? op->in[k] : -1);
    }
    for (int k = 0; k < op->n_out; k++) {
        keep(program, kept, gan_set_has_of(row->fp32_out, row->n_out, k) ? op->out[k] : -1);
    }
}

static bool is_retyped(const gan_buffer *base)
{
    bool is_float = base->type == GAN_F32 || base->type == GAN_BF16 || base->type == GAN_F16;
    return is_float && (base->cls == GAN_ACTIVATION || gan_buffer_class_gradient(base->cls) ||
                        base->cls == GAN_SCRATCH);
}

gan_status gan_program_retype(gan_program *program, gan_dtype type, bool share, gan_error *err)
{
    void *memory = NULL;
    GAN_TRY(gan_calloc((size_t)program->n_buffers, sizeof(bool), &memory, err));
    bool *kept = memory;
    gan_status status = GAN_OK;
    for (int i = 0; i < program->n_ops; i++) {
        const gan_op *op = &program->ops[i];
        if (type == GAN_F16 && op->kind == GAN_OP_loss && op->attr.loss.shared) {
            status = gan_fail(err, GAN_E_UNSUPPORTED,
                              "fp16 scales each network's loss by itself: the step must be built "
                              "with a backward pass for each");
            goto done;
        }
        keep_operands(program, op, kept);
    }
    for (int i = 0; i < program->n_buffers; i++) {
        const gan_buffer *base = &program->buffers[program->buffers[i].base];
        if (is_retyped(base)) {
            program->buffers[i].type = kept[program->buffers[i].base] ? GAN_F32 : type;
        }
    }
    status = gan_program_place(program, share, err);
done:
    free(memory);
    return status;
}
