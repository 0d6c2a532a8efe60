/* options_kind.c — which settings a kind of training has. */
#include <stddef.h>

#include "gan/options.h"

static const gan_option_id of_gans[] = {
    GAN_OPTION_ID_d_steps,      GAN_OPTION_ID_nz,           GAN_OPTION_ID_lr_g,
    GAN_OPTION_ID_lr_d,         GAN_OPTION_ID_schedule,     GAN_OPTION_ID_loss,
    GAN_OPTION_ID_sample_every, GAN_OPTION_ID_grid,         GAN_OPTION_ID_gif,
    GAN_OPTION_ID_eval_every,   GAN_OPTION_ID_eval_samples, GAN_OPTION_ID_eval_features,
    GAN_OPTION_ID_stop_when,    GAN_OPTION_ID_patience,     GAN_OPTION_ID_generator_reals,
    GAN_OPTION_ID_precise_bn,   GAN_OPTION_ID_bn_batches,   GAN_OPTION_ID_bn_batch,

    GAN_OPTION_ID_watch,        GAN_OPTION_ID_rollbacks};

bool gan_option_is_of(gan_option_id id, gan_net_kind kind)
{
    for (size_t i = 0; i < sizeof of_gans / sizeof *of_gans; i++) {
        if (of_gans[i] == id) {
            return kind == GAN_NET_KIND_GAN;
        }
    }
    return true;
}
