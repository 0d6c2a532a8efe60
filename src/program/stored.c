/* stored.c — the names of networks' flat buffers. */
#include "program/stored.h"

static const gan_flat_names flat_names[GAN_NETWORK_COUNT] = {
#define FLAT_ROW(id, name, key, init, dropout)                                                     \
    [GAN_NETWORK_##id] = {name ".param", name ".stat", name ".m", name ".v", name ".grad", ""},
    GAN_NETWORK_LIST(FLAT_ROW)
#undef FLAT_ROW
};

const gan_flat_names gan_average_names = {
    .param = "ema.param", .stat = "ema.stat", .windows = "ema/"};

static const gan_flat_names steady_names[2] = {
    {.param = "g.param", .stat = "g.steady", .windows = "steady/"},
    {.param = "ema.param", .stat = "ema.steady", .windows = "steady/ema/"}};

const gan_flat_names *gan_sampled_names(bool averaged, bool steady)
{
    return steady     ? &steady_names[averaged]
           : averaged ? &gan_average_names
                      : gan_flat_names_of(GAN_NETWORK_GENERATOR);
}

const gan_flat_names *gan_flat_names_of(gan_network network)
{
    return &flat_names[network];
}
