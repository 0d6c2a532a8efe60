/* test_rules.c — how src/cuda chooses, with the real cuDNN and no device: each rule filters what it
 * says, choices repeat, a refused plan gives way to the next, launches are counted and fused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cuda/absent.h"
#include "cuda/cudnn_norm.h"
#include "cuda/cudnn_reason.h"
#include "cuda/diagnose.h"
#include "cuda/options.h"
#include "gan/net.h"
#include "net/net.h"
#include "plan/catalogue.h"
#include "program/build.h"
#include "program/retype.h"

/* A GPU of the catalogue as cuDNN sees it. */
typedef struct described {
    gan_cudnn_pool pool;
    gan_cudnn_target target;
    int sm;
} described;

static described describe(const char *id)
{
    described d = {0};
    gan_catalogue catalogue;
    const gan_gpu *gpu = NULL;
    gan_error err = {0};
    assert_int_equal(gan_catalogue_load("data/gpus.json", &catalogue, NULL), GAN_OK);
    assert_int_equal(gan_catalogue_find(&catalogue, id, &gpu, NULL), GAN_OK);
    if (gan_cudnn_describe_device(&d.pool, gpu->device, &d.target.description, &err) != GAN_OK) {
        fail_msg("%s", err.text);
    }
    d.sm = gpu->sm;
    gan_catalogue_free(&catalogue);
    return d;
}

/* The tutorial's second convolution: 64x14x14 -> 128, 5x5, stride 2, padding (1,2). */
static gan_conv_task task_of(gan_conv_direction direction, gan_dtype type)
{
    return (gan_conv_task){.direction = direction,
                           .geometry = {.groups = 1,
                                        .h = 14,
                                        .w = 14,
                                        .c = 64,
                                        .p = 7,
                                        .q = 7,
                                        .k = 128,
                                        .r = 5,
                                        .s = 5,
                                        .stride_h = 2,
                                        .stride_w = 2,
                                        .pad_top = 1,
                                        .pad_left = 1,
                                        .pad_bottom = 2,
                                        .pad_right = 2},
                           .n = 256,
                           .type = type,
                           .align_x = 16,
                           .align_w = 16,
                           .align_y = 16};
}

static gan_status choose(const described *d, const gan_conv_task *task,
                         const gan_cudnn_rules *rules, gan_cudnn_choice *choice, gan_error *err)
{
    gan_cudnn_conv conv = {0};
    gan_status status = gan_cudnn_conv_plan(&d->target, rules, task, &conv, err);
    *choice = conv.choice;
    gan_cudnn_conv_destroy(&conv);
    return status;
}

static void test_each_rule_filters(void **state)
{
    (void)state;
    const int64_t cap = (int64_t)256 << 20;
    described t4 = describe("t4"), a100 = describe("a100-40");
    const gan_conv_task dw = task_of(GAN_CONV_DW, GAN_F32), fwd = task_of(GAN_CONV_FWD, GAN_F32);
    const gan_cudnn_rules any = {.workspace_cap = cap};
    const gan_cudnn_rules exact = {.deterministic = true, .workspace_cap = cap};
    const gan_cudnn_rules strict = {.deterministic = true, .strict = true, .workspace_cap = cap};
    gan_cudnn_choice c;
    assert_int_equal(choose(&t4, &dw, &any, &c, NULL), GAN_OK);
    assert_false(c.deterministic); /* T4's heuristics put a nondeterministic engine first here */
    assert_int_equal(choose(&t4, &dw, &exact, &c, NULL), GAN_OK);
    assert_true(c.deterministic && c.n_nondeterministic > 0);
    assert_int_equal(choose(&a100, &fwd, &exact, &c, NULL), GAN_OK);
    assert_true(c.tensor_core && c.mode == 'A');
    const int64_t free_workspace = c.workspace;
    assert_int_equal(choose(&a100, &fwd, &strict, &c, NULL), GAN_OK);
    assert_true(!c.tensor_core && c.n_tensor_core > 0);
    const gan_cudnn_rules tight = {.deterministic = true, .workspace_cap = 4096};
    assert_true(free_workspace > 4096);
    assert_int_equal(choose(&a100, &fwd, &tight, &c, NULL), GAN_OK);
    assert_true(c.workspace <= 4096 && c.n_workspace > 0);
    assert_false(c.runtime_compiled);
    gan_cudnn_pool_clear(&t4.pool);
    gan_cudnn_pool_clear(&a100.pool);
}

/* cuDNN's first choice on a T4 for the filter gradient over 512 images adds up in fp16. */
static void test_sums_are_fp32(void **state)
{
    (void)state;
    described t4 = describe("t4");
    const gan_cudnn_rules rules = {.deterministic = true, .workspace_cap = (int64_t)256 << 20};
    gan_conv_task dw = task_of(GAN_CONV_DW, GAN_F16);
    gan_cudnn_choice c;
    dw.n = 512;
    assert_int_equal(choose(&t4, &dw, &rules, &c, NULL), GAN_OK);
    assert_true(c.n_narrow > 0 && c.tensor_core);
    gan_cudnn_pool_clear(&t4.pool);
}

