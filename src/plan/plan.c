/* plan.c — a training step planned for a GPU that is not there. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/rate_setting.h"
#include "base/words.h"
#include "gan/plan.h"
#include "net/net.h"
#include "plan/catalogue.h"
#include "plan/planner_set.h"
#include "program/cost.h"
#include "program/plugin.h"
#include "program/precision.h"
#include "program/steps.h"

enum { DEFAULT_IMAGES = 60000, METRIC_ROWS = 1024 };

struct gan_planner_set {
    gan_catalogue catalogue;
    gan_plugin plugin;
    gan_status ready; /* GAN_OK: the plugin is loaded; else why has the words */
    gan_error why;
    char libraries[128];
};

/* A plan with what its pointers point to. */
typedef struct full_plan {
    gan_plan plan; /* first: the caller's pointer is this struct's */
    gan_step_list list;
    gan_program *programs[GAN_STEP_ROWS]; /* of each row of the list */
    gan_plan_op *ops;
    gan_op_plan *made; /* texts of the ops */
    gan_plan_provider *providers;
} full_plan;

gan_status gan_planner_set_open(const char *catalogue, gan_planner_set **out, gan_error *err)
{
    void *memory = NULL;
    *out = NULL;
    GAN_TRY(gan_calloc(1, sizeof(gan_planner_set), &memory, err));
    gan_planner_set *set = memory;
    gan_status status = gan_catalogue_load(catalogue, &set->catalogue, err);
    if (status != GAN_OK) {
        gan_planner_set_close(set);
        return status;
    }
    set->ready = gan_plugin_load(&set->plugin, &set->why);
    if (set->ready == GAN_OK) {
        set->plugin.planner->libraries(set->libraries, sizeof set->libraries);
    }
    *out = set;
    return GAN_OK;
}

void gan_planner_set_close(gan_planner_set *set)
{
    if (set) {
        gan_catalogue_free(&set->catalogue);
        free(set);
    }
}

gan_status gan_planner_set_ready(const gan_planner_set *set, gan_error *err)
{
    return set->ready == GAN_OK ? GAN_OK : gan_fail(err, set->ready, "%s", set->why.text);
}

const gan_catalogue *gan_planner_set_catalogue(const gan_planner_set *set)
{
    return &set->catalogue;
}

const char *gan_planner_set_libraries(const gan_planner_set *set)
{
    return set->libraries;
}

int gan_planner_set_count(const gan_planner_set *set)
{
    return set->catalogue.n_gpus;
}

const char *gan_planner_set_gpu(const gan_planner_set *set, int i, const char **name,
                                bool *supported, const char **note)
{
    const gan_gpu *gpu = &set->catalogue.gpus[i];
    *name = gpu->name;
    *supported = gpu->sm >= GAN_GPU_OLDEST_SM;
    *note = gpu->note;
    return gpu->id;
}

int gan_planner_set_find(const gan_planner_set *set, const char *id, gan_error *err)
{
    const gan_gpu *gpu = NULL;
    return gan_catalogue_find(&set->catalogue, id, &gpu, err) == GAN_OK
               ? (int)(gpu - set->catalogue.gpus)
               : -1;
}

/* The unit of a GPU that computes a precision's matrix products. */
static gan_gpu_unit unit_of(const gan_precision *p)
{
    switch (p->type) {
    case GAN_BF16:
        return GAN_UNIT_BF16;
    case GAN_F16:
        return GAN_UNIT_FP16;
    default:
        return strcmp(p->products, "tf32") == 0 ? GAN_UNIT_TF32 : GAN_UNIT_FP32;
    }
}

/* Demands that cannot be met on the GPU, whatever the network is. */
static gan_status check_precision(const gan_gpu *gpu, const gan_precision *p, gan_error *err)
{
    bool must_have_unit = strcmp(p->name, "fp32") != 0 && unit_of(p) != GAN_UNIT_FP32;
    if (must_have_unit && !(gpu->flops[unit_of(p)] > 0)) {
        return gan_fail(err, GAN_E_UNSUPPORTED, "%s has no %s; take %s", gpu->name, p->name,
                        p->type == GAN_BF16 ? "fp16" : "fp32 or strict");
    }
    return GAN_OK;
}

