/* initial.c — the values that a run begins with, where they come from files.
 *
 * Every tensor of the networks has its entry, which ends with numbers, or with the reason why it
 * keeps its initial value. First the reason is that no file is for its network; each file then
 * gives numbers or a better reason. */
#include "exchange/initial.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/say.h"
#include "exchange/initial_files.h"
#include "exchange/initial_only.h"
#include "exchange/match.h"
#include "net/stack.h"

typedef struct work {
    const gan_net *net;
    const gan_options *options;
    gan_initial *out;
    gan_error *err;
} work;

/* --- the entries --- */

static gan_status explain(const work *w, gan_initial_value *v, const char *why)
{
    char *copy = NULL;
    GAN_TRY(gan_strdup(why, &copy, w->err));
    free(v->source);
    v->source = copy;
    return GAN_OK;
}

static gan_status list_param(const work *w, const gan_stack *stack, const gan_param *param)
{
    gan_initial_value *v = &w->out->values[w->out->n++];
    bool wanted = false;
    *v = (gan_initial_value){.stack = stack, .param = param};
    GAN_TRY(gan_initial_wants(w->options->init_only, param->name, &wanted, w->err));
    if (!wanted) {
        return gan_strdup("--init-only leaves it out", &v->source, w->err);
    }
    return gan_format(&v->source, w->err, "no file is for %s", stack->name);
}

static gan_status list_values(const work *w)
{
    void *values = NULL;
    size_t n = 0;
    for (int i = 0; i < w->net->n_stacks; i++) {
        n += (size_t)w->net->stacks[i].n_params + (size_t)w->net->stacks[i].n_stats;
    }
    GAN_TRY(gan_calloc(n, sizeof *w->out->values, &values, w->err));
    w->out->values = values;
    for (int i = 0; i < w->net->n_stacks; i++) {
        const gan_stack *stack = &w->net->stacks[i];
        for (int k = 0; k < stack->n_params; k++) {
            GAN_TRY(list_param(w, stack, &stack->params[k]));
        }
        for (int k = 0; k < stack->n_stats; k++) {
            GAN_TRY(list_param(w, stack, &stack->stats[k]));
        }
    }
    return GAN_OK;
}

/* --- from a checkpoint --- */

/* The checkpoint's tensor of that name, its numbers in *x; where there is none, or of another
 * shape, *x is NULL and *why says so. */
static gan_status read_named(const work *w, const gan_checkpoint *c, const char *name,
                             const gan_param *param, float **x, char **why)
{
    void *memory = NULL;
    const gan_safetensors_tensor *t = gan_safetensors_find(c->file, name);
    *x = NULL;
    if (!t) {
        return gan_format(why, w->err, "it has no %s", name);
    }
    if (t->n_dims != param->rank ||
        memcmp(t->dims, param->dims, (size_t)param->rank * sizeof *t->dims) != 0) {
        const gan_shape_words there = gan_shape_describe(t->dims, t->n_dims);
        const gan_shape_words here = gan_shape_describe(param->dims, param->rank);
        return gan_format(why, w->err, "it is %s there and %s here", there.text, here.text);
    }
    GAN_TRY(gan_calloc((size_t)param->count, sizeof(float), &memory, w->err));
    *x = memory;
    return gan_safetensors_read_f32(c->file, t, 0, param->count, *x, w->err);
}

static gan_status take_checkpoint(const work *w, const gan_checkpoint *c, gan_initial_value *v)
{
    char *average = NULL, *why = NULL, *no_average = NULL;
    gan_status status = GAN_OK;
    GAN_TRY_DONE(read_named(w, c, v->param->name, v->param, &v->x, &why));
    GAN_TRY_DONE(explain(w, v, why ? why : v->param->name));
    if (v->x && v->stack == gan_net_averaged(w->net)) {
        GAN_TRY_DONE(gan_format(&average, w->err, "ema/%s", v->param->name));
        GAN_TRY_DONE(read_named(w, c, average, v->param, &v->average, &no_average));
    }
done:
    free(average);
    free(why);
    free(no_average);
    return status;
}

/* --- from a file of another program --- */

static gan_status take_match(const work *w, const gan_match *match, gan_dialect dialect,
                             gan_initial_value *v)
{
    gan_shape_words there, here;
    void *memory = NULL;
    if (!match->tensor) {
        return explain(w, v, "the file has nothing for it");
    }
    if (!gan_match_fits(match, dialect, &there, &here)) {
        free(v->source);
        v->source = NULL;
        return gan_format(&v->source, w->err, "%s is %s and would be %s", match->tensor->name,
                          there.text, here.text);
    }
    GAN_TRY(gan_calloc((size_t)v->param->count, sizeof(float), &memory, w->err));
    v->x = memory;
    gan_axes_to_ours(gan_dialect_axes(dialect), match->param, match->tensor->x, v->x);
    return explain(w, v, match->tensor->name);
}

