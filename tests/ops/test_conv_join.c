/* test_conv_join.c — two passes of one convolution that run as one where they share a transform:
 * the same results as each in a program of its own, and only where that is allowed. */
#include <stdlib.h>
#include <string.h>

#include "base/normal.h"
#include "ops/op_case.h"
#include "program/place.h"

static const gan_backend *const cpu = &gan_cpu_backend;

/* x (3,9,10,20), w (24,5,5,20), y (3,5,5,24): two chunks of channels, none full, two strides. */
static const gan_conv_attr conv = {.h = 9,
                                   .w = 10,
                                   .c = 20,
                                   .p = 5,
                                   .q = 5,
                                   .k = 24,
                                   .r = 5,
                                   .s = 5,
                                   .stride_h = 2,
                                   .stride_w = 2,
                                   .pad_top = 2,
                                   .pad_left = 1,
                                   .pad_bottom = 2,
                                   .pad_right = 2,
                                   .groups = 1};
enum { X, W, DY, Y, DX, DW, TENSORS };
static const struct {
    const char *name;
    int64_t dims[4];
} tensors[TENSORS] = {{"x", {3, 9, 10, 20}}, {"w", {24, 5, 5, 20}},  {"dy", {3, 5, 5, 24}},
                      {"y", {3, 5, 5, 24}},  {"dx", {3, 9, 10, 20}}, {"dw", {24, 5, 5, 20}}};

typedef struct pass {
    gan_op_kind kind;
    int in[2], out;
} pass;
static const pass forward = {GAN_OP_conv, {X, W}, Y}, data = {GAN_OP_conv_dx, {DY, W}, DX},
                  filter = {GAN_OP_conv_dw, {X, DY}, DW};

static void expect(gan_status status, const gan_error *err)
{
    if (status != GAN_OK) {
        print_error("%s\n", err->text);
    }
    assert_int_equal(status, GAN_OK);
}

static int64_t count_of(int tensor)
{
    const int64_t *d = tensors[tensor].dims;
    return d[0] * d[1] * d[2] * d[3];
}

static gan_device *open_device(const char *way)
{
    gan_error err = {0};
    gan_device *device = NULL;
    const gan_device_options options = {.threads = 2, .conv = way};
    expect(cpu->open(&options, &device, &err), &err);
    return device;
}

static gan_program *program_of(const pass *passes, int n)
{
    gan_error err = {0};
    gan_program *program = NULL;
    int ids[TENSORS];
    const gan_attr attr = {.conv = conv};
    expect(gan_program_create("passes", &program, &err), &err);
    for (int t = 0; t < TENSORS; t++) {
        expect(gan_program_buffer(program, tensors[t].name, t < Y ? GAN_INPUT : GAN_OUTPUT, GAN_F32,
                                  tensors[t].dims, &ids[t], &err),
               &err);
    }
    for (int i = 0; i < n; i++) {
        const int in[GAN_ROW_OPERANDS] = {
            ids[passes[i].in[0]], ids[passes[i].in[1]], -1, -1, -1, -1, -1, -1};
        const int out[GAN_ROW_OPERANDS] = {ids[passes[i].out], -1, -1, -1, -1, -1, -1, -1};
        expect(gan_program_op(program, passes[i].kind, "test", in, out, &attr, &err), &err);
    }
    expect(gan_program_place(program, true, &err), &err);
    return program;
}

/* Runs the passes in one program and puts their results into out; true if the first two ran as one.
 */
