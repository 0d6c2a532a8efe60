/* test_conv.c — convolution. */
#include "ops/conv_cases.h"

static void test_shapes(void **state)
{
    (void)state;
    conv_check_shapes(CONV_FWD);
}

static void test_groups(void **state)
{
    (void)state;
    conv_check_groups(CONV_FWD);
}

static void test_networks(void **state)
{
    (void)state;
    conv_check_networks(CONV_FWD);
}

static void test_nan(void **state)
{
    (void)state;
    conv_check_nan(CONV_FWD);
}

static void test_bf16(void **state)
{
    (void)state;
    conv_check_bf16(CONV_FWD);
    conv_check_bf16_weights(CONV_FWD);
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
