/* test_cuda_labels.c — a batch's labels are its images', where the images are streamed too: they
 * stay on the host then, and the labels do not. */
#include <stdlib.h>
#include <string.h>

#include "base/permute.h"
#include "cuda/cuda_rig.h"
#include "program/place.h"

enum { N = 50, BATCH = 8, SEED = 4, ORDER = 16, CLASSES = 7 };

static void must(gan_status status, const gan_error *err)
{
    if (status != GAN_OK) {
        fail_msg("%s: %s", gan_status_text(status), err->text);
    }
}

static int declare(gan_program *program, const char *name, gan_buffer_class cls, gan_dtype type,
                   int64_t n, int64_t c)
{
    const int64_t dims[4] = {n, 1, 1, c};
    gan_error err = {0};
    int id = -1;
    must(gan_program_buffer(program, name, cls, type, dims, &id, &err), &err);
    return id;
}

/* Images of three bytes, and their labels. */
static void build(cuda_rig *rig)
{
    gan_error err = {0};
    must(gan_program_create("labels", &rig->program, &err), &err);
    gan_program *p = rig->program;
    const int counters = declare(p, "counters", GAN_CONTROL, GAN_I64, 1, GAN_COUNTER_COUNT);
    const int data = declare(p, "data", GAN_DATA, GAN_U8, N, 3);
    const int labels = declare(p, "labels", GAN_DATA, GAN_I32, N, 1);
    const int x = declare(p, "x", GAN_OUTPUT, GAN_F32, BATCH, 3);
    const int y = declare(p, "y", GAN_OUTPUT, GAN_I32, BATCH, 1);
    const gan_attr attr = {.gather = {.n_images = N, .seed = SEED, .order_stream = ORDER}};
    const int of_images[] = {data, counters}, of_labels[] = {labels, counters};
    must(gan_program_op(p, GAN_OP_gather, "images", of_images, &x, &attr, &err), &err);
    must(gan_program_op(p, GAN_OP_gather_labels, "labels", of_labels, &y, &attr, &err), &err);
    must(gan_program_place(p, true, &err), &err);
}

static void begin(cuda_rig *rig, const char *data_store)
{
    gan_plugin plugin;
    gan_error err = {0};
    const gan_device_options device = {.data_store = data_store};
    uint8_t data[3 * N];
    int32_t labels[N];
    memset(rig, 0, sizeof *rig);
    must(gan_plugin_load(&plugin, &err), &err);
    rig->backend = plugin.backend;
    build(rig);
    must(rig->backend->open(&device, &rig->device, &err), &err);
    must(rig->backend->compile(rig->device, rig->program, &rig->executable, &err), &err);
    for (int i = 0; i < 3 * N; i++) {
        data[i] = (uint8_t)(i / 3);
    }
    for (int i = 0; i < N; i++) {
        labels[i] = i % CLASSES;
    }
    rig_write(rig, "data", data, sizeof data);
    rig_write(rig, "labels", labels, sizeof labels);
}

static void check_step(cuda_rig *rig, int64_t step)
{
    const int64_t counters[GAN_COUNTER_COUNT] = {step, step, step};
    float x[3 * BATCH];
    int32_t y[BATCH];
    rig_write(rig, "counters", counters, sizeof counters);
    rig_run(rig, 1);
    rig_read(rig, "x", x, sizeof x);
    rig_read(rig, "y", y, sizeof y);
    for (int64_t i = 0; i < BATCH; i++) {
        const uint64_t s = (uint64_t)(step * BATCH + i);
        const uint64_t image = gan_permute(s % N, N, SEED, ORDER, s / N);
        assert_int_equal((int)(x[3 * i] * 127.5f + 128.0f), image);
        assert_int_equal(y[i], image % CLASSES);
    }
}

static void labels_go_with_their_images(void **state)
{
    (void)state;
    static const char *const stores[] = {"resident", "stream"};
    for (int i = 0; i < 2; i++) {
        cuda_rig rig;
        begin(&rig, stores[i]);
        for (int64_t step = 0; step < 15; step++) {
            check_step(&rig, step);
        }
        check_step(&rig, 3000000000); /* as a resumed run begins */
        rig_close(&rig);
    }
}

static void labels_are_resident_where_images_are_not(void **state)
{
    (void)state;
    cuda_rig rig;
    begin(&rig, "stream");
    const gan_sim_counts before = rig_counts();
    check_step(&rig, 0);
    const gan_sim_counts after = rig_counts();
    assert_int_equal(after.h2d_bytes - before.h2d_bytes,
                     3 * BATCH + GAN_COUNTER_COUNT * sizeof(int64_t));
    gan_memory_report report = {0};
    rig.backend->memory(rig.executable, &report);
    /* the labels, the outputs, the counters: no images */
    assert_int_equal(report.store_bytes, rig_bytes(&rig, "labels") + rig_bytes(&rig, "x") +
                                             rig_bytes(&rig, "y") + rig_bytes(&rig, "counters"));
    rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(labels_go_with_their_images),
        cmocka_unit_test(labels_are_resident_where_images_are_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
