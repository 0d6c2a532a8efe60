/* sink_stats.c — stats.jsonl of a run folder: what was measured, a JSON object a line. */
#include <stdlib.h>

#include "io/jsonl.h"
#include "run/sink.h"

static gan_status open_stats(const gan_sink_run *run, void **sink, gan_error *err)
{
    char *path = NULL;
    gan_jsonl *log = NULL;
    gan_status status = GAN_OK;
    GAN_TRY_DONE(gan_run_folder_path(run->folder, &path, err, "stats.jsonl"));
    GAN_TRY_DONE(gan_jsonl_truncate(path, run->step, NULL, err));
    GAN_TRY_DONE(gan_jsonl_open(path, &log, err));
done:
    free(path);
    *sink = log;
    return status;
}

static gan_status write_stats(void *sink, const gan_scalars *s, gan_error *err)
{
    gan_jsonl_int(sink, "step", s->step);
    gan_jsonl_real(sink, "epoch", s->epoch);
    for (const gan_scalar *v = s->scalar; v < s->scalar + s->n; v++) {
        if (v->key && v->is_whole) {
            gan_jsonl_int(sink, v->key, (int64_t)v->value);
        } else if (v->key) {
            gan_jsonl_real(sink, v->key, v->value);
        }
    }
    gan_jsonl_real(sink, "timestamp", s->when);
    return gan_jsonl_end(sink, err);
}

static gan_status sync_stats(void *sink, gan_error *err)
{
    return gan_jsonl_sync(sink, err);
}

static void close_stats(void *sink)
{
    gan_jsonl_destroy(sink);
}

const gan_sink_kind gan_sink_stats = {
    .open = open_stats, .scalars = write_stats, .sync = sync_stats, .close = close_stats};
