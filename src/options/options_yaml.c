/* options_yaml.c — settings as YAML: config files, run folders, checkpoints; and from a network. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/rate_setting.h"
#include "base/text.h"
#include "base/yaml.h"
#include "gan/options.h"
#include "net/net.h"

static const void *field_of(const gan_options *options, gan_option_id id)
{
    switch (id) {
#define GAN_OPTION(field, type, def, lowest, highest, on_resume, argument, help)                   \
    case GAN_OPTION_ID_##field:                                                                    \
        return &options->field;
#include "gan/options.def"
#undef GAN_OPTION
    default:
        return NULL;
    }
}

static void add_number(gan_text *text, double value)
{
    if (value == (double)(int64_t)value && value < 1e15 && value > -1e15) {
        gan_text_add(text, "%lld", (long long)value);
    } else {
        gan_text_add_real(text, value);
    }
}

static void add_value(gan_text *text, const gan_options *options, gan_option_id id)
{
    static const char *const unit[] = {
        [GAN_EVERY_STEPS] = "", [GAN_EVERY_EPOCHS] = "e", [GAN_EVERY_SECONDS] = "s"};
    const void *field = field_of(options, id);
    switch (gan_option_describe(id)->type) {
    case GAN_OPTION_string:
    case GAN_OPTION_choice:
    case GAN_OPTION_loss:
    case GAN_OPTION_device:
    case GAN_OPTION_grid:
    case GAN_OPTION_rule:
        gan_text_add(text, "%s", *(char *const *)field ? *(char *const *)field : "");
        break;
    case GAN_OPTION_integer:
        gan_text_add(text, "%lld", (long long)*(const int64_t *)field);
        break;
    case GAN_OPTION_seed:
        gan_text_add(text, "%llu", (unsigned long long)*(const uint64_t *)field);
        break;
    case GAN_OPTION_real:
    case GAN_OPTION_duration:
        gan_text_add_real(text, *(const double *)field);
        break;
    case GAN_OPTION_rate:
        gan_rate_setting_add(text, field);
        break;
    case GAN_OPTION_flag:
        gan_text_add(text, "%s", *(const bool *)field ? "true" : "false");
        break;
    case GAN_OPTION_cadence:
        if (((const gan_cadence *)field)->unit == GAN_EVERY_AUTO) {
            gan_text_add(text, "auto");
            break;
        }
        add_number(text, ((const gan_cadence *)field)->value);
        gan_text_add(text, "%s", unit[((const gan_cadence *)field)->unit]);
    }
}

static bool is_set(const gan_options *options, gan_option_id id)
{
    return options->from[id] != GAN_FROM_DEFAULT || *gan_option_describe(id)->def;
}

gan_status gan_options_text(const gan_options *options, gan_option_id id, char **out,
                            gan_error *err)
{
    gan_text text = {0};
    gan_text_add(&text, "%s", "");
    if (is_set(options, id)) {
        add_value(&text, options, id);
    }
    return gan_text_take(&text, out, err);
}

gan_status gan_options_yaml(const gan_options *options, char **out, gan_error *err)
{
    gan_text text = {0};
    for (int i = 0; i < GAN_OPTION_COUNT; i++) {
        gan_option_id id = (gan_option_id)i;
        const gan_option_row *row = gan_option_describe(id);
        if (!is_set(options, id) || row->on_resume == GAN_RESUME_unsaved) {
            continue; /* how it was started and where things lie, not what it is */
        }
        gan_text_add(&text, "%s: ", row->key);
        if (gan_option_is_text(row->type)) {
            gan_yaml_quote(&text, *(char *const *)field_of(options, id));
        } else {
            add_value(&text, options, id);
        }
        gan_text_add(&text, "\n");
    }
    return gan_text_take(&text, out, err);
}

