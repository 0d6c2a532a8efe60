/* net.h — a network description: what a YAML file of data/nets says, with every shape worked out.
 *
 * A gan_net is read once and never changes; sessions and programs borrow it. */
#ifndef GAN_NET_H
#define GAN_NET_H

#include <stdint.h>

#include "gan/listener.h"
#include "gan/status.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

typedef struct gan_net gan_net;

/* What a description holds: a generator with its discriminator, or one network alone, such as a
 * classifier or a feature extractor. */
typedef enum gan_net_kind { GAN_NET_KIND_GAN, GAN_NET_KIND_SINGLE } gan_net_kind;

/* gan_net_load() — reads a network from a file, or one of the shipped networks by its name.
 *
 *  name_or_path  a path to a YAML file, or a word such as "dcgan-mnist" that is looked for, with
 *                ".yaml" added, in $GAN_NETS, ./data/nets, beside the program (../data/nets,
 *                ../../data/nets, ../share/gan/nets) and in the folder it was installed to
 *  out           the network, owned by the caller: gan_net_destroy(); NULL on failure
 *
 * Returns GAN_OK; GAN_E_NO_INPUT if there is no such file (the known names are listed and the
 * nearest is named); GAN_E_DATA for a mistake in the file, with file, line, layer and the nearest
 * valid word; GAN_E_IO, GAN_E_MEMORY. */
gan_status gan_net_load(const char *name_or_path, gan_net **out, gan_error *err);

/* gan_net_parse() — the same from YAML text in memory. label stands for the file in messages. */
gan_status gan_net_parse(const char *yaml, const char *label, gan_net **out, gan_error *err);

/* gan_net_with_latent() — a copy of a network whose z has `latent` elements; its text says so too.
 * GAN_E_USAGE if the text has no line "latent: N" at its top level; errors as gan_net_parse(). */
gan_status gan_net_with_latent(const gan_net *net, int64_t latent, gan_net **out, gan_error *err);

/* NULL is fine. */
void gan_net_destroy(gan_net *net);

/* The YAML text that the network was read from, byte for byte. Lives as long as net. */
const char *gan_net_text(const gan_net *net);
const char *gan_net_name(const gan_net *net);
gan_net_kind gan_net_kind_of(const gan_net *net);

/* Sizes of the images, in pixels and channels, and of z; number of parameters as Keras counts them
 * (moving statistics included), and how many of those are trained; 0 of a network that the
 * description does not hold. */
typedef struct gan_net_summary {
    gan_net_kind kind;
    int64_t height, width, channels, latent;
    int64_t generator_params, generator_trained;
    int64_t discriminator_params, discriminator_trained;
    int64_t single_params, single_trained;
} gan_net_summary;

gan_net_summary gan_net_summarize(const gan_net *net); /* at any time, cheap */

/* gan_net_print() — the layers of its networks with output shapes and parameter counts, one line
 * each, told to the listener. */
void gan_net_print(const gan_net *net, const gan_listener *listener);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
