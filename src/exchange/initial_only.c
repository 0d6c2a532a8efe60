/* initial_only.c — the tensors that --init-only names. */
#include "exchange/initial_only.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* Whether a pattern, of n bytes, names the tensor, its layer or its network. */
static gan_status pattern_fits(const char *pattern, size_t n, const char *name, bool *fits,
                               gan_error *err)
{
    char *whole = NULL, *part = NULL;
    gan_status status = GAN_OK;
    GAN_TRY_DONE(gan_format(&whole, err, "%.*s", (int)n, pattern));
    GAN_TRY_DONE(gan_format(&part, err, "%s.*", whole));
    *fits = fnmatch(whole, name, 0) == 0 || fnmatch(part, name, 0) == 0;
done:
    free(whole);
    free(part);
    return status;
}

gan_status gan_initial_wants(const char *patterns, const char *name, bool *wanted, gan_error *err)
{
    bool some = false, named = false, taken_away = false;
    while (*patterns) {
        const bool away = *patterns == '!';
        const char *pattern = patterns + away;
        const size_t n = strcspn(pattern, ",");
        bool fits = false;
        GAN_TRY(pattern_fits(pattern, n, name, &fits, err));
        some = some || !away;
        named = named || (fits && !away);
        taken_away = taken_away || (fits && away);
        patterns = pattern + n + (pattern[n] == ',');
    }
    *wanted = (named || !some) && !taken_away;
    return GAN_OK;
}

/* One that names no tensor is a mistake. */
static gan_status check_pattern(const gan_net *net, const char *pattern, size_t n, gan_error *err)
{
    for (int i = 0; i < net->n_stacks; i++) {
        const gan_stack *stack = &net->stacks[i];
        for (int k = 0; k < stack->n_params + stack->n_stats; k++) {
            const gan_param *param =
                k < stack->n_params ? &stack->params[k] : &stack->stats[k - stack->n_params];
            bool fits = false;
            GAN_TRY(pattern_fits(pattern, n, param->name, &fits, err));
            if (fits) {
                return GAN_OK;
            }
        }
    }
    return gan_fail(
        err, GAN_E_USAGE,
        "init_only: '%.*s' names no tensor of %s, such as %s; a layer, such as g.conv0, "
        "and a network, g, stand for theirs",
        (int)n, pattern, gan_net_name(net), net->stacks[0].params[0].name);
}

gan_status gan_initial_check_patterns(const char *patterns, const gan_net *net, gan_error *err)
{
    while (*patterns) {
        patterns += *patterns == '!';
        const size_t n = strcspn(patterns, ",");
        GAN_TRY(check_pattern(net, patterns, n, err));
        patterns += n + (patterns[n] == ',');
    }
    return GAN_OK;
}
