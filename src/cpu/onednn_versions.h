/* onednn_versions.h — what differs between the C APIs of oneDNN 2.x and 3.x, for onednn.c alone.
 *
 * A layout (memory descriptor) is a struct in 2.x and an opaque object in 3.x; a primitive is
 * described by an operation descriptor first in 2.x, and in one call in 3.x. */
#ifndef GAN_CPU_ONEDNN_VERSIONS_H
#define GAN_CPU_ONEDNN_VERSIONS_H

#include <oneapi/dnnl/dnnl.h>
#include <stddef.h>

#include "cpu/onednn.h"

/* What a convolution is, as oneDNN wants it said. */
typedef struct conv_shape {
    dnnl_dims_t strides, pad_begin, pad_end;
} conv_shape;

#if DNNL_VERSION_MAJOR >= 3
typedef const_dnnl_memory_desc_t layout_view;
typedef dnnl_memory_desc_t layout;

static layout_view view(const layout *l)
{
    return *l;
}

/* A layout with those strides, or, where strides is NULL, whatever the primitive likes best. */
static dnnl_status_t layout_create(layout *l, int rank, const dnnl_dims_t dims,
                                   dnnl_data_type_t type, const dnnl_dims_t strides)
{
    return strides ? dnnl_memory_desc_create_with_strides(l, rank, dims, type, strides)
                   : dnnl_memory_desc_create_with_tag(l, rank, dims, type, dnnl_format_tag_any);
}

static void layout_destroy(layout *l)
{
    if (*l) {
        dnnl_memory_desc_destroy(*l);
    }
}

static dnnl_status_t conv_describe(dnnl_primitive_desc_t *out, dnnl_engine_t engine,
                                   gan_onednn_pass pass, const conv_shape *shape, layout_view x,
                                   layout_view w, layout_view y, const_dnnl_primitive_desc_t hint,
                                   const_dnnl_primitive_attr_t attr)
{
    const dnnl_dims_t dilation = {0, 0};
    if (pass == GAN_ONEDNN_BWD_DATA) {
        return dnnl_convolution_backward_data_primitive_desc_create(
            out, engine, dnnl_convolution_direct, x, w, y, shape->strides, dilation,
            shape->pad_begin, shape->pad_end, hint, attr);
    }
    if (pass == GAN_ONEDNN_BWD_FILTER) {
        return dnnl_convolution_backward_weights_primitive_desc_create(
            out, engine, dnnl_convolution_direct, x, w, NULL, y, shape->strides, dilation,
            shape->pad_begin, shape->pad_end, hint, attr);
    }
    return dnnl_convolution_forward_primitive_desc_create(
        out, engine, dnnl_forward_training, dnnl_convolution_direct, x, w, NULL, y, shape->strides,
        dilation, shape->pad_begin, shape->pad_end, attr);
}

static dnnl_status_t matmul_describe(dnnl_primitive_desc_t *out, dnnl_engine_t engine,
                                     layout_view a, layout_view b, layout_view y,
                                     const_dnnl_primitive_attr_t attr)
{
    return dnnl_matmul_primitive_desc_create(out, engine, a, b, NULL, y, attr);
}

#else

typedef const dnnl_memory_desc_t *layout_view;
typedef dnnl_memory_desc_t layout;

static layout_view view(const layout *l)
{
    return l;
}

static dnnl_status_t layout_create(layout *l, int rank, const dnnl_dims_t dims,
                                   dnnl_data_type_t type, const dnnl_dims_t strides)
{
    return strides ? dnnl_memory_desc_init_by_strides(l, rank, dims, type, strides)
                   : dnnl_memory_desc_init_by_tag(l, rank, dims, type, dnnl_format_tag_any);
}

static void layout_destroy(layout *l)
{
    (void)l;
}

static dnnl_status_t conv_describe(dnnl_primitive_desc_t *out, dnnl_engine_t engine,
                                   gan_onednn_pass pass, const conv_shape *shape, layout_view x,
                                   layout_view w, layout_view y, const_dnnl_primitive_desc_t hint,
                                   const_dnnl_primitive_attr_t attr)
{
    dnnl_convolution_desc_t conv;
    dnnl_status_t status;
    if (pass == GAN_ONEDNN_BWD_DATA) {
        status = dnnl_convolution_backward_data_desc_init(&conv, dnnl_convolution_direct, x, w, y,
                                                          shape->strides, shape->pad_begin,
                                                          shape->pad_end);
    } else if (pass == GAN_ONEDNN_BWD_FILTER) {
        status = dnnl_convolution_backward_weights_desc_init(&conv, dnnl_convolution_direct, x, w,
                                                             NULL, y, shape->strides,
                                                             shape->pad_begin, shape->pad_end);
    } else {
        status = dnnl_convolution_forward_desc_init(
            &conv, dnnl_forward_training, dnnl_convolution_direct, x, w, NULL, y, shape->strides,
            shape->pad_begin, shape->pad_end);
    }
    return status == dnnl_success ? dnnl_primitive_desc_create(out, &conv, attr, engine, hint)
                                  : status;
}

static dnnl_status_t matmul_describe(dnnl_primitive_desc_t *out, dnnl_engine_t engine,
                                     layout_view a, layout_view b, layout_view y,
                                     const_dnnl_primitive_attr_t attr)
{
    dnnl_matmul_desc_t matmul;
    dnnl_status_t status = dnnl_matmul_desc_init(&matmul, a, b, NULL, y);
    return status == dnnl_success ? dnnl_primitive_desc_create(out, &matmul, attr, engine, NULL)
                                  : status;
}

#endif

#endif
