/* test_bf16_widened.c — bf16 on a processor that cannot multiply it: widened to fp32 in scratch.
 *
 * The library is told to use no instruction newer than AVX2. */
#define _GNU_SOURCE /* setenv */
#include <stdlib.h>
#include <string.h>

#include "ops/conv_cases.h"
#include "program/place.h"

static void test_convolutions(void **state)
{
    (void)state;
    for (conv_kind kind = CONV_FWD; kind <= CONV_DW; kind++) {
        conv_check_bf16(kind);
    }
}

static void test_products(void **state)
{
    (void)state;
    for (int transposes = 0; transposes < 4; transposes++) {
        op_case t;
        bool a = transposes & 1, b = transposes & 2;
        op_case_begin(&t, GAN_OP_matmul, 700 + (uint64_t)transposes);
        t.attr.matmul = (gan_matmul_attr){a, b, 33, 65, 129};
        op_case_in(&t, 0, GAN_F32, a ? 129 : 33, 1, 1, a ? 33 : 129, OP_NORMAL);
        op_case_in(&t, 1, GAN_F32, b ? 65 : 129, 1, 1, b ? 129 : 65, OP_NORMAL);
        op_case_out(&t, 0, GAN_F32, 33, 1, 1, 65);
        t.tolerance = op_tolerance_of_sum(129);
        t.threads_may_differ = true;
        t.backend = &gan_cpu_backend;
        op_case_check_half(&t, GAN_BF16);
        op_case_end(&t);
    }
}

/* What these tests rest on: that a bf16 product is one of widened numbers here. */
static void test_it_is_widened(void **state)
{
    (void)state;
    const gan_backend *cpu = &gan_cpu_backend;
    gan_program *program = NULL;
    gan_device *device = NULL;
    gan_executable *executable = NULL;
    gan_error err = {0};
    const gan_attr attr = {.matmul = {false, false, 2, 3, 4}};
    int in[GAN_ROW_OPERANDS] = {-1, -1, -1, -1, -1, -1, -1, -1};
    int out[GAN_ROW_OPERANDS] = {-1, -1, -1, -1, -1, -1, -1, -1};
    const int64_t a[4] = {2, 1, 1, 4}, b[4] = {4, 1, 1, 3}, y[4] = {2, 1, 1, 3};
    assert_int_equal(gan_program_create("product", &program, &err), GAN_OK);
    assert_int_equal(gan_program_buffer(program, "a", GAN_INPUT, GAN_BF16, a, &in[0], &err),
                     GAN_OK);
    assert_int_equal(gan_program_buffer(program, "b", GAN_INPUT, GAN_F32, b, &in[1], &err), GAN_OK);
    assert_int_equal(gan_program_buffer(program, "y", GAN_OUTPUT, GAN_BF16, y, &out[0], &err),
                     GAN_OK);
    assert_int_equal(gan_program_op(program, GAN_OP_matmul, "test", in, out, &attr, &err), GAN_OK);
    assert_int_equal(gan_program_place(program, true, &err), GAN_OK);
    assert_int_equal(cpu->open(NULL, &device, &err), GAN_OK);
    assert_int_equal(cpu->compile(device, program, &executable, &err), GAN_OK);
    assert_non_null(strstr(cpu->explain(executable, 0), "bf16 widened"));
    cpu->destroy(executable);
    cpu->close(device);
    gan_program_destroy(program);
}

int main(void)
{
    setenv("ONEDNN_MAX_CPU_ISA", "AVX2", 1); /* read when the library is first used */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_it_is_widened),
        cmocka_unit_test(test_convolutions),
        cmocka_unit_test(test_products),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
