/* import.c — gan import: weights of other programs into a checkpoint. */
#include <stdio.h>

#include "cli/command.h"
#include "gan/exchange.h"

static const cli_flag flags[] = {
    {"generator", 'g', "FILE",
     "the generator's weights: .safetensors, .pth, .keras, .weights.h5, .onnx, .npz"},
    {"discriminator", 'd', "FILE", "the discriminator's"},
    {"output", 'o', "FILE", "the checkpoint to write, FILE.safetensors"},
    {"quiet", 'q', NULL, "no table of what went where"},
    {"help", 'h', NULL, "this text"},
};

enum { N_FLAGS = sizeof flags / sizeof flags[0] };

static const char usage[] = "import CHECKPOINT|RUN -g FILE -d FILE -o FILE";
static const char description[] =
    "Puts weights of PyTorch, Keras, ONNX or NumPy in place of those of a run "
    "of the same network, at step 0.\n"
    "What is written can be sampled from, and trained on: `gan train "
    "--resume FILE`. A network that is not\n"
    "named keeps the run's weights.\n";

int cli_import(int argc, char **argv)
{
    cli_args args;
    gan_error err = {0};
    if (cli_wants_help(argc, argv)) {
        cli_print_help(usage, description, flags, N_FLAGS);
        return 0;
    }
    gan_status status = cli_args_parse(argc, argv, flags, N_FLAGS, &args, &err);
    const char *output = status == GAN_OK ? cli_args_get(&args, "output") : NULL;
    const gan_listener *quiet =
        status == GAN_OK && cli_args_is_on(&args, "quiet") ? NULL : &cli_notes;
    if (status == GAN_OK && (args.n_positional != 1 || !output || !*output)) {
        status = err.status = GAN_E_USAGE;
        snprintf(err.text, sizeof err.text, "usage: gan %s", usage);
    }
    if (status == GAN_OK) {
        const gan_import_options options = {.generator = cli_args_get(&args, "generator"),
                                            .discriminator = cli_args_get(&args, "discriminator"),
                                            .listener = quiet,
                                            .table = quiet};
        status = gan_import(args.positional[0], output, &options, &err);
    }
    if (status == GAN_OK) {
        printf("%s\n", output);
    }
    cli_args_free(&args);
    return status == GAN_OK ? 0 : cli_fail("import", status, &err);
}
