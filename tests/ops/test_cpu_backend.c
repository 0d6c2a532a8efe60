/* test_cpu_backend.c — the CPU as a backend: device, store, compiled programs, and what is refused.
 */
#include <stdlib.h>
#include <string.h>

#include "ops/op_case.h"
#include "program/place.h"

static const gan_backend *const cpu = &gan_cpu_backend;

/* a program of x -> tanh -> tanh, the middle in the arena, and a device with it compiled */
typedef struct fixture {
    gan_device *device;
    gan_program *program;
    gan_executable *executable;
    int x, middle, y;
} fixture;

static const int64_t dims[4] = {2, 1, 1, 5};
enum { N = 10, BYTES = N * sizeof(float) };

static void expect(gan_status status, const gan_error *err)
{
    if (status != GAN_OK) {
        print_error("%s\n", err->text);
    }
    assert_int_equal(status, GAN_OK);
}

static void open_with(gan_device **device, int threads, const char *conv)
{
    gan_error err = {0};
    const gan_device_options options = {.threads = threads, .conv = conv};
    expect(cpu->open(&options, device, &err), &err);
}

static void add(gan_program *program, gan_op_kind kind, int in, int out, const gan_attr *attr)
{
    gan_error err = {0};
    const int ins[GAN_ROW_OPERANDS] = {in, -1, -1, -1, -1, -1, -1, -1};
    const int outs[GAN_ROW_OPERANDS] = {out, -1, -1, -1, -1, -1, -1, -1};
    expect(gan_program_op(program, kind, "test", ins, outs, attr, &err), &err);
}

static gan_program *two_tanh(int *x, int *middle, int *y)
{
    gan_error err = {0};
    gan_program *program = NULL;
    const gan_attr none = {0};
    expect(gan_program_create("two", &program, &err), &err);
    expect(gan_program_buffer(program, "x", GAN_INPUT, GAN_F32, dims, x, &err), &err);
    expect(gan_program_buffer(program, "m", GAN_ACTIVATION, GAN_F32, dims, middle, &err), &err);
    expect(gan_program_buffer(program, "y", GAN_OUTPUT, GAN_F32, dims, y, &err), &err);
    add(program, GAN_OP_tanh, *x, *middle, &none);
    add(program, GAN_OP_tanh, *middle, *y, &none);
    return program;
}

static int set_up(void **state)
{
    gan_error err = {0};
    fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    open_with(&f->device, 2, NULL);
    f->program = two_tanh(&f->x, &f->middle, &f->y);
    expect(gan_program_place(f->program, false, &err), &err);
    expect(cpu->compile(f->device, f->program, &f->executable, &err), &err);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture *f = *state;
    cpu->destroy(f->executable);
    cpu->close(f->device);
    gan_program_destroy(f->program);
    free(f);
    return 0;
}

static void test_options(void **state)
{
    (void)state;
    static const gan_device_options bad[] = {
        {.index = 1}, {.threads = -1}, {.threads = 100000}, {.conv = "fft"}};
    static const char *const words[] = {"1", "-1", "100000", "fft"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        gan_error err = {0};
        gan_device *device = (gan_device *)&err;
        assert_int_not_equal(cpu->open(&bad[i], &device, &err), GAN_OK);
        assert_null(device);
        assert_non_null(strstr(err.text, words[i]));
    }
    gan_error err = {0};
    gan_device *device = NULL;
    expect(cpu->open(NULL, &device, &err), &err);
    cpu->close(device);
    cpu->close(NULL);
    cpu->destroy(NULL);
}

static void test_descriptions(void **state)
{
    (void)state;
    gan_device *device = NULL;
    open_with(&device, 3, "direct");
    assert_non_null(strstr(cpu->describe(device), "3 threads"));
    assert_non_null(strstr(cpu->describe(device), "oneDNN"));
    assert_non_null(strstr(cpu->choices(device), "threads 3"));
    assert_non_null(strstr(cpu->choices(device), "conv direct"));
    assert_true(cpu->available(device) > 0);
    cpu->close(device);
}

