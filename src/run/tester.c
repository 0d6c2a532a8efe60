/* tester.c — what a classifier is tested with while it is trained. */
#include "run/tester.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/say.h"
#include "run/dry_run.h"

static void tell(const gan_listener *listener, const char *why)
{
    gan_say(listener, "accuracy is of the training images alone: %s", why);
}

/* A data set without such a split is one to be trained with all the same. */
static bool has_no_split(gan_status status)
{
    return status == GAN_E_USAGE || status == GAN_E_NO_INPUT;
}

gan_status gan_tester_open(const gan_start *start, const gan_listener *listener,
                           const volatile sig_atomic_t *cancel, gan_tester *out, gan_error *err)
{
    gan_data_options options;
    gan_error why = {0};
    *out = (gan_tester){.step = -1, .accuracy = (double)NAN};
    if (gan_net_kind_of(start->net) == GAN_NET_KIND_GAN) {
        return GAN_OK;
    }
    GAN_TRY(gan_plan_data_options(start, &options, err));
    if (strcmp(options.split, "test") == 0) {
        tell(listener, "it is the test split that is trained with");
        return GAN_OK;
    }
    options.split = "test";
    options.listener = listener;
    options.cancel = cancel;
    const gan_status status = gan_data_open(start->options.data, &options, &out->data, &why);
    if (has_no_split(status)) {
        tell(listener, why.text);
        return GAN_OK;
    }
    return status == GAN_OK ? GAN_OK : gan_fail(err, status, "%s", why.text);
}

void gan_tester_close(gan_tester *tester)
{
    gan_data_close(tester->data);
    *tester = (gan_tester){0};
}

gan_status gan_tester_run(gan_tester *tester, gan_session *session, gan_error *err)
{
    const int64_t step = gan_session_step(session);
    if (!tester->data || tester->step == step) {
        return GAN_OK;
    }
    GAN_TRY(gan_session_test(session, tester->data, &tester->accuracy, err));
    tester->step = step;
    return GAN_OK;
}