static gan_status build(const gan_net *net, const gan_plan_options *o, const gan_precision *p,
                        full_plan *f, gan_error *err)
{
    const gan_train_defaults *t = &net->train;
    gan_build_options options = {
        .batch = o->batch > 0 ? o->batch : t->batch_size,
        .schedule = t->schedule,
        .loss = t->loss,
        .fresh_reals = t->fresh_reals,
        .r1 = gan_rate_setting_most(&t->r1),
        .r2 = gan_rate_setting_most(&t->r2),
        .label_smoothing = t->label_smoothing,
        .adam_g = t->adam_g,
        .adam_d = t->adam_d,
        .ema = t->ema > 0 || gan_rate_setting_most(&t->ema_half_life) > 0,
        .ema_warmup = t->ema_warmup && t->ema > 0,
        .ema_copies = t->ema_copies,
        .n_images = o->images > 0 ? o->images : DEFAULT_IMAGES,
        .metric_rows = METRIC_ROWS,
        .d_steps = net->single || o->d_steps < 1 ? 1 : o->d_steps,
    };
    f->list = gan_step_list_of(&options);
    for (int i = 0; i < f->list.n; i++) {
        options.part = f->list.rows[i].part;
        GAN_TRY(gan_precision_build(p, net, options, true, &f->programs[i], NULL, err));
        f->plan.n_ops += f->programs[i]->n_ops;
    }
    f->plan.batch = options.batch;
    f->plan.d_steps = options.d_steps;
    return GAN_OK;
}

/* The least seconds an op can take: compute and memory at their peaks, the slower of the two; and
 * what it is guessed to take. */
static void set_times(const gan_gpu *gpu, const gan_precision *p, gan_plan_op *op)
{
    double peak = gpu->flops[GAN_UNIT_FP32];
    if (op->tensor_core && gpu->flops[unit_of(p)] > 0) {
        peak = gpu->flops[unit_of(p)];
    }
    double products = op->flops / peak, memory = (op->bytes + op->again) / gpu->bandwidth;
    /* what a launch keeps to itself is no reason to wait */
    op->bound = fmax(products, (op->bytes + fmin(op->again, 0)) / gpu->bandwidth);
    /* what is computed within another launch moves what that one does not */
    op->guess = fmax(products / GAN_PLAN_SHARE_OF_PEAK, memory / GAN_PLAN_SHARE_OF_BANDWIDTH) +
                op->launches * GAN_PLAN_LAUNCH_SECONDS;
}

/* cuDNN makes all that it plans, and batch normalizations that it plans on the device. */
static const char *maker_name(gan_op_maker maker, gan_op_kind kind)
{
    switch (maker) {
    case GAN_MADE_BY_PLAN:
        return "cudnn";
    case GAN_MADE_BY_LIBRARY:
        return kind == GAN_OP_matmul ? "cublas" : "cudnn";
    default:
        return "kernel";
    }
}

/* Plans op i of a row's program, as number k of the plan's. That an op has no plan is written down;
 * only other failures are returned. */
