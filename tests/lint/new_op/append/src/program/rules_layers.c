
gan_status gan_rule_sum_all(gan_tape *tape, const gan_op *op)
{
    int dy;
    GAN_TRY(gan_tape_gradient(tape, op->out[0], &dy));
    for (int k = 0; k < op->n_in; k++) {
        if (wanted(tape, op->in[k])) {
            GAN_TRY(gan_tape_put(tape, op->in[k], dy, true));
        }
    }
    return GAN_OK;
}
