/* test_cuda_memory.c — what a program is said to take of the device's memory is what it takes. */
#include "cuda/cuda_rig.h"

/* On a device that is opened anew: the store is counted too. */
static void check(const rig_options *options)
{
    cuda_rig rig;
    gan_error err = {0};
    gan_memory_report said = {0}, kept = {0};
    rig_open(&rig, options);
    rig.backend->destroy(rig.executable);
    rig.backend->close(rig.device);
    assert_int_equal(rig.backend->open(&options->device, &rig.device, &err), GAN_OK);
    const gan_sim_counts before = rig_counts();
    assert_int_equal(rig.backend->forecast(rig.device, rig.program, &said, &err), GAN_OK);
    /* saying takes nothing */
    assert_int_equal(rig_counts().device_bytes_peak, before.device_bytes);
    assert_int_equal(rig.backend->compile(rig.device, rig.program, &rig.executable, &err), GAN_OK);
    const gan_sim_counts after = rig_counts();
    const int64_t lasting = said.store_bytes + said.arena_bytes + said.workspace_bytes;
    assert_int_equal(after.device_bytes - before.device_bytes, lasting);
    assert_int_equal(after.device_bytes_peak - before.device_bytes, lasting + said.compile_bytes);
    rig.backend->memory(rig.executable, &kept);
    assert_int_equal(kept.store_bytes, said.store_bytes);
    assert_int_equal(kept.arena_bytes, said.arena_bytes);
    assert_true(kept.workspace_bytes >= said.workspace_bytes); /* cuBLAS's own is the device's */
    rig_close(&rig);
}

static void test_a_forecast_is_exact(void **state)
{
    (void)state;
    static const rig_options cases[] = {
        {.net = "tiny", .batch = 6, .n_images = 20},
        {.net = "tiny", .batch = 7, .n_images = 20, .device = {.batch_norm = "fused"}},
        {.net = "tiny", .batch = 6, .n_images = 20, .device = {.products = "strict"}},
        {.net = "tiny", .batch = 5, .n_images = 20, .device = {.data_store = "stream"}},
        {.net = "tiny", .batch = 8, .n_images = 20, .type = GAN_BF16},
        {.net = "tiny", .batch = 8, .n_images = 20, .type = GAN_F16, .separate_passes = true},
        {.net = "dcgan-mnist", .batch = 1, .n_images = 2},
        {.net = "dcgan-cifar10", .batch = 1, .n_images = 2, .type = GAN_BF16},
        {.net = "dcgan-64", .batch = 1, .n_images = 2, .device = {.products = "strict"}},
    };
    const bool has_bf16 = rig_has("bf16");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (cases[i].type == GAN_BF16 && !has_bf16) {
            continue;
        }
        print_message("%s, batch %d, %s\n", cases[i].net, (int)cases[i].batch,
                      gan_dtype_name(cases[i].type));
        check(&cases[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_forecast_is_exact),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
