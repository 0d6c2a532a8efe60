/* layers.h — what exporters ask of a layer, whatever the format.
 *
 * Each exporter has a row per layer kind, named <exporter>_<kind>, and its table is made of
 * GAN_LAYER_LIST: a kind without its row does not compile. A row that refuses is one line
 * (see the end of torch_layers.c); the export then fails with the layer's name. A new layer needs a
 * row in
 *
 * - layers.c: whether it gives a vector or a map,
 * - torch_layers.c (torch_map_layers.c): the torch.nn module, if it has one, and the Python that
 * applies it,
 * - onnx_layers.c (onnx_map_layers.c): its ONNX operators, and the opset that first had them,
 * - keras_layers.c (keras_map_layers.c): the stock layers of Keras that compute it. */
#ifndef GAN_EXCHANGE_LAYERS_H
#define GAN_EXCHANGE_LAYERS_H

#include "base/error.h"
#include "net/net.h"

/* Whether a layer's output is a vector: (N, features), not (N, channels, height, width). index may
 * be GAN_NET_INPUT: z is one. */
bool gan_layer_gives_vector(const gan_stack *stack, int index);

/* Whether the first thing that a layer reads is one. */
bool gan_layer_reads_vector(const gan_stack *stack, int index);

/* The rows and columns that a transposed convolution cuts off its full output, which has
 * (P-1) stride + R of them: before is their number at the top or left, after at the bottom or
 * right; below 0, so many rows of zeros are added there, fewer than the stride. */
typedef struct gan_cut {
    int64_t before, after;
} gan_cut;

gan_cut gan_cut_of_height(const gan_conv_geometry *g);
gan_cut gan_cut_of_width(const gan_conv_geometry *g);

/* GAN_E_UNSUPPORTED, with the layer's name, line and the format's. why may be NULL. */
gan_status gan_layer_refuse(const gan_layer *layer, const char *format, const char *why,
                            gan_error *err);

#endif
