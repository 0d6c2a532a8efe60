/* data_options.c — how the settings say that a data set is to be opened. */
#include "run/data_options.h"

#include <string.h>

#include "base/words.h"

/* Which of n words a setting is. */
static gan_status find_word(gan_option_id id, const char *word, const char *const *words, int n,
                            int *out, gan_error *err)
{
    for (*out = 0; *out < n; ++*out) {
        if (strcmp(word, words[*out]) == 0) {
            return GAN_OK;
        }
    }
    const gan_option_row *row = gan_option_describe(id);
    return gan_words_check(row->key, word, row->words, err);
}

gan_status gan_options_to_data(const gan_options *o, gan_data_options *out, gan_error *err)
{
    static const char *const fits[] = {"crop", "pad", "stretch"};
    static const char *const filters[] = {"bilinear", "box", "bicubic", "lanczos"};
    int fit = 0, filter = 0;
    GAN_TRY(find_word(GAN_OPTION_ID_fit, o->fit, fits, 3, &fit, err));
    GAN_TRY(find_word(GAN_OPTION_ID_filter, o->filter, filters, 4, &filter, err));
    *out = (gan_data_options){.fit = (gan_fit)fit,
                              .filter = (gan_filter)filter,
                              .split = o->split,
                              .limit = o->limit,
                              .holdout = o->holdout,
                              .seed = o->seed,
                              .skip_bad = o->skip_bad,
                              .threads = (int)o->threads};
    return GAN_OK;
}
