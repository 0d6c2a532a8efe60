/* recipe.h — which network fits a data set: --net auto. */
#ifndef GAN_RUN_RECIPE_H
#define GAN_RUN_RECIPE_H

#include <stdbool.h>

#include "gan/data.h"
#include "gan/listener.h"
#include "gan/options.h"

#define GAN_RECIPE_WORD "auto" /* as the network's name */

/* How long to train, and how often to show and to keep, in passes over a data set of that size. */
typedef struct gan_recipe {
    int64_t epochs, every;
} gan_recipe;

bool gan_recipe_is_wanted(const gan_options *options);

/* gan_recipe_find() — looks at given images, or, where given is NULL, at the data that options
 * name, and puts the network that fits in the place of "auto" (docs/recipes.md has the rule); its
 * source is GAN_FROM_NET then, unless it was asked for by that word. Tells what was seen.
 * GAN_E_USAGE, and errors of gan_data_open(). */
gan_status gan_recipe_find(gan_options *options, const gan_data *given,
                           const gan_listener *listener, gan_recipe *out, gan_error *err);

/* gan_recipe_fit() — after gan_options_from_net(): sets epochs, sample_every and save_every where
 * nobody did, and tells the command that says all of it. GAN_E_MEMORY. */
gan_status gan_recipe_fit(const gan_recipe *recipe, const gan_listener *listener,
                          gan_options *options, gan_error *err);

#endif
