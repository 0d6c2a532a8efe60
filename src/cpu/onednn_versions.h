/* onednn_versions.h — what differs between the C APIs of oneDNN 2.x and 3.x, for onednn_make.c and
 * the test of the library.
 *
 * A layout (memory descriptor) is a struct in 2.x and an opaque object in 3.x; a primitive is
 * described by an operation descriptor first in 2.x, and in one call in 3.x. The implementations
 * that offer themselves for it are walked by an iterator in 2.x, and by changing the description in
 * 3.x. */
#ifndef GAN_CPU_ONEDNN_VERSIONS_H
#define GAN_CPU_ONEDNN_VERSIONS_H

#include <oneapi/dnnl/dnnl.h>
#include <stddef.h>

#include "cpu/onednn.h"

/* What a convolution is, as oneDNN wants it said. */
typedef struct conv_shape {
    dnnl_dims_t strides, pad_begin, pad_end;
} conv_shape;

/* One implementation out of those that can compute an operation. Zeroed, it is none. It stays where
 * it is: in 2.x the iterator reads the operation and the hint. */
typedef struct offer {
    dnnl_primitive_desc_t desc;
    dnnl_primitive_desc_t hint; /* the forward pass, for which a backward one asks; no other use */
#if DNNL_VERSION_MAJOR < 3
    dnnl_primitive_desc_iterator_t others;
    union {
        dnnl_convolution_desc_t conv;
        dnnl_matmul_desc_t matmul;
    } operation;
#endif
} offer;

/* conv_describe and matmul_describe find the library's favourite, offer_next the one after it:
 * dnnl_success, or another status where there is none. offer_end forgets it. */

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

static dnnl_status_t offer_next(offer *o)
{
    return dnnl_primitive_desc_next_impl(o->desc);
}

static void offer_end(offer *o)
{
    if (o->desc) {
        dnnl_primitive_desc_destroy(o->desc);
    }
    if (o->hint) {
        dnnl_primitive_desc_destroy(o->hint);
    }
    *o = (offer){0};
}

static dnnl_status_t conv_describe(offer *out, dnnl_engine_t engine, gan_onednn_pass pass,
                                   const conv_shape *shape, layout_view x, layout_view w,
                                   layout_view y, const_dnnl_primitive_attr_t attr)
{
    const dnnl_dims_t dilation = {0, 0};
    dnnl_status_t status = dnnl_convolution_forward_primitive_desc_create(
        pass == GAN_ONEDNN_FWD ? &out->desc : &out->hint, engine, dnnl_forward_training,
        dnnl_convolution_direct, x, w, NULL, y, shape->strides, dilation, shape->pad_begin,
        shape->pad_end, attr);
    if (status != dnnl_success || pass == GAN_ONEDNN_FWD) {
        return status;
    }
    if (pass == GAN_ONEDNN_BWD_DATA) {
        return dnnl_convolution_backward_data_primitive_desc_create(
            &out->desc, engine, dnnl_convolution_direct, x, w, y, shape->strides, dilation,
            shape->pad_begin, shape->pad_end, out->hint, attr);
    }
    return dnnl_convolution_backward_weights_primitive_desc_create(
        &out->desc, engine, dnnl_convolution_direct, x, w, NULL, y, shape->strides, dilation,
        shape->pad_begin, shape->pad_end, out->hint, attr);
}

static dnnl_status_t matmul_describe(offer *out, dnnl_engine_t engine, layout_view a, layout_view b,
                                     layout_view y, const_dnnl_primitive_attr_t attr)
{
    return dnnl_matmul_primitive_desc_create(&out->desc, engine, a, b, NULL, y, attr);
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

static dnnl_status_t offer_fetch(offer *o)
{
    o->desc = dnnl_primitive_desc_iterator_fetch(o->others);
    return o->desc ? dnnl_success : dnnl_out_of_memory;
}

static dnnl_status_t offer_first(offer *o, dnnl_engine_t engine, const_dnnl_primitive_attr_t attr)
{
    dnnl_status_t status =
        dnnl_primitive_desc_iterator_create(&o->others, &o->operation, attr, engine, o->hint);
    return status == dnnl_success ? offer_fetch(o) : status;
}

static dnnl_status_t offer_next(offer *o)
{
    dnnl_status_t status = dnnl_primitive_desc_iterator_next(o->others);
    if (status != dnnl_success) {
        return status;
    }
    dnnl_primitive_desc_destroy(o->desc);
    return offer_fetch(o);
}

static void offer_end(offer *o)
{
    if (o->desc) {
        dnnl_primitive_desc_destroy(o->desc);
    }
    if (o->others) {
        dnnl_primitive_desc_iterator_destroy(o->others);
    }
    if (o->hint) {
        dnnl_primitive_desc_destroy(o->hint);
    }
    *o = (offer){0};
}

/* The operation, and the hint of a backward one. */
static dnnl_status_t conv_operation(offer *o, dnnl_engine_t engine, gan_onednn_pass pass,
                                    const conv_shape *shape, layout_view x, layout_view w,
                                    layout_view y, const_dnnl_primitive_attr_t attr)
{
    dnnl_convolution_desc_t *conv = &o->operation.conv;
    dnnl_status_t status = dnnl_convolution_forward_desc_init(
        conv, dnnl_forward_training, dnnl_convolution_direct, x, w, NULL, y, shape->strides,
        shape->pad_begin, shape->pad_end);
    if (status == dnnl_success && pass != GAN_ONEDNN_FWD) {
        status = dnnl_primitive_desc_create(&o->hint, conv, attr, engine, NULL);
    }
    if (status != dnnl_success || pass == GAN_ONEDNN_FWD) {
        return status;
    }
    return pass == GAN_ONEDNN_BWD_DATA
               ? dnnl_convolution_backward_data_desc_init(conv, dnnl_convolution_direct, x, w, y,
                                                          shape->strides, shape->pad_begin,
                                                          shape->pad_end)
               : dnnl_convolution_backward_weights_desc_init(conv, dnnl_convolution_direct, x, w,
                                                             NULL, y, shape->strides,
                                                             shape->pad_begin, shape->pad_end);
}

static dnnl_status_t conv_describe(offer *out, dnnl_engine_t engine, gan_onednn_pass pass,
                                   const conv_shape *shape, layout_view x, layout_view w,
                                   layout_view y, const_dnnl_primitive_attr_t attr)
{
    dnnl_status_t status = conv_operation(out, engine, pass, shape, x, w, y, attr);
    return status == dnnl_success ? offer_first(out, engine, attr) : status;
}

static dnnl_status_t matmul_describe(offer *out, dnnl_engine_t engine, layout_view a, layout_view b,
                                     layout_view y, const_dnnl_primitive_attr_t attr)
{
    dnnl_status_t status = dnnl_matmul_desc_init(&out->operation.matmul, a, b, NULL, y);
    return status == dnnl_success ? offer_first(out, engine, attr) : status;
}

#endif

#endif
