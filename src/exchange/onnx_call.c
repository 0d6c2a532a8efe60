/* onnx_call.c — the nodes that most layers are made of. */
#include "exchange/onnx_row.h"

void gan_onnx_unary(const gan_onnx_call *c, const char *op, const char *x, const char *y,
                    gan_text *attributes)
{
    gan_onnx_node(c->onnx, op, &x, 1, y, attributes);
}

gan_onnx_name gan_onnx_binary(const gan_onnx_call *c, const char *op, const char *a, const char *b,
                              const gan_onnx_name *y)
{
    const gan_onnx_name out = y ? *y : gan_onnx_fresh(c->onnx);
    const char *inputs[] = {a, b};
    gan_onnx_node(c->onnx, op, inputs, 2, out.text, NULL);
    return out;
}

gan_onnx_name gan_onnx_constant(const gan_onnx_call *c, double value)
{
    const gan_onnx_name name = gan_onnx_fresh(c->onnx);
    gan_onnx_number(c->onnx, name.text, (float)value);
    return name;
}

gan_onnx_name gan_onnx_reshaped(const gan_onnx_call *c, const char *x, const int64_t *dims, int n,
                                const gan_onnx_name *y)
{
    const gan_onnx_name shape = gan_onnx_fresh(c->onnx);
    gan_onnx_integers(c->onnx, shape.text, dims, n);
    return gan_onnx_binary(c, "Reshape", x, shape.text, y);
}
