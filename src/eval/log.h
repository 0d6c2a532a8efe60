/* log.h — metrics.jsonl of a run folder: a line for every time its checkpoints were measured. */
#ifndef GAN_EVAL_LOG_H
#define GAN_EVAL_LOG_H

#include "gan/eval.h"
#include "io/jsonl.h"

/* Adds the result as one line to run/metrics.jsonl and names that file in it. */
gan_status gan_eval_log(const char *run, gan_eval_result *result, gan_error *err);

/* The fields of one line: step, what was measured beside what, every measure and its floor. */
void gan_eval_log_fields(gan_jsonl *log, const gan_eval_result *result);

#endif