static void test_store(void **state)
{
    fixture *f = *state;
    gan_error err = {0};
    float in[N], out[N];
    for (int i = 0; i < N; i++) {
        in[i] = (float)i;
    }
    expect(cpu->read(f->device, "x", 0, out, BYTES, &err), &err);
    for (int i = 0; i < N; i++) {
        assert_true(out[i] == 0.0f); /* made and zeroed by compile */
    }
    expect(cpu->write(f->device, "x", 0, in, BYTES, &err), &err);
    expect(cpu->read(f->device, "x", 12, out, 8, &err), &err);
    assert_true(out[0] == 3.0f && out[1] == 4.0f);
    expect(cpu->write(f->device, "x", BYTES, in, 0, &err), &err);
    static const int64_t spans[][2] = {
        {-1, 4}, {0, BYTES + 1}, {BYTES, 1}, {4, -4}, {INT64_MAX, 8}};
    for (size_t i = 0; i < sizeof spans / sizeof *spans; i++) {
        assert_int_equal(cpu->read(f->device, "x", spans[i][0], out, spans[i][1], &err),
                         GAN_E_FAILED);
        assert_int_equal(cpu->write(f->device, "x", spans[i][0], in, spans[i][1], &err),
                         GAN_E_FAILED);
    }
    assert_int_equal(cpu->read(f->device, "m", 0, out, 4, &err), GAN_E_FAILED); /* not stored */
    assert_non_null(strstr(err.text, "\"m\""));
}

static void test_run_and_peek(void **state)
{
    fixture *f = *state;
    gan_error err = {0};
    const float in[N] = {-1.0f, 0.5f};
    float middle[N], out[N], peeked[N];
    expect(cpu->write(f->device, "x", 0, in, BYTES, &err), &err);
    expect(cpu->run(f->executable, 0, &err), &err);
    expect(cpu->read(f->device, "y", 0, out, BYTES, &err), &err);
    assert_true(out[0] == 0.0f);
    expect(cpu->run(f->executable, 2, &err), &err);
    expect(cpu->wait(f->device, &err), &err);
    expect(cpu->read(f->device, "y", 0, out, BYTES, &err), &err);
    expect(cpu->peek(f->executable, f->middle, middle, BYTES, &err), &err);
    expect(cpu->peek(f->executable, f->y, peeked, BYTES, &err), &err);
    assert_memory_equal(out, peeked, BYTES);
    assert_true(middle[0] < -0.76f && middle[0] > -0.77f);
    assert_true(out[0] < -0.64f && out[0] > -0.65f);
    assert_int_equal(cpu->peek(f->executable, 99, out, 4, &err), GAN_E_FAILED);
    assert_int_equal(cpu->peek(f->executable, -1, out, 4, &err), GAN_E_FAILED);
    assert_int_equal(cpu->peek(f->executable, f->y, out, BYTES + 1, &err), GAN_E_FAILED);
}

static void test_programs_share_the_store(void **state)
{
    fixture *f = *state;
    gan_error err = {0};
    gan_executable *second = NULL;
    int x, middle, y;
    gan_program *program = two_tanh(&x, &middle, &y);
    expect(gan_program_place(program, true, &err), &err);
    const float in[N] = {2.0f};
    float a[N], b[N];
    expect(cpu->write(f->device, "x", 0, in, BYTES, &err), &err);
    expect(cpu->compile(f->device, program, &second, &err), &err);
    expect(cpu->read(f->device, "x", 0, a, BYTES, &err), &err);
    assert_true(a[0] == 2.0f); /* compiling did not make it anew */
    expect(cpu->run(f->executable, 1, &err), &err);
    expect(cpu->read(f->device, "y", 0, a, BYTES, &err), &err);
    expect(cpu->run(second, 1, &err), &err);
    expect(cpu->read(f->device, "y", 0, b, BYTES, &err), &err);
    assert_memory_equal(a, b, BYTES);
    cpu->destroy(second);
    gan_program_destroy(program);
}

static void test_adopt(void **state)
{
    (void)state;
    gan_error err = {0};
    gan_device *device = NULL;
    gan_executable *executable = NULL;
    float first[N] = {9.0f}, mine[N] = {1.0f}, y[N];
    int ids[3];
    gan_program *program = two_tanh(&ids[0], &ids[1], &ids[2]);
    expect(gan_program_place(program, true, &err), &err);
    open_with(&device, 1, NULL);
    expect(cpu->adopt(device, "x", first, BYTES, &err), &err);
    expect(cpu->adopt(device, "x", mine, BYTES, &err), &err);
    expect(cpu->compile(device, program, &executable, &err), &err);
    mine[0] = -1.0f; /* no copy was made */
    expect(cpu->run(executable, 1, &err), &err);
    expect(cpu->read(device, "y", 0, y, BYTES, &err), &err);
    assert_true(y[0] < -0.64f && y[0] > -0.65f);
    assert_int_equal(cpu->adopt(device, "x", first, BYTES, &err), GAN_E_FAILED); /* in use */
    cpu->destroy(executable);
    expect(cpu->adopt(device, "x", first, BYTES - 4, &err), &err);
    assert_int_equal(cpu->compile(device, program, &executable, &err),
                     GAN_E_FAILED); /* other size */
    assert_null(executable);
    assert_non_null(strstr(err.text, "\"x\""));
    cpu->close(device);
    gan_program_destroy(program);
}