static void test_choices_repeat_and_barred_engines_give_way(void **state)
{
    (void)state;
    described l4 = describe("l4");
    const gan_conv_task dx = task_of(GAN_CONV_DX, GAN_BF16);
    gan_cudnn_rules rules = {.deterministic = true, .workspace_cap = (int64_t)256 << 20};
    gan_cudnn_choice first, again, next;
    assert_int_equal(choose(&l4, &dx, &rules, &first, NULL), GAN_OK);
    assert_int_equal(choose(&l4, &dx, &rules, &again, NULL), GAN_OK);
    assert_memory_equal(&first, &again, sizeof first);
    gan_cudnn_engine_add(&rules.barred, first.engine);
    assert_int_equal(choose(&l4, &dx, &rules, &next, NULL), GAN_OK);
    assert_true(next.engine != first.engine && next.n_barred > 0);
    for (int64_t i = 0; i < GAN_CUDNN_ENGINES; i++) {
        gan_cudnn_engine_add(&rules.barred, i);
    }
    gan_error err = {0};
    assert_int_equal(choose(&l4, &dx, &rules, &next, &err), GAN_E_UNSUPPORTED);
    assert_non_null(strstr(err.text, "by the device"));
    gan_cudnn_pool_clear(&l4.pool);
}

/* Uneven padding has only the generic engine in strict fp32 on A100; it comes last, not first. */
static void test_generic_engine_is_the_last_resort(void **state)
{
    (void)state;
    described a100 = describe("a100-40");
    gan_conv_task fwd = task_of(GAN_CONV_FWD, GAN_F32);
    const gan_cudnn_rules strict = {
        .deterministic = true, .strict = true, .workspace_cap = (int64_t)256 << 20};
    gan_cudnn_choice c;
    assert_int_equal(choose(&a100, &fwd, &strict, &c, NULL), GAN_OK);
    assert_int_equal(c.engine, 0);
    fwd.geometry.h = fwd.geometry.w = 15; /* a zero row and column more: what op_conv.c does */
    fwd.geometry.pad_bottom = fwd.geometry.pad_right = 1;
    assert_int_equal(choose(&a100, &fwd, &strict, &c, NULL), GAN_OK);
    assert_true(c.engine != 0);
    gan_cudnn_pool_clear(&a100.pool);
}

static void test_refusals_carry_the_reason(void **state)
{
    (void)state;
    described t4 = describe("t4");
    const gan_conv_task fwd = task_of(GAN_CONV_FWD, GAN_BF16);
    const gan_cudnn_rules rules = {.deterministic = true, .workspace_cap = (int64_t)256 << 20};
    gan_cudnn_choice c;
    gan_error err = {0};
    gan_cudnn_pool pool = {0};
    cudnnBackendDescriptor_t d;
    assert_int_equal(choose(&t4, &fwd, &rules, &c, &err), GAN_E_UNSUPPORTED);
    assert_non_null(strstr(err.text, "bfloat16"));
    assert_int_equal(gan_cudnn_describe_device(&pool, "{\"deviceVer\":750}", &d, &err), GAN_E_DATA);
    assert_non_null(strstr(err.text, "device description"));
    gan_cudnn_pool_clear(&pool);
    gan_cudnn_pool_clear(&t4.pool);
}

static void test_reasons_are_shortened(void **state)
{
    (void)state;
    char out[64];
    gan_cudnn_distinct_reasons(
        "Warning: X; Reason: a < b Warning: Y; Reason: c\n\tZ; Reason: a < b", out, sizeof out);
    assert_string_equal(out, "a < b; c");
    gan_cudnn_distinct_reasons("no list\tof them", out, sizeof out);
    assert_string_equal(out, "no list of them");
    gan_cudnn_distinct_reasons(
        "Reason: short Warning: Reason: one that is far too long to fit into "
        "what there is of room",
        out, 16);
    assert_string_equal(out, "short");
}

static gan_program *build(bool share, gan_dtype type)
{
    gan_net *net = NULL;
    gan_program *program = NULL;
    assert_int_equal(gan_net_load("dcgan-mnist", &net, NULL), GAN_OK);
    const gan_build_options options = {.batch = 256,
                                       .loss = net->train.loss,
                                       .adam_g = net->train.adam_g,
                                       .adam_d = net->train.adam_d,
                                       .n_images = 1000,
                                       .metric_rows = 8,
                                       .separate_passes = type == GAN_F16};
    assert_int_equal(gan_build_train(net, &options, share, &program, NULL, NULL), GAN_OK);
    if (type != GAN_F32) {
        assert_int_equal(gan_program_retype(program, type, share, NULL), GAN_OK);
    }
    gan_net_destroy(net);
    return program;
}

