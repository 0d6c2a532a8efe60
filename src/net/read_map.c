/* read_map.c — the keys of layers that make maps smaller and larger. */
#include "net/read.h"

#include <inttypes.h>

/* --- windows --- */

/* N or [height, width]: the kernel, and the stride too. Else a map. */
static gan_status read_window(gan_yaml_node body, gan_pool_spec *pool, gan_error *err)
{
    gan_conv_spec *window = &pool->window;
    const gan_yaml_node padding = gan_yaml_find(body, "padding");
    gan_yaml_node kernel = body;
    *pool = (gan_pool_spec){.window = {.padding = {.kind = GAN_PADDING_VALID}}};
    if (gan_yaml_kind_of(body) == GAN_YAML_MAP) {
        GAN_TRY(gan_yaml_need(body, "kernel", &kernel, err));
    }
    GAN_TRY(gan_net_read_pair(kernel, 1, &window->kernel_h, &window->kernel_w, err));
    window->stride_h = window->kernel_h;
    window->stride_w = window->kernel_w;
    if (gan_yaml_kind_of(body) != GAN_YAML_MAP) {
        return GAN_OK;
    }
    GAN_TRY(gan_net_read_pair_at(body, "stride", 1, &window->stride_h, &window->stride_w, err));
    if (gan_yaml_kind_of(padding) != GAN_YAML_NONE) {
        GAN_TRY(gan_net_read_padding(padding, &window->padding, err));
    }
    return gan_yaml_get_bool(body, "ceil", &pool->ceil, err);
}

gan_status gan_net_read_max_pool(gan_yaml_node body, gan_layer_spec *out, gan_error *err)
{
    static const char *const keys[] = {"kernel", "stride", "padding", "ceil"};
    if (gan_yaml_kind_of(body) == GAN_YAML_MAP) {
        GAN_TRY(gan_yaml_check_keys(body, keys, sizeof keys / sizeof *keys, err));
    }
    return read_window(body, &out->u.pool, err);
}

/* What is in the padding counts where its framework counts it: PyTorch's numbers, not Keras' same.
 */
gan_status gan_net_read_average_pool(gan_yaml_node body, gan_layer_spec *out, gan_error *err)
{
    static const char *const keys[] = {"kernel", "stride", "padding", "ceil", "count_padding"};
    gan_pool_spec *pool = &out->u.pool;
    if (gan_yaml_kind_of(body) == GAN_YAML_MAP) {
        GAN_TRY(gan_yaml_check_keys(body, keys, sizeof keys / sizeof *keys, err));
    }
    GAN_TRY(read_window(body, pool, err));
    pool->counts_padding = pool->window.padding.kind == GAN_PADDING_SIZES;
    if (gan_yaml_kind_of(body) != GAN_YAML_MAP) {
        return GAN_OK;
    }
    return gan_yaml_get_bool(body, "count_padding", &pool->counts_padding, err);
}

/* --- sizes and factors --- */

/* The pair of a short form, or of a map's key that must be there. */
static gan_status read_amount(gan_yaml_node body, const char *key, const char *const *keys,
                              size_t n_keys, gan_resize_spec *out, gan_error *err)
{
    gan_yaml_node amount = body;
    if (gan_yaml_kind_of(body) == GAN_YAML_MAP) {
        GAN_TRY(gan_yaml_check_keys(body, keys, n_keys, err));
        GAN_TRY(gan_yaml_need(body, key, &amount, err));
    }
    return gan_net_read_pair(amount, 1, &out->h, &out->w, err);
}

gan_status gan_net_read_adaptive_pool(gan_yaml_node body, gan_layer_spec *out, gan_error *err)
{
    static const char *const keys[] = {"size"};
    out->u.resize = (gan_resize_spec){.kind = GAN_RESAMPLE_ADAPTIVE};
    return read_amount(body, "size", keys, 1, &out->u.resize, err);
}

