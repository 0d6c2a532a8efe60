/* pth_weights.h — weights of a network out of a file of PyTorch's torch.save(). */
#ifndef GAN_EVAL_PTH_WEIGHTS_H
#define GAN_EVAL_PTH_WEIGHTS_H

#include "net/net.h"

/* Tensors are taken in the order of the file, as PyTorch registers them: a layer's weight and bias,
 * of a batch norm its weight, bias, running mean and running variance; counters of batches are
 * passed over, and so is what follows the last one that the network has. Each must have the shape
 * that PyTorch gives it there: conv (K,C/groups,R,S), dense (out,in). params (param_floats) and
 * stats (stat_floats) are overwritten but for the gaps. GAN_E_DATA names the first that does not
 * fit; GAN_E_UNSUPPORTED: a layer whose weights PyTorch has otherwise. */
gan_status gan_feature_read_pth(const char *path, const gan_stack *stack, float *params,
                                float *stats, gan_error *err);

#endif
