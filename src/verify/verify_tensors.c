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

static gan_status add_losses(gan_verify_list *list, int metrics, gan_error *err)
{
    const gan_verify_tensor d = {
        .buffer = metrics, .first = GAN_METRIC_LOSS_D, .n = 1, .rank = 1, .dims = {1}};
    gan_verify_tensor g = d;
    g.first = GAN_METRIC_LOSS_G;
    GAN_TRY(add(list, &d, "", "loss_d", err));
    return add(list, &g, "", "loss_g", err);
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

static gan_status add_network(gan_verify_list *list, const gan_trace *trace,
                              const gan_program *step, const gan_stack *stack, gan_error *err)
{
    const gan_flat_names *names = gan_flat_names_of(stack->network);
    const gan_adam *adam = gan_build_adam(&trace->build, stack->index);
    const place trained[] = {
        {"grad", NULL, NULL, false, false},
        {"after", names->param, adam, true, true},
        {"after_m", names->m, NULL, true, false},
        {"after_v", names->v, NULL, true, false},
    };
    const place moving = {"after", names->stat, NULL, false, true};
    for (int k = 0; k < 4; k++) {
        GAN_TRY(add_params(list, step, stack, stack->params, stack->n_params, &trained[k], err));
    }
    return add_params(list, step, stack, stack->stats, stack->n_stats, &moving, err);
}

static gan_status add_judged(gan_verify_list *list, const gan_trace *trace, const gan_program *step,
                             const gan_train_ids *ids, gan_error *err)
{
    GAN_TRY(add_losses(list, ids->metrics, err));
    GAN_TRY(add_buffer(list, step, ids->fakes, "fakes", 4, err));
    GAN_TRY(add_buffer(list, step, ids->logits_real, "logits_real", 2, err));
    GAN_TRY(add_buffer(list, step, ids->logits_fake, "logits_fake", 2, err));
    return trace->build.schedule == GAN_ALTERNATING
               ? add_buffer(list, step, ids->logits_g, "logits_fake2", 2, err)
               : GAN_OK;
}

static gan_status fill(gan_verify_list *list, const gan_trace *trace, const gan_program *step,
                       const gan_train_ids *ids, gan_error *err)
{
    GAN_TRY(trace->net->kind == GAN_NET_KIND_GAN ? add_judged(list, trace, step, ids, err)
                                                 : add_classified(list, step, ids, err));
    for (int i = 0; i < trace->net->n_stacks; i++) {
        GAN_TRY(add_network(list, trace, step, &trace->net->stacks[i], err));
    }
    return GAN_OK;
}

gan_status gan_verify_list_make(const gan_trace *trace, const gan_program *step,
                                const gan_train_ids *ids, gan_verify_list *out, gan_error *err)
{
    *out = (gan_verify_list){0};
    gan_status status = fill(out, trace, step, ids, err);
    if (status != GAN_OK) {
        gan_verify_list_free(out);
    }
    return status;
}

void gan_verify_list_free(gan_verify_list *list)
{
    for (size_t i = 0; i < list->n; i++) {
        free(list->tensors[i].name);
    }
    free(list->tensors);
    *list = (gan_verify_list){0};
}
