/* net.c — gan net: a network as a table and as a drawing. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "cli/command.h"
#include "cli/json.h"
#include "gan/report.h"

static const cli_flag flags[] = {
    {"svg", 0, "FILE", "draw its layers, with blocks and branches, as SVG"},
    {"json", 0, NULL, "one JSON object per layer on stdout, each network's sum without a name"},
    {"quiet", 'q', NULL, "no table"},
    {"help", 'h', NULL, "this text"},
};

enum { N_FLAGS = sizeof flags / sizeof flags[0], SHAPE_SIZE = 72 };

static const char usage[] = "net NAME|FILE [--svg FILE]";
static const char description[] =
    "Prints what each layer of a network makes: the shape of its output, its parameters (moving\n"
    "statistics included), the arithmetic of one image's forward pass (a multiply-add is two\n"
    "FLOP; an activation is counted with the layer before it), and the memory of one image's\n"
    "output in fp32. NAME is a shipped network, FILE a description of your own\n"
    "(data/nets/README.md).";

static void print_head(const char *network)
{
    printf("\n%s\n  %-26s %-18s %14s %12s %10s\n", network, "layer", "output", "parameters",
           "MFLOP", "KB");
}

static void print_layer(void *ctx, const gan_layer_facts *f)
{
    bool *is_open = ctx;
    char shape[SHAPE_SIZE];
    if (!*is_open) {
        print_head(f->network);
    }
    *is_open = f->name != NULL;
    if (f->height == 1 && f->width == 1) {
        snprintf(shape, sizeof shape, "%" PRId64, f->channels);
    } else {
        snprintf(shape, sizeof shape, "%" PRId64 " x %" PRId64 " x %" PRId64, f->height, f->width,
                 f->channels);
    }
    printf("  %-26s %-18s %14" PRId64 " %12.3f %10.1f%s%s\n", f->name ? f->name : "total",
           f->name ? shape : "", f->parameters, f->flops / 1e6, (double)f->bytes / 1e3,
           f->inputs[0] ? "  of " : "", f->inputs);
}

static void print_object(void *ctx, const gan_layer_facts *f)
{
    cli_json json = cli_json_begin(stdout);
    (void)ctx;
    cli_json_string(&json, "network", f->network);
    cli_json_string(&json, "layer", f->name);
    cli_json_string(&json, "inputs", f->inputs);
    cli_json_integer(&json, "height", f->height);
    cli_json_integer(&json, "width", f->width);
    cli_json_integer(&json, "channels", f->channels);
    cli_json_integer(&json, "parameters", f->parameters);
    cli_json_real(&json, "flops", f->flops);
    cli_json_integer(&json, "bytes", f->bytes);
    cli_json_end(&json);
}

static gan_status show(const cli_args *args, gan_error *err)
{
    const char *svg = cli_args_get(args, "svg");
    gan_net *net = NULL;
    gan_status status = GAN_OK;
    bool is_open = false;
    if (args->n_positional != 1) {
        return gan_fail(err, GAN_E_USAGE, "one network is to be named; usage: gan %s", usage);
    }
    GAN_TRY(gan_net_load(args->positional[0], &net, err));
    if (svg) {
        GAN_TRY_DONE(gan_net_draw(net, svg, err));
    }
    if (cli_args_is_on(args, "json")) {
        GAN_TRY_DONE(gan_net_layers(net, print_object, NULL, err));
    } else if (!cli_args_is_on(args, "quiet")) {
        const gan_net_summary of = gan_net_summarize(net);
        printf("%s: images of %" PRId64 " x %" PRId64 " x %" PRId64 "\n", gan_net_name(net),
               of.height, of.width, of.channels);
        GAN_TRY_DONE(gan_net_layers(net, print_layer, &is_open, err));
    }
done:
    gan_net_destroy(net);
    return status;
}

int cli_net(int argc, char **argv)
{
    cli_args args;
    gan_error err = {0};
    if (cli_wants_help(argc, argv)) {
        cli_print_help(usage, description, flags, N_FLAGS);
        return 0;
    }
    gan_status status = cli_args_parse(argc, argv, flags, N_FLAGS, &args, &err);
    if (status == GAN_OK) {
        status = show(&args, &err);
    }
    cli_args_free(&args);
    return status == GAN_OK ? 0 : cli_fail("net", status, &err);
}
