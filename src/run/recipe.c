/* recipe.c — which network fits a data set.
 *
 * The rule: of the networks for the data's channels, the largest whose side the pictures reach; as
 * many epochs as show it so many images; a grid and a checkpoint at most every 20,000 images. */
#include "run/recipe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/say.h"
#include "base/text.h"
#include "data/look.h"
#include "run/data_options.h"

enum { IMAGES_BETWEEN = 20000, FEW = 1000 };

/* A network of data/nets, in the order of their sides. */
typedef struct choice {
    const char *net;
    const char *data; /* for this known data set alone; NULL: any */
    int64_t channels, side;
    int64_t images; /* shown to it in all */
} choice;

static const choice choices[] = {
    {"fashion", "fashion-mnist", 1, 0, 600000}, {"mnist", NULL, 1, 0, 600000},
    {"stacked-mnist", NULL, 3, 0, 1200000},     {"grey-32", NULL, 1, 32, 1200000},
    {"rgb-32", NULL, 3, 32, 1200000},           {"grey-64", NULL, 1, 64, 1200000},
    {"rgb-64", NULL, 3, 64, 1200000},
};

bool gan_recipe_is_wanted(const gan_options *options)
{
    return strcmp(options->net, GAN_RECIPE_WORD) == 0;
}

/* A known data set's own network before one for any. */
static const choice *choose(const char *data, const gan_data_look *look)
{
    const int64_t side = look->height < look->width ? look->height : look->width;
    const int64_t channels = look->channels >= 3 ? 3 : 1;
    const choice *best = NULL;
    for (size_t i = 0; i < sizeof choices / sizeof *choices; i++) {
        const choice *c = &choices[i];
        if (c->data && strcmp(c->data, data) == 0) {
            return c;
        }
        if (!c->data && c->channels == channels && c->side <= side) {
            best = c;
        }
    }
    return best;
}

static void tell_look(const gan_listener *listener, const char *data, const gan_data_look *look,
                      const choice *c)
{
    char shape[96];
    snprintf(shape, sizeof shape, "%s %s, %s%lld high and %lld wide",
             look->channels >= 3 ? "colour" : "grey", look->n == 1 ? "picture" : "pictures",
             look->is_mixed ? "of several sizes, in the middle " : "", (long long)look->height,
             (long long)look->width);
    gan_say(listener, "net auto: %s has %lld %s: %s", data, (long long)look->n, shape, c->net);
    if (look->n < FEW) {
        gan_say(listener,
                "net auto: %lld %s few: samples will resemble them closely (gan sample --nearest "
                "shows how much)",
                (long long)look->n, look->n == 1 ? "is" : "are");
    }
}

static gan_status take_look(const gan_options *options, const gan_data *given, gan_data_look *out,
                            gan_error *err)
{
    gan_data_options wanted = {0};
    if (given) {
        const gan_data_info *info = gan_data_describe(given);
        *out = (gan_data_look){info->n, info->height, info->width, info->channels, info->n, false};
        return GAN_OK;
    }
    GAN_TRY(gan_options_to_data(options, &wanted, err));
    return gan_data_take_look(options->data, &wanted, out, err);
}

gan_status gan_recipe_find(gan_options *options, const gan_data *given,
                           const gan_listener *listener, gan_recipe *out, gan_error *err)
{
    gan_data_look look = {0};
    GAN_TRY(take_look(options, given, &look, err));
    const choice *c = choose(options->data, &look);
    tell_look(listener, options->data, &look, c);
    *out = (gan_recipe){.epochs = (c->images + look.n - 1) / look.n,
                        .every = (IMAGES_BETWEEN + look.n - 1) / look.n};
    options->from[GAN_OPTION_ID_net] = GAN_FROM_DEFAULT;
    return gan_options_set(options, GAN_OPTION_ID_net, c->net, GAN_FROM_NET, err);
}

/* Sets a number of epochs where nobody has set it. */
static gan_status set_epochs(gan_options *options, gan_option_id id, int64_t n, const char *unit,
                             gan_error *err)
{
    char text[32];
    if (options->from[id] > GAN_FROM_NET) {
        return GAN_OK;
    }
    snprintf(text, sizeof text, "%lld%s", (long long)n, unit);
    return gan_options_set(options, id, text, GAN_FROM_NET, err);
}

/* A switch is its own name, with "no-" before it where it is off. */
static gan_status add_flag(gan_text *command, const gan_options *options, gan_option_id id,
                           gan_error *err)
{
    const gan_option_row *row = gan_option_describe(id);
    char *value = NULL;
    GAN_TRY(gan_options_text(options, id, &value, err));
    const bool is_switch = row->type == GAN_OPTION_flag;
    gan_text_add(command, " --%s", is_switch && strcmp(value, "false") == 0 ? "no-" : "");
    for (const char *c = row->key; *c; c++) {
        gan_text_add(command, "%c", *c == '_' ? '-' : *c);
    }
    if (!is_switch) {
        gan_text_add(command, " ");
        gan_text_add_word(command, value);
    }
    free(value);
    return GAN_OK;
}

/* What was set by a person, and what is set here, whoever set it. */
static bool is_told(const gan_options *options, gan_option_id id)
{
    const bool has_epochs =
        options->from[GAN_OPTION_ID_steps] == GAN_FROM_DEFAULT && !(options->budget > 0);
    return id == GAN_OPTION_ID_net || id == GAN_OPTION_ID_data ||
           id == GAN_OPTION_ID_sample_every || id == GAN_OPTION_ID_save_every ||
           (id == GAN_OPTION_ID_epochs && has_epochs) ||
           (id != GAN_OPTION_ID_resume && options->from[id] >= GAN_FROM_FILE);
}

/* The command that says all of it. */
static gan_status tell_command(const gan_options *options, const gan_listener *listener,
                               gan_error *err)
{
    gan_text command = {0};
    char *text = NULL;
    gan_status status = GAN_OK;
    gan_text_add(&command, "net auto: the same in full: gan train");
    for (int i = 0; i < GAN_OPTION_COUNT; i++) {
        if (is_told(options, (gan_option_id)i)) {
            GAN_TRY_DONE(add_flag(&command, options, (gan_option_id)i, err));
        }
    }
    GAN_TRY_DONE(gan_text_take(&command, &text, err));
    gan_say(listener, "%s", text);
done:
    gan_text_free(&command);
    free(text);
    return status;
}

gan_status gan_recipe_fit(const gan_recipe *recipe, const gan_listener *listener,
                          gan_options *options, gan_error *err)
{
    if (options->from[GAN_OPTION_ID_steps] == GAN_FROM_DEFAULT) {
        GAN_TRY(set_epochs(options, GAN_OPTION_ID_epochs, recipe->epochs, "", err));
    }
    GAN_TRY(set_epochs(options, GAN_OPTION_ID_sample_every, recipe->every, "e", err));
    GAN_TRY(set_epochs(options, GAN_OPTION_ID_save_every, recipe->every, "e", err));
    return tell_command(options, listener, err);
}
