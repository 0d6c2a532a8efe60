/* test_conv_dx.c — transposed convolution: the input gradient of conv. */
#include "ops/conv_cases.h"

static void test_shapes(void **state)
{
    (void)state;
    conv_check_shapes(CONV_DX);
}

static void test_groups(void **state)
{
    (void)state;
    conv_check_groups(CONV_DX);
}

static void test_networks(void **state)
{
    (void)state;
    conv_check_networks(CONV_DX);
}

static void test_nan(void **state)
{
    (void)state;
    conv_check_nan(CONV_DX);
}

static void test_bf16(void **state)
{
    (void)state;
    conv_check_bf16(CONV_DX);
    conv_check_bf16_weights(CONV_DX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shapes),   cmocka_unit_test(test_groups),
        cmocka_unit_test(test_networks), cmocka_unit_test(test_nan),
        cmocka_unit_test(test_bf16),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
