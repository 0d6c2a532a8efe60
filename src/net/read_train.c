/* read_train.c — the training defaults of a network description. */
#include "base/memory.h"
#include "base/rate_setting.h"
#include "net/read.h"

static const gan_real_range range_ramp = {0.0, 1.0, false, "from 0 to 1"};

static gan_status read_adam(gan_yaml_node map, gan_net_kind kind, gan_train_defaults *out,
                            gan_error *err)
{
    static const char *const keys[] = {"lr",           "beta1", "beta2", "epsilon",
                                       "epsilon_form", "lr_g",  "lr_d"};
    const size_t of_two = kind == GAN_NET_KIND_GAN ? 0 : 2; /* the last keys are of two networks */
    static const char *const forms[] = {"keras", "pytorch"};
    gan_adam *adam = &out->adam_g;
    int form = adam->epsilon_inside;
    GAN_TRY(gan_yaml_check_keys(map, keys, sizeof keys / sizeof *keys - of_two, err));
    GAN_TRY(gan_net_read_rate_at(map, "lr", &gan_range_positive, &out->lr_g, err));
    GAN_TRY(gan_net_read_real_at(map, "beta1", &gan_range_share, &adam->beta1, err));
    GAN_TRY(gan_net_read_rate_at(map, "beta2", &gan_range_share, &out->beta2, err));
    GAN_TRY(gan_net_read_real_at(map, "epsilon", &gan_range_positive, &adam->epsilon, err));
    GAN_TRY(gan_yaml_get_choice(map, "epsilon_form", forms, 2, &form, err));
    adam->epsilon_inside = form != 0;
    out->lr_d = out->lr_g;
    GAN_TRY(gan_net_read_rate_at(map, "lr_g", &gan_range_positive, &out->lr_g, err));
    return gan_net_read_rate_at(map, "lr_d", &gan_range_positive, &out->lr_d, err);
}

/* What stands where one number is wanted of a rate: its first. */
static void fill_adam(gan_train_defaults *out)
{
    out->adam_g.beta2 = out->beta2.from;
    out->adam_d = out->adam_g;
    out->adam_g.lr = out->lr_g.from;
    out->adam_d.lr = out->lr_d.from;
}

static gan_status read_average(gan_yaml_node section, gan_train_defaults *out, gan_error *err)
{
    static const char *const statistics[] = {"average", "copy"};
    int copies = 0;
    GAN_TRY(gan_net_read_real_at(section, "ema", &gan_range_share, &out->ema, err));
    GAN_TRY(gan_yaml_get_bool(section, "ema_warmup", &out->ema_warmup, err));
    GAN_TRY(gan_net_read_rate_at(section, "ema_half_life", &gan_range_images, &out->ema_half_life,
                                 err));
    GAN_TRY(gan_net_read_real_at(section, "ema_ramp", &range_ramp, &out->ema_ramp, err));
    GAN_TRY(gan_yaml_get_choice(section, "ema_statistics", statistics, 2, &copies, err));
    out->ema_copies = copies != 0;
    if (out->ema > 0 && gan_rate_setting_most(&out->ema_half_life) > 0) {
        return gan_yaml_fail(gan_yaml_find(section, "ema_half_life"), err,
                             "give ema, a decay a step, or ema_half_life, in images, not both");
    }
    return GAN_OK;
}

static gan_status read_section(gan_yaml_node section, gan_net_kind kind, gan_train_defaults *out,
                               const char **loss, gan_error *err)
{
    static const char *const keys[] = {"batch_size",
                                       "epochs",
                                       "adam",
                                       "ema",
                                       "ema_warmup",
                                       "ema_half_life",
                                       "ema_ramp",
                                       "ema_statistics",
                                       "schedule",
                                       "loss",
                                       "label_smoothing",
                                       "generator_reals",
                                       "r1",
                                       "r2"};
    const size_t of_gan = kind == GAN_NET_KIND_GAN ? 0 : 6; /* the last keys are of a GAN */
    static const char *const schedules[] = {"simultaneous", "alternating"};
    static const char *const reals[] = {"same", "fresh"};
    int fresh = 0;
    int schedule = (int)out->schedule;
    GAN_TRY(gan_yaml_check_keys(section, keys, sizeof keys / sizeof *keys - of_gan, err));
    GAN_TRY(gan_yaml_get_choice(section, "schedule", schedules, 2, &schedule, err));
    out->schedule = (gan_schedule)schedule;
    GAN_TRY(gan_yaml_get_choice(section, "generator_reals", reals, 2, &fresh, err));
    out->fresh_reals = fresh != 0;
    GAN_TRY(gan_yaml_get_string(section, "loss", loss, err));
    GAN_TRY(gan_net_read_real_at(section, "label_smoothing", &gan_range_share,
                                 &out->label_smoothing, err));
    GAN_TRY(gan_net_read_rate_at(section, "r1", &gan_range_not_negative, &out->r1, err));
    GAN_TRY(gan_net_read_rate_at(section, "r2", &gan_range_not_negative, &out->r2, err));
    GAN_TRY(gan_net_read_size_at(section, "batch_size", 1, &out->batch_size, err));
    GAN_TRY(gan_net_read_size_at(section, "epochs", 1, &out->epochs, err));
    GAN_TRY(read_average(section, out, err));
    const gan_yaml_node adam = gan_yaml_find(section, "adam");
    return gan_yaml_kind_of(adam) == GAN_YAML_NONE ? GAN_OK : read_adam(adam, kind, out, err);
}

gan_status gan_net_read_train(gan_yaml_node section, gan_net_kind kind, gan_train_defaults *out,
                              gan_error *err)
{
    const gan_adam adam = {.lr = 1e-4, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-7};
    const char *loss = kind == GAN_NET_KIND_GAN ? "bce" : "cross_entropy";
    *out = (gan_train_defaults){.schedule = GAN_SIMULTANEOUS,
                                .batch_size = 256,
                                .epochs = 50,
                                .adam_g = adam,
                                .adam_d = adam,
                                .lr_g = gan_rate_setting_constant(adam.lr),
                                .lr_d = gan_rate_setting_constant(adam.lr),
                                .beta2 = gan_rate_setting_constant(adam.beta2),
                                .ema_warmup = true};
    if (gan_yaml_kind_of(section) != GAN_YAML_NONE) {
        GAN_TRY(read_section(section, kind, out, &loss, err));
    }
    fill_adam(out);
    return gan_strdup(loss, &out->loss, err);
}