static gan_status plan_op(full_plan *f, const gan_planner *planner, gan_planned_device *device,
                          int row, int i, int k, gan_error *err)
{
    const gan_program *program = f->programs[row];
    gan_op_plan *made = &f->made[k];
    const gan_op *op = &program->ops[i];
    gan_error reason = {0};
    gan_status status = planner->plan(device, program, i, made, &reason);
    if (status != GAN_OK && status != GAN_E_UNSUPPORTED) {
        return gan_fail(err, status, "%s: %s", op->label, reason.text);
    }
    if (status != GAN_OK) {
        snprintf(made->why, sizeof made->why, "%.*s", (int)sizeof made->why - 1, reason.text);
    }
    const gan_cost cost = gan_op_cost(program, op);
    f->ops[k] = (gan_plan_op){
        .program = program->name,
        .share = gan_step_list_share(&f->list, row),
        .kind = gan_op_describe(op->kind)->name,
        .label = op->label,
        .by = maker_name(made->maker, op->kind),
        .how = made->how,
        .why = made->why,
        .planned = status == GAN_OK,
        .bound_only = made->maker == GAN_MADE_BY_LIBRARY,
        .tensor_core = made->tensor_core,
        .deterministic = made->deterministic,
        .launches = made->launches,
        .workspace_bytes = made->workspace_bytes,
        .scratch_bytes = made->scratch_bytes,
        .flops = cost.flops,
        .bytes = cost.bytes_read + cost.bytes_written,
        .again = (double)made->again_bytes,
    };
    return GAN_OK;
}

static gan_status plan_ops(full_plan *f, const gan_planner *planner, const gan_gpu *gpu,
                           const gan_precision *p, const gan_plan_options *o, gan_error *err)
{
    const gan_planner_options options = {
        .device = gpu->device,
        .name = gpu->name,
        .sm = gpu->sm,
        .products = p->products,
        .batch_norm = o->batch_norm,
        .nondeterministic = o->nondeterministic,
        .workspace_cap = o->workspace_cap,
    };
    gan_planned_device *device = NULL;
    GAN_TRY(planner->open(&options, &device, err));
    gan_status status = GAN_OK;
    for (int row = 0, k = 0; row < f->list.n; row++) {
        for (int i = 0; i < f->programs[row]->n_ops && status == GAN_OK; i++, k++) {
            status = plan_op(f, planner, device, row, i, k, err);
            if (status == GAN_OK) {
                set_times(gpu, p, &f->ops[k]);
            }
        }
    }
    planner->close(device);
    return status;
}

static void add_memory(gan_plan *plan, const char *cls, int64_t bytes)
{
    if (bytes > 0 && plan->n_memory < GAN_PLAN_MEMORY_MAX) {
        plan->memory[plan->n_memory++] = (gan_plan_memory){cls, bytes};
        plan->memory_bytes += bytes;
    }
}

/* Programs share what is stored, and work in one arena, the largest's. */
static void count_memory(full_plan *f, const gan_precision *p)
{
    int64_t bytes[GAN_BUFFER_CLASS_COUNT] = {0}, workspace = 0;
    for (int row = 0; row < f->list.n; row++) {
        int64_t own[GAN_BUFFER_CLASS_COUNT];
        gan_program_memory(f->programs[row], own);
        for (int i = 0; i < GAN_BUFFER_CLASS_COUNT; i++) {
            bytes[i] = own[i] > bytes[i] ? own[i] : bytes[i];
        }
    }
    for (int i = 0; i < GAN_BUFFER_CLASS_COUNT; i++) {
        const gan_buffer_class cls = (gan_buffer_class)i;
        add_memory(&f->plan, cls == GAN_ACTIVATION ? "arena" : gan_buffer_class_name(cls),
                   bytes[i]);
    }
    for (int i = 0; i < f->plan.n_ops; i++) {
        int64_t needed = f->ops[i].workspace_bytes + f->ops[i].scratch_bytes;
        workspace = needed > workspace ? needed : workspace;
    }
    add_memory(&f->plan, "16-bit weights", p->type == GAN_F32 ? 0 : bytes[GAN_PARAM] / 2);
    add_memory(&f->plan, "workspace", workspace);
}

static void sum_up(gan_plan *plan, double price)
{
    double launches = 0;
    for (int i = 0; i < plan->n_ops; i++) {
        const gan_plan_op *op = &plan->ops[i];
        plan->n_unplanned += !op->planned;
        launches += op->share * op->launches;
        plan->flops += op->share * op->flops;
        plan->bytes += op->share * op->bytes;
        plan->moved += op->share * (op->bytes + op->again);
        plan->step_bound += op->share * op->bound;
        plan->step_guess += op->share * op->guess;
    }
    plan->launches = (int)lround(launches);
    plan->steps = (plan->images + plan->batch - 1) / plan->batch;
    plan->epoch_bound = plan->step_bound * (double)plan->steps;
    plan->epoch_cost = price > 0 ? plan->epoch_bound / 3600 * price : (double)NAN;
}

