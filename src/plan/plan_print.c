/* plan_print.c — a plan as text. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "base/say.h"
#include "base/text.h"
#include "gan/plan.h"

typedef struct printer {
    const gan_listener *listener;
} printer;

/* Says one line; a line that memory fails for is left out. */
static void say(const printer *p, gan_text *text)
{
    char *line = NULL;
    if (gan_text_take(text, &line, NULL) == GAN_OK) {
        gan_say(p->listener, "%s", line);
    }
    free(line);
}

static const char *bytes_text(int64_t bytes, char out[GAN_NUMBER_TEXT_SIZE])
{
    gan_number_bytes(bytes, out);
    return out;
}

static void print_op(const printer *p, const gan_plan_op *op, bool explain)
{
    gan_text text = {0};
    char workspace[GAN_NUMBER_TEXT_SIZE];
    const int64_t extra = op->workspace_bytes + op->scratch_bytes;
    gan_text_add(&text, "  %-22s %-24s %3d  %9.3f %9.2f %9.2f  %9s  %s%s", op->kind, op->label,
                 op->launches, op->flops / 1e9, op->bytes / 1e6, op->bound * 1e6,
                 extra > 0 ? bytes_text(extra, workspace) : "-", op->planned ? op->how : "NO PLAN",
                 op->planned && op->bound_only ? ", bound only" : "");
    say(p, &text);
    if ((explain || !op->planned) && *op->why) {
        gan_text_add(&text, "      %s", op->why);
        say(p, &text);
    }
}

static void print_head(const printer *p, const gan_plan *plan)
{
    gan_text text = {0};
    gan_text_add(&text, "%s, batch %lld, %s, on %s (%s, sm_%d): planned, not measured", plan->net,
                 (long long)plan->batch, plan->precision, plan->gpu_name, plan->gpu, plan->sm);
    say(p, &text);
    gan_text_add(&text, "planned by %s", plan->libraries);
    say(p, &text);
    if (plan->note) {
        gan_text_add(&text, "note: %s", plan->note);
        say(p, &text);
    }
    gan_text_add(&text, "  %-22s %-24s %3s  %9s %9s %9s  %9s  %s", "op", "of", "n", "GFLOP", "MB",
                 "bound us", "workspace", "how");
    say(p, &text);
}

static void print_memory(const printer *p, const gan_plan *plan)
{
    gan_text text = {0};
    char size[GAN_NUMBER_TEXT_SIZE];
    gan_text_add(&text, "device memory: ");
    for (int i = 0; i < plan->n_memory; i++) {
        gan_text_add(&text, "%s%s %s", i ? ", " : "", plan->memory[i].cls,
                     bytes_text(plan->memory[i].bytes, size));
    }
    gan_text_add(&text, "; in all %s", bytes_text(plan->memory_bytes, size));
    gan_text_add(&text, " of %s%s", bytes_text(plan->gpu_memory_bytes, size),
                 plan->memory_bytes > plan->gpu_memory_bytes ? ": DOES NOT FIT" : "");
    say(p, &text);
}

/* A sum of money: three digits, and no power of ten. */
static const char *cost_text(double cost, char out[GAN_NUMBER_TEXT_SIZE])
{
    const int places = cost > 0 ? 2 - (int)floor(log10(cost)) : 2;
    snprintf(out, GAN_NUMBER_TEXT_SIZE, "%.*f", places < 2 ? 2 : places > 20 ? 20 : places, cost);
    return out;
}

static void print_bounds(const printer *p, const gan_plan *plan)
{
    gan_text text = {0};
    char step[GAN_NUMBER_TEXT_SIZE], epoch[GAN_NUMBER_TEXT_SIZE], guess[GAN_NUMBER_TEXT_SIZE];
    char cost[GAN_NUMBER_TEXT_SIZE];
    gan_number_duration(plan->step_bound, step);
    gan_number_duration(plan->step_guess, guess);
    gan_number_duration(plan->epoch_bound, epoch);
    gan_text_add(&text,
                 "a step%s: %d launches, %.2f GFLOP, %.1f MB; no less than %s by the roofline",
                 plan->d_steps > 1 ? ", the mean of all" : "", plan->launches, plan->flops / 1e9,
                 plan->bytes / 1e6, step);
    say(p, &text);
    gan_text_add(&text, "its launches move %.1f MB, %.2f times as much as its tensors once each",
                 plan->moved / 1e6, plan->moved / plan->bytes);
    say(p, &text);
    gan_text_add(
        &text,
        "a guess for the step: %s (%g of the peak in products, %g of the bandwidth, %g us a "
        "launch)",
        guess, GAN_PLAN_SHARE_OF_PEAK, GAN_PLAN_SHARE_OF_BANDWIDTH, GAN_PLAN_LAUNCH_SECONDS * 1e6);
    say(p, &text);
    gan_text_add(&text, "an epoch of %lld image%s: %lld step%s, no less than %s",
                 (long long)plan->images, gan_plural(plan->images), (long long)plan->steps,
                 gan_plural(plan->steps), epoch);
    if (isfinite(plan->epoch_cost)) {
        gan_text_add(&text, ", no less than %s at the given price",
                     cost_text(plan->epoch_cost, cost));
    }
    say(p, &text);
}