static int launches_of(const described *d, const char *products, const char *norm, bool share,
                       gan_dtype type)
{
    const gan_device_options wishes = {.products = products, .batch_norm = norm};
    gan_cuda_spec spec;
    gan_cuda_works works;
    gan_error err = {0};
    gan_program *program = build(share, type);
    assert_int_equal(gan_cuda_read_options(&wishes, d->sm, &spec, NULL), GAN_OK);
    spec.target = d->target;
    if (gan_cuda_works_prepare(&spec, program, &works, &err) != GAN_OK) {
        fail_msg("%s", err.text);
    }
    const int launches = works.launches;
    gan_cuda_works_clear(&works);
    gan_program_destroy(program);
    return launches;
}

static void test_a_step_is_at_most_34_launches(void **state)
{
    (void)state;
    described h100 = describe("h100");
    assert_in_range(launches_of(&h100, "tf32", "fused", true, GAN_F32), 1, 34);
    assert_in_range(launches_of(&h100, "tf32", "fused", true, GAN_BF16), 1, 34);
    /* placed for somebody to look at every buffer: nothing is fused away, and Adam counts its
     * updates by a launch of its own */
    assert_int_equal(launches_of(&h100, "tf32", "fused", false, GAN_F32), 45);
    gan_cudnn_pool_clear(&h100.pool);
}

static void test_old_devices_are_refused(void **state)
{
    (void)state;
    gan_error err = {0};
    assert_int_equal(gan_cuda_check_sm(75, "Tesla T4", &err), GAN_OK);
    assert_int_equal(gan_cuda_check_sm(61, "GTX 1080", &err), GAN_E_NO_DEVICE);
    assert_non_null(strstr(err.text, "GTX 1080 has compute capability 6.1"));
    if (GAN_CUDA_OLDEST_SM > 70) {
        assert_int_equal(gan_cuda_check_sm(70, "Tesla V100", &err), GAN_E_NO_DEVICE);
        assert_non_null(strstr(err.text, "CUDA 12 and cuDNN 9.10"));
    }
}

static void test_engines_are_looked_for_on_the_device_that_is_used(void **state)
{
    (void)state;
    static const int sms[] = {0, 80, 86, 89, 90, 100, 120};
    gan_error err = {0};
    for (size_t i = 0; i < sizeof sms / sizeof *sms; i++) {
        if (gan_cuda_check_engines(sms[i], &err) != GAN_OK) {
            fail_msg("sm_%d: %s", sms[i], err.text);
        }
    }
}

/* With the toolkit's link stub as the driver (run.sh), cuDNN lists its batch normalizations and
 * compiles them; then the stub refuses to load them with its error 34. That far, and no further,
 * the graphs can be checked without a GPU. */
static void test_batch_norm_compiles_beside_the_stub(void **state)
{
    (void)state;
    if (!getenv("GAN_PLAN_STUB")) {
        print_message("no link stub of libcuda in this toolkit\n");
        skip();
    }
    static const int64_t shapes[][4] = {{256, 14, 14, 64}, {256, 1, 1, 12544}};
    const gan_cudnn_rules rules = {.deterministic = true,
                                   .runtime_compiled = true,
                                   .most_refused = 2,
                                   .workspace_cap = (int64_t)64 << 20};
    described h100 = describe("h100");
    for (int i = 0; i < 8; i++) {
        gan_norm_task task = {
            .backward = i & 1, .type = i & 2 ? GAN_BF16 : GAN_F32, .alignment = 16};
        gan_cudnn_norm norm = {0};
        gan_error err = {0};
        memcpy(task.nhwc, shapes[i >> 2], sizeof task.nhwc);
        assert_int_equal(gan_cudnn_norm_plan(&h100.target, &rules, &task, NULL, &norm, &err),
                         GAN_E_UNSUPPORTED);
        if (!strstr(err.text, "(34)")) {
            fail_msg("backward %d, case %d: %s", i & 1, i, err.text);
        }
        assert_non_null(strstr(err.text, " 2 refused by cuDNN")); /* and no more were compiled */
        gan_cudnn_norm_destroy(&norm);
    }
    gan_cudnn_pool_clear(&h100.pool);
}

int main(void)
{
    gan_cuda_stand_in_for_driver();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_rule_filters),
        cmocka_unit_test(test_sums_are_fp32),
        cmocka_unit_test(test_choices_repeat_and_barred_engines_give_way),
        cmocka_unit_test(test_generic_engine_is_the_last_resort),
        cmocka_unit_test(test_refusals_carry_the_reason),
        cmocka_unit_test(test_reasons_are_shortened),
        cmocka_unit_test(test_a_step_is_at_most_34_launches),
        cmocka_unit_test(test_old_devices_are_refused),
        cmocka_unit_test(test_engines_are_looked_for_on_the_device_that_is_used),
        cmocka_unit_test(test_batch_norm_compiles_beside_the_stub),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
