/* test_verify_defects.c — what gan_verify() must notice: defects planted in right traces.
 *
 * A trace is read into memory, some of its tensors or a word of its network are changed, it is
 * written again and its first step replayed. Outputs of a step are compared by themselves, so one
 * defect is planted in all of them at once, and each must be found. */
#define _GNU_SOURCE /* mkdtemp, memmem */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "gan/verify.h"
#include "io/safetensors.h"

enum { TENSORS_MAX = 2000, NAME_SIZE = 128, META_MAX = 8 };

/* A trace in memory. */
typedef struct recording {
    gan_safetensors *file;
    gan_safetensors_entry entries[TENSORS_MAX];
    gan_safetensors_meta meta[META_MAX];
    void *bytes[TENSORS_MAX];
    char *changed; /* a text of the metadata, else NULL */
    size_t n, n_meta;
} recording;

/* What a replay said. */
typedef struct verdict {
    gan_status status;
    gan_error err;
    char failed[TENSORS_MAX][NAME_SIZE];
    size_t n_failed, n_rows;
    char sentence[1024]; /* of the first that failed */
} verdict;

static char folder[] = "/tmp/gan-verify-XXXXXX";

/* --- traces --- */

static void load(recording *r, const char *name)
{
    char path[256];
    gan_error err = {0};
    *r = (recording){0};
    snprintf(path, sizeof path, "tests/golden/%s.safetensors", name);
    if (gan_safetensors_open(path, &r->file, &err) != GAN_OK) {
        fail_msg("%s", err.text);
    }
    r->n = gan_safetensors_count(r->file);
    r->n_meta = gan_safetensors_meta_count(r->file);
    assert_true(r->n < TENSORS_MAX && r->n_meta <= META_MAX);
    for (size_t i = 0; i < r->n; i++) {
        const gan_safetensors_tensor *t = gan_safetensors_at(r->file, i);
        r->bytes[i] = malloc((size_t)(t->end - t->begin) + 8);
        assert_non_null(r->bytes[i]);
        assert_int_equal(gan_safetensors_read(r->file, t, 0, t->end - t->begin, r->bytes[i], &err),
                         GAN_OK);
        r->entries[i] = (gan_safetensors_entry){.name = t->name,
                                                .type = t->type,
                                                .dims = t->dims,
                                                .n_dims = t->n_dims,
                                                .bytes = r->bytes[i]};
    }
    for (size_t i = 0; i < r->n_meta; i++) {
        r->meta[i] = gan_safetensors_meta_at(r->file, i);
    }
}

static void unload(recording *r)
{
    for (size_t i = 0; i < r->n; i++) {
        free(r->bytes[i]);
    }
    free(r->changed);
    gan_safetensors_close(r->file);
}

static int64_t elements_of(const gan_safetensors_entry *e)
{
    int64_t n = 1;
    for (int i = 0; i < e->n_dims; i++) {
        n *= e->dims[i];
    }
    return n;
}

static int find(const recording *r, const char *name)
{
    for (size_t i = 0; i < r->n; i++) {
        if (strcmp(r->entries[i].name, name) == 0) {
            return (int)i;
        }
    }
    fail_msg("no tensor %s", name);
    return -1;
}

