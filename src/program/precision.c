/* precision.c — the table of precisions. */
#include "program/precision.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/words.h"
#include "program/retype.h"

static const gan_precision precisions[] = {
    {"fp32", GAN_F32, "tf32", false},     {"tf32", GAN_F32, "tf32", false},
    {"strict", GAN_F32, "strict", false}, {"bf16", GAN_BF16, "tf32", false},
    {"fp16", GAN_F16, "tf32", true},
};
enum { N_PRECISIONS = sizeof precisions / sizeof precisions[0] };

gan_status gan_precision_find(const char *name, gan_precision *out, gan_error *err)
{
    char all[64] = "";
    for (int i = 0; i < N_PRECISIONS; i++) {
        if (strcmp(name, precisions[i].name) == 0) {
            *out = precisions[i];
            return GAN_OK;
        }
        const size_t used = strlen(all);
        snprintf(all + used, sizeof all - used, "%s%s", i ? "|" : "", precisions[i].name);
    }
    return gan_words_check("precision", name, all, err);
}

static gan_status build_classifier(const gan_net *net, const gan_build_options *options, bool share,
                                   gan_program **out, gan_train_ids *ids, gan_error *err)
{
    gan_classify_ids own;
    GAN_TRY(gan_build_classify(net, options, share, out, &own, err));
    if (ids) {
        *ids = (gan_train_ids){.real = own.images,
                               .noise = -1,
                               .fakes = -1,
                               .logits_real = own.logits,
                               .logits_fake = -1,
                               .logits_g = -1,
                               .logits_real_g = -1,
                               .metrics = own.metrics,
                               .labels = own.labels,
                               .real_g = -1};
    }
    return GAN_OK;
}

gan_status gan_precision_build(const gan_precision *precision, const gan_net *net,
                               gan_build_options options, bool share, gan_program **out,
                               gan_train_ids *ids, gan_error *err)
{
    options.separate_passes = options.separate_passes || precision->separate_passes;
    GAN_TRY(net->kind == GAN_NET_KIND_SINGLE
                ? build_classifier(net, &options, share, out, ids, err)
                : gan_build_train(net, &options, share, out, ids, err));
    gan_status status =
        precision->type == GAN_F32 ? GAN_OK : gan_program_retype(*out, precision->type, share, err);
    if (status != GAN_OK) {
        gan_program_destroy(*out);
        *out = NULL;
    }
    return status;
}
