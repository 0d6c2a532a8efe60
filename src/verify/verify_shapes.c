/* verify_shapes.c — every tensor of a trace: is it there, of its type and shape, and no other.
 *
 * What a trace must hold follows from its network, its schedule and its number of steps
 * (tests/golden/trace_format.md). A mask of a dropout layer whose rate is 0 may be left out. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "verify/verify.h"

typedef struct shapes {
    const gan_trace *trace;
    int64_t n_expected; /* found so far: every tensor's name is one of these, once */
    gan_error *err;
} shapes;

/* "[4,28,28,1]" */
typedef struct shape_words {
    char text[128];
} shape_words;

static shape_words describe(int rank, const int64_t *dims)
{
    shape_words words = {"["};
    size_t at = 1;
    for (int i = 0; i < rank && at + 24 < sizeof words.text; i++) {
        at += (size_t)snprintf(words.text + at, sizeof words.text - at, "%s%lld", i > 0 ? "," : "",
                               (long long)dims[i]);
    }
    snprintf(words.text + at, sizeof words.text - at, "]");
    return words;
}

static bool has_shape(const gan_safetensors_tensor *t, int rank, const int64_t *dims)
{
    bool same = t->n_dims == rank;
    for (int i = 0; i < rank && same; i++) {
        same = t->dims[i] == dims[i];
    }
    return same;
}

/* A tensor of that name, type and shape; (N,F) is as good as (N,1,1,F). */
static gan_status expect(shapes *c, const char *name, gan_safetensors_type type, int rank,
                         const int64_t *dims)
{
    const gan_safetensors_tensor *t = gan_safetensors_find(c->trace->file, name);
    if (!t) {
        return gan_fail(c->err, GAN_E_DATA, "the trace has no tensor %s", name);
    }
    if (t->type != type) {
        return gan_fail(c->err, GAN_E_DATA, "the trace's %s is of type %s and not %s", name,
                        gan_safetensors_type_name(t->type), gan_safetensors_type_name(type));
    }
    bool is_flat = rank == 4 && dims[1] == 1 && dims[2] == 1;
    const int64_t flat[2] = {dims[0], dims[rank - 1]};
    if (!has_shape(t, rank, dims) && !(is_flat && has_shape(t, 2, flat))) {
        return gan_fail(c->err, GAN_E_DATA, "the trace's %s has the shape %s and not %s", name,
                        describe(t->n_dims, t->dims).text, describe(rank, dims).text);
    }
    c->n_expected++;
    return GAN_OK;
}

static gan_status expect_floats(shapes *c, int64_t s, const char *what, int rank,
                                const int64_t *dims)
{
    char name[512];
    snprintf(name, sizeof name, "step%lld/%s", (long long)s, what);
    return expect(c, name, GAN_SAFETENSORS_F32, rank, dims);
}

static gan_status expect_params(shapes *c, const char *prefix, const gan_param *params, int n)
{
    for (int i = 0; i < n; i++) {
        char name[512];
        snprintf(name, sizeof name, "%s/%s", prefix, params[i].name);
        GAN_TRY(expect(c, name, GAN_SAFETENSORS_F32, params[i].rank, params[i].dims));
    }
    return GAN_OK;
}

/* --- masks --- */

static gan_status check_mask_bytes(shapes *c, const char *name, int64_t n, bool all_ones)
{
    unsigned char *bytes = NULL;
    GAN_TRY(gan_trace_bytes(c->trace, n, &bytes, c->err, "%s", name));
    int64_t at = 0;
    while (at < n && bytes[at] <= 1 && (bytes[at] == 1 || !all_ones)) {
        at++;
    }
    const int value = at < n ? bytes[at] : 0;
    free(bytes);
    if (at == n) {
        return GAN_OK;
    }
    return gan_fail(c->err, GAN_E_DATA, "the trace's %s holds %d at element %lld: %s", name, value,
                    (long long)at,
                    all_ones ? "a dropout layer of rate 0 keeps everything, so all are 1"
                             : "a mask holds 1 for kept and 0 for dropped");
}

/* The masks of one pass through a network. */
static gan_status expect_masks(shapes *c, int64_t s, const gan_stack *stack, const char *pass)
{
    for (int i = 0, k = 0; i < stack->n_layers; i++) {
        const gan_layer *layer = &stack->layers[i];
        char name[128];
        if (layer->kind != GAN_LAYER_dropout) {
            continue;
        }
        const int64_t dims[4] = {c->trace->build.batch, layer->in.h, layer->in.w, layer->in.c};
        const bool is_idle = layer->u.dropout.rate == 0;
        snprintf(name, sizeof name, "step%lld/mask.%d.%s", (long long)s, k++, pass);
        if (is_idle && !gan_safetensors_find(c->trace->file, name)) {
            continue;
        }
        GAN_TRY(expect(c, name, GAN_SAFETENSORS_U8, 4, dims));
        GAN_TRY(check_mask_bytes(c, name, dims[0] * dims[1] * dims[2] * dims[3], is_idle));
    }
    return GAN_OK;
}

/* --- steps --- */

/* True if D looks at the fakes again, for G. */
static bool looks_twice(const gan_trace *trace, int64_t s)
{
    return trace->build.schedule == GAN_ALTERNATING && gan_trace_part(trace, s) == GAN_STEP_WHOLE;
}

