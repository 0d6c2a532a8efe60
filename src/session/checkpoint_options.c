/* checkpoint_options.c — the settings that a checkpoint was trained with. */
#include "session/checkpoint.h"

/* Settings that are younger than checkpoints which are resumed, and what was done before there were
 * such settings, where the default says otherwise. */
static const struct {
    gan_option_id id;
    const char *before;
} younger[] = {{GAN_OPTION_ID_ema_warmup, "false"}};

gan_status gan_checkpoint_fill_options(const gan_checkpoint *checkpoint, const char *path,
                                       gan_options *options, gan_error *err)
{
    gan_options said = {0};
    gan_status status = GAN_OK;
    GAN_TRY(gan_options_init(&said, err));
    GAN_TRY_DONE(gan_options_from_text(&said, checkpoint->options, path, GAN_FROM_CHECKPOINT, err));
    for (size_t i = 0; said.ema > 0 && i < sizeof younger / sizeof *younger; i++) {
        if (said.from[younger[i].id] == GAN_FROM_DEFAULT) {
            GAN_TRY_DONE(gan_options_set(options, younger[i].id, younger[i].before,
                                         GAN_FROM_CHECKPOINT, err));
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
