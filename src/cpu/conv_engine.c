/* conv_engine.c — which of several ways computes a convolution. */
#include "cpu/conv_engine.h"

#include <string.h>

/* In the order they are tried. The last one fits everything. */
static const gan_conv_engine *const engines[] = {&gan_conv_thin, &gan_conv_thin_dw, &gan_conv_dft,
                                                 &gan_conv_direct};
static const size_t n_engines = sizeof engines / sizeof *engines;

bool gan_conv_engine_known(const char *wish)
{
    bool known = strcmp(wish, "auto") == 0;
    for (size_t i = 0; i < n_engines; i++) {
        known = known || strcmp(wish, engines[i]->family) == 0;
    }
    return known;
}

const char *gan_conv_engine_names(void)
{
    return "auto, dft or direct";
}

gan_status gan_conv_engine_prepare(gan_cpu_step *step, gan_conv_pass pass, gan_error *err)
{
    bool any = strcmp(step->conv, "auto") == 0;
    for (size_t i = 0; i < n_engines; i++) {
        const gan_conv_engine *engine = engines[i];
        bool asked = any || strcmp(step->conv, engine->family) == 0;
        if ((asked || i + 1 == n_engines) && engine->fits(step, pass)) {
            return engine->prepare(step, pass, err);
        }
    }
    return gan_fail(err, GAN_E_UNSUPPORTED, "no engine computes this convolution");
}

int64_t gan_conv_batch(const gan_cpu_step *step)
{
    return gan_cpu_in(step, 0)->dims[0];
}