static void test_unplaced_program(void **state)
{
    fixture *f = *state;
    gan_error err = {0};
    gan_executable *executable = NULL;
    int ids[3];
    gan_program *program = two_tanh(&ids[0], &ids[1], &ids[2]);
    assert_int_equal(cpu->compile(f->device, program, &executable, &err), GAN_E_FAILED);
    assert_null(executable);
    gan_program_destroy(program);
}

/* What is said before is what is taken after, and nothing is taken by saying it. */
static void test_forecast(void **state)
{
    (void)state;
    gan_error err = {0};
    gan_device *device = NULL;
    gan_executable *executable = NULL;
    gan_memory_report before = {0}, after = {0}, between = {0};
    gan_program *program = NULL;
    const gan_attr attr = {.matmul = {true, false, 100, 200, 30}};
    int a, b, y;
    expect(gan_program_create("product", &program, &err), &err);
    expect(
        gan_program_buffer(program, "a", GAN_INPUT, GAN_F32, (int64_t[]){30, 1, 1, 100}, &a, &err),
        &err);
    expect(
        gan_program_buffer(program, "b", GAN_PARAM, GAN_F32, (int64_t[]){30, 1, 1, 200}, &b, &err),
        &err);
    expect(gan_program_buffer(program, "y", GAN_ACTIVATION, GAN_F32, (int64_t[]){100, 1, 1, 200},
                              &y, &err),
           &err);
    const int in[GAN_ROW_OPERANDS] = {a, b, -1, -1, -1, -1, -1, -1};
    const int out[GAN_ROW_OPERANDS] = {y, -1, -1, -1, -1, -1, -1, -1};
    expect(gan_program_op(program, GAN_OP_matmul, "product", in, out, &attr, &err), &err);
    expect(gan_program_place(program, true, &err), &err);
    open_with(&device, 2, NULL);
    expect(cpu->forecast(device, program, &before, &err), &err);
    assert_int_equal(before.store_bytes, (30 * 100 + 30 * 200) * 4);
    assert_true(before.arena_bytes >= 100 * 200 * 4 && before.workspace_bytes >= 0);
    assert_int_equal(cpu->read(device, "a", 0, &err, 1, &err), GAN_E_FAILED); /* not made */
    expect(cpu->compile(device, program, &executable, &err), &err);
    cpu->memory(executable, &after);
    expect(cpu->forecast(device, program, &between, &err), &err);
    assert_memory_equal(&before, &after, sizeof before);
    assert_memory_equal(&before, &between, sizeof before);
    cpu->destroy(executable);
    cpu->close(device);
    gan_program_destroy(program);
}

static void test_profile_and_explain(void **state)
{
    fixture *f = *state;
    gan_error err = {0};
    const double *seconds = NULL;
    expect(cpu->profile(f->executable, true, &seconds, &err), &err);
    expect(cpu->run(f->executable, 1, &err), &err);
    assert_true(seconds[0] > 0.0 && seconds[1] > 0.0 && seconds[0] < 10.0);
    expect(cpu->profile(f->executable, false, NULL, &err), &err);
    assert_string_equal(cpu->explain(f->executable, 0), "loops");
}

static void test_other_types_are_refused(void **state)
{
    (void)state;
    op_case t;
    op_case_begin(&t, GAN_OP_tanh, 1);
    op_case_in(&t, 0, GAN_F16, 1, 1, 1, 4, OP_ZERO);
    op_case_out(&t, 0, GAN_F32, 1, 1, 1, 4);
    t.backend = cpu;
    op_case_refused(&t, "use bf16 or fp32");
    op_case_end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_options),
        cmocka_unit_test(test_descriptions),
        cmocka_unit_test_setup_teardown(test_store, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_run_and_peek, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_programs_share_the_store, set_up, tear_down),
        cmocka_unit_test(test_adopt),
        cmocka_unit_test_setup_teardown(test_unplaced_program, set_up, tear_down),
        cmocka_unit_test(test_forecast),
        cmocka_unit_test_setup_teardown(test_profile_and_explain, set_up, tear_down),
        cmocka_unit_test(test_other_types_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
