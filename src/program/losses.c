/* losses.c — what the rows of losses.def say, and which of them a word names. */
#include <stdio.h>
#include <string.h>

#include "base/nearest.h"
#include "program/loss_terms.h"
#include "program/step.h"

static const struct {
    const char *name;
    bool shared, labels;
} losses[] = {
#define GAN_LOSS(name, coupling, shared, labels, source) {#name, shared, labels},
#include "program/losses.def"
#undef GAN_LOSS
};

/* Of all names, each with what stands between two. */
enum {
    LIST_SIZE = sizeof(
#define GAN_LOSS(name, coupling, shared, labels, source) #name ", "
#include "program/losses.def"
#undef GAN_LOSS
        "")
};

/* "bce, lsgan": all losses, or those that have labels. */
static const char *list(bool with_labels, char text[LIST_SIZE])
{
    text[0] = '\0';
    for (int i = 0; i < GAN_LOSS_COUNT; i++) {
        if (!with_labels || losses[i].labels) {
            const size_t used = strlen(text);
            snprintf(text + used, LIST_SIZE - used, "%s%s", used ? ", " : "", losses[i].name);
        }
    }
    return text;
}

gan_status gan_loss_find(const char *name, int *loss, gan_error *err)
{
    const char *names[GAN_LOSS_COUNT];
    char hint[64], all[LIST_SIZE];
    for (int i = 0; i < GAN_LOSS_COUNT; i++) {
        if (strcmp(losses[i].name, name) == 0) {
            *loss = i;
            return GAN_OK;
        }
        names[i] = losses[i].name;
    }
    gan_nearest_hint(name, names, GAN_LOSS_COUNT, hint, sizeof hint);
    return gan_fail(err, GAN_E_USAGE, "unknown loss '%s'%s: there are %s", name, hint,
                    list(false, all));
}

bool gan_loss_has_labels(int loss)
{
    return losses[loss].labels;
}

gan_status gan_loss_check_smoothing(const char *name, double smoothing, gan_error *err)
{
    int loss = 0;
    char all[LIST_SIZE];
    GAN_TRY(gan_loss_find(name, &loss, err));
    if (!(smoothing >= 0 && smoothing < 1)) {
        return gan_fail(err, GAN_E_USAGE, "label_smoothing must be at least 0 and below 1");
    }
    if (smoothing > 0 && !losses[loss].labels) {
        return gan_fail(err, GAN_E_USAGE,
                        "label_smoothing %g: the loss %s has no labels. Set label_smoothing to 0, "
                        "or take one of %s",
                        smoothing, name, list(true, all));
    }
    return GAN_OK;
}

bool gan_loss_is_shared(int loss)
{
    return losses[loss].shared;
}

bool gan_loss_couples(int loss)
{
    return gan_loss_coupling_of(loss) != GAN_LOSS_SEPARATE;
}
