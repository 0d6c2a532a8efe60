/* stop_rule.c — when the measures of a run's samples end it. */
#include "run/stop_rule.h"

#include <stdio.h>
#include <string.h>

#include "run/quality.h"

gan_status gan_stop_rule_read(const gan_options *options, gan_stop_rule *out, gan_error *err)
{
    *out = (gan_stop_rule){.waits = options->stop_when && *options->stop_when,
                           .patience = options->patience};
    if (out->waits) {
        GAN_TRY(gan_rule_parse(options->stop_when, &out->rule, err));
    }
    const bool returns = strcmp(options->watch, "rollback") == 0;
    if ((out->waits || options->patience > 0 || returns) && !gan_quality_is_due(options)) {
        return gan_fail(err, GAN_E_USAGE,
                        "%s: nothing is measured that %s; --eval-every 1e does it at each epoch",
                        out->waits ? "stop_when"
                        : returns  ? "watch rollback"
                                   : "patience",
                        returns ? "tells the best" : "could end the run");
    }
    return GAN_OK;
}

void gan_stop_rule_ask(const gan_stop_rule *stop, const gan_course *course,
                       char reason[GAN_STOP_REASON])
{
#define VALUE(field, key, tag, digits) course->last.field,
    const double values[] = {GAN_QUALITY_LIST(VALUE)};
#undef VALUE
    const gan_rule *rule = &stop->rule;
    reason[0] = '\0';
    if (stop->waits && gan_rule_holds(rule, values[rule->measure])) {
        snprintf(reason, GAN_STOP_REASON, "%s is %.6g, as was waited for (--stop-when '%s %s %g')",
                 gan_rule_measure(rule), values[rule->measure], gan_rule_measure(rule),
                 gan_rule_sign_text(rule), rule->limit);
    } else if (stop->patience > 0 && course->since_best >= (double)stop->patience) {
        snprintf(reason, GAN_STOP_REASON,
                 "fd has been no better than %.6g, of step %.0f, for %.0f measurements "
                 "(--patience %lld)",
                 course->best, course->best_step, course->since_best, (long long)stop->patience);
    }
}
