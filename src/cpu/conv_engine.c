/* conv_engine.c — which of several ways computes a convolution. */
#include "cpu/conv_engine.h"

#include <string.h>

/* In the order they are tried. The last one fits everything. */
static const gan_conv_engine *const engines[] = {
    &gan_conv_narrow,   &gan_conv_narrow_dw, &gan_conv_thin,  &gan_conv_thin_dw,
    &gan_conv_winograd, &gan_conv_dft,       &gan_conv_direct};
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
    return "auto, direct, dft or winograd";
}

static bool is_way(const gan_conv_engine *engine, const char *way)
{
    return way &&
           (strcmp(engine->name, way) == 0 || (engine->joined && strcmp(engine->joined, way) == 0));
}

/* The number of the engine that step->way names and that can compute the step; n_engines if there
 * is none. */
static size_t find_way(const gan_cpu_step *step, gan_conv_pass pass)
{
    size_t i = 0;
    while (i < n_engines && !(is_way(engines[i], step->way) && engines[i]->can(step, pass))) {
        i++;
    }
    return i;
}

int gan_conv_engine_list(const gan_cpu_step *step, gan_conv_pass pass,
                         const gan_conv_engine **found, int n)
{
    int count = 0;
    for (size_t i = 0; i < n_engines && count < n; i++) {
        if (engines[i]->can(step, pass)) {
            found[count++] = engines[i];
        }
    }
    return count;
}

gan_status gan_conv_engine_prepare(gan_cpu_step *step, gan_conv_pass pass, gan_error *err)
{
    size_t way = find_way(step, pass);
    if (way < n_engines) {
        return engines[way]->prepare(step, pass, err);
    }
    bool any = strcmp(step->conv, "auto") == 0;
    for (size_t i = 0; i < n_engines; i++) {
        const gan_conv_engine *engine = engines[i];
        bool asked = strcmp(step->conv, engine->family) == 0;
        if (!any && !asked && i + 1 < n_engines) {
            continue;
        }
        if (asked || !engine->pays ? engine->can(step, pass) : engine->pays(step, pass)) {
            return engine->prepare(step, pass, err);
        }
    }
    return gan_fail(err, GAN_E_UNSUPPORTED, "no engine computes this convolution");
}
