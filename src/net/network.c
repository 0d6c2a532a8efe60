/* network.c — the kinds of networks, and of descriptions of them. Programs are built by this part
 * of the room alone, so a plugin holds it too. */
#include "base/error.h"
#include "net/net.h"
#include "net/stack.h"

static const gan_network_row networks[GAN_NETWORK_COUNT] = {
#define NETWORK_ROW(id, name, key, init, dropout) [GAN_NETWORK_##id] = {name, key, init, dropout},
    GAN_NETWORK_LIST(NETWORK_ROW)
#undef NETWORK_ROW
};

const gan_network_row *gan_network_describe(gan_network network)
{
    return &networks[network];
}

const char *gan_stack_name(const gan_stack *stack)
{
    return gan_network_describe(stack->network)->key;
}

gan_net_kind gan_net_kind_of(const gan_net *net)
{
    return net->kind;
}

gan_status gan_net_need_kind(const gan_net *net, gan_net_kind kind, gan_error *err)
{
    if (net->kind == kind) {
        return GAN_OK;
    }
    return kind == GAN_NET_KIND_GAN
               ? gan_fail(err, GAN_E_USAGE,
                          "%s is one network alone, with no generator to train or to sample from: "
                          "gan classify trains it",
                          net->name)
               : gan_fail(err, GAN_E_USAGE,
                          "%s is a generator with its discriminator, not one network alone: gan "
                          "train trains it",
                          net->name);
}

const gan_stack *gan_net_averaged(const gan_net *net)
{
    return net->generator ? net->generator : net->single;
}