static gan_status take_source(const work *w, const gan_initial_file *file, const gan_stack *stack)
{
    gan_matches matches = {0};
    gan_status status = GAN_OK;
    GAN_TRY(gan_match_find(stack, &file->source, file->path, &matches, w->err));
    for (size_t i = 0; i < matches.n && status == GAN_OK; i++) {
        for (size_t k = 0; k < w->out->n && status == GAN_OK; k++) {
            gan_initial_value *v = &w->out->values[k];
            bool wanted = false;
            if (v->param == matches.at[i].param) {
                status = gan_initial_wants(w->options->init_only, v->param->name, &wanted, w->err);
                if (status == GAN_OK && wanted) {
                    status = take_match(w, &matches.at[i], file->source.dialect, v);
                }
            }
        }
    }
    free(matches.at);
    return status;
}

/* --- a file --- */

/* Whether a file is for a network. Of PyTorch's and Keras' names none says which network it is. */
static gan_status is_for(const work *w, const gan_initial_file *file, const gan_stack *stack,
                         bool *is)
{
    const bool says = file->is_checkpoint || file->source.dialect == GAN_DIALECT_OURS ||
                      file->source.dialect == GAN_DIALECT_ONNX;
    *is = file->network ? strcmp(file->network, stack->name) == 0 : true;
    return says || file->network || w->net->n_stacks == 1
               ? GAN_OK
               : gan_fail(w->err, GAN_E_USAGE,
                          "init: %s does not say which network it is: write g=%s or d=%s",
                          file->path, file->path, file->path);
}

static gan_status take_stack(const work *w, const gan_initial_file *file, const gan_stack *stack)
{
    if (!file->is_checkpoint) {
        return take_source(w, file, stack);
    }
    for (size_t i = 0; i < w->out->n; i++) {
        gan_initial_value *v = &w->out->values[i];
        bool wanted = false;
        GAN_TRY(gan_initial_wants(w->options->init_only, v->param->name, &wanted, w->err));
        if (v->stack == stack && wanted) {
            GAN_TRY(take_checkpoint(w, &file->checkpoint, v));
        }
    }
    return GAN_OK;
}

static gan_status take_file(const work *w, const gan_initial_file *file)
{
    bool is_of_any = false;
    for (int i = 0; i < w->net->n_stacks; i++) {
        bool is = false;
        GAN_TRY(is_for(w, file, &w->net->stacks[i], &is));
        is_of_any = is_of_any || is;
        if (is) {
            GAN_TRY(take_stack(w, file, &w->net->stacks[i]));
        }
    }
    return is_of_any ? GAN_OK
                     : gan_fail(w->err, GAN_E_USAGE, "init: %s has no network %s",
                                gan_net_name(w->net), file->network);
}

static gan_status note_hash(const work *w, const gan_initial_file *file)
{
    char *before = w->out->hashes;
    w->out->hashes = NULL;
    const gan_status status = gan_format(&w->out->hashes, w->err, "%s%s%s", before ? before : "",
                                         before ? "," : "", file->hash);
    free(before);
    return status;
}

/* --- the whole --- */

/* What --init-only names must be there; without it, something. */
static gan_status check(const work *w)
{
    const char *only = w->options->init_only, *wanted_hashes = w->options->init_sha256;
    size_t n = 0;
    if (*wanted_hashes && strcmp(wanted_hashes, w->out->hashes) != 0) {
        return gan_fail(w->err, GAN_E_DATA,
                        "init: %s has the SHA-256 %s, not %s as init_sha256 says", w->options->init,
                        w->out->hashes, wanted_hashes);
    }
    for (size_t i = 0; i < w->out->n; i++) {
        const gan_initial_value *v = &w->out->values[i];
        bool wanted = false;
        GAN_TRY(gan_initial_wants(only, v->param->name, &wanted, w->err));
        if (*only && wanted && !v->x) {
            return gan_fail(w->err, GAN_E_DATA, "init_only names %s, and %s does not give it: %s",
                            v->param->name, w->options->init, v->source);
        }
        n += v->x != NULL;
    }
    return n > 0
               ? GAN_OK
               : gan_fail(w->err, GAN_E_DATA, "init: nothing of %s fits the network %s; of %s, %s",
                          w->options->init, gan_net_name(w->net), w->out->values[0].param->name,
                          w->out->values[0].source);
}

/* A line for a tensor whose name there is another, or that is not taken. */
static gan_status tell_value(const work *w, const gan_initial_value *v, long long *left_out,
                             const gan_listener *listener)
{
    bool wanted = false;
    GAN_TRY(gan_initial_wants(w->options->init_only, v->param->name, &wanted, w->err));
    if (v->x && strcmp(v->source, v->param->name) != 0) {
        gan_say(listener, "  %-36s <- %s", v->param->name, v->source);
    } else if (!v->x && wanted) {
        gan_say(listener, "  %-36s keeps its initial value: %s", v->param->name, v->source);
    }
    *left_out += !wanted;
    return GAN_OK;
}

