/* dry_run.c — what a run will do, as numbers and as text. */
#define _GNU_SOURCE /* strtok_r */
#include "run/dry_run.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "base/path.h"
#include "base/say.h"
#include "exchange/initial.h"
#include "gan/train.h"
#include "net/net.h"
#include "program/build.h"
#include "program/print.h"
#include "run/budget.h"
#include "run/data_options.h"
#include "run/pictures.h"
#include "session/registry.h"
#include "session/schedule.h"
#include "session/session.h"

typedef struct printer {
    const gan_listener *listener;
} printer;

static void print(const printer *p, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void print(const printer *p, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    gan_say(p->listener, "%s", text);
}

gan_status gan_plan_data_options(const gan_start *start, gan_data_options *out, gan_error *err)
{
    GAN_TRY(gan_options_to_data(&start->options, out, err));
    out->height = start->net->image.h;
    out->width = start->net->image.w;
    out->channels = start->net->image.c;
    return GAN_OK;
}

static void print_memory(const printer *p, const gan_session_plan *plan)
{
    char state[GAN_NUMBER_TEXT_SIZE], arena[GAN_NUMBER_TEXT_SIZE], work[GAN_NUMBER_TEXT_SIZE];
    char data[GAN_NUMBER_TEXT_SIZE], free_text[GAN_NUMBER_TEXT_SIZE] = "?";
    gan_number_bytes(plan->state_bytes, state);
    gan_number_bytes(plan->arena_bytes, arena);
    gan_number_bytes(plan->workspace_bytes, work);
    gan_number_bytes(plan->data_bytes, data);
    if (plan->available_bytes >= 0) {
        gan_number_bytes(plan->available_bytes, free_text);
    }
    print(p, "memory    state %s, activations %s, workspace %s, data %s; %s free", state, arena,
          work, data, free_text);
    print(p, "step      %d operations, %.2f GFLOP, %.0f MB moved at least", plan->operations,
          plan->flops / 1e9, plan->bytes_moved / 1e6);
}

static gan_status print_start(const printer *p, const gan_start *start, gan_error *err)
{
    char *yaml = NULL;
    GAN_TRY(gan_options_yaml(&start->options, &yaml, err));
    print(p, "%s", start->checkpoint ? "resume from" : "a new run");
    if (start->checkpoint) {
        print(p, "  %s", start->checkpoint);
    }
    print(p, "settings");
    for (char *rest = yaml, *line = NULL; (line = strtok_r(rest, "\n", &rest)) != NULL;) {
        print(p, "  %s", line);
    }
    free(yaml);
    return GAN_OK;
}

typedef struct explainer {
    const gan_backend *backend;
    const gan_executable *executable;
} explainer;

static const char *explain(void *ctx, int op)
{
    const explainer *e = ctx;
    return e->backend->explain ? e->backend->explain(e->executable, op) : "";
}

static void print_one_program(const printer *p, const gan_session *s, int row)
{
    explainer e = {s->backend, s->executables[row]};
    gan_program_print(s->programs[row], explain, &e, p->listener);
    if (s->backend->launches) {
        int n = 0;
        for (int i = 0; i < s->programs[row]->n_ops; i++) {
            n += s->backend->launches(s->executables[row], i);
        }
        print(p, "%d launches, a library call counted as one", n);
    }
}

/* The programs of a step with how each operation would be computed, compiled and not run. */
static gan_status print_program(const printer *p, const gan_start *start, int64_t n_images,
                                gan_error *err)
{
    gan_session s = {.net = start->net};
    gan_status status = GAN_OK;
    GAN_TRY(gan_session_resolve(start->net, &start->options, &s.options, err));
    GAN_TRY_DONE(gan_session_prepare(&s, n_images, p->listener, err));
    GAN_TRY_DONE(gan_session_compile(&s, err));
    for (int i = 0; i < s.list.n; i++) {
        if (s.list.n > 1) {
            print(p, "program \"%s\", %.4g of 100 steps", s.programs[i]->name,
                  100 * gan_step_list_share(&s.list, i));
        }
        print_one_program(p, &s, i);
    }
done:
    gan_session_release(&s);
    return status;
}

gan_status gan_outlook_open(gan_net_kind kind, const gan_options *options,
                            const gan_listener *listener, gan_outlook *out, gan_error *err)
{
    gan_data_options data_options;
    gan_grid_shape grid;
    gan_initial initial = {0};
    gan_status status = GAN_OK;
    *out = (gan_outlook){0};
    GAN_TRY_DONE(gan_start_find(options, NULL, listener, &out->start, err));
    GAN_TRY_DONE(gan_net_need_kind(out->start.net, kind, err));
    GAN_TRY_DONE(gan_options_check(&out->start.options, err));
    GAN_TRY_DONE(gan_pictures_plan(&out->start, &grid, err));
    const char *folder = out->start.folder ? out->start.folder : out->start.options.outdir;
    GAN_TRY_DONE(gan_path_may_make(folder, err));
    if (!out->start.checkpoint) {
        GAN_TRY_DONE(
            gan_initial_read(out->start.net, &out->start.options, listener, &initial, err));
    }
    GAN_TRY_DONE(gan_plan_data_options(&out->start, &data_options, err));
    GAN_TRY_DONE(gan_data_open(out->start.options.data, &data_options, &out->data, err));
    GAN_TRY_DONE(gan_budget_resolve(&out->start, out->data, NULL, listener, err));
    out->steps = gan_schedule_total_steps(&out->start.options, gan_data_describe(out->data)->n);
done:
    gan_initial_free(&initial);
    if (status != GAN_OK) {
        gan_outlook_close(out);
    }
    return status;
}

void gan_outlook_close(gan_outlook *outlook)
{
    gan_data_close(outlook->data);
    gan_start_free(&outlook->start);
    *outlook = (gan_outlook){0};
}

static gan_status print_outlook(const printer *p, const gan_outlook *outlook, gan_error *err)
{
    const gan_start *start = &outlook->start;
    const gan_data_info *info = gan_data_describe(outlook->data);
    gan_session_plan plan = {0};
    gan_net_print(start->net, p->listener);
    GAN_TRY(gan_session_forecast(start->net, info->n, &start->options, &plan, err));
    GAN_TRY(print_start(p, start, err));
    print(p, "data      %s: %lld image%s of %lldx%lldx%lld %s", info->name, (long long)info->n,
          gan_plural(info->n), (long long)info->height, (long long)info->width,
          (long long)info->channels, info->path);
    print(p, "steps     %lld in all", (long long)outlook->steps);
    print_memory(p, &plan);
    return GAN_OK;
}

gan_status gan_train_plan(gan_net_kind kind, const gan_options *options, bool with_program,
                          const gan_listener *listener, gan_error *err)
{
    const printer p = {listener};
    gan_outlook outlook;
    GAN_TRY(gan_outlook_open(kind, options, listener, &outlook, err));
    gan_status status =
        with_program ? print_program(&p, &outlook.start, gan_data_describe(outlook.data)->n, err)
                     : print_outlook(&p, &outlook, err);
    gan_outlook_close(&outlook);
    return status;
}
