/* onnx_row.h — what the files of ONNX's rows share. */
#ifndef GAN_EXCHANGE_ONNX_ROW_H
#define GAN_EXCHANGE_ONNX_ROW_H

#include "exchange/onnx.h"

/* A layer where it is applied. */
typedef struct gan_onnx_call {
    gan_onnx *onnx;
    const gan_layer *layer;
    int index;
    gan_onnx_name x, y; /* the first that it reads, and what it gives */
} gan_onnx_call;

typedef struct gan_onnx_row {
    int since; /* opset; 0: the layer is refused */
    void (*apply)(const gan_onnx_call *c);
    const char *(*cannot)(const gan_layer *layer); /* why this one is refused, or NULL */
} gan_onnx_row;

/* An operator of one input. */
void gan_onnx_unary(const gan_onnx_call *c, const char *op, const char *x, const char *y,
                    gan_text *attributes);

/* a op b into y, or where y is NULL into a new value, whose name is returned. */
gan_onnx_name gan_onnx_binary(const gan_onnx_call *c, const char *op, const char *a, const char *b,
                              const gan_onnx_name *y);

/* A number of the graph's own. */
gan_onnx_name gan_onnx_constant(const gan_onnx_call *c, double value);

/* x in another shape, where 0 keeps a dim and -1 is what is left. */
gan_onnx_name gan_onnx_reshaped(const gan_onnx_call *c, const char *x, const int64_t *dims, int n,
                                const gan_onnx_name *y);

extern const gan_onnx_row gan_onnx_max_pool, gan_onnx_resample, gan_onnx_global_pool,
    gan_onnx_normalize, gan_onnx_scale, gan_onnx_bias; /* onnx_map_layers.c */

#endif
