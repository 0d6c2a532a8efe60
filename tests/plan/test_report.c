/* test_report.c — what a plan and the doctor make of a plugin's answers: sums, bounds, text, JSON,
 * and a plugin that is not there, not one, or of another build. */
#define _GNU_SOURCE /* setenv */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "gan/doctor.h"
#include "gan/plan.h"

typedef struct page {
    char text[65536];
} page;

static void add_line(void *ctx, const char *line)
{
    page *p = ctx;
    const size_t used = strlen(p->text);
    assert_null(strchr(line, '\n'));
    snprintf(p->text + used, sizeof p->text - used, "%s\n", line);
}

static gan_planner_set *open_set(void)
{
    gan_planner_set *set = NULL;
    gan_error err = {0};
    if (gan_planner_set_open("data/gpus.json", &set, &err) != GAN_OK) {
        fail_msg("%s", err.text);
    }
    return set;
}

static gan_net *load_net(void)
{
    gan_net *net = NULL;
    assert_int_equal(gan_net_load("dcgan-mnist", &net, NULL), GAN_OK);
    return net;
}

static gan_plan *make(const gan_planner_set *set, const gan_net *net, const gan_plan_options *o)
{
    gan_plan *plan = NULL;
    gan_error err = {0};
    if (gan_plan_make(set, net, o, &plan, &err) != GAN_OK) {
        fail_msg("%s", err.text);
    }
    return plan;
}

/* A100 40 GB: 1.555e12 bytes/s; fp32 128, TF32 1024 FLOP per clock on 108 SMs at 1.41 GHz. */
static void test_sums_and_bounds(void **state)
{
    (void)state;
    const double fp32 = 128 * 108 * 1.41e9, tf32 = 1024 * 108 * 1.41e9, bandwidth = 1555e9;
    gan_planner_set *set = open_set();
    gan_net *net = load_net();
    const gan_plan_options o = {.gpu = "a100-40", .batch = 100, .images = 1050, .price = 3.6};
    gan_plan *plan = make(set, net, &o);
    double bound = 0, guess = 0, flops = 0;
    int unplanned = 0;
    for (int i = 0; i < plan->n_ops; i++) {
        const gan_plan_op *op = &plan->ops[i];
        const double peak = strcmp(op->by, "cudnn") == 0 ? tf32 : fp32;
        const double least = fmax(op->flops / peak, op->bytes / bandwidth);
        assert_true(fabs(op->bound - least) <= 1e-12 * least);
        bound += least;
        const double moved = op->bytes + 4096;
        const double likely = fmax(op->flops / peak / 0.5, moved / bandwidth / 0.8);
        assert_true(op->again == 4096);
        assert_true(fabs(op->guess - (likely + 2e-6 * op->launches)) <= 1e-12);
        guess += op->guess;
        flops += op->flops;
        unplanned += !op->planned;
        assert_int_equal(op->planned, strcmp(op->kind, "conv_dw") != 0);
        assert_int_equal(op->bound_only, strcmp(op->kind, "matmul") == 0);
    }
    assert_int_equal(plan->steps, 11);
    assert_int_equal(plan->batch, 100);
    assert_int_equal(plan->n_unplanned, unplanned);
    assert_true(unplanned == 5); /* two filters in D, three in G */
    assert_true(fabs(plan->step_bound - bound) <= 1e-12 * bound);
    assert_true(fabs(plan->step_guess - guess) <= 1e-12 * guess && guess > bound);
    assert_true(fabs(plan->flops - flops) <= 1e-6 * flops);
    assert_true(fabs(plan->moved - plan->bytes - 4096.0 * plan->n_ops) <= 1e-3);
    assert_true(fabs(plan->epoch_cost - 11 * bound / 1000) <= 1e-12);
    gan_plan_free(plan);
    gan_net_destroy(net);
    gan_planner_set_close(set);
}

static int64_t memory_of(const gan_plan *plan, const char *cls)
{
    for (int i = 0; i < plan->n_memory; i++) {
        if (strcmp(plan->memory[i].cls, cls) == 0) {
            return plan->memory[i].bytes;
        }
    }
    return 0;
}

/* With five updates of D for one of G a step is the fifth part of a whole one and four of D's,
 * which have what they share in one memory. */