static gan_status take_node(gan_options *options, gan_yaml_node root, size_t i,
                            const char *const *keys, gan_option_source source, gan_error *err)
{
    const char *key = NULL, *value = NULL;
    gan_yaml_node node = gan_yaml_value(root, i);
    GAN_TRY(gan_yaml_string(gan_yaml_key(root, i), &key, err));
    gan_option_id id = gan_option_find(key);
    if (id == GAN_OPTION_COUNT) {
        return gan_yaml_check_keys(root, keys, GAN_OPTION_COUNT, err);
    }
    if (gan_yaml_kind_of(node) == GAN_YAML_NULL) {
        return GAN_OK;
    }
    GAN_TRY(gan_yaml_string(node, &value, err));
    gan_error inner = {0};
    gan_status status = gan_options_set(options, id, value, source, &inner);
    if (status == GAN_E_USAGE) {
        const char *name = gan_option_describe(id)->key; /* the place has it already */
        const size_t n = strlen(name);
        const bool named =
            strncmp(inner.text, name, n) == 0 && strncmp(inner.text + n, ": ", 2) == 0;
        return gan_yaml_fail(node, err, "%s", inner.text + (named ? n + 2 : 0));
    }
    return status == GAN_OK ? status : gan_fail(err, status, "%s", inner.text);
}

/* A config file that says the length twice. */
static gan_status check_length(const gan_options *options, gan_yaml_node root, gan_error *err)
{
    if (options->from[GAN_OPTION_ID_epochs] == GAN_FROM_FILE &&
        options->from[GAN_OPTION_ID_steps] == GAN_FROM_FILE) {
        return gan_yaml_fail(gan_yaml_find(root, "steps"), err, "give epochs or steps, not both");
    }
    return GAN_OK;
}

static gan_status take_document(gan_options *options, gan_yaml *document, gan_option_source source,
                                gan_error *err)
{
    const char *keys[GAN_OPTION_COUNT];
    for (int i = 0; i < GAN_OPTION_COUNT; i++) {
        keys[i] = gan_option_describe((gan_option_id)i)->key;
    }
    gan_yaml_node root = gan_yaml_root(document);
    GAN_TRY(gan_yaml_expect_map(root, err));
    for (size_t i = 0; i < gan_yaml_size(root); i++) {
        GAN_TRY(take_node(options, root, i, keys, source, err));
    }
    return check_length(options, root, err);
}

gan_status gan_options_from_file(gan_options *options, const char *path, gan_option_source source,
                                 gan_error *err)
{
    gan_yaml *document = NULL;
    GAN_TRY(gan_yaml_read(path, &document, err));
    gan_status status = take_document(options, document, source, err);
    gan_yaml_destroy(document);
    return status;
}

gan_status gan_options_from_text(gan_options *options, const char *yaml, const char *label,
                                 gan_option_source source, gan_error *err)
{
    gan_yaml *document = NULL;
    GAN_TRY(gan_yaml_parse(label, yaml, strlen(yaml), &document, err));
    gan_status status = take_document(options, document, source, err);
    gan_yaml_destroy(document);
    return status;
}

static void take_real(gan_options *options, gan_option_id id, double *field, double value)
{
    if (options->from[id] <= GAN_FROM_NET) {
        *field = value;
        options->from[id] = GAN_FROM_NET;
    }
}

static void take_setting(gan_options *options, gan_option_id id, gan_rate_setting *field,
                         const gan_rate_setting *value)
{
    if (options->from[id] <= GAN_FROM_NET) {
        *field = *value;
        options->from[id] = GAN_FROM_NET;
    }
}

/* --lr stands for the rate of each network that was not given its own with higher precedence. */
static void take_rate(gan_options *options, gan_option_id id, gan_rate_setting *field,
                      const gan_rate_setting *value)
{
    gan_option_source lr_from = options->from[GAN_OPTION_ID_lr];
    if (lr_from > GAN_FROM_NET && lr_from > options->from[id]) {
        *field = options->lr;
        options->from[id] = lr_from;
    } else {
        take_setting(options, id, field, value);
    }
}

static void take_integer(gan_options *options, gan_option_id id, int64_t *field, int64_t value)
{
    if (options->from[id] <= GAN_FROM_NET) {
        *field = value;
        options->from[id] = GAN_FROM_NET;
    }
}

/* --epochs and --steps say one thing: the one of higher precedence stays. */
static void settle_length(gan_options *options)
{
    gan_option_source *epochs = &options->from[GAN_OPTION_ID_epochs];
    gan_option_source *steps = &options->from[GAN_OPTION_ID_steps];
    if (*epochs > *steps) {
        *steps = GAN_FROM_DEFAULT;
    } else if (*steps > *epochs) {
        *epochs = GAN_FROM_DEFAULT;
    }
}

