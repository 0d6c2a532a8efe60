/* test_io_protobuf.c — the wire format of Protocol Buffers: bytes of its documentation, the way
 * back, damaged messages. */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "io/protobuf.h"

static void expect_bytes(gan_text *message, const char *bytes, size_t n)
{
    assert_int_equal(gan_text_check(message, NULL), GAN_OK);
    assert_int_equal(message->length, n);
    assert_memory_equal(message->data, bytes, n);
    gan_text_free(message);
}

/* The examples of protobuf.dev/programming-guides/encoding: 150, "testing", a message within one.
 */
static void bytes_are_those_of_the_documentation(void **state)
{
    (void)state;
    gan_text a = {0}, b = {0}, part = {0}, c = {0}, d = {0}, e = {0};
    gan_protobuf_add_integer(&a, 1, 150);
    expect_bytes(&a, "\x08\x96\x01", 3);
    gan_protobuf_add_string(&b, 2, "testing");
    expect_bytes(&b, "\x12\x07testing", 9);
    gan_protobuf_add_integer(&part, 1, 150);
    gan_protobuf_add_message(&c, 3, &part);
    expect_bytes(&c, "\x1a\x03\x08\x96\x01", 5);
    gan_protobuf_add_integer(&d, 1, -2);
    expect_bytes(&d, "\x08\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11);
    gan_protobuf_add_float(&e, 20, 1.0f);
    expect_bytes(&e, "\xa5\x01\x00\x00\x80\x3f", 6);
}

static gan_protobuf_field take(gan_protobuf *message)
{
    gan_protobuf_field field;
    bool there = false;
    assert_int_equal(gan_protobuf_next(message, &field, &there, NULL), GAN_OK);
    assert_true(there);
    return field;
}

static void what_was_written_is_read(void **state)
{
    (void)state;
    static const int64_t values[] = {0, 1, 127, 128, INT64_MAX, INT64_MIN, -1};
    gan_text inner = {0}, text = {0};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        gan_protobuf_add_integer(&inner, (int)i + 1, values[i]);
    }
    gan_protobuf_add_message(&text, 536870911, &inner); /* the largest number of a field */
    gan_protobuf_add_float(&text, 1, -0.5f);
    gan_protobuf message = {(const unsigned char *)text.data, text.length};
    gan_protobuf_field field = take(&message);
    assert_int_equal(field.number, 536870911);
    gan_protobuf inside = gan_protobuf_inside(&field);
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        field = take(&inside);
        assert_int_equal(field.number, i + 1);
        assert_true((int64_t)field.value == values[i]);
    }
    assert_int_equal(inside.left, 0);
    field = take(&message);
    assert_int_equal(field.kind, 5);
    assert_int_equal(field.value, 0xbf000000);
    bool there = true;
    assert_int_equal(gan_protobuf_next(&message, &field, &there, NULL), GAN_OK);
    assert_false(there);
    gan_text_free(&text);
}

static void damaged_messages_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "\x08",                                                 /* no value */
        "\x08\xff",                                             /* it goes on */
        "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", /* for too long */
        "\x12\x08testing",                                      /* shorter than it says */
        "\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01testing",  /* by 2^64 */
        "\x0d\x01\x02\x03",                                     /* three bytes of four */
        "\x09\x01\x02\x03\x04\x05\x06\x07",                     /* seven of eight */
        "\x0b\x01",                                             /* a group, gone since 2008 */
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        gan_protobuf message = {(const unsigned char *)bad[i], strlen(bad[i])};
        gan_protobuf_field field;
        bool there = false;
        gan_error err = {0};
        assert_int_equal(gan_protobuf_next(&message, &field, &there, &err), GAN_E_DATA);
        assert_non_null(strstr(err.text, "damaged"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_are_those_of_the_documentation),
        cmocka_unit_test(what_was_written_is_read),
        cmocka_unit_test(damaged_messages_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
