/* test_ways.c — every way in which an operation can be computed gives the results of the static
 * rules, and is the one that a tune asks for. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ops/op_case.h"
#include "session/session.h"
#include "unit/random_net.h"

/* One step: Adam's first is as long for a gradient of rounding errors as for any other, so that
 * what follows it says little of how close two gradients were. */
enum { STEPS = 1, NET_SIZE = 8192 };

typedef struct rig {
    gan_net *net;
    gan_data *data;
    gan_options options;
    char notes[1024]; /* the last ones */
} rig;

static void expect(gan_status status, const gan_error *err)
{
    if (status != GAN_OK) {
        fail_msg("%s", err->text);
    }
}

static void set(rig *r, gan_option_id id, const char *text)
{
    gan_error err = {0};
    expect(gan_options_set(&r->options, id, text, GAN_FROM_FLAG, &err), &err);
}

/* yaml: a network, or NULL for the shipped one of that name. */
static void open_rig(rig *r, const char *name, const char *yaml, const char *precision)
{
    gan_error err = {0};
    *r = (rig){0};
    expect(yaml ? gan_net_parse(yaml, name, &r->net, &err) : gan_net_load(name, &r->net, &err),
           &err);
    const gan_data_options options = {.height = r->net->image.h,
                                      .width = r->net->image.w,
                                      .channels = r->net->image.c,
                                      .limit = 16};
    expect(gan_data_open("digits", &options, &r->data, &err), &err);
    expect(gan_options_init(&r->options, &err), &err);
    set(r, GAN_OPTION_ID_device, op_backend()->name);
    set(r, GAN_OPTION_ID_threads, "2");
    set(r, GAN_OPTION_ID_precision, precision);
    set(r, GAN_OPTION_ID_batch_size, "4");
}

static void close_rig(rig *r)
{
    gan_options_free(&r->options);
    gan_data_close(r->data);
    gan_net_destroy(r->net);
}

static void take_note(void *ctx, const char *line)
{
    rig *r = ctx;
    size_t used = strlen(r->notes);
    (void)snprintf(r->notes + used, sizeof r->notes - used, "%s\n", line);
}

/* A session with a tune (NULL = the rules) after a step. */
static gan_session *train(rig *r, const gan_tune *tune, gan_metrics *mean)
{
    gan_error err = {0};
    gan_session *s = NULL;
    int64_t used = 0;
    r->notes[0] = '\0';
    expect(gan_session_create_tuned(r->net, r->data, &r->options, tune,
                                    &(gan_listener){take_note, r}, &s, &err),
           &err);
    expect(gan_session_run(s, STEPS, &err), &err);
    expect(gan_session_check(s, &err), &err);
    expect(gan_session_metrics(s, STEPS, mean, &used, &err), &err);
    assert_int_equal(used, STEPS);
    return s;
}

static void near(const char *what, double got, double want, double tolerance)
{
    if (!(fabs(got - want) <= tolerance * fabs(want))) {
        fail_msg("%s: %.9g, by the rules %.9g", what, got, want);
    }
}

/* How an operation is told to be computed in a way. */
static bool is_told(const char *how, const gan_way *way)
{
    char plan[64], mode = 0;
    int rank = 0;
    long long engine = 0;
    if (sscanf(way->name, "%c%d:%lld", &mode, &rank, &engine) == 3) {
        (void)snprintf(plan, sizeof plan, "cuDNN engine %lld (%c %d)", engine, mode, rank);
        return strstr(how, plan) == how;
    }
    const bool is_dft = strncmp(how, "dft", 3) == 0, is_winograd = strncmp(how, "winograd", 8) == 0;
    const bool is_joined = strstr(how, "with the one before") != NULL;
    const struct {
        const char *name;
        bool told;
    } rules[] = {{"dft", is_dft && !is_joined},
                 {"dft-joined", is_dft && is_joined},
                 {"winograd", is_winograd && !is_joined},
                 {"winograd-joined", is_winograd && is_joined},
                 {"oneDNN", !is_dft && !is_winograd && !is_joined},
                 {"narrow", strstr(how, "er products") != NULL}, /* inner or outer */
                 {"thin", strncmp(how, "oneDNN", 6) == 0},
                 {"cudnn", strstr(how, "cuDNN") == how},
                 {"fused", strcmp(how, "own kernel") == 0}};
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        if (strcmp(way->name, rules[i].name) == 0) {
            return rules[i].told;
        }
    }
    fail_msg("a way '%s' that the test does not know", way->name);
    return false;
}

static int list(const gan_session *s, int i, gan_way ways[GAN_WAYS_MAX])
{
    return s->backend->ways ? s->backend->ways(s->device, s->program, i, ways) : 0;
}

static void put(gan_tune *tune, const gan_program *program, int i, const char *way)
{
    gan_error err = {0};
    char *name = NULL;
    expect(gan_tune_name(program, i, &name, &err), &err);
    expect(gan_tune_set(tune, name, way, &err), &err);
    free(name);
}

/* Each operation in its k-th way, if it has one. One that is computed along with the operation
 * before takes the way of that one, too: want[i] is what must come of it, NULL where the rules
 * decide. How many there are. */