/* Who says one of the two kinds of average more loudly than the other does not want the other. */
static gan_status take_average(gan_options *options, const gan_train_defaults *d, gan_error *err)
{
    const gan_option_source decay = options->from[GAN_OPTION_ID_ema];
    const gan_option_source half_life = options->from[GAN_OPTION_ID_ema_half_life];
    const gan_rate_setting none = {0};
    const bool has_half_life = gan_rate_setting_most(&options->ema_half_life) > 0;
    const bool by_decay = decay > GAN_FROM_NET && decay > half_life;
    const bool by_half_life = half_life > GAN_FROM_NET && half_life > decay && has_half_life;
    if (by_decay) {
        options->ema_half_life = none;
        options->from[GAN_OPTION_ID_ema_half_life] = decay;
    } else if (by_half_life) {
        options->ema = 0;
        options->from[GAN_OPTION_ID_ema] = half_life;
    }
    take_real(options, GAN_OPTION_ID_ema, &options->ema, d->ema);
    take_setting(options, GAN_OPTION_ID_ema_half_life, &options->ema_half_life, &d->ema_half_life);
    take_real(options, GAN_OPTION_ID_ema_ramp, &options->ema_ramp, d->ema_ramp);
    if (options->from[GAN_OPTION_ID_ema_warmup] <= GAN_FROM_NET) {
        options->ema_warmup = d->ema_warmup;
        options->from[GAN_OPTION_ID_ema_warmup] = GAN_FROM_NET;
    }
    return gan_options_set(options, GAN_OPTION_ID_ema_statistics,
                           d->ema_copies ? "copy" : "average", GAN_FROM_NET, err);
}

/* A network alone makes no pictures. */
static void leave_pictures(gan_options *options)
{
    options->sample_every = (gan_cadence){.unit = GAN_EVERY_STEPS};
    options->from[GAN_OPTION_ID_sample_every] = GAN_FROM_NET;
    options->gif = false;
    options->from[GAN_OPTION_ID_gif] = GAN_FROM_NET;
}

/* What a generator and its discriminator have and a network alone does not. */
static gan_status take_of_gan(gan_options *options, const gan_net *net, gan_error *err)
{
    const gan_train_defaults *d = &net->train;
    take_integer(options, GAN_OPTION_ID_nz, &options->nz, net->latent);
    take_rate(options, GAN_OPTION_ID_lr_d, &options->lr_d, &d->lr_d);
    if (gan_options_set(options, GAN_OPTION_ID_loss, d->loss, GAN_FROM_NET, err) != GAN_OK) {
        return gan_fail_in(err, GAN_E_DATA, "network %s: train", gan_net_name(net));
    }
    GAN_TRY(gan_options_set(options, GAN_OPTION_ID_generator_reals,
                            d->fresh_reals ? "fresh" : "same", GAN_FROM_NET, err));
    return gan_options_set(options, GAN_OPTION_ID_schedule,
                           d->schedule == GAN_ALTERNATING ? "alternating" : "simultaneous",
                           GAN_FROM_NET, err);
}
gan_status gan_options_from_net(gan_options *options, const gan_net *net, gan_error *err)
{
    const gan_train_defaults *d = &net->train;
    settle_length(options);
    if (options->from[GAN_OPTION_ID_steps] <= GAN_FROM_NET) {
        take_integer(options, GAN_OPTION_ID_epochs, &options->epochs, d->epochs);
    }
    take_integer(options, GAN_OPTION_ID_batch_size, &options->batch_size, d->batch_size);
    take_rate(options, GAN_OPTION_ID_lr_g, &options->lr_g, &d->lr_g);
    take_real(options, GAN_OPTION_ID_beta1, &options->beta1, d->adam_g.beta1);
    take_setting(options, GAN_OPTION_ID_beta2, &options->beta2, &d->beta2);
    take_real(options, GAN_OPTION_ID_label_smoothing, &options->label_smoothing,
              d->label_smoothing);
    take_setting(options, GAN_OPTION_ID_r1, &options->r1, &d->r1);
    take_setting(options, GAN_OPTION_ID_r2, &options->r2, &d->r2);
    GAN_TRY(take_average(options, d, err));
    if (gan_net_kind_of(net) == GAN_NET_KIND_GAN) {
        return take_of_gan(options, net, err);
    }
    leave_pictures(options);
    return GAN_OK;
}
