/* work_ask.c — what ops ask of their work and their program. */
#include "cuda/work.h"

int gan_cuda_with(const gan_cuda_work *work, gan_op_kind kind)
{
    for (int i = 0; i < work->n_with; i++) {
        if (work->with[i]->kind == kind) {
            return i;
        }
    }
    return -1;
}

int gan_cuda_sum_of(const gan_cuda_work *work, int k)
{
    for (int i = 0; i < work->n_with; i++) {
        if (work->with[i]->kind == GAN_OP_add && work->with[i]->in[1] == work->op->out[k]) {
            return i;
        }
    }
    return -1;
}

const char *gan_cuda_way(const gan_cuda_spec *spec, const gan_cuda_work *work)
{
    return gan_tune_find(spec->tune, work->program, (int)(work->op - work->program->ops));
}

int64_t gan_cuda_alignment(const gan_buffer *buffer, const gan_cuda_cast *cast)
{
    int64_t size = (int64_t)gan_dtype_size(buffer->type), alignment = 16;
    if (cast->needed && !cast->weight) {
        return alignment;
    }
    if (cast->weight) {
        size = 2;
    }
    while (buffer->offset * size % alignment != 0) {
        alignment /= 2;
    }
    return alignment;
}

bool gan_cuda_has_fp16_gradients(const gan_program *program)
{
    for (int i = 0; i < program->n_buffers; i++) {
        if (gan_buffer_class_gradient(program->buffers[i].cls) &&
            program->buffers[i].type == GAN_F16) {
            return true;
        }
    }
    return false;
}