static void print_instances(const printer *p, const gan_plan *plan)
{
    gan_text text = {0};
    for (int i = 0; i < plan->n_providers; i++) {
        const gan_plan_provider *provider = &plan->providers[i];
        gan_text_add(&text, "  %-7s", provider->name);
        for (int k = 0; k < provider->n_instances; k++) {
            gan_text_add(&text, "%s %s", k ? "," : "", provider->instances[k]);
        }
        say(p, &text);
    }
}

void gan_plan_print(const gan_plan *plan, bool explain, const gan_listener *listener)
{
    const printer p = {listener};
    print_head(&p, plan);
    for (int i = 0; i < plan->n_ops; i++) {
        const gan_plan_op *op = &plan->ops[i];
        if (plan->d_steps > 1 && (i == 0 || strcmp(op->program, plan->ops[i - 1].program) != 0)) {
            gan_say(listener, "program \"%s\", %.4g of 100 steps", op->program, 100 * op->share);
        }
        print_op(&p, op, explain);
    }
    print_memory(&p, plan);
    print_bounds(&p, plan);
    gan_say(listener, "where it can be rented:");
    print_instances(&p, plan);
    if (plan->n_unplanned > 0) {
        gan_text text = {0};
        gan_text_add(&text, "%d of %d ops have no plan on this GPU", plan->n_unplanned,
                     plan->n_ops);
        say(&p, &text);
    }
}

void gan_plan_print_table_head(const gan_plan *plan, const gan_listener *listener)
{
    const printer p = {listener};
    gan_text text = {0};
    gan_text_add(&text, "%s, batch %lld, epochs of %lld image%s: planned, not measured", plan->net,
                 (long long)plan->batch, (long long)plan->images, gan_plural(plan->images));
    say(&p, &text);
    gan_text_add(&text, "planned by %s", plan->libraries);
    say(&p, &text);
    gan_say(listener, "planned, tensor: of cuDNN's convolutions; >=: bounds");
    gan_text_add(&text, "%-11s %3s %-9s %7s %7s %8s %9s %9s %9s %9s %9s", "GPU", "sm", "precision",
                 "planned", "tensor", "launches", "workspace", "memory",
                 "step >=", "epoch >=", "cost >=");
    say(&p, &text);
}

void gan_plan_print_row(const gan_plan *plan, const gan_listener *listener)
{
    const printer p = {listener};
    gan_text text = {0};
    char memory[GAN_NUMBER_TEXT_SIZE], workspace[GAN_NUMBER_TEXT_SIZE];
    char step[GAN_NUMBER_TEXT_SIZE], epoch[GAN_NUMBER_TEXT_SIZE], cost[GAN_NUMBER_TEXT_SIZE];
    int n_library = 0, n_planned = 0, n_tensor = 0;
    int64_t most = 0;
    for (int i = 0; i < plan->n_ops; i++) {
        const gan_plan_op *op = &plan->ops[i];
        bool is_library = strcmp(op->by, "cudnn") == 0 && !op->bound_only;
        n_library += is_library;
        n_planned += is_library && op->planned;
        n_tensor += is_library && op->planned && op->tensor_core;
        most = op->workspace_bytes > most ? op->workspace_bytes : most;
    }
    gan_number_duration(plan->step_bound, step);
    gan_number_duration(plan->epoch_bound, epoch);
    gan_text_add(&text, "%-11s %3d %-9s %4d/%-2d %4d/%-2d %8d %9s %9s %9s %9s %9s%s", plan->gpu,
                 plan->sm, plan->precision, n_planned, n_library, n_tensor, n_library,
                 plan->launches, bytes_text(most, workspace),
                 bytes_text(plan->memory_bytes, memory), step, epoch,
                 isfinite(plan->epoch_cost) ? cost_text(plan->epoch_cost, cost) : "-",
                 plan->memory_bytes > plan->gpu_memory_bytes ? "  DOES NOT FIT" : "");
    say(&p, &text);
}
