/* test_program_retype.c — 16-bit programs: which buffers change their type, and which must not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "gan/net.h"
#include "net/net.h"
#include "program/build.h"
#include "program/place.h"
#include "program/retype.h"

static gan_program *build(const char *name, bool separate)
{
    gan_net *net = NULL;
    gan_program *program = NULL;
    gan_error err = {0};
    if (gan_net_load(name, &net, &err) != GAN_OK) {
        fail_msg("%s", err.text);
    }
    const gan_build_options options = {.batch = 7,
                                       .loss = net->train.loss,
                                       .adam_g = net->train.adam_g,
                                       .adam_d = net->train.adam_d,
                                       .n_images = 100,
                                       .metric_rows = 8,
                                       .separate_passes = separate};
    if (gan_build_train(net, &options, true, &program, NULL, &err) != GAN_OK) {
        fail_msg("%s", err.text);
    }
    gan_net_destroy(net);
    return program;
}

static void check_types(const gan_program *program, gan_dtype type)
{
    for (int i = 0; i < program->n_ops; i++) {
        const gan_op *op = &program->ops[i];
        const gan_buffer *b = program->buffers;
        switch (op->kind) {
        case GAN_OP_conv:
        case GAN_OP_conv_dx:
            assert_int_equal(b[op->in[0]].type, type);
            assert_int_equal(b[op->out[0]].type, type);
            assert_int_equal(b[op->in[1]].type, GAN_F32); /* master weights */
            break;
        case GAN_OP_conv_dw:
            assert_int_equal(b[op->out[0]].type, type);
            break;
        case GAN_OP_batch_norm:
            assert_int_equal(b[op->out[1]].type, GAN_F32);
            assert_int_equal(b[op->out[2]].type, GAN_F32);
            break;
        case GAN_OP_norm:
            assert_int_equal(b[op->in[0]].type, type);
            assert_int_equal(b[op->out[0]].type, GAN_F32);
            break;
        case GAN_OP_loss:
            assert_int_equal(b[op->out[3]].type, GAN_F32);
            assert_int_equal(b[op->out[2]].type, op->attr.loss.shared ? GAN_F32 : type);
            break;
        case GAN_OP_adam:
            assert_int_equal(b[op->in[0]].type, type);
            assert_int_equal(b[op->out[0]].type, GAN_F32);
            break;
        default:
            break;
        }
    }
}

static void test_bf16_changes_activations_and_gradients(void **state)
{
    (void)state;
    gan_program *program = build("dcgan-mnist", false);
    const int64_t arena = program->arena_bytes;
    assert_int_equal(gan_program_retype(program, GAN_BF16, true, NULL), GAN_OK);
    check_types(program, GAN_BF16);
    assert_true(program->arena_bytes < arena * 6 / 10);
    assert_int_equal(gan_program_retype(program, GAN_F32, true, NULL), GAN_OK);
    check_types(program, GAN_F32);
    assert_int_equal(program->arena_bytes, arena);
    gan_program_destroy(program);
}

static void test_fp16_needs_a_pass_for_each_loss(void **state)
{
    (void)state;
    gan_error err = {0};
    gan_program *program = build("dcgan-mnist", false);
    assert_int_equal(gan_program_retype(program, GAN_F16, true, &err), GAN_E_UNSUPPORTED);
    assert_non_null(strstr(err.text, "scales each network's loss"));
    check_types(program, GAN_F32); /* untouched */
    gan_program_destroy(program);
    program = build("dcgan-mnist", true);
    assert_int_equal(gan_program_retype(program, GAN_F16, true, NULL), GAN_OK);
    check_types(program, GAN_F16);
    gan_program_destroy(program);
}

static void test_windows_share_their_base_type(void **state)
{
    (void)state;
    gan_program *program = build("dcgan-cifar10", false);
    assert_int_equal(gan_program_retype(program, GAN_BF16, false, NULL), GAN_OK);
    for (int i = 0; i < program->n_buffers; i++) {
        const gan_buffer *b = &program->buffers[i], *base = &program->buffers[b->base];
        assert_int_equal(b->type, base->type);
        assert_true(!gan_buffer_class_stored(b->cls) || b->type != GAN_BF16);
        assert_true(base->place < 0 ||
                    base->place + gan_buffer_bytes(base) <= program->arena_bytes);
    }
    gan_program_destroy(program);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bf16_changes_activations_and_gradients),
        cmocka_unit_test(test_fp16_needs_a_pass_for_each_loss),
        cmocka_unit_test(test_windows_share_their_base_type),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
