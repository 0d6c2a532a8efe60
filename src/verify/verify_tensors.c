/* verify_tensors.c — the list of what a replayed step is compared in. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "verify/verify.h"

/* Adds a copy of what is given, named "<what>/<name>". */
static gan_status add(gan_verify_list *list, const gan_verify_tensor *given, const char *what,
                      const char *name, gan_error *err)
{
    void *tensors = list->tensors;
    gan_status status =
        gan_grow(&tensors, list->n + 1, sizeof *list->tensors, &list->capacity, err);
    list->tensors = tensors;
    GAN_TRY(status);
    gan_verify_tensor *t = &list->tensors[list->n++];
    *t = *given;
    return gan_format(&t->name, err, "%s%s%s", what, *what ? "/" : "", name);
}

/* A whole buffer of the step's program; L logits are (B,L). */
static gan_status add_buffer(gan_verify_list *list, const gan_program *program, int id,
                             const char *name, int rank, gan_error *err)
{
    const gan_buffer *b = &program->buffers[id];
    gan_verify_tensor t = {.buffer = id, .n = b->count, .rank = rank};
    memcpy(t.dims, b->dims, sizeof t.dims);
    if (rank == 2) {
        t.dims[1] = b->count / b->dims[0];
    }
    return add(list, &t, "", name, err);
}

/* A classifier's step is compared in its loss and its logits, and in what every step has. */
static gan_status add_classified(gan_verify_list *list, const gan_program *step,
                                 const gan_train_ids *ids, gan_error *err)
{
    const gan_verify_tensor loss = {.buffer = ids->metrics, .n = 1, .rank = 1, .dims = {1}};
    GAN_TRY(add(list, &loss, "", "loss", err));
    return add_buffer(list, step, ids->logits_real, "logits", 2, err);
}

static gan_status add_losses(gan_verify_list *list, gan_step_part part, int metrics, gan_error *err)
{
    const gan_verify_tensor d = {
        .buffer = metrics, .first = GAN_METRIC_LOSS_D, .n = 1, .rank = 1, .dims = {1}};
    gan_verify_tensor g = d;
    g.first = GAN_METRIC_LOSS_G;
    GAN_TRY(add(list, &d, "", "loss_d", err));
    return part == GAN_STEP_WHOLE ? add(list, &g, "", "loss_g", err) : GAN_OK;
}

/* One kind of tensor that every parameter (or statistic) has. */
typedef struct place {
    const char *what;  /* "after_m" */
    const char *store; /* NULL: gradients, each a window of its own */
    const gan_adam *adam;
    bool is_moved_by_adam, is_initial; /* 0 before step 0 if not initial */
} place;

/* The window of the step's program that holds a parameter's gradient. */
static int gradient_of(const gan_program *step, const gan_param *p)
{
    char name[512];
    snprintf(name, sizeof name, "grad/%s", p->name);
    return gan_program_find(step, name);
}

/* All parameters (or statistics) of a network. */
static gan_status add_params(gan_verify_list *list, const gan_program *step, const gan_stack *stack,
                             const gan_param *params, int n, const place *where, gan_error *err)
{
    for (int i = 0; i < n; i++) {
        const gan_param *p = &params[i];
        const gan_layer *layer = &stack->layers[p->layer];
        gan_verify_tensor t = {.is_moved_by_adam = where->is_moved_by_adam,
                               .store = where->store,
                               .first = p->offset,
                               .n = p->count,
                               .rank = p->rank,
                               .is_state = where->store != NULL,
                               .initial = where->is_initial ? p->name : NULL,
                               .adam = where->adam};
        memcpy(t.dims, p->dims, sizeof t.dims);
        if (!where->is_moved_by_adam && layer->kind == GAN_LAYER_batch_norm) {
            t.momentum = layer->u.batch_norm.momentum;
        }
        if (!t.store) {
            t.first = 0;
            t.buffer = gradient_of(step, p);
            t.is_gradient = true;
            t.network = stack->index;
            t.flat = p->offset;
        }
        GAN_TRY(add(list, &t, where->what, p->name, err));
    }
    return GAN_OK;
}