/* Puts other words into a text of the metadata, once in a recording. */
static void change_meta(recording *r, const char *key, const char *from, const char *to)
{
    for (size_t i = 0; i < r->n_meta; i++) {
        const char *text = r->meta[i].value, *at = strstr(text, from);
        if (strcmp(r->meta[i].key, key) == 0 && at) {
            const size_t size = strlen(text) + strlen(to) + 1;
            r->changed = malloc(size);
            assert_non_null(r->changed);
            snprintf(r->changed, size, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
            r->meta[i].value = r->changed;
            return;
        }
    }
    fail_msg("%s has no '%s'", key, from);
}

static void change_net(recording *r, const char *from, const char *to)
{
    change_meta(r, "net", from, to);
}

/* --- replaying --- */

static void take_row(void *ctx, const gan_verify_row *row)
{
    verdict *v = ctx;
    v->n_rows++;
    assert_true(row->passed == (row->failure == NULL));
    if (!row->passed) {
        assert_true(v->n_failed < TENSORS_MAX);
        snprintf(v->failed[v->n_failed++], NAME_SIZE, "%s", row->tensor);
        if (v->n_failed == 1) {
            snprintf(v->sentence, sizeof v->sentence, "%s", row->failure);
        }
    }
}

static void replay_steps(const recording *r, int64_t steps, verdict *v)
{
    char path[256];
    const gan_safetensors_content content = {
        .entries = r->entries, .n_entries = r->n, .metadata = r->meta, .n_metadata = r->n_meta};
    const gan_verify_options options = {.device = "cpu", .threads = 1, .max_steps = steps};
    *v = (verdict){0};
    snprintf(path, sizeof path, "%s/changed.safetensors", folder);
    if (gan_safetensors_write(path, &content, NULL, &v->err) != GAN_OK) {
        fail_msg("%s", v->err.text);
    }
    v->status = gan_verify(path, &options, take_row, v, NULL, &v->err);
    unlink(path);
}

static void replay(const recording *r, verdict *v)
{
    replay_steps(r, 1, v);
}

static bool has_failed(const verdict *v, const char *name)
{
    for (size_t i = 0; i < v->n_failed; i++) {
        if (strcmp(v->failed[i], name) == 0) {
            return true;
        }
    }
    return false;
}

/* --- defects in all outputs of step 0: in the gradients, or in all others, since Adam makes of a
 * scaled gradient what a scaled moment is --- */

typedef void plant_fn(const recording *r, const gan_safetensors_entry *e, float *x, int64_t n);

static bool is_output(const char *name, bool gradients)
{
    static const char *const outputs[] = {"step0/after", "step0/loss", "step0/logits",
                                          "step0/fakes"};
    if (gradients) {
        return strncmp(name, "step0/grad/", strlen("step0/grad/")) == 0;
    }
    for (size_t i = 0; i < sizeof outputs / sizeof *outputs; i++) {
        if (strncmp(name, outputs[i], strlen(outputs[i])) == 0) {
            return true;
        }
    }
    return false;
}

/* What the tensor was before the step, where that says how far the step moved it. */
static const float *before(const recording *r, const gan_safetensors_entry *e)
{
    char name[NAME_SIZE];
    if (strncmp(e->name, "step0/after/", 12) != 0) {
        return NULL;
    }
    snprintf(name, sizeof name, "initial/%s", e->name + 12);
    return r->bytes[find(r, name)];
}

/* By a thousandth of itself; a parameter by a hundredth of the step's change, since less is next to
 * its last place. */
static void scale(const recording *r, const gan_safetensors_entry *e, float *x, int64_t n)
{
    const float *from = before(r, e);
    for (int64_t i = 0; i < n; i++) {
        x[i] += from ? 1e-2f * (x[i] - from[i]) : 1e-3f * x[i];
    }
}

static void plant_nan(const recording *r, const gan_safetensors_entry *e, float *x, int64_t n)
{
    (void)r;
    (void)e;
    x[n / 2] = NAN;
}

/* The first two elements of the last axis, which is channels or inputs, change places. */
static void swap_channels(const recording *r, const gan_safetensors_entry *e, float *x, int64_t n)
{
    const int64_t channels = e->dims[e->n_dims - 1];
    (void)r;
    for (int64_t i = 0; i + 1 < n && channels > 1; i += channels) {
        const float first = x[i];
        x[i] = x[i + 1];
        x[i + 1] = first;
    }
}

/* One number off by a thousandth of the largest; of a parameter, by a tenth of the largest change,
 * since a thousandth is less than its last place. */
static void change_one(const recording *r, const gan_safetensors_entry *e, float *x, int64_t n)
{
    float largest = 0;
    const float *from = before(r, e);
    for (int64_t i = 0; i < n; i++) {
        largest = fmaxf(largest, fabsf(x[i] - (from ? from[i] : 0)));
    }
    x[n / 3] += (from ? 0.1f : 1e-3f) * largest;
}

/* By more than the last place of the largest, or than what may be taken as 0: v of a cancelled bias
 * is 1e-39. */
static bool is_changed(const float *a, const float *b, int64_t n)
{
    float largest = 0, change = 0;
    for (int64_t i = 0; i < n; i++) {
        largest = fmaxf(largest, fabsf(b[i]));
        change = isnan(a[i]) ? INFINITY : fmaxf(change, fabsf(a[i] - b[i]));
    }
    return change > 1e-34f && change > 1e-6f * largest;
}

/* How many tensors changed; changed[i]: tensor i did. */
static int plant(recording *r, plant_fn *defect, bool gradients, bool *changed)
{
    int planted = 0;
    static float copies[TENSORS_MAX][4096];
    for (size_t i = 0; i < r->n; i++) {
        const gan_safetensors_entry *e = &r->entries[i];
        const int64_t n = elements_of(e);
        changed[i] = false;
        if (is_output(e->name, gradients) && n <= 4096) {
            memcpy(copies[i], r->bytes[i], (size_t)n * sizeof(float));
            defect(r, e, copies[i], n);
            changed[i] = is_changed(copies[i], r->bytes[i], n);
        }
    }
    for (size_t i = 0; i < r->n; i++) {
        if (changed[i]) {
            const size_t bytes = (size_t)elements_of(&r->entries[i]) * sizeof(float);
            memcpy(r->bytes[i], copies[i], bytes);
            planted++;
        }
    }
    return planted;
}

/* Gradients of 0 in exact arithmetic: a bias or beta that a batch norm takes away again. What is
 * recorded is rounding, and another rounding as good. A change of it shows in what Adam made of
 * it. The last two are nearly so: rounding in fp32 moves them by a third of a thousandth and more.
 */
static bool is_cancelled(const char *trace, const char *tensor)
{
    static const char *const cancelled[][2] = {
        {"bias_reshape_bn", "grad/g.dense0.bias"},
        {"bias_reshape_bn", "grad/d.conv0.bias"},
        {"bn_chain", "grad/g.batch_norm0.beta"},
        {"bn_chain", "grad/d.batch_norm0.beta"},
        {"bn_chain", "grad/g.dense0.bias"},
        {"bn_chain", "grad/d.conv0.bias"},
        {"mom0", "grad/g.dense0.bias"},
        {"mom0", "grad/g.conv_transpose0.bias"},
        {"mom0", "grad/d.conv0.bias"},
        {"mom0", "grad/g.dense0.kernel"},
        {"bias_reshape_bn", "grad/g.conv_transpose1.bias"},
    };
    for (size_t i = 0; i < sizeof cancelled / sizeof *cancelled; i++) {
        if (strcmp(trace, cancelled[i][0]) == 0 && strcmp(tensor, cancelled[i][1]) == 0) {
            return true;
        }
    }
    return false;
}

/* Every changed tensor fails, but for cancelled gradients where `forgiving`. */
static void expect_part(const char *trace, plant_fn *defect, bool gradients, bool forgiving)
{
    recording r;
    bool changed[TENSORS_MAX] = {false};
    verdict *v = calloc(1, sizeof *v);
    assert_non_null(v);
    load(&r, trace);
    const int planted = plant(&r, defect, gradients, changed);
    replay(&r, v);
    assert_int_equal(v->status, GAN_E_MISMATCH);
    int missed = 0;
    for (size_t i = 0; i < r.n; i++) {
        const char *name = r.entries[i].name + strlen("step0/");
        if (changed[i] && !has_failed(v, name) && !(forgiving && is_cancelled(trace, name))) {
            print_error("%s: a defect in %s was not noticed\n", trace, name);
            missed++;
        }
    }
    assert_true(planted > 4);
    assert_int_equal(missed, 0);
    unload(&r);
    free(v);
}

static void expect_all(const char *trace, plant_fn *defect, bool forgiving)
{
    expect_part(trace, defect, true, forgiving);
    expect_part(trace, defect, false, forgiving);
}

static const char *const traces[] = {"bias_reshape_bn", "bn_chain", "mom0", "k1_s3_same",
                                     "pytorch_penalty_r3"};
enum { N_TRACES = sizeof traces / sizeof *traces };

static void right_traces_pass(void **state)
{
    (void)state;
    for (int i = 0; i < N_TRACES; i++) {
        recording r;
        verdict *v = calloc(1, sizeof *v);
        assert_non_null(v);
        load(&r, traces[i]);
        replay(&r, v);
        if (v->status != GAN_OK) {
            fail_msg("%s: %s: %s", traces[i], v->err.text, v->sentence);
        }
        assert_true(v->n_rows > 20);
        unload(&r);
        free(v);
    }
}

static void a_thousandth_is_noticed(void **state)
{
    (void)state;
    for (int i = 0; i < N_TRACES; i++) {
        expect_all(traces[i], scale, true);
    }
}

static void nan_is_noticed(void **state)
{
    (void)state;
    for (int i = 0; i < N_TRACES; i++) {
        expect_all(traces[i], plant_nan, false);
    }
}

static void swapped_channels_are_noticed(void **state)
{
    (void)state;
    for (int i = 0; i < N_TRACES; i++) {
        expect_all(traces[i], swap_channels, true);
    }
}

static void one_number_is_noticed(void **state)
{
    (void)state;
    for (int i = 0; i < N_TRACES; i++) {
        expect_all(traces[i], change_one, true);
    }
}

/* --- a network that says something else than what was recorded --- */

static void another_network_is_noticed(void **state)
{
    static const struct {
        const char *trace, *from, *to;
    } changes[] = {
        {"bias_reshape_bn", "leaky_relu: 0.2", "leaky_relu: 0.2002"},
        {"bias_reshape_bn", "epsilon: 1e-05", "epsilon: 2e-05"},
        {"bias_reshape_bn", "momentum: 0.9", "momentum: 0.9001"},
        {"bias_reshape_bn", "loss: bce", "loss: bce\n  label_smoothing: 0.001"},
        {"bias_reshape_bn", "lr: 0.0002", "lr: 0.0002002"},
        {"bias_reshape_bn", "beta1: 0.5", "beta1: 0.5005"},
        {"bias_reshape_bn", "beta2: 0.999", "beta2: 0.9990010"},
        {"bias_reshape_bn", "epsilon_form: pytorch", "epsilon_form: keras"},
        {"bias_reshape_bn", "tanh", "sigmoid"},
        {"mom0", "running_variance: unbiased", "running_variance: biased"},
        {"k1_s3_same", "padding: same", "padding: [0, 0, 0, 0]"},
        {"keras_small", "padding: same}\n  - leaky_relu\n  - dropout",
         "padding: [2, 2, 1, 1]}\n  - leaky_relu\n  - dropout"},
        {"keras_small", "- dropout: 0.3", "- dropout: 0.301"},
        {"pytorch_penalty_r3", "r1: 0.5", "r1: 0.5005"},
        {"pytorch_penalty_r3", "r2: 0.5", "r2: 0.5005"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        recording r;
        verdict *v = calloc(1, sizeof *v);
        assert_non_null(v);
        load(&r, changes[i].trace);
        change_net(&r, changes[i].from, changes[i].to);
        replay(&r, v);
        if (v->status != GAN_E_MISMATCH && v->status != GAN_E_DATA) {
            fail_msg("%s with '%s' for '%s' passes", changes[i].trace, changes[i].to,
                     changes[i].from);
        }
        unload(&r);
        free(v);
    }
}

/* --- inputs and state --- */

static void expect_failure(recording *r, gan_status status, const char *word)
{
    verdict *v = calloc(1, sizeof *v);
    assert_non_null(v);
    replay(r, v);
    if (v->status != status || !strstr(v->err.text, word)) {
        fail_msg("wanted %d and '%s', got %d: %s", status, word, v->status, v->err.text);
    }
    free(v);
    unload(r);
}

static void a_mask_matters(void **state)
{
    recording r;
    (void)state;
    load(&r, "keras_small");
    unsigned char *mask = r.bytes[find(&r, "step0/mask.0.fake")];
    mask[7] = !mask[7];
    expect_failure(&r, GAN_E_MISMATCH, "differ");
    load(&r, "keras_small");
    ((unsigned char *)r.bytes[find(&r, "step2/mask.1.real")])[0] = 2;
    expect_failure(&r, GAN_E_DATA, "1 for kept and 0 for dropped");
    load(&r, "keras_small");
    change_net(&r, "- dropout: 0.3", "- dropout: 0");
    expect_failure(&r, GAN_E_DATA, "a dropout layer of rate 0 keeps everything");
}

static void a_missing_bias_gradient_is_noticed(void **state)
{
    recording r;
    verdict *v = calloc(1, sizeof *v);
    (void)state;
    assert_non_null(v);
    load(&r, "keras_small");
    memset(r.bytes[find(&r, "step0/grad/d.conv1.bias")], 0, 8 * sizeof(float));
    replay(&r, v);
    assert_true(has_failed(v, "grad/d.conv1.bias"));
    assert_non_null(strstr(v->sentence, "the trace is not what this step gives"));
    assert_non_null(strstr(v->sentence, "step 0"));
    unload(&r);
    free(v);
}

/* Of a trace whose steps update D twice for each update of G, the first two. */
static void expect_noticed(const char *tensor, float change, const char *row)
{
    recording r;
    verdict *v = calloc(1, sizeof *v);
    assert_non_null(v);
    load(&r, "pytorch_penalty_r3");
    ((float *)r.bytes[find(&r, tensor)])[0] += change;
    replay_steps(&r, 2, v);
    if (!has_failed(v, row)) {
        fail_msg("a defect in %s was not noticed", tensor);
    }
    unload(&r);
    free(v);
}

static void both_kinds_of_step_are_compared(void **state)
{
    (void)state;
    expect_noticed("step0/loss_d", 1e-3f, "loss_d");
    expect_noticed("step0/after/g.dense0.kernel", 1e-3f, "after/g.dense0.kernel");
    expect_noticed("step0/after/g.batch_norm0.moving_mean", 1e-3f,
                   "after/g.batch_norm0.moving_mean");
    expect_noticed("step1/loss_d", 1e-3f, "loss_d");
    expect_noticed("step1/loss_g", 1e-3f, "loss_g");
    /* D's last bias has no gradient in a relativistic loss, and Adam's answer to what rounding
     * makes of it moves all logits of the second look alike. */
    expect_noticed("step1/logits_real2", 0.5f, "logits_real2");
    expect_noticed("step1/grad/g.dense0.kernel", 1e-3f, "grad/g.dense0.kernel");
}

static void what_steps_do_is_read_from_the_options(void **state)
{
    recording r;
    (void)state;
    load(&r, "pytorch_penalty_r3");
    change_meta(&r, "options", "d_steps: 2", "d_steps: 3");
    expect_failure(&r, GAN_E_DATA, "no tensor step2/logits_real2");
    load(&r, "pytorch_penalty_r3");
    change_meta(&r, "options", "d_steps: 2", "d_steps: 0");
    expect_failure(&r, GAN_E_DATA, "d_steps is 0");
    load(&r, "pytorch_penalty_r3");
    change_meta(&r, "format", "trace 2", "trace 1");
    expect_failure(&r, GAN_E_DATA, "unknown key 'd_steps'");
    load(&r, "pytorch_penalty_r3");
    change_meta(&r, "format", "trace 2", "trace 3");
    expect_failure(&r, GAN_E_DATA, "neither 'gan.c trace 1' nor 'gan.c trace 2'");
}

static void shapes_and_names_are_checked(void **state)
{
    recording r;
    static const int64_t turned[2] = {8, 5}, flat[1] = {40};
    (void)state;
    load(&r, "bias_reshape_bn"); /* (5, 8) */
    r.entries[find(&r, "step1/grad/g.dense0.kernel")].dims = turned;
    expect_failure(&r, GAN_E_DATA, "has the shape [8,5] and not [5,8]");
    load(&r, "bias_reshape_bn");
    r.entries[find(&r, "step1/noise")].n_dims = 1;
    r.entries[find(&r, "step1/noise")].dims = flat;
    expect_failure(&r, GAN_E_DATA, "has the shape [40] and not [8,5]");
    load(&r, "bias_reshape_bn");
    r.entries[find(&r, "step2/loss_d")].type = GAN_SAFETENSORS_I32;
    expect_failure(&r, GAN_E_DATA, "is of type I32 and not F32");
    load(&r, "bias_reshape_bn");
    r.entries[find(&r, "step2/after_v/d.conv0.bias")].name = "step2/after_v/d.conv9.bias";
    expect_failure(&r, GAN_E_DATA, "no tensor step2/after_v/d.conv0.bias");
    load(&r, "bias_reshape_bn");
    r.entries[r.n] = r.entries[0];
    r.entries[r.n].name = "step2/more";
    r.n++;
    r.bytes[r.n - 1] = NULL;
    expect_failure(&r, GAN_E_DATA, "tensors where this network and 3 steps make");
}

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(right_traces_pass),
        cmocka_unit_test(a_thousandth_is_noticed),
        cmocka_unit_test(nan_is_noticed),
        cmocka_unit_test(swapped_channels_are_noticed),
        cmocka_unit_test(one_number_is_noticed),
        cmocka_unit_test(another_network_is_noticed),
        cmocka_unit_test(a_mask_matters),
        cmocka_unit_test(a_missing_bias_gradient_is_noticed),
        cmocka_unit_test(both_kinds_of_step_are_compared),
        cmocka_unit_test(what_steps_do_is_read_from_the_options),
        cmocka_unit_test(shapes_and_names_are_checked),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
