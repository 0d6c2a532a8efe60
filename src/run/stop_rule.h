/* stop_rule.h — --stop-when and --patience: when the measures of a run's samples end it. */
#ifndef GAN_RUN_STOP_RULE_H
#define GAN_RUN_STOP_RULE_H

#include "gan/options.h"
#include "options/rule.h"
#include "run/course.h"

typedef struct gan_stop_rule {
    bool waits; /* for `rule` */
    gan_rule rule;
    int64_t patience; /* evaluations without a better fd that are waited for; 0: for ever */
} gan_stop_rule;

/* Of the options' stop_when and patience. GAN_E_USAGE: nothing is measured that would end the
 * run, or be the best of it that --watch rollback returns to.
 * Errors of gan_rule_parse(). */
gan_status gan_stop_rule_read(const gan_options *options, gan_stop_rule *out, gan_error *err);

/* Why a run ends that was last measured as `course` says, one line, or "": it does not. */
enum { GAN_STOP_REASON = 160 };
void gan_stop_rule_ask(const gan_stop_rule *stop, const gan_course *course,
                       char reason[GAN_STOP_REASON]);

#endif