static bool run(const char *way, const pass *passes, int n, float *out[TENSORS])
{
    gan_error err = {0};
    gan_device *device = open_device(way);
    gan_program *program = program_of(passes, n);
    gan_executable *executable = NULL;
    expect(cpu->compile(device, program, &executable, &err), &err);
    for (int t = 0; t < Y; t++) {
        float *v = malloc((size_t)count_of(t) * sizeof *v);
        assert_non_null(v);
        gan_normal_fill(9, (uint32_t)t, 0, 0, count_of(t), v);
        bool used = false;
        for (int i = 0; i < n; i++) {
            used = used || passes[i].in[0] == t || passes[i].in[1] == t;
        }
        if (used) {
            expect(cpu->write(device, tensors[t].name, 0, v, count_of(t) * 4, &err), &err);
        }
        free(v);
    }
    expect(cpu->run(executable, 2, &err), &err);
    for (int i = 0; i < n; i++) {
        int t = passes[i].out;
        expect(cpu->read(device, tensors[t].name, 0, out[t], count_of(t) * 4, &err), &err);
    }
    bool joined = n > 1 && strstr(cpu->explain(executable, 1), "with the one before") != NULL;
    cpu->destroy(executable);
    gan_program_destroy(program);
    cpu->close(device);
    return joined;
}

static void make_results(float *out[TENSORS])
{
    for (int t = 0; t < TENSORS; t++) {
        out[t] = calloc((size_t)count_of(t), sizeof **out);
        assert_non_null(out[t]);
    }
}

static void free_results(float *out[TENSORS])
{
    for (int t = 0; t < TENSORS; t++) {
        free(out[t]);
    }
}

static const char *const ways[] = {"dft", "winograd"};

static void check_pair_by(const char *way, const pass *first, const pass *second, bool wanted)
{
    float *together[TENSORS], *apart[TENSORS];
    const pass both[2] = {*first, *second};
    make_results(together);
    make_results(apart);
    assert_int_equal(run(way, both, 2, together), wanted);
    for (int i = 0; i < 2; i++) {
        run(way, &both[i], 1, apart);
        int t = both[i].out;
        assert_memory_equal(together[t], apart[t], (size_t)count_of(t) * 4);
        bool all_zero = true;
        for (int64_t k = 0; k < count_of(t); k++) {
            all_zero = all_zero && apart[t][k] == 0.0f;
        }
        assert_false(all_zero);
    }
    free_results(together);
    free_results(apart);
}

static void check_pair(const pass *first, const pass *second, bool wanted)
{
    for (int i = 0; i < 2; i++) {
        check_pair_by(ways[i], first, second, wanted);
    }
}

static void test_pairs(void **state)
{
    (void)state;
    check_pair(&filter, &data, true);
    check_pair(&data, &filter, true);
    check_pair(&filter, &forward, true);
    check_pair(&forward, &filter, true);
}

/* Nothing shared; the same pass twice; the second reads what the first writes. */
static void test_what_is_no_pair(void **state)
{
    (void)state;
    const pass of_result = {GAN_OP_conv_dw, {DX, DY}, DW}; /* dx is read as x */
    check_pair(&forward, &data, false);
    check_pair(&filter, &filter, false);
    float *out[TENSORS];
    make_results(out);
    assert_false(run("dft", (const pass[]){data, of_result}, 2, out));
    free_results(out);
}

static void test_three_in_a_row(void **state)
{
    (void)state;
    float *together[TENSORS], *apart[TENSORS];
    const pass three[3] = {data, filter, forward};
    make_results(together);
    make_results(apart);
    assert_true(run("dft", three, 3, together));
    for (int i = 0; i < 3; i++) {
        int t = three[i].out;
        run("dft", &three[i], 1, apart);
        assert_memory_equal(together[t], apart[t], (size_t)count_of(t) * 4);
    }
    free_results(together);
    free_results(apart);
}

static void test_direct_ones_stay_apart(void **state)
{
    (void)state;
    float *out[TENSORS];
    const pass both[2] = {filter, data};
    make_results(out);
    assert_false(run("direct", both, 2, out));
    free_results(out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pairs),
        cmocka_unit_test(test_what_is_no_pair),
        cmocka_unit_test(test_three_in_a_row),
        cmocka_unit_test(test_direct_ones_stay_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
