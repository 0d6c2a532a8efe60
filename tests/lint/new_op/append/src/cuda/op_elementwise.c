
static gan_status launch_sum_all(const gan_cuda_work *work, const gan_cuda_call *call,
                                 gan_error *err)
{
    for (int k = 0; k < work->op->n_in; k++) { /* one after the other onto the result */
        GAN_TRY(gan_sum_all_launch(call->stream, call->in[k], k > 0, call->out[0], work->type,
                                   count_of(work), err));
    }
    return GAN_OK;
}
const gan_cuda_op gan_cuda_op_sum_all = {1, 1, NULL, launch_sum_all};
