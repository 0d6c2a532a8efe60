/* reference_rows.h — the functions behind reference_run(), by file. */
#ifndef OPS_REFERENCE_ROWS_H
#define OPS_REFERENCE_ROWS_H

#include "ops/reference.h"

typedef void reference_row(const gan_attr *attr, const reference_tensor *in,
                           const reference_tensor *out);

/* reference_linear.c */
reference_row reference_matmul, reference_conv, reference_conv_dx, reference_conv_dw;
/* reference_layer.c */
reference_row reference_bias_leaky_dropout, reference_bias_leaky_dropout_bwd;
reference_row reference_batch_norm, reference_batch_norm_bwd, reference_batch_norm_infer;
reference_row reference_tanh, reference_tanh_bwd, reference_sigmoid, reference_sigmoid_bwd;
reference_row reference_add, reference_scale_rows, reference_row_dot;
/* reference_state.c */
reference_row reference_gather, reference_noise, reference_loss, reference_norm, reference_guard;
reference_row reference_stat_update, reference_adam, reference_ema, reference_report;

#endif
