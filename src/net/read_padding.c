/* read_padding.c — the padding of a convolution or a window: a word, or sizes. */
#include "net/read.h"

/* N, [height, width] or [top, left, bottom, right]. */
static gan_status read_padding_sizes(gan_yaml_node node, gan_padding *out, gan_error *err)
{
    int64_t sizes[4] = {0};
    const size_t n = gan_yaml_size(node);
    if (gan_yaml_kind_of(node) == GAN_YAML_SCALAR) {
        GAN_TRY(gan_net_read_size(node, 0, &sizes[0], err));
        sizes[1] = sizes[0];
    } else if (n != 2 && n != 4) {
        return gan_yaml_fail(node, err,
                             "a list of %zu: give [height, width] or [top, left, "
                             "bottom, right]",
                             n);
    }
    for (size_t i = 0; i < n; i++) {
        GAN_TRY(gan_net_read_size(gan_yaml_item(node, i), 0, &sizes[i], err));
    }
    if (n != 4) {
        sizes[2] = sizes[0];
        sizes[3] = sizes[1];
    }
    *out = (gan_padding){GAN_PADDING_SIZES, sizes[0], sizes[1], sizes[2], sizes[3]};
    return GAN_OK;
}

bool gan_net_starts_like_number(const char *text)
{
    return (*text >= '0' && *text <= '9') || *text == '-' || *text == '+' || *text == '.';
}

gan_status gan_net_read_padding(gan_yaml_node node, gan_padding *out, gan_error *err)
{
    static const char *const words[] = {"same", "valid"};
    const char *text = "0";
    int word = 0;
    if (gan_yaml_kind_of(node) != GAN_YAML_SEQUENCE) {
        GAN_TRY(gan_yaml_string(node, &text, err));
    }
    if (gan_net_starts_like_number(text)) {
        return read_padding_sizes(node, out, err);
    }
    GAN_TRY(gan_yaml_choice(node, words, 2, &word, err));
    *out = (gan_padding){.kind = word == 0 ? GAN_PADDING_SAME : GAN_PADDING_VALID};
    return GAN_OK;
}
