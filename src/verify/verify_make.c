/* verify_make.c — what a replay is done with: the device, the reference, programs, memory. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/words.h"
#include "session/registry.h"
#include "session/session.h"
#include "verify/verify_replay.h"

/* Of fp16 gradients: what is small stays a number, and nothing recorded so far overflows. */
static const float loss_scale = 1024;

static gan_status prepare_device(gan_verify_replay *r, const gan_verify_options *o,
                                 const char *word, gan_precision *precision)
{
    const gan_backend *backend = NULL;
    gan_device *device = NULL;
    const gan_device_options options = {.threads = o->threads,
                                        .conv = o->conv,
                                        .products = precision->products,
                                        .batch_norm = o->batch_norm,
                                        .listener = o->listener};
    GAN_TRY(gan_registry_open(o->device ? o->device : "auto", &options, &backend, &device, r->err));
    snprintf(r->words, sizeof r->words, "%s in %s", backend->name, word);
    gan_status status = gan_session_check_precision(backend, device, word, r->err);
    if (status == GAN_OK && precision->type == GAN_F16 &&
        (r->trace.build.r1 > 0 || r->trace.build.r2 > 0)) {
        status =
            gan_fail(r->err, GAN_E_UNSUPPORTED,
                     "the squares of r1 and r2 do not fit fp16: such a step is not trained in it");
    }
    if (status != GAN_OK) {
        backend->close(device);
        return status;
    }
    return gan_verify_player_open(&r->tested, &r->trace, &r->own, backend, device,
                                  precision->type == GAN_F16 ? loss_scale : 1, r->err);
}

/* How the device rounds: TF32 takes 10 bits of fraction of each factor, as fp16 has. */
static gan_status find_roughness(gan_verify_replay *r, const gan_precision *precision,
                                 gan_precision *out)
{
    const bool has_tf32 =
        r->tested.backend != &gan_cpu_backend && strcmp(precision->products, "tf32") == 0;
    const char *word = precision->type == GAN_BF16              ? "bf16"
                       : precision->type == GAN_F16 || has_tf32 ? "fp16"
                                                                : "strict";
    r->is_rough = strcmp(word, "strict") != 0;
    r->kernel_error = strcmp(word, "bf16") == 0 ? 0x1p-9 : 0x1p-12;
    return gan_precision_find(word, out, r->err);
}

static gan_status make_case(gan_verify_case *c, const gan_verify_tensor *t, gan_error *err)
{
    double **const arrays[] = {&c->got, &c->want, &c->exact, &c->before, &c->aim};
    const bool is_needed[] = {true, true, true, t->is_state, t->is_moved_by_adam};
    c->tensor = t;
    for (int k = 0; k < 5; k++) {
        void *memory = NULL;
        if (is_needed[k]) {
            GAN_TRY(gan_calloc((size_t)t->n, sizeof(double), &memory, err));
            *arrays[k] = memory;
        }
    }
    c->aim = t->is_moved_by_adam ? c->aim : c->exact;
    return GAN_OK;
}

static void free_case(gan_verify_case *c)
{
    if (c->aim != c->exact) {
        free(c->aim);
    }
    free(c->got);
    free(c->want);
    free(c->exact);
    free(c->before);
}

/* The cases of one kind of step; none where the trace has no such steps. */
static gan_status make_cases_of(gan_verify_replay *r, gan_step_part part, int64_t *longest)
{
    const gan_verify_list *list = &r->plain.parts[part].list;
    void *memory = NULL;
    if (list->n == 0) {
        return GAN_OK;
    }
    GAN_TRY(gan_calloc(list->n, sizeof *r->cases[part], &memory, r->err));
    r->cases[part] = memory;
    for (size_t i = 0; i < list->n; i++) {
        GAN_TRY(make_case(&r->cases[part][i], &list->tensors[i], r->err));
        *longest = list->tensors[i].n > *longest ? list->tensors[i].n : *longest;
    }
    return GAN_OK;
}

static gan_status make_cases(gan_verify_replay *r)
{
    void *memory = NULL;
    int64_t longest = 1;
    for (int part = 0; part < GAN_STEP_PARTS; part++) {
        GAN_TRY(make_cases_of(r, (gan_step_part)part, &longest));
    }
    GAN_TRY(gan_calloc(r->plain.parts[GAN_STEP_WHOLE].list.n, sizeof *r->rows, &memory, r->err));
    r->rows = memory;
    GAN_TRY(gan_calloc((size_t)r->trace.steps, sizeof *r->free_losses, &memory, r->err));
    r->free_losses = memory;
    GAN_TRY(gan_calloc((size_t)longest, sizeof(double), &memory, r->err));
    r->scratch = memory;
    for (int i = 0; i < r->trace.net->n_stacks; i++) {
        const gan_stack *stack = &r->trace.net->stacks[i];
        GAN_TRY(gan_calloc((size_t)stack->param_floats, sizeof(float), &memory, r->err));
        r->gradients[i] = memory;
        r->exact.gradients[i] = r->gradients[i];
    }
    return GAN_OK;
}

gan_status gan_verify_prepare(gan_verify_replay *r, const gan_verify_options *o)
{
    const char *word = o->precision ? o->precision : "strict", *norm = o->batch_norm;
    gan_precision precision, strict, rough;
    GAN_TRY(norm ? gan_words_check("batchnorm", norm, "cudnn|fused", r->err) : GAN_OK);
    r->threads = o->threads;
    GAN_TRY(gan_precision_find(word, &precision, r->err));
    GAN_TRY(gan_precision_find("strict", &strict, r->err));
    GAN_TRY(gan_verify_programs_make(&r->trace, &precision, &r->own, r->err));
    GAN_TRY(prepare_device(r, o, word, &precision));
    GAN_TRY(find_roughness(r, &precision, &rough));
    GAN_TRY(gan_verify_programs_make(&r->trace, &strict, &r->plain, r->err));
    GAN_TRY(gan_verify_programs_make(&r->trace, &rough, &r->rough, r->err));
    GAN_TRY(gan_verify_player_open_reference(&r->exact, &r->trace, &r->plain, GAN_ROUNDING_NONE, 0,
                                             r->threads, r->err));
    return make_cases(r);
}

void gan_verify_release(gan_verify_replay *r)
{
    for (int part = 0; part < GAN_STEP_PARTS; part++) {
        for (size_t i = 0; i < r->plain.parts[part].list.n && r->cases[part]; i++) {
            free_case(&r->cases[part][i]);
        }
        free(r->cases[part]);
    }
    for (size_t i = 0; i < r->plain.parts[GAN_STEP_WHOLE].list.n && r->rows; i++) {
        free(r->rows[i].failure);
    }
    free(r->rows);
    free(r->free_losses);
    free(r->scratch);
    free(r->gradients[0]);
    free(r->gradients[1]);
    gan_verify_player_close(&r->tested);
    gan_verify_player_close(&r->exact);
    gan_verify_programs_free(&r->plain);
    gan_verify_programs_free(&r->own);
    gan_verify_programs_free(&r->rough);
    gan_trace_close(&r->trace);
}
