/* report.h — runs as one HTML file: curves, sample grids, settings, network, machine; and networks
 * as a table and as a drawing. */
#ifndef GAN_REPORT_H
#define GAN_REPORT_H

#include <stdint.h>

#include "gan/listener.h"
#include "gan/net.h"
#include "gan/status.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* gan_report_write() — writes the HTML file `output` about n >= 1 run folders, which are only read
 * and may be written to meanwhile by a run.
 *
 *  listener  told what was left out, and why; may be NULL
 *
 * The file holds all that it shows and asks for nothing on a network. Curves of long runs are
 * thinned to a few thousand points by means; sample grids to as many as fit into 24 MB a run,
 * evenly spaced, the first and the last among them. Beside what every run
 * writes, it shows metrics.jsonl (lines as of stats.jsonl) and profile.jsonl (`gan bench --profile
 * --json`) of a run folder. The file is replaced as a whole. GAN_E_NO_INPUT: not a run folder;
 * GAN_E_DATA: its config.yaml is none; GAN_E_CREATE, GAN_E_IO, GAN_E_MEMORY. */
gan_status gan_report_write(const char *const *runs, int n, const char *output,
                            const gan_listener *listener, gan_error *err);

/* One layer of a network, or, with name NULL, all of one. Texts live as long as the call. */
typedef struct gan_layer_facts {
    const char *network;             /* "generator", "discriminator", "network" */
    const char *name;                /* "conv0" */
    const char *inputs;              /* "conv1 + input"; "" where it reads the layer before it */
    int64_t height, width, channels; /* of its output */
    int64_t parameters;              /* moving statistics included */
    double flops;                    /* of one image's forward pass, a multiply-add being two */
    int64_t bytes;                   /* of one image's output, in fp32 */
} gan_layer_facts;

/* gan_net_layers() — tells every layer of every network, in order, each network's sum after its
 * layers. An activation that is computed with the layer before it is counted there.
 * GAN_E_UNSUPPORTED, GAN_E_MEMORY. */
gan_status gan_net_layers(const gan_net *net, void (*tell)(void *ctx, const gan_layer_facts *facts),
                          void *ctx, gan_error *err);

/* gan_net_draw() — writes the networks as a drawing to `path`, as SVG for light and dark: a box a
 * layer with its output, parameters and arithmetic, and lines for what blocks and branches read.
 * The file is replaced as a whole. GAN_E_CREATE, GAN_E_IO, GAN_E_UNSUPPORTED, GAN_E_MEMORY. */
gan_status gan_net_draw(const gan_net *net, const char *path, gan_error *err);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
