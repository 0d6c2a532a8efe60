/* test_plan_nets.c — witness 1: for each architecture of the catalogue, each precision that it has,
 * the three networks and two batch sizes, the real cuDNN has a plan for every convolution, a
 * deterministic one, with its workspace within the cap.
 *
 * GPUs of one architecture get the same plans (only the compute capability decides), so one of each
 * is asked; GAN_PLAN_ALL=1 asks all. Engine numbers are not looked at: they move with cuDNN. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gan/plan.h"

static const char *const one_of_each[] = {"t4", "a100-40", "a10", "l4", "h100", "b200", "rtx5090"};
static const char *const nets[] = {"dcgan-mnist", "dcgan-cifar10", "dcgan-64"};
static const char *const precisions[] = {"fp32", "strict", "bf16", "fp16"};
static const int64_t batches[] = {256, 32};
static const int64_t cap = (int64_t)256 << 20;

enum { N_NETS = 3, N_PRECISIONS = 4, N_BATCHES = 2 };

static gan_planner_set *open_set(void)
{
    gan_planner_set *set = NULL;
    gan_error err = {0};
    if (gan_planner_set_open("data/gpus.json", &set, &err) != GAN_OK) {
        fail_msg("%s", err.text);
    }
    return set;
}

static bool is_asked(const char *gpu)
{
    const char *all = getenv("GAN_PLAN_ALL");
    for (size_t i = 0; i < sizeof one_of_each / sizeof one_of_each[0]; i++) {
        if (strcmp(gpu, one_of_each[i]) == 0) {
            return true;
        }
    }
    return all && strcmp(all, "1") == 0;
}

/* Fails with the case's name and the op when a plan is missing or breaks a promise. Returns how
 * many convolutions there were. */
static int check_plan(const gan_plan *plan, const gan_plan_options *o)
{
    int n = 0;
    for (int i = 0; i < plan->n_ops; i++) {
        const gan_plan_op *op = &plan->ops[i];
        const bool is_conv = strncmp(op->kind, "conv", 4) == 0;
        n += is_conv;
        const char *wrong = !op->planned                                 ? "no plan"
                            : is_conv && strcmp(op->by, "cudnn") != 0    ? "not by cuDNN"
                            : !o->nondeterministic && !op->deterministic ? "nondeterministic"
                            : !(op->workspace_bytes <= cap)              ? "workspace"
                            : is_conv && strcmp(o->precision, "strict") == 0 && op->tensor_core
                                ? "tensor cores in strict fp32"
                            : !(op->guess >= op->bound) ? "guessed to be faster than it can be"
                                                        : NULL;
        if (wrong) {
            fail_msg("%s %s %s batch %lld, %s: %s; %s %s\n  again: gan plan --gpu %s --net %s "
                     "--precision %s --batch-size %lld --explain",
                     o->gpu, o->precision, plan->net, (long long)plan->batch, op->label, wrong,
                     op->how, op->why, o->gpu, plan->net, o->precision, (long long)plan->batch);
        }
    }
    return n;
}

/* Plans one case; true if the GPU has the precision. */
static bool plan_case(const gan_planner_set *set, const gan_net *net, const char *gpu,
                      const char *precision, int64_t batch, bool nondeterministic)
{
    const gan_plan_options o = {.gpu = gpu,
                                .precision = precision,
                                .batch = batch,
                                .workspace_cap = cap,
                                .nondeterministic = nondeterministic};
    gan_plan *plan = NULL;
    gan_error err = {0};
    const gan_status status = gan_plan_make(set, net, &o, &plan, &err);
    if (status == GAN_E_UNSUPPORTED && strcmp(precision, "bf16") == 0 && strcmp(gpu, "t4") == 0) {
        return false;
    }
    if (status != GAN_OK) {
        fail_msg("%s %s: %s", gpu, precision, err.text);
    }
    const int n = check_plan(plan, &o);
    assert_true(n >= 12);
    assert_true(plan->step_bound > 0 && plan->memory_bytes > 0);
    gan_plan_free(plan);
    return true;
}