/* How many tensors of a network there are, come from a file, and have an average there. */
typedef struct counts {
    long long n, taken, averages;
    const char *why; /* the reason that all have why they do not; NULL where there are several */
} counts;

static counts count(const work *w, const gan_stack *stack)
{
    counts c = {0};
    for (size_t k = 0; k < w->out->n; k++) {
        const gan_initial_value *v = &w->out->values[k];
        if (v->stack == stack) {
            c.why = c.n == 0 || (c.why && strcmp(c.why, v->source) == 0) ? v->source : NULL;
            c.n++;
            c.taken += v->x != NULL;
            c.averages += v->average != NULL;
        }
    }
    return c;
}

/* Of each network: what comes under its own name in one line, the others in one each. */
static gan_status tell(const work *w, const gan_listener *listener)
{
    for (int i = 0; i < w->net->n_stacks; i++) {
        const gan_stack *stack = &w->net->stacks[i];
        const counts c = count(w, stack);
        long long left_out = 0;
        if (c.taken == 0 && c.why) {
            gan_say(listener, "init: the %s keeps its initial values: %s", gan_stack_name(stack),
                    c.why);
            continue;
        }
        gan_say(listener, "init: %lld of the %lld tensors of the %s begin with values of %s%s",
                c.taken, c.n, gan_stack_name(stack), w->options->init,
                c.averages && gan_options_averages(w->options) ? ", its average with the average"
                                                               : "");
        for (size_t k = 0; k < w->out->n; k++) {
            if (w->out->values[k].stack == stack) {
                GAN_TRY(tell_value(w, &w->out->values[k], &left_out, listener));
            }
        }
        if (left_out > 0) {
            gan_say(listener, "  %lld keep their initial values: --init-only leaves them out",
                    left_out);
        }
    }
    return GAN_OK;
}

gan_status gan_initial_read(const gan_net *net, const gan_options *options,
                            const gan_listener *listener, gan_initial *out, gan_error *err)
{
    const work w = {net, options, out, err};
    gan_initial_files files = {0};
    gan_status status = GAN_OK;
    *out = (gan_initial){0};
    if (!*options->init) {
        return *options->init_only || *options->init_sha256
                   ? gan_fail(err, GAN_E_USAGE,
                              "init_only, init_sha256: they say more of --init, which is not given")
                   : GAN_OK;
    }
    GAN_TRY_DONE(list_values(&w));
    GAN_TRY_DONE(gan_initial_check_patterns(options->init_only, net, err));
    GAN_TRY_DONE(gan_initial_files_open(options->init, listener, &files, err));
    for (size_t i = 0; i < files.n; i++) {
        GAN_TRY_DONE(take_file(&w, &files.at[i]));
        GAN_TRY_DONE(note_hash(&w, &files.at[i]));
    }
    GAN_TRY_DONE(check(&w));
    GAN_TRY_DONE(tell(&w, listener));
done:
    gan_initial_files_close(&files);
    return status;
}

void gan_initial_free(gan_initial *initial)
{
    for (size_t i = 0; i < initial->n; i++) {
        free(initial->values[i].x);
        free(initial->values[i].average);
        free(initial->values[i].source);
    }
    free(initial->values);
    free(initial->hashes);
    *initial = (gan_initial){0};
}

/* --- into a session --- */

static gan_status write_value(const gan_session *s, const gan_initial_value *v,
                              const gan_flat_names *names, const float *x, gan_error *err)
{
    const bool is_stat =
        v->param->role == GAN_PARAM_MOVING_MEAN || v->param->role == GAN_PARAM_MOVING_VARIANCE;
    const int64_t f = (int64_t)sizeof *x;
    return s->backend->write(s->device, is_stat ? names->stat : names->param, v->param->offset * f,
                             x, v->param->count * f, err);
}

gan_status gan_initial_write(const gan_initial *initial, gan_session *session, gan_error *err)
{
    for (size_t i = 0; i < initial->n; i++) {
        const gan_initial_value *v = &initial->values[i];
        if (!v->x) {
            continue;
        }
        GAN_TRY(write_value(session, v, gan_flat_names_of(v->stack->network), v->x, err));
        if (v->stack == gan_net_averaged(session->net) && gan_options_averages(&session->options)) {
            GAN_TRY(
                write_value(session, v, &gan_average_names, v->average ? v->average : v->x, err));
        }
    }
    return initial->hashes ? gan_options_set(&session->options, GAN_OPTION_ID_init_sha256,
                                             initial->hashes, GAN_FROM_MACHINE, err)
                           : GAN_OK;
}
