/* export.c — gan export: a network of a checkpoint in another program's format. */
#include <stdio.h>
#include <string.h>

#include "base/number.h"
#include "cli/command.h"
#include "cli/json.h"
#include "gan/exchange.h"

static const cli_flag flags[] = {
    {"output", 'o', "FILE", "where to; its ending says the format: see below"},
    {"to", 0, "FORMAT", "one of the formats below, where the ending is not enough"},
    {"network", 0, "N", "generator, discriminator, or network of a description of one"},
    {"averaged", 0, NULL,
     "the generator's averaged (EMA) weights (default: if the checkpoint has them); --no-averaged"},
    CLI_STATISTICS_FLAGS,
    {"opset", 0, "N",
     "of ONNX, 9 to 17, or oldest: the oldest that can say the network (default 17)"},
    {"bytes", 0, NULL, "of ONNX: images as bytes (N,3,H,W), which torch-fidelity takes"},
    {"json", 0, NULL, "what was written, as JSON on stdout"},
    {"quiet", 'q', NULL, "nothing on stderr but errors"},
    {"help", 'h', NULL, "this text"},
};

enum { N_FLAGS = sizeof flags / sizeof flags[0] };

static const char usage[] = "export CHECKPOINT|RUN -o FILE [--to FORMAT]";
static const char description[] = "Writes a trained network for other programs: it computes there "
                                  "what `gan sample` computes here.\n";

static gan_status fail(gan_error *err, const char *format, const char *what)
{
    err->status = GAN_E_USAGE;
    snprintf(err->text, sizeof err->text, format, what);
    return GAN_E_USAGE;
}

static void print_formats(void)
{
    const gan_exchange_format *f = NULL;
    printf("\nformats:\n");
    for (int i = 0; (f = gan_exchange_format_at(i)) != NULL; i++) {
        printf("  %-14s %-14s %s\n", f->name, f->ending, f->content);
    }
}

static bool take_opset(const char *text, int *opset)
{
    int64_t number = 0;
    if (!text) {
        return true;
    }
    if (strcmp(text, "oldest") == 0) {
        *opset = GAN_ONNX_OLDEST;
        return true;
    }
    const bool good =
        gan_number_int64(text, &number, NULL) == GAN_OK && number > 0 && number < 1000;
    *opset = (int)number;
    return good;
}

static gan_status take_arguments(const cli_args *args, gan_export_options *options, gan_error *err)
{
    const char *averaged = cli_args_get(args, "averaged");
    if (args->n_positional != 1) {
        return fail(err, "usage: gan %s", usage);
    }
    if (!cli_args_get(args, "output") || !*cli_args_get(args, "output")) {
        return fail(err, "say where to, by -o FILE; `gan export --help` lists the formats%s", "");
    }
    options->format = cli_args_get(args, "to");
    if (!take_opset(cli_args_get(args, "opset"), &options->opset)) {
        return fail(err, "--opset: '%s' is neither a number nor oldest",
                    cli_args_get(args, "opset"));
    }
    options->bytes = cli_args_is_on(args, "bytes");
    options->network = cli_args_get(args, "network");
    options->averaging = !averaged                       ? GAN_AVERAGED_IF_THERE
                         : strcmp(averaged, "true") == 0 ? GAN_AVERAGED
                                                         : GAN_NOT_AVERAGED;
    options->listener = cli_args_is_on(args, "quiet") ? NULL : &cli_notes;
    options->wrote = cli_args_is_on(args, "json") ? NULL : &cli_lines;
    return cli_args_statistics(args, &options->statistics, err);
}

static void print_json(const cli_args *args, const gan_export_result *result)
{
    cli_json line = cli_json_begin(stdout);
    cli_json_string(&line, "output", cli_args_get(args, "output"));
    cli_json_string(&line, "format", result->format);
    cli_json_string(&line, "network", result->network);
    cli_json_integer(&line, "step", result->step);
    cli_json_bool(&line, "averaged", result->averaged);
    cli_json_bool(&line, "precise_bn", result->precise_bn);
    cli_json_integer(&line, "tensors", result->tensors);
    cli_json_integer(&line, "parameters", result->parameters);
    cli_json_end(&line);
}

int cli_export(int argc, char **argv)
{
    cli_args args;
    gan_error err = {0};
    gan_export_options options = {0};
    gan_export_result result = {0};
    if (cli_wants_help(argc, argv)) {
        cli_print_help(usage, description, flags, N_FLAGS);
        print_formats();
        return 0;
    }
    gan_status status = cli_args_parse(argc, argv, flags, N_FLAGS, &args, &err);
    if (status == GAN_OK) {
        status = take_arguments(&args, &options, &err);
    }
    if (status == GAN_OK) {
        status =
            gan_export(args.positional[0], cli_args_get(&args, "output"), &options, &result, &err);
    }
    if (status == GAN_OK && cli_args_is_on(&args, "json")) {
        print_json(&args, &result);
    }
    cli_args_free(&args);
    return status == GAN_OK ? 0 : cli_fail("export", status, &err);
}
