/* verify_trace.c — reading a trace file (tests/golden/trace_format.md). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/rate_setting.h"
#include "base/yaml.h"
#include "program/loss_terms.h"
#include "session/schedule.h"
#include "verify/verify.h"

/* The last are of version 2. */
static const char *const option_keys[] = {"batch_size", "steps",     "schedule",          "loss",
                                          "seed",       "framework", "framework_version", "compute",
                                          "d_steps"};
enum { N_OPTIONS = sizeof option_keys / sizeof *option_keys, N_OPTIONS_OF_2 = 1 };

static const char *const formats[] = {"gan.c trace 1", "gan.c trace 2"};
static const char *const schedules[] = {"simultaneous", "alternating"};

static gan_status need_meta(const gan_trace *t, const char *path, const char *key, const char **out,
                            gan_error *err)
{
    *out = gan_safetensors_meta_find(t->file, key);
    return *out ? GAN_OK
                : gan_fail(err, GAN_E_DATA, "%s: not a trace: no '%s' in its metadata", path, key);
}

/* Rates that move, of a run that is as long as the trace. Nobody steps in with a factor. */
static gan_status take_schedules(gan_trace *t, gan_error *err)
{
    gan_options o;
    GAN_TRY(gan_options_init(&o, err));
    const gan_status status = gan_options_from_net(&o, t->net, err);
    o.steps = t->steps;
    o.from[GAN_OPTION_ID_steps] = GAN_FROM_FLAG;
    gan_schedule_fill(&o, t->steps * t->build.batch, &t->build);
    for (int i = 0; i < t->build.n_rate_rows; i++) {
        t->build.rate_rows[i].has_factor = false;
    }
    gan_options_free(&o);
    return status;
}

static gan_status take_options(gan_trace *t, gan_yaml_node root, gan_error *err)
{
    const char *framework = "?", *version = "?", *loss = t->net->train.loss, *compute = "?";
    int schedule = (int)t->net->train.schedule;
    GAN_TRY(gan_yaml_expect_map(root, err));
    GAN_TRY(gan_yaml_check_keys(root, option_keys,
                                t->version > 1 ? N_OPTIONS : N_OPTIONS - N_OPTIONS_OF_2, err));
    t->build.batch = t->net->train.batch_size;
    GAN_TRY(gan_yaml_get_int64(root, "batch_size", &t->build.batch, err));
    GAN_TRY(gan_yaml_get_int64(root, "steps", &t->steps, err));
    GAN_TRY(gan_yaml_get_choice(root, "schedule", schedules, 2, &schedule, err));
    GAN_TRY(gan_yaml_get_string(root, "loss", &loss, err));
    GAN_TRY(gan_yaml_get_string(root, "compute", &compute, err));
    t->build.d_steps = 1;
    GAN_TRY(gan_yaml_get_int64(root, "d_steps", &t->build.d_steps, err));
    GAN_TRY(gan_yaml_get_string(root, "framework", &framework, err));
    GAN_TRY(gan_yaml_get_string(root, "framework_version", &version, err));
    snprintf(t->framework, sizeof t->framework, "%s %s", framework, version);
    t->is_fp32 = strcmp(compute, "float64") != 0;
    GAN_TRY(gan_strdup(loss, &t->loss, err));
    t->build.schedule = schedule == 1 ? GAN_ALTERNATING : GAN_SIMULTANEOUS;
    t->build.loss = t->loss;
    t->build.r1 = gan_rate_setting_most(&t->net->train.r1);
    t->build.r2 = gan_rate_setting_most(&t->net->train.r2);
    t->build.label_smoothing = t->net->train.label_smoothing;
    t->build.adam_g = t->net->train.adam_g;
    t->build.adam_d = t->net->train.adam_d;
    t->lr_g = t->build.adam_g.lr;
    t->lr_d = t->build.adam_d.lr;
    t->build.metric_rows = 1;
    t->build.fed = true;
    if (t->steps < 1) {
        return gan_fail(err, GAN_E_DATA, "the trace has no steps");
    }
    if (t->build.d_steps < 1) {
        return gan_fail(err, GAN_E_DATA, "the trace's d_steps is %lld: it must be at least 1",
                        (long long)t->build.d_steps);
    }
    GAN_TRY(take_schedules(t, err));
    t->parts = gan_step_list_of(&t->build);
    if (t->net->train.fresh_reals) {
        return gan_fail(err, GAN_E_UNSUPPORTED,
                        "the trace's network has generator_reals: fresh, and a trace holds no real "
                        "images of G's own: record it with generator_reals: same");
    }
    return t->net->kind == GAN_NET_KIND_GAN ? gan_loss_find(t->loss, &t->loss_id, err) : GAN_OK;
}

static gan_status find_version(gan_trace *t, const char *path, const char *format, gan_error *err)
{
    for (int i = 0; i < 2; i++) {
        if (strcmp(format, formats[i]) == 0) {
            t->version = i + 1;
            return GAN_OK;
        }
    }
    return gan_fail(err, GAN_E_DATA, "%s: its format is '%s', neither '%s' nor '%s'", path, format,
                    formats[0], formats[1]);
}

static gan_status read_meta(gan_trace *t, const char *path, gan_error *err)
{
    const char *format = NULL, *net = NULL, *options = NULL;
    gan_yaml *document = NULL;
    GAN_TRY(need_meta(t, path, "format", &format, err));
    GAN_TRY(find_version(t, path, format, err));
    GAN_TRY(need_meta(t, path, "net", &net, err));
    GAN_TRY(need_meta(t, path, "options", &options, err));
    GAN_TRY(gan_net_parse(net, path, &t->net, err));
    GAN_TRY(gan_yaml_parse(path, options, strlen(options), &document, err));
    gan_status status = take_options(t, gan_yaml_root(document), err);
    gan_yaml_destroy(document);
    return status;
}

gan_status gan_trace_open(const char *path, gan_trace *out, gan_error *err)
{
    *out = (gan_trace){0};
    GAN_TRY(gan_safetensors_open(path, &out->file, err));
    gan_status status = read_meta(out, path, err);
    if (status == GAN_OK) {
        status = gan_trace_check(out, err);
    }
    if (status != GAN_OK) {
        gan_trace_close(out);
    }
    return status;
}

void gan_trace_close(gan_trace *trace)
{
    gan_safetensors_close(trace->file);
    gan_net_destroy(trace->net);
    free(trace->loss);
    *trace = (gan_trace){0};
}