static void test_steps_of_two_kinds(void **state)
{
    (void)state;
    gan_planner_set *set = open_set();
    gan_net *net = load_net();
    const gan_plan_options one = {.gpu = "a100-40", .batch = 100, .d_steps = 1};
    const gan_plan_options five = {.gpu = "a100-40", .batch = 100, .d_steps = 5};
    gan_plan *whole = make(set, net, &one), *plan = make(set, net, &five);
    double flops[2] = {0}, bound[2] = {0};
    for (int i = 0; i < plan->n_ops; i++) {
        const gan_plan_op *op = &plan->ops[i];
        const int of_d = strcmp(op->program, "d") == 0;
        assert_true(of_d || strcmp(op->program, "train") == 0);
        assert_true(fabs(op->share - (of_d ? 0.8 : 0.2)) <= 1e-12);
        flops[of_d] += op->flops;
        bound[of_d] += op->bound;
    }
    assert_true(fabs(flops[0] - whole->flops) <= 1e-9 * flops[0]);
    assert_true(flops[1] > 0 && flops[1] < flops[0]);
    assert_true(fabs(plan->flops - 0.2 * flops[0] - 0.8 * flops[1]) <= 1e-9 * plan->flops);
    assert_true(fabs(plan->step_bound - 0.2 * bound[0] - 0.8 * bound[1]) <= 1e-9 * bound[0]);
    assert_true(plan->launches < whole->launches && whole->ops[0].share == 1);
    assert_int_equal(memory_of(plan, "parameter"), memory_of(whole, "parameter"));
    assert_int_equal(plan->steps, whole->steps);
    gan_plan_free(whole);
    gan_plan_free(plan);
    gan_net_destroy(net);
    gan_planner_set_close(set);
}

static void test_memory_by_class(void **state)
{
    (void)state;
    gan_planner_set *set = open_set();
    gan_net *net = load_net();
    const gan_plan_options full = {.gpu = "h100", .images = 10};
    const gan_plan_options half = {.gpu = "h100", .images = 10, .precision = "bf16"};
    gan_plan *a = make(set, net, &full), *b = make(set, net, &half);
    /* parity.md: 2 305 472 + 212 865 trained numbers; the last bias is padded to four */
    assert_int_equal(memory_of(a, "parameter"), (2305472 + 212868) * 4);
    assert_int_equal(memory_of(a, "moment"), 2 * memory_of(a, "parameter"));
    assert_int_equal(memory_of(a, "data"), 10 * 784);
    assert_int_equal(memory_of(a, "workspace"), 1 << 20);
    assert_int_equal(memory_of(a, "16-bit weights"), 0);
    assert_int_equal(memory_of(b, "16-bit weights"), memory_of(b, "parameter") / 2);
    assert_true(memory_of(b, "arena") < memory_of(a, "arena") * 6 / 10);
    int64_t sum = 0;
    for (int i = 0; i < a->n_memory; i++) {
        sum += a->memory[i].bytes;
    }
    assert_int_equal(sum, a->memory_bytes);
    assert_true(isnan(a->epoch_cost));
    gan_plan_free(a);
    gan_plan_free(b);
    gan_net_destroy(net);
    gan_planner_set_close(set);
}

static void test_text_says_planned_and_what_is_missing(void **state)
{
    (void)state;
    page *p = calloc(1, sizeof *p);
    assert_non_null(p);
    gan_planner_set *set = open_set();
    gan_net *net = load_net();
    const gan_plan_options o = {.gpu = "l4"};
    gan_plan *plan = make(set, net, &o);
    gan_plan_print(plan, false, &(gan_listener){add_line, p});
    assert_non_null(strstr(p->text, "planned, not measured"));
    assert_null(strstr(p->text, "measured by"));
    assert_non_null(strstr(p->text, "NO PLAN\n      made-up reason"));
    assert_non_null(strstr(p->text, "5 of 44 ops have no plan"));
    assert_non_null(strstr(p->text, "g2-standard-4")); /* gcp */
    assert_non_null(strstr(p->text, "g6.xlarge"));     /* aws */
    p->text[0] = '\0';
    gan_plan_print_table_head(plan, &(gan_listener){add_line, p});
    assert_non_null(strstr(p->text, "dcgan-mnist, batch 256, epochs of 60000 images: planned, not "
                                    "measured\nplanned by "));
    gan_plan_print_row(plan, &(gan_listener){add_line, p});
    assert_null(strstr(p->text, "DOES NOT FIT"));
    assert_non_null(strstr(p->text, "\nl4 "));
    assert_non_null(strstr(p->text, "10/10")); /* those that are cuDNN's and have a plan */
    gan_plan_free(plan);
    gan_net_destroy(net);
    gan_planner_set_close(set);
    free(p);
}