static void test_every_convolution_has_a_plan(void **state)
{
    (void)state;
    gan_planner_set *set = open_set();
    int planned = 0, left_out = 0;
    for (int k = 0; k < N_NETS; k++) {
        gan_net *net = NULL;
        assert_int_equal(gan_net_load(nets[k], &net, NULL), GAN_OK);
        for (int g = 0; g < gan_planner_set_count(set); g++) {
            const char *name, *note;
            bool supported;
            const char *gpu = gan_planner_set_gpu(set, g, &name, &supported, &note);
            for (int p = 0; p < N_PRECISIONS * N_BATCHES && supported && is_asked(gpu); p++) {
                const bool has = plan_case(set, net, gpu, precisions[p / N_BATCHES],
                                           batches[p % N_BATCHES], false);
                planned += has;
                left_out += !has;
            }
        }
        gan_net_destroy(net);
    }
    print_message("%d steps planned by %s; %d left out: no bf16 on T4\n", planned,
                  gan_planner_set_libraries(set), left_out);
    assert_int_equal(left_out % (N_NETS * N_BATCHES), 0);
    gan_planner_set_close(set);
}

static void test_freer_rules_have_plans_too(void **state)
{
    (void)state;
    gan_planner_set *set = open_set();
    gan_net *net = NULL;
    assert_int_equal(gan_net_load("dcgan-mnist", &net, NULL), GAN_OK);
    for (size_t i = 0; i < sizeof one_of_each / sizeof one_of_each[0]; i++) {
        assert_true(plan_case(set, net, one_of_each[i], "fp32", 256, true));
    }
    gan_net_destroy(net);
    gan_planner_set_close(set);
}

/* Own batch norm reads a map twice, and that is about all that is moved more than once. */
static void test_a_step_moves_little_more_than_its_tensors(void **state)
{
    (void)state;
    static const gan_plan_options cases[] = {
        {.gpu = "h100", .precision = "fp32", .batch_norm = "fused", .batch = 256},
        {.gpu = "h100", .precision = "bf16", .batch_norm = "fused", .batch = 256},
        {.gpu = "a10g", .precision = "bf16", .batch_norm = "cudnn", .batch = 256},
        {.gpu = "t4", .precision = "fp16", .batch = 256}};
    gan_planner_set *set = open_set();
    gan_net *net = NULL;
    assert_int_equal(gan_net_load("dcgan-mnist", &net, NULL), GAN_OK);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        gan_plan *plan = NULL;
        assert_int_equal(gan_plan_make(set, net, &cases[i], &plan, NULL), GAN_OK);
        print_message("%s %s: %.3f times\n", cases[i].gpu, cases[i].precision,
                      plan->moved / plan->bytes);
        assert_true(plan->moved > plan->bytes && plan->moved <= 1.3 * plan->bytes);
        gan_plan_free(plan);
    }
    gan_net_destroy(net);
    gan_planner_set_close(set);
}

static void test_unsupported_gpus_are_refused_with_the_versions_that_serve_them(void **state)
{
    (void)state;
    gan_planner_set *set = open_set();
    gan_net *net = NULL;
    gan_plan *plan = NULL;
    gan_error err = {0};
    assert_int_equal(gan_net_load("dcgan-mnist", &net, NULL), GAN_OK);
    const gan_plan_options v100 = {.gpu = "v100"};
    assert_int_equal(gan_plan_make(set, net, &v100, &plan, &err), GAN_E_NO_DEVICE);
    assert_non_null(strstr(err.text, "CUDA 12 and cuDNN 9.10"));
    assert_null(plan);
    static const struct {
        gan_plan_options options;
        gan_status status;
        const char *words;
    } bad[] = {
        {{.gpu = "t5"}, GAN_E_USAGE, "did you mean 't4'"},
        {{.gpu = "t4", .precision = "fp61"}, GAN_E_USAGE, "did you mean 'fp16'"},
        {{.gpu = "t4", .precision = "tf32"}, GAN_E_UNSUPPORTED, "has no tf32"},
        {{.gpu = "t4", .batch_norm = "cudnn"}, GAN_E_UNSUPPORTED, "T4: batch norm: cuDNN has none"},
        {{.gpu = "l4", .batch_norm = "fuse"}, GAN_E_USAGE, "did you mean 'fused'"},
        {{.gpu = "l4", .batch = -1}, GAN_E_USAGE, "negative"},
        {{.gpu = "l4", .price = -1}, GAN_E_USAGE, "negative"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(gan_plan_make(set, net, &bad[i].options, &plan, &err), bad[i].status);
        assert_non_null(strstr(err.text, bad[i].words));
        assert_null(plan);
    }
    gan_net_destroy(net);
    gan_planner_set_close(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_convolution_has_a_plan),
        cmocka_unit_test(test_freer_rules_have_plans_too),
        cmocka_unit_test(test_a_step_moves_little_more_than_its_tensors),
        cmocka_unit_test(test_unsupported_gpus_are_refused_with_the_versions_that_serve_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
