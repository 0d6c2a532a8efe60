/* log.c — a line of metrics.jsonl. */
#include "eval/log.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/path.h"

void gan_eval_log_fields(gan_jsonl *log, const gan_eval_result *r)
{
    gan_jsonl_int(log, "step", r->step);
    gan_jsonl_int(log, "averaged", r->averaged);
    gan_jsonl_int(log, "precise_bn", r->precise_bn);
    gan_jsonl_int(log, "bn_batches", r->bn_batches);
    gan_jsonl_int(log, "bn_batch", r->bn_batch);
    gan_jsonl_text(log, "features", r->features);
    gan_jsonl_text(log, "features_hash", r->features_hash);
    gan_jsonl_text(log, "filter", r->filter);
    gan_jsonl_text(log, "data", r->data);
    gan_jsonl_text(log, "split", r->split);
    gan_jsonl_text(log, "fingerprint", r->fingerprint);
    gan_jsonl_int(log, "n", r->n);
    gan_jsonl_int(log, "n_real", r->n_real);
    gan_jsonl_int(log, "n_pairs", r->n_pairs);
    gan_jsonl_int(log, "n_patches", r->n_patches);
    gan_jsonl_int(log, "n_floor", r->n_floor);
    gan_jsonl_text(log, "floor", r->floor);
    gan_jsonl_int(log, "seed", (int64_t)r->seed);
    for (int i = 0; i < r->n_measures; i++) {
        const gan_measure *m = &r->measure[i];
        char name[GAN_EVAL_KEY + 8];
        if (isnan(m->value)) {
            continue;
        }
        gan_jsonl_real(log, m->key, m->value);
        snprintf(name, sizeof name, "%s_floor", m->key);
        gan_jsonl_real(log, name, m->floor);
    }
}

gan_status gan_eval_log(const char *run, gan_eval_result *result, gan_error *err)
{
    gan_jsonl *log = NULL;
    char *path = NULL;
    gan_status status = GAN_OK;
    GAN_TRY(gan_path_join(run, "metrics.jsonl", &path, err));
    GAN_TRY_DONE(gan_jsonl_open(path, &log, err));
    gan_eval_log_fields(log, result);
    GAN_TRY_DONE(gan_jsonl_end(log, err));
    GAN_TRY_DONE(gan_jsonl_sync(log, err));
    snprintf(result->log, sizeof result->log, "%s", path);
done:
    gan_jsonl_destroy(log);
    free(path);
    return status;
}