static gan_status add_network(gan_verify_list *list, const gan_trace *trace, gan_step_part part,
                              const gan_program *step, const gan_stack *stack, gan_error *err)
{
    const bool trains = gan_trace_trains(part, stack->index);
    const gan_flat_names *names = gan_flat_names_of(stack->network);
    const gan_adam *adam = gan_build_adam(&trace->build, stack->index);
    const place trained[] = {
        {"grad", NULL, NULL, false, false},
        {"after", names->param, adam, trains, true},
        {"after_m", names->m, NULL, trains, false},
        {"after_v", names->v, NULL, trains, false},
    };
    const place moving = {"after", names->stat, NULL, false, true};
    for (int k = trains ? 0 : 1; k < 4; k++) {
        GAN_TRY(add_params(list, step, stack, stack->params, stack->n_params, &trained[k], err));
    }
    return add_params(list, step, stack, stack->stats, stack->n_stats, &moving, err);
}

static gan_status add_judged(gan_verify_list *list, const gan_trace *trace, gan_step_part part,
                             const gan_program *step, const gan_train_ids *ids, gan_error *err)
{
    GAN_TRY(add_losses(list, part, ids->metrics, err));
    GAN_TRY(add_buffer(list, step, ids->fakes, "fakes", 4, err));
    GAN_TRY(add_buffer(list, step, ids->logits_real, "logits_real", 2, err));
    GAN_TRY(add_buffer(list, step, ids->logits_fake, "logits_fake", 2, err));
    if (part != GAN_STEP_WHOLE || trace->build.schedule != GAN_ALTERNATING) {
        return GAN_OK;
    }
    GAN_TRY(gan_trace_looks_again(trace)
                ? add_buffer(list, step, ids->logits_real_g, "logits_real2", 2, err)
                : GAN_OK);
    return add_buffer(list, step, ids->logits_g, "logits_fake2", 2, err);
}

static gan_status fill(gan_verify_list *list, const gan_trace *trace, gan_step_part part,
                       const gan_program *step, const gan_train_ids *ids, gan_error *err)
{
    GAN_TRY(trace->net->kind == GAN_NET_KIND_GAN ? add_judged(list, trace, part, step, ids, err)
                                                 : add_classified(list, step, ids, err));
    for (int i = 0; i < trace->net->n_stacks; i++) {
        GAN_TRY(add_network(list, trace, part, step, &trace->net->stacks[i], err));
    }
    for (size_t i = 0; i < list->n; i++) {
        list->tensors[i].part = part;
    }
    return GAN_OK;
}

gan_status gan_verify_list_make(const gan_trace *trace, gan_step_part part, const gan_program *step,
                                const gan_train_ids *ids, gan_verify_list *out, gan_error *err)
{
    *out = (gan_verify_list){0};
    gan_status status = fill(out, trace, part, step, ids, err);
    if (status != GAN_OK) {
        gan_verify_list_free(out);
    }
    return status;
}

gan_status gan_verify_list_match(gan_verify_list *part, const gan_verify_list *whole,
                                 gan_error *err)
{
    for (size_t i = 0; i < part->n; i++) {
        size_t row = 0;
        while (row < whole->n && strcmp(whole->tensors[row].name, part->tensors[i].name) != 0) {
            row++;
        }
        if (row == whole->n) {
            return gan_fail(err, GAN_E_FAILED, "%s: no tensor of a whole step",
                            part->tensors[i].name);
        }
        part->tensors[i].row = row;
    }
    return GAN_OK;
}

void gan_verify_list_free(gan_verify_list *list)
{
    for (size_t i = 0; i < list->n; i++) {
        free(list->tensors[i].name);
    }
    free(list->tensors);
    *list = (gan_verify_list){0};
}
