/* geometry.h — from kernel, stride and padding to the geometry of a convolution. */
#ifndef GAN_NET_GEOMETRY_H
#define GAN_NET_GEOMETRY_H

#include "base/error.h"
#include "net/spec.h"

/* The geometry of a conv layer on an input of (H,W,C) = in; its output is (P,Q,K):
 *   same    P = ceil(H / stride); total = max((P-1) stride + R - H, 0) rows of zeros, the smaller
 *           half of them on top (Keras, TensorFlow)
 *   valid   P = floor((H - R) / stride) + 1
 *   sizes   P = floor((H + top + bottom - R) / stride) + 1 (PyTorch)
 * GAN_E_DATA when the kernel is larger than the padded input, when a padding is not smaller than
 * its kernel, a size passes GAN_NET_MAX_SIZE or the channels of a side do not make the groups; the
 * sentence names the axis, not the layer. */
gan_status gan_conv_geometry_make(gan_dims3 in, const gan_conv_spec *spec, gan_conv_geometry *out,
                                  gan_error *err);

/* The geometry of a conv_transpose layer on an input of (P,Q,K) = in; its output is (H,W,C):
 *   same    H = P stride, the pads those of the 'same' convolution from H back to P (Keras)
 *   valid   H = (P-1) stride + max(R, stride) (Keras)
 *   sizes   H = (P-1) stride - top - bottom + R + output_padding (PyTorch)
 * Errors as above, and when an output size is not positive or an output padding is not smaller
 * than its stride. */
gan_status gan_conv_geometry_make_transposed(gan_dims3 in, const gan_conv_spec *spec,
                                             gan_conv_geometry *out, gan_error *err);

#endif