static int fill(gan_tune *tune, const gan_session *s, int k, gan_way *want)
{
    int n_listed = 0;
    gan_way ways[GAN_WAYS_MAX];
    for (int i = 0; i < s->program->n_ops; i++) {
        want[i] = (gan_way){0};
        if (list(s, i, ways) <= k) {
            continue;
        }
        n_listed++;
        if (ways[k].previous[0]) {
            if (want[i - 1].previous[0]) { /* it is computed with its own neighbour */
                continue;
            }
            put(tune, s->program, i - 1, ways[k].previous);
            want[i - 1] = (gan_way){0}; /* done along with this one */
        }
        put(tune, s->program, i, ways[k].name);
        want[i] = ways[k];
    }
    return n_listed;
}

/* Every k-th way against the rules; returns how many operations were computed in another way. */
static int check_ways(rig *r, double tolerance)
{
    gan_metrics rules, tuned;
    gan_error err = {0};
    int n_checked = 0;
    gan_session *s = train(r, NULL, &rules);
    gan_way *want = calloc((size_t)s->program->n_ops, sizeof *want);
    assert_non_null(want);
    for (int k = 0; k < GAN_WAYS_MAX; k++) {
        gan_tune *tune = NULL;
        expect(gan_tune_create(s->backend->choices(s->device), &tune, &err), &err);
        int n = fill(tune, s, k, want);
        if (n > 0) {
            gan_session *t = train(r, tune, &tuned);
            for (int i = 0; i < s->program->n_ops; i++) {
                const char *how = t->backend->explain(t->executable, i);
                if (want[i].name[0] && !is_told(how, &want[i])) {
                    fail_msg("%s: '%s' was asked for, and '%s' it is", t->program->ops[i].label,
                             want[i].name, how);
                }
            }
            near("D's loss", tuned.loss_d, rules.loss_d, tolerance);
            near("G's loss", tuned.loss_g, rules.loss_g, tolerance);
            near("norm of D's gradient", tuned.norm_d, rules.norm_d, 10 * tolerance);
            near("norm of G's gradient", tuned.norm_g, rules.norm_g, 10 * tolerance);
            assert_non_null(strstr(t->backend->choices(t->device), "; tune "));
            assert_null(strstr(r->notes, "is not there"));
            assert_null(strstr(r->notes, "was measured on"));
            gan_session_destroy(t);
        }
        gan_tune_destroy(tune);
        n_checked += n;
    }
    free(want);
    gan_session_destroy(s);
    return n_checked;
}

/* bf16 where the device has it. */
static const char *half_precision(void)
{
    gan_device *device = NULL;
    gan_error err = {0};
    expect(op_backend()->open(NULL, &device, &err), &err);
    const bool has_bf16 = strstr(op_backend()->precisions(device), "bf16") != NULL;
    op_backend()->close(device);
    return has_bf16 || op_backend() == &gan_cpu_backend ? "bf16" : "fp16";
}

static void test_shipped_networks(void **state)
{
    (void)state;
    static const char *const nets[] = {"tiny", "dcgan-mnist", "dcgan-64"};
    const bool on_cpu = op_backend() == &gan_cpu_backend;
    for (int i = 0; i < (on_cpu ? 3 : 1); i++) {
        const struct {
            const char *precision;
            double tolerance;
        } cases[] = {{"strict", 2e-5}, {half_precision(), 1e-2}};
        for (int c = 0; c < (i < 2 ? 2 : 1); c++) { /* the largest in one precision */
            rig r;
            open_rig(&r, nets[i], NULL, cases[c].precision);
            assert_true(check_ways(&r, cases[c].tolerance) > 10);
            close_rig(&r);
        }
    }
}

static void test_random_networks(void **state)
{
    (void)state;
    int n = 0;
    for (uint64_t seed = 1; n < 6; seed++) {
        char yaml[NET_SIZE] = "";
        rig r;
        random_net(seed, 0, yaml, sizeof yaml);
        if (strstr(yaml, "channels: 2}")) {
            continue; /* no data set has two channels */
        }
        open_rig(&r, "random", yaml, "strict");
        assert_true(check_ways(&r, 2e-4) > 0);
        close_rig(&r);
        n++;
    }
}

static void test_what_is_not_there_is_said(void **state)
{
    (void)state;
    rig r;
    gan_metrics rules, tuned;
    gan_error err = {0};
    gan_way ways[GAN_WAYS_MAX];
    gan_tune *tune = NULL;
    open_rig(&r, "tiny", NULL, "strict");
    gan_session *s = train(&r, NULL, &rules);
    int i = 0;
    while (list(s, i, ways) == 0) {
        i++;
    }
    expect(gan_tune_create("another device", &tune, &err), &err);
    put(tune, s->program, i, "no such way");
    gan_session *t = train(&r, tune, &tuned);
    assert_non_null(strstr(r.notes, "measured on 'another device'"));
    assert_non_null(strstr(r.notes, "algorithm 'no such way' for "));
    assert_non_null(strstr(r.notes, "tune: 0 of its 1 operations"));
    assert_true(tuned.loss_d == rules.loss_d && tuned.norm_g == rules.norm_g); /* the rules' */
    gan_session_destroy(t);
    gan_session_destroy(s);
    gan_tune_destroy(tune);
    close_rig(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shipped_networks),
        cmocka_unit_test(test_random_networks),
        cmocka_unit_test(test_what_is_not_there_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