/* A row of Pascal's triangle: [1, 1], [1, 2, 1], [1, 3, 3, 1], ... */
static gan_status read_binomial(gan_yaml_node node, int64_t *taps, gan_error *err)
{
    const size_t n = gan_yaml_size(node);
    int64_t want = 1;
    for (size_t k = 0; k < n; k++) {
        int64_t tap = 0;
        GAN_TRY(gan_net_read_size(gan_yaml_item(node, k), 0, &tap, err));
        if (tap != want || n > 30) {
            break;
        }
        want = want * (int64_t)(n - 1 - k) / (int64_t)(k + 1);
    }
    if (n < 2 || want != 0) {
        return gan_yaml_fail(node, err,
                             "this filter is not known: give a row of Pascal's triangle, such as "
                             "[1, 2, 1] or [1, 3, 3, 1]");
    }
    *taps = (int64_t)n;
    return GAN_OK;
}

/* The filter of an upsample or a downsample: one of n words, each a kind, or a list of numbers. */
static gan_status read_filter(gan_yaml_node body, const char *const *words,
                              const gan_resample_kind *kinds, size_t n, gan_resample_kind binomial,
                              gan_resize_spec *out, gan_error *err)
{
    const gan_yaml_node filter = gan_yaml_find(body, "filter");
    int choice = 0;
    if (gan_yaml_kind_of(filter) == GAN_YAML_SEQUENCE) {
        out->kind = binomial;
        return read_binomial(filter, &out->taps, err);
    }
    GAN_TRY(gan_yaml_get_choice(body, "filter", words, n, &choice, err));
    out->kind = kinds[choice];
    return GAN_OK;
}

gan_status gan_net_read_upsample(gan_yaml_node body, gan_layer_spec *out, gan_error *err)
{
    static const char *const keys[] = {"factor", "filter"};
    static const char *const words[] = {"nearest", "bilinear"};
    static const gan_resample_kind kinds[] = {GAN_RESAMPLE_NEAREST, GAN_RESAMPLE_LINEAR};
    out->u.resize = (gan_resize_spec){.kind = GAN_RESAMPLE_NEAREST, .half_pixel = true};
    GAN_TRY(read_amount(body, "factor", keys, 2, &out->u.resize, err));
    return gan_yaml_kind_of(body) != GAN_YAML_MAP
               ? GAN_OK
               : read_filter(body, words, kinds, 2, GAN_RESAMPLE_BINOMIAL_UP, &out->u.resize, err);
}

gan_status gan_net_read_downsample(gan_yaml_node body, gan_layer_spec *out, gan_error *err)
{
    static const char *const keys[] = {"factor", "filter"};
    static const char *const words[] = {"average"};
    static const gan_resample_kind kinds[] = {GAN_RESAMPLE_MEAN};
    out->u.resize = (gan_resize_spec){.kind = GAN_RESAMPLE_MEAN};
    GAN_TRY(read_amount(body, "factor", keys, 2, &out->u.resize, err));
    return gan_yaml_kind_of(body) != GAN_YAML_MAP
               ? GAN_OK
               : read_filter(body, words, kinds, 1, GAN_RESAMPLE_BINOMIAL_DOWN, &out->u.resize,
                             err);
}

gan_status gan_net_read_resize(gan_yaml_node body, gan_layer_spec *out, gan_error *err)
{
    static const char *const keys[] = {"size", "filter", "antialias", "half_pixel"};
    static const char *const words[] = {"bilinear", "bicubic", "nearest"};
    static const gan_resample_kind kinds[] = {GAN_RESAMPLE_LINEAR, GAN_RESAMPLE_CUBIC,
                                              GAN_RESAMPLE_NEAREST};
    gan_resize_spec *resize = &out->u.resize;
    int filter = 0;
    *resize = (gan_resize_spec){.kind = GAN_RESAMPLE_LINEAR, .half_pixel = true};
    GAN_TRY(read_amount(body, "size", keys, sizeof keys / sizeof *keys, resize, err));
    if (gan_yaml_kind_of(body) != GAN_YAML_MAP) {
        return GAN_OK;
    }
    GAN_TRY(gan_yaml_get_choice(body, "filter", words, 3, &filter, err));
    GAN_TRY(gan_yaml_get_bool(body, "antialias", &resize->antialias, err));
    GAN_TRY(gan_yaml_get_bool(body, "half_pixel", &resize->half_pixel, err));
    resize->kind = kinds[filter];
    if (resize->antialias && (resize->kind == GAN_RESAMPLE_NEAREST || !resize->half_pixel)) {
        return gan_yaml_fail(gan_yaml_find(body, "antialias"), err,
                             "goes with bilinear and bicubic at half_pixel: true");
    }
    return GAN_OK;
}
