/* data_pack.c — gan data pack: a data set decoded and fitted once, into a file that is mapped. */
#include "cli/data_pack.h"

#include <stdio.h>
#include <string.h>

#include "base/number.h"
#include "base/words.h"
#include "cli/json.h"
#include "gan/data.h"

static gan_status fail(gan_error *err, const char *what)
{
    snprintf(err->text, sizeof err->text, "pack: %s", what);
    err->status = GAN_E_USAGE;
    return GAN_E_USAGE;
}

/* Which word of a list with bars between a flag is; 0 where it is not given. */
static gan_status read_word(const cli_args *args, const char *flag, const char *list, int *out,
                            gan_error *err)
{
    const char *word = cli_args_get(args, flag);
    *out = 0;
    if (!word) {
        return GAN_OK;
    }
    gan_status status = gan_words_check(flag, word, list, err);
    const size_t n = strlen(word);
    for (const char *at = list; status == GAN_OK && strncmp(at, word, n) != 0; ++*out) {
        at = strchr(at, '|') + 1;
    }
    return status;
}

static gan_status read_number(const cli_args *args, const char *flag, int64_t lowest, int64_t *out,
                              gan_error *err)
{
    const char *text = cli_args_get(args, flag);
    if (text && (gan_number_int64(text, out, NULL) != GAN_OK || *out < lowest)) {
        snprintf(err->text, sizeof err->text,
                 "pack: --%s: '%s' is not a whole number of %lld or "
                 "more",
                 flag, text, (long long)lowest);
        return GAN_E_USAGE;
    }
    return GAN_OK;
}

static gan_status read_size(const cli_args *args, gan_data_options *o, gan_error *err)
{
    const char *text = cli_args_get(args, "size");
    long height = 0, width = 0;
    char rest = 0;
    if (text &&
        (sscanf(text, "%5ldx%5ld%c", &height, &width, &rest) != 2 || height < 1 || width < 1)) {
        return fail(err, "--size is HEIGHTxWIDTH, as in 64x64");
    }
    o->height = height;
    o->width = width;
    return GAN_OK;
}

static gan_status read_options(const cli_args *args, gan_data_options *o, gan_error *err)
{
    int fit = 0, filter = 0, split = 0;
    int64_t seed = 1;
    gan_status status = read_word(args, "fit", "crop|pad|stretch", &fit, err);
    status =
        status ? status : read_word(args, "filter", "bilinear|box|bicubic|lanczos", &filter, err);
    status = status ? status : read_word(args, "split", "train|test", &split, err);
    status = status ? status : read_size(args, o, err);
    status = status ? status : read_number(args, "channels", 1, &o->channels, err);
    status = status ? status : read_number(args, "limit", 0, &o->limit, err);
    status = status ? status : read_number(args, "seed", 0, &seed, err);
    const char *share = cli_args_get(args, "holdout");
    if (!status && share && gan_number_double(share, &o->holdout, NULL) != GAN_OK) {
        status = fail(err, "--holdout is a share of 0 to 1");
    }
    o->fit = (gan_fit)fit;
    o->filter = (gan_filter)filter;
    o->split = split ? "test" : "train";
    o->seed = (uint64_t)seed;
    o->skip_bad = cli_args_is_on(args, "skip-bad");
    return status;
}

static void print_packed(const cli_args *args, const gan_data_info *info)
{
    const char *path = cli_args_get(args, "output");
    if (cli_args_is_on(args, "json")) {
        cli_json json = cli_json_begin(stdout);
        cli_json_string(&json, "file", path);
        cli_json_integer(&json, "images", info->n);
        cli_json_integer(&json, "height", info->height);
        cli_json_integer(&json, "width", info->width);
        cli_json_integer(&json, "channels", info->channels);
        cli_json_integer(&json, "classes", info->n_classes);
        cli_json_integer(&json, "skipped", info->skipped);
        cli_json_string(&json, "fingerprint", info->fingerprint);
        cli_json_end(&json);
        return;
    }
    cli_print_clean(stdout, path);
    printf(": %lld images of %lldx%lldx%lld", (long long)info->n, (long long)info->height,
           (long long)info->width, (long long)info->channels);
    if (info->n_classes > 0) {
        printf(", %ld class%s", (long)info->n_classes, info->n_classes == 1 ? "" : "es");
    }
    putchar('\n');
}

gan_status cli_data_pack(const cli_args *args, const volatile sig_atomic_t *cancel, gan_error *err)
{
    gan_data_options options = {.cancel = cancel};
    gan_data_info info = {0};
    const char *path = cli_args_get(args, "output");
    if (!path) {
        return fail(err, "-o FILE.safetensors says where to");
    }
    if (!cli_args_is_on(args, "quiet")) {
        options.listener = &cli_notes;
    }
    gan_status status = read_options(args, &options, err);
    if (status == GAN_OK) {
        status = gan_data_pack(args->positional[1], &options, path, &info, err);
    }
    if (status == GAN_OK) {
        print_packed(args, &info);
    }
    return status;
}