static gan_status copy_providers(full_plan *f, const gan_gpu *gpu, gan_error *err)
{
    void *memory = NULL;
    GAN_TRY(gan_calloc((size_t)gpu->n_providers, sizeof *f->providers, &memory, err));
    f->plan.providers = f->providers = memory;
    for (int i = 0; i < gpu->n_providers; i++) {
        const gan_gpu_provider *from = &gpu->providers[i];
        f->providers[f->plan.n_providers++] = (gan_plan_provider){
            from->name, (const char *const *)from->instances, from->n_instances};
    }
    return GAN_OK;
}

/* The parts of a plan that are known before an op is. */
static gan_status start(full_plan *f, const gan_planner_set *set, const gan_gpu *gpu,
                        const gan_net *net, const gan_precision *p, const gan_plan_options *o,
                        gan_error *err)
{
    gan_plan *plan = &f->plan;
    void *memory = NULL;
    plan->gpu = gpu->id;
    plan->gpu_name = gpu->name;
    plan->note = gpu->note;
    plan->net = gan_net_name(net);
    plan->precision = p->name;
    plan->libraries = gan_planner_set_libraries(set);
    plan->sm = gpu->sm;
    plan->gpu_memory_bytes = gpu->memory_bytes;
    plan->images = o->images > 0 ? o->images : DEFAULT_IMAGES;
    GAN_TRY(build(net, o, p, f, err));
    GAN_TRY(gan_calloc((size_t)plan->n_ops, sizeof *f->made, &memory, err));
    f->made = memory;
    GAN_TRY(gan_calloc((size_t)plan->n_ops, sizeof *f->ops, &memory, err));
    plan->ops = f->ops = memory;
    return copy_providers(f, gpu, err);
}

gan_status gan_plan_make(const gan_planner_set *set, const gan_net *net,
                         const gan_plan_options *options, gan_plan **out, gan_error *err)
{
    gan_precision precision;
    const gan_gpu *gpu = NULL;
    void *memory = NULL;
    *out = NULL;
    if (options->batch < 0 || options->d_steps < 0 || options->images < 0 ||
        options->workspace_cap < 0 || !(options->price >= 0)) {
        return gan_fail(err, GAN_E_USAGE,
                        "batch size, D's steps, images, workspace and price must not be negative");
    }
    const char *norm = options->batch_norm;
    GAN_TRY(norm ? gan_words_check("batchnorm", norm, "cudnn|fused", err) : GAN_OK);
    GAN_TRY(gan_precision_find(options->precision ? options->precision : "fp32", &precision, err));
    GAN_TRY(gan_catalogue_find(&set->catalogue, options->gpu ? options->gpu : "", &gpu, err));
    GAN_TRY(check_precision(gpu, &precision, err));
    GAN_TRY(gan_planner_set_ready(set, err));
    GAN_TRY(gan_calloc(1, sizeof(full_plan), &memory, err));
    full_plan *f = memory;
    gan_status status = start(f, set, gpu, net, &precision, options, err);
    if (status == GAN_OK) {
        status = plan_ops(f, set->plugin.planner, gpu, &precision, options, err);
    }
    if (status != GAN_OK) {
        gan_plan_free(&f->plan);
        return status;
    }
    count_memory(f, &precision);
    sum_up(&f->plan, options->price);
    *out = &f->plan;
    return GAN_OK;
}

void gan_plan_free(gan_plan *plan)
{
    full_plan *f = (full_plan *)plan;
    if (f) {
        for (int i = 0; i < GAN_STEP_ROWS; i++) {
            gan_program_destroy(f->programs[i]);
        }
        free(f->providers);
        free(f->made);
        free(f->ops);
        free(f);
    }
}