static void test_json_holds_the_same(void **state)
{
    (void)state;
    gan_planner_set *set = open_set();
    gan_net *net = load_net();
    const gan_plan_options o = {.gpu = "t4", .price = 0.35};
    gan_plan *plan = make(set, net, &o);
    char *text = NULL;
    assert_int_equal(gan_plan_json(plan, &text, NULL), GAN_OK);
    json_t *root = json_loads(text, 0, NULL);
    assert_non_null(root);
    assert_string_equal(json_string_value(json_object_get(root, "status")),
                        "planned, not measured");
    assert_int_equal(json_array_size(json_object_get(root, "ops")), plan->n_ops);
    assert_int_equal(json_integer_value(json_object_get(root, "unplanned")), plan->n_unplanned);
    assert_true(json_real_value(json_object_get(root, "epoch_cost_bound")) == plan->epoch_cost);
    assert_true(json_object_size(json_object_get(root, "instances")) == (size_t)plan->n_providers);
    json_decref(root);
    free(text);
    gan_plan_free(plan);
    gan_net_destroy(net);
    gan_planner_set_close(set);
}

/* Sets or unsets a variable of this process. */
static void put(const char *name, const char *value)
{
    assert_int_equal(value ? setenv(name, value, 1) : unsetenv(name), 0);
}

static void test_plugins_that_are_none(void **state)
{
    (void)state;
    char *real = strdup(getenv("GAN_CUDA_PLUGIN"));
    static const struct {
        const char *plugin, *layout;
        gan_status status;
        const char *words;
    } cases[] = {
        {"/nonexistent/gan-cuda.so", NULL, GAN_E_NO_DEVICE, "is not a file"},
        {"data/gpus.json", NULL, GAN_E_NO_DEVICE, "cannot load"},
        {NULL, NULL, GAN_E_NO_DEVICE, "built without CUDA"},
        {"", NULL, GAN_E_NO_DEVICE, "built without CUDA"},
        {"real", "1", GAN_E_FAILED, "another build"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        gan_planner_set *set = NULL;
        gan_error err = {0};
        const char *plugin = cases[i].plugin;
        put("GAN_CUDA_PLUGIN", plugin && strcmp(plugin, "real") == 0 ? real : plugin);
        put("GAN_FAKE_LAYOUT", cases[i].layout);
        assert_int_equal(gan_planner_set_open("data/gpus.json", &set, &err), GAN_OK);
        assert_string_equal(gan_planner_set_libraries(set), "");
        const gan_status status = gan_planner_set_ready(set, &err);
        if (status != cases[i].status || !strstr(err.text, cases[i].words)) {
            fail_msg("case %zu: status %d, %s", i, (int)status, err.text);
        }
        gan_planner_set_close(set);
    }
    put("GAN_CUDA_PLUGIN", real);
    put("GAN_FAKE_LAYOUT", NULL);
    free(real);
}

/* What the doctor said, counted. */
typedef struct visit {
    int n[3];
    bool has_mend;
} visit;

static void note_check(void *ctx, const gan_check *check)
{
    visit *v = ctx;
    v->n[check->level]++;
    v->has_mend |= check->level == GAN_CHECK_FAULT && check->mend != NULL;
    assert_non_null(check->subject);
    assert_non_null(check->fact);
}

static void test_doctor_passes_findings_on(void **state)
{
    (void)state;
    visit ill = {0}, healthy = {0};
    assert_false(gan_doctor(note_check, &ill));
    assert_int_equal(ill.n[GAN_CHECK_FAULT], 1);
    assert_true(ill.has_mend);
    put("GAN_FAKE_HEALTHY", "1");
    assert_true(gan_doctor(note_check, &healthy));
    assert_int_equal(healthy.n[GAN_CHECK_FAULT], 0);
    put("GAN_FAKE_HEALTHY", NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sums_and_bounds),
        cmocka_unit_test(test_memory_by_class),
        cmocka_unit_test(test_steps_of_two_kinds),
        cmocka_unit_test(test_text_says_planned_and_what_is_missing),
        cmocka_unit_test(test_json_holds_the_same),
        cmocka_unit_test(test_plugins_that_are_none),
        cmocka_unit_test(test_doctor_passes_findings_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
