/* checkpoint_options.c — the settings that a checkpoint was trained with. */
#include "session/checkpoint.h"

#include <string.h>

static bool averages(const gan_options *said)
{
    return said->ema > 0;
}

static bool has_lsgan_labels(const gan_options *said)
{
    return said->loss && strcmp(said->loss, "lsgan") == 0 && said->label_smoothing > 0;
}

/* What checkpoints from before there was a warm-up of the average, which name no ema_warmup, were
 * trained with, where their text or the default says otherwise: no warm-up, and an lsgan whose
 * labels were not smoothed, whatever was set. */
static const struct {
    gan_option_id id;
    const char *before;
    bool (*applies)(const gan_options *said);
} older[] = {{GAN_OPTION_ID_ema_warmup, "false", averages},
             {GAN_OPTION_ID_label_smoothing, "0", has_lsgan_labels}};

gan_status gan_checkpoint_fill_options(const gan_checkpoint *checkpoint, const char *path,
                                       gan_options *options, gan_error *err)
{
    gan_options said = {0};
    gan_status status = GAN_OK;
    GAN_TRY(gan_options_init(&said, err));
    GAN_TRY_DONE(gan_options_from_text(&said, checkpoint->options, path, GAN_FROM_CHECKPOINT, err));
    const bool is_older = said.from[GAN_OPTION_ID_ema_warmup] == GAN_FROM_DEFAULT;
    for (size_t i = 0; is_older && i < sizeof older / sizeof *older; i++) {
        if (older[i].applies(&said)) {
            GAN_TRY_DONE(
                gan_options_set(options, older[i].id, older[i].before, GAN_FROM_CHECKPOINT, err));
        }
    }
done:
    gan_options_free(&said);
    return status;
}

gan_status gan_checkpoint_take_options(const gan_checkpoint *checkpoint, const char *path,
                                       gan_options *options, gan_error *err)
{
    GAN_TRY(gan_options_from_text(options, checkpoint->options, path, GAN_FROM_CHECKPOINT, err));
    return gan_checkpoint_fill_options(checkpoint, path, options, err);
}
