/* plan_json.c — a plan as one JSON object. */
#include <jansson.h>
#include <math.h>

#include "base/error.h"
#include "gan/plan.h"

static json_t *ops_json(const gan_plan *plan)
{
    json_t *list = json_array();
    for (int i = 0; i < plan->n_ops; i++) {
        const gan_plan_op *op = &plan->ops[i];
        json_array_append_new(
            list,
            json_pack("{s:s, s:f, s:s, s:s, s:s, s:s, s:s, s:b, s:b, s:b, s:b, s:i, s:I, s:I, s:f, "
                      "s:f, s:f, s:f, s:f}",
                      "program", op->program, "share", op->share, "op", op->kind, "label",
                      op->label, "by", op->by, "how", op->how, "why", op->why, "planned",
                      op->planned, "bound_only", op->bound_only, "tensor_cores", op->tensor_core,
                      "deterministic", op->deterministic, "launches", op->launches,
                      "workspace_bytes", (json_int_t)op->workspace_bytes, "scratch_bytes",
                      (json_int_t)op->scratch_bytes, "flops", op->flops, "bytes", op->bytes,
                      "again_bytes", op->again, "bound_seconds", op->bound, "guess_seconds",
                      op->guess));
    }
    return list;
}

static json_t *memory_json(const gan_plan *plan)
{
    json_t *object = json_object();
    for (int i = 0; i < plan->n_memory; i++) {
        json_object_set_new(object, plan->memory[i].cls,
                            json_integer((json_int_t)plan->memory[i].bytes));
    }
    return object;
}

static json_t *instances_json(const gan_plan *plan)
{
    json_t *object = json_object();
    for (int i = 0; i < plan->n_providers; i++) {
        const gan_plan_provider *provider = &plan->providers[i];
        json_t *names = json_array();
        for (int k = 0; k < provider->n_instances; k++) {
            json_array_append_new(names, json_string(provider->instances[k]));
        }
        json_object_set_new(object, provider->name, names);
    }
    return object;
}

gan_status gan_plan_json(const gan_plan *plan, char **out, gan_error *err)
{
    json_t *cost = isfinite(plan->epoch_cost) ? json_real(plan->epoch_cost) : json_null();
    json_t *root = json_pack(
        "{s:s, s:s, s:s, s:s, s:i, s:s, s:s, s:s?, s:I, s:I, s:I, s:I, s:i, s:i, s:f, s:f, s:f, "
        "s:f, "
        "s:f, s:f, s:o,"
        " s:o, s:I, s:I, s:o, s:o}",
        "status", "planned, not measured", "net", plan->net, "gpu", plan->gpu, "gpu_name",
        plan->gpu_name, "sm", plan->sm, "precision", plan->precision, "libraries", plan->libraries,
        "note", plan->note, "batch", (json_int_t)plan->batch, "d_steps", (json_int_t)plan->d_steps,
        "images", (json_int_t)plan->images, "steps", (json_int_t)plan->steps, "launches",
        plan->launches, "unplanned", plan->n_unplanned, "flops", plan->flops, "bytes", plan->bytes,
        "moved_bytes", plan->moved, "step_bound_seconds", plan->step_bound, "step_guess_seconds",
        plan->step_guess, "epoch_bound_seconds", plan->epoch_bound, "epoch_cost_bound", cost,
        "memory", memory_json(plan), "memory_bytes", (json_int_t)plan->memory_bytes,
        "gpu_memory_bytes", (json_int_t)plan->gpu_memory_bytes, "instances", instances_json(plan),
        "ops", ops_json(plan));
    *out = root ? json_dumps(root, 0) : NULL;
    json_decref(root);
    return *out ? GAN_OK : gan_fail(err, GAN_E_MEMORY, "no memory for the plan's JSON");
}