static gan_status expect_inputs(shapes *c, int64_t s)
{
    const gan_net *net = c->trace->net;
    const int64_t batch = c->trace->build.batch;
    const int64_t images[4] = {batch, net->image.h, net->image.w, net->image.c};
    const int64_t noise[2] = {batch, net->latent};
    GAN_TRY(expect_floats(c, s, "real", 4, images));
    GAN_TRY(expect_floats(c, s, "noise", 2, noise));
    GAN_TRY(expect_masks(c, s, net->generator, "generator"));
    GAN_TRY(expect_masks(c, s, net->discriminator, "real"));
    GAN_TRY(expect_masks(c, s, net->discriminator, "fake"));
    if (!looks_twice(c->trace, s)) {
        return GAN_OK;
    }
    GAN_TRY(gan_trace_looks_again(c->trace) ? expect_masks(c, s, net->discriminator, "real2")
                                            : GAN_OK);
    return expect_masks(c, s, net->discriminator, "fake2");
}

static gan_status expect_outputs(shapes *c, int64_t s)
{
    const gan_net *net = c->trace->net;
    const gan_dims3 out = net->discriminator->out;
    const int64_t batch = c->trace->build.batch, one = 1;
    const int64_t images[4] = {batch, net->image.h, net->image.w, net->image.c};
    const int64_t logits[2] = {batch, out.h * out.w * out.c};
    GAN_TRY(expect_floats(c, s, "fakes", 4, images));
    GAN_TRY(expect_floats(c, s, "logits_real", 2, logits));
    GAN_TRY(expect_floats(c, s, "logits_fake", 2, logits));
    if (looks_twice(c->trace, s)) {
        GAN_TRY(gan_trace_looks_again(c->trace) ? expect_floats(c, s, "logits_real2", 2, logits)
                                                : GAN_OK);
        GAN_TRY(expect_floats(c, s, "logits_fake2", 2, logits));
    }
    GAN_TRY(expect_floats(c, s, "loss_d", 1, &one));
    return gan_trace_part(c->trace, s) == GAN_STEP_WHOLE ? expect_floats(c, s, "loss_g", 1, &one)
                                                         : GAN_OK;
}

/* What goes into a classifier's step, labels that are classes, and what comes out. */
static gan_status expect_classified(shapes *c, int64_t s)
{
    const gan_stack *stack = c->trace->net->single;
    const int64_t batch = c->trace->build.batch, one = 1;
    const int64_t images[4] = {batch, stack->in.h, stack->in.w, stack->in.c};
    const int64_t logits[2] = {batch, stack->out.c};
    int32_t *labels = NULL;
    int64_t at = 0;
    char name[64];
    snprintf(name, sizeof name, "step%lld/labels", (long long)s);
    GAN_TRY(expect_floats(c, s, "images", 4, images));
    GAN_TRY(expect(c, name, GAN_SAFETENSORS_I32, 1, &batch));
    GAN_TRY(expect_masks(c, s, stack, "train"));
    GAN_TRY(expect_floats(c, s, "logits", 2, logits));
    GAN_TRY(expect_floats(c, s, "loss", 1, &one));
    GAN_TRY(gan_trace_labels(c->trace, batch, &labels, c->err, name));
    while (at < batch && labels[at] >= 0 && labels[at] < stack->out.c) {
        at++;
    }
    const int32_t label = at < batch ? labels[at] : 0;
    free(labels);
    return at == batch ? GAN_OK
                       : gan_fail(c->err, GAN_E_DATA,
                                  "the trace's %s holds %d, which is none of %lld classes", name,
                                  (int)label, (long long)stack->out.c);
}

static gan_status expect_state(shapes *c, int64_t s)
{
    static const char *const trained[] = {"grad", "after", "after_m", "after_v"};
    char prefix[64];
    for (int i = 0; i < c->trace->net->n_stacks; i++) {
        const gan_stack *stack = &c->trace->net->stacks[i];
        for (int k = gan_trace_trains(gan_trace_part(c->trace, s), i) ? 0 : 1; k < 4; k++) {
            snprintf(prefix, sizeof prefix, "step%lld/%s", (long long)s, trained[k]);
            GAN_TRY(expect_params(c, prefix, stack->params, stack->n_params));
        }
        snprintf(prefix, sizeof prefix, "step%lld/after", (long long)s);
        GAN_TRY(expect_params(c, prefix, stack->stats, stack->n_stats));
    }
    return GAN_OK;
}

/* Names are unique in a file, so a tensor more than were expected is one of no step. */
static gan_status refuse_others(const shapes *c)
{
    const int64_t n = (int64_t)gan_safetensors_count(c->trace->file);
    if (n == c->n_expected) {
        return GAN_OK;
    }
    return gan_fail(c->err, GAN_E_DATA,
                    "the trace has %lld tensors where this network and %lld steps make %lld: it "
                    "is of another network, schedule or number of steps than it says",
                    (long long)n, (long long)c->trace->steps, (long long)c->n_expected);
}

gan_status gan_trace_check(const gan_trace *trace, gan_error *err)
{
    shapes c = {.trace = trace, .err = err};
    for (int i = 0; i < trace->net->n_stacks; i++) {
        const gan_stack *stack = &trace->net->stacks[i];
        GAN_TRY(expect_params(&c, "initial", stack->params, stack->n_params));
        GAN_TRY(expect_params(&c, "initial", stack->stats, stack->n_stats));
    }
    for (int64_t s = 0; s < trace->steps; s++) {
        if (trace->net->kind == GAN_NET_KIND_SINGLE) {
            GAN_TRY(expect_classified(&c, s));
        } else {
            GAN_TRY(expect_inputs(&c, s));
            GAN_TRY(expect_outputs(&c, s));
        }
        GAN_TRY(expect_state(&c, s));
    }
    return refuse_others(&c);
}
