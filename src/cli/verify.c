/* verify.c — gan verify: a table of every tensor's worst error against its tolerance. */
#include <stdio.h>
#include <string.h>

#include "base/number.h"
#include "cli/command.h"
#include "cli/json.h"
#include "gan/verify.h"

static const cli_flag flags[] = {
    {"device", 0, "D", "auto, cpu, cuda, cuda:N, reference (default auto)"},
    {"threads", 0, "N", "CPU threads"},
    {"conv", 0, "ENGINE", "CPU convolutions: auto, direct, dft, winograd"},
    {"precision", 0, "P", "strict, tf32, bf16, fp16 (default strict: fp32 throughout)"},
    {"batchnorm", 0, "HOW", "on a GPU: cudnn or fused"},
    {"steps", 0, "N", "only the first N steps of the trace"},
    {"json", 0, NULL, "one JSON object per tensor, or per trace that cannot be replayed"},
    {"quiet", 'q', NULL, "only what fails, and the sum"},
    {"help", 'h', NULL, "this text"},
};

enum { N_FLAGS = sizeof flags / sizeof flags[0], MAX_THREADS = 1024 /* as in options.def */ };

static const char usage[] = "verify TRACE... [--device D]";
static const char description[] =
    "Replays trajectories recorded from Keras or PyTorch (tests/golden/trace_format.md) and "
    "compares\n"
    "every tensor. Each step starts from the recorded state and is also computed in double\n"
    "precision, plain and with random rounding errors: an error of the device or of the trace is\n"
    "told in what rounding moves the tensor by (and relative to the tensor: device, trace,\n"
    "rounding). A free-running trajectory is reported as well.\n"
    "Of several traces all are replayed; the exit code is the highest of theirs.\n";

typedef struct printer {
    const char *trace; /* that is replayed */
    bool json, quiet;
} printer;

static void print_json(const printer *p, const gan_verify_row *row)
{
    cli_json json = cli_json_begin(stdout);
    cli_json_string(&json, "trace", p->trace);
    cli_json_string(&json, "tensor", row->tensor);
    cli_json_real(&json, "error", row->error);
    cli_json_real(&json, "tolerance", row->tolerance);
    if (!row->shown_only) {
        cli_json_real(&json, "device_error", row->device_error);
        cli_json_real(&json, "trace_error", row->trace_error);
        cli_json_real(&json, "device_relative", row->device_relative);
        cli_json_real(&json, "trace_relative", row->trace_relative);
        cli_json_real(&json, "rounding_relative", row->rounding_relative);
    }
    cli_json_string(&json, "measure", row->measure);
    cli_json_string(&json, "reason", row->reason);
    if (row->failure) {
        cli_json_string(&json, "failure", row->failure);
    }
    cli_json_integer(&json, "worst_step", row->worst_step);
    cli_json_bool(&json, "passed", row->passed);
    cli_json_bool(&json, "shown_only", row->shown_only);
    cli_json_end(&json);
}

static void print_row(void *ctx, const gan_verify_row *row)
{
    const printer *p = ctx;
    if (p->json) {
        print_json(p, row);
    } else if (row->shown_only && !p->quiet) {
        printf("shown   %-44s %9.2e relative\n", row->tensor, row->error);
    } else if (!row->passed) {
        printf("FAILED  %s\n", row->failure);
    } else if (!p->quiet) {
        printf("ok      %-44s %4.2f <= %g  step %lld: device %.1e, trace %.1e, rounding %.1e\n",
               row->tensor, row->error, row->tolerance, (long long)row->worst_step,
               row->device_relative, row->trace_relative, row->rounding_relative);
    }
}

static gan_status take(const cli_args *args, gan_verify_options *options, gan_error *err)
{
    int64_t threads = 0;
    if (args->n_positional < 1) {
        snprintf(err->text, sizeof err->text, "usage: gan %s", usage);
        return GAN_E_USAGE;
    }
    gan_status status = cli_args_integer(args, "threads", 1, MAX_THREADS, &threads, err);
    if (status == GAN_OK) {
        status = cli_args_integer(args, "steps", 1, INT64_MAX, &options->max_steps, err);
    }
    if (status != GAN_OK) {
        return status;
    }
    options->threads = (int)threads;
    options->device = cli_args_get(args, "device");
    options->conv = cli_args_get(args, "conv");
    options->precision = cli_args_get(args, "precision");
    options->batch_norm = cli_args_get(args, "batchnorm");
    options->listener = cli_args_is_on(args, "quiet") ? NULL : &cli_notes;
    return GAN_OK;
}

/* What became of one trace of several, or of the only one. */
static void print_end(const printer *p, const gan_verify_summary *summary, bool several)
{
    if (!p->json && summary->rows > 0) {
        printf("%s%s%s, %s: %lld step%s, %lld tensors, %lld failed\n", several ? p->trace : "",
               several ? ": " : "", summary->net, summary->framework, (long long)summary->steps,
               gan_plural(summary->steps), (long long)summary->rows, (long long)summary->failed);
    }
}

static int fail_trace(const printer *p, gan_status status, gan_error *err, bool several)
{
    const char *text = err->text[0] ? err->text : gan_status_text(status);
    if (p->json && status != GAN_E_MISMATCH) {
        cli_json json = cli_json_begin(stdout);
        cli_json_string(&json, "trace", p->trace);
        cli_json_string(&json, "failure", text);
        cli_json_end(&json);
    }
    if (several && !strstr(text, p->trace)) {
        gan_error named = {0};
        snprintf(named.text, sizeof named.text, "%.400s: %.600s", p->trace, text);
        return cli_fail("verify", status, &named);
    }
    return cli_fail("verify", status, err);
}

/* Replays all traces, but for a device or an option that none could be replayed with. */
static int verify_all(const cli_args *args, gan_verify_options *options)
{
    printer p = {.json = cli_args_is_on(args, "json"), .quiet = cli_args_is_on(args, "quiet")};
    const int n = args->n_positional;
    int worst = 0, n_failed = 0;
    for (int i = 0; i < n; i++) {
        gan_verify_summary summary = {0};
        gan_error err = {0};
        p.trace = args->positional[i];
        if (n > 1 && !p.json && !p.quiet) {
            printf("%s\n", p.trace);
        }
        const gan_status status = gan_verify(p.trace, options, print_row, &p, &summary, &err);
        print_end(&p, &summary, n > 1);
        (void)fflush(stdout); /* before what is said on stderr */
        if (status == GAN_E_USAGE || status == GAN_E_NO_DEVICE) {
            return cli_fail("verify", status, &err);
        }
        if (status != GAN_OK) {
            const int exit_code = fail_trace(&p, status, &err, n > 1);
            worst = exit_code > worst ? exit_code : worst;
            n_failed++;
        }
        options->listener = NULL; /* the device is the same */
    }
    if (n > 1 && !p.json) {
        printf("%d traces, %d failed\n", n, n_failed);
    }
    return worst;
}

int cli_verify(int argc, char **argv)
{
    cli_args args;
    gan_error err = {0};
    gan_verify_options options = {0};
    if (cli_wants_help(argc, argv)) {
        cli_print_help(usage, description, flags, N_FLAGS);
        return 0;
    }
    gan_status status = cli_args_parse(argc, argv, flags, N_FLAGS, &args, &err);
    if (status == GAN_OK) {
        status = take(&args, &options, &err);
    }
    const int exit_code =
        status == GAN_OK ? verify_all(&args, &options) : cli_fail("verify", status, &err);
    cli_args_free(&args);
    return exit_code;
}
