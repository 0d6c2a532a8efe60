/* test_io_video.c — an animated PNG, read back chunk by chunk: sums, order, numbers, every pixel.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include <cmocka.h>

#include "base/file.h"
#include "gan/image.h"
#include "io/grid.h"
#include "unit/data_files.h"

enum { H = 3, W = 5, SCALE = 86, FRAMES = 4, RATE = 25 }; /* 3 x 86 = 258: the first even one */

static float value_at(int frame, int i)
{
    return (float)((i * 37 + frame * 11) % 101) / 50.0f - 1.0f;
}

static uint32_t number(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static const char *film(data_folder *folder, int channels, int n_frames)
{
    float x[H * W * 3];
    gan_video *video = NULL;
    gan_error err = {0};
    const char *path = data_at(folder, "walk.png");
    assert_int_equal(gan_video_create(path, H, W, channels, RATE, &video, &err), GAN_OK);
    assert_string_equal(gan_video_path(video), path);
    for (int f = 0; f < n_frames; f++) {
        for (int i = 0; i < H * W * channels; i++) {
            x[i] = value_at(f, i);
        }
        assert_int_equal(gan_video_add(video, x, &err), GAN_OK);
    }
    if (n_frames == 0) {
        assert_int_equal(gan_video_finish(video, &err), GAN_E_USAGE);
    } else if (gan_video_finish(video, &err) != GAN_OK) {
        fail_msg("%s", err.text);
    }
    gan_video_destroy(video);
    return path;
}

/* The pixels of one frame, out of its stream. */
static void check_frame(const uint8_t *stream, size_t n, int frame, int channels)
{
    const size_t row = (size_t)(W * SCALE * channels) + 1;
    uLongf got = row * H * SCALE;
    uint8_t *pixels = malloc(got);
    assert_non_null(pixels);
    assert_int_equal(uncompress(pixels, &got, stream, (uLong)n), Z_OK);
    assert_int_equal(got, row * H * SCALE);
    for (int y = 0; y < H * SCALE; y++) {
        assert_int_equal(pixels[(size_t)y * row], 0);
        for (int i = 0; i < W * SCALE * channels; i++) {
            const int at = (y / SCALE * W + i / channels / SCALE) * channels + i % channels;
            assert_int_equal(pixels[(size_t)y * row + 1 + (size_t)i],
                             gan_grid_pixel(value_at(frame, at)));
        }
    }
    free(pixels);
}

static void check_control(const uint8_t *data, uint32_t sequence)
{
    assert_int_equal(number(data), sequence);
    assert_int_equal(number(data + 4), W * SCALE);
    assert_int_equal(number(data + 8), H * SCALE);
    assert_int_equal(number(data + 12) | number(data + 16), 0);
    assert_int_equal(data[20] << 8 | data[21], 1);
    assert_int_equal(data[22] << 8 | data[23], RATE);
}

static void check_chunks(const uint8_t *bytes, size_t n, int channels)
{
    uint32_t sequence = 0;
    int frame = 0;
    size_t at = 8;
    for (bool ended = false; !ended;) {
        assert_true(at + 12 <= n);
        const uint32_t length = number(bytes + at);
        const uint8_t *kind = bytes + at + 4, *data = kind + 4;
        assert_true(length <= n - at - 12);
        assert_int_equal(number(data + length), crc32(0, kind, length + 4));
        if (memcmp(kind, "IHDR", 4) == 0) {
            assert_int_equal(data[9], channels == 3 ? 2 : 0);
        } else if (memcmp(kind, "acTL", 4) == 0) {
            assert_int_equal(number(data), FRAMES);
            assert_int_equal(number(data + 4), 0);
        } else if (memcmp(kind, "fcTL", 4) == 0) {
            check_control(data, sequence++);
        } else if (memcmp(kind, "IDAT", 4) == 0) {
            assert_int_equal(frame, 0);
            check_frame(data, length, frame++, channels);
        } else if (memcmp(kind, "fdAT", 4) == 0) {
            assert_int_equal(number(data), sequence++);
            check_frame(data + 4, length - 4, frame++, channels);
        } else {
            assert_memory_equal(kind, "IEND", 4);
            ended = true;
        }
        at += length + 12;
    }
    assert_int_equal(at, n);
    assert_int_equal(frame, FRAMES);
}

static void frames_come_back(void **state)
{
    (void)state;
    for (int channels = 1; channels <= 3; channels += 2) {
        data_folder folder;
        char *bytes = NULL;
        size_t n = 0;
        data_folder_make(&folder);
        const char *path = film(&folder, channels, FRAMES);
        assert_int_equal(gan_file_read_whole(path, 1 << 24, &bytes, &n, NULL), GAN_OK);
        check_chunks((const uint8_t *)bytes, n, channels);
        free(bytes);
        data_folder_remove(&folder);
    }
}

static void what_cannot_be_is_refused(void **state)
{
    gan_video *video = NULL;
    gan_error err = {0};
    data_folder folder;
    (void)state;
    data_folder_make(&folder);
    const char *path = film(&folder, 1, 0);
    char *bytes = NULL;
    size_t n = 0;
    assert_int_equal(gan_file_read_whole(path, 1 << 24, &bytes, &n, NULL), GAN_E_NO_INPUT);
    assert_int_equal(gan_video_create(path, H, W, 2, RATE, &video, &err), GAN_E_USAGE);
    assert_int_equal(gan_video_create(path, 0, W, 1, RATE, &video, &err), GAN_E_USAGE);
    assert_int_equal(gan_video_create(path, H, W, 1, 0, &video, &err), GAN_E_USAGE);
    assert_int_equal(gan_video_create("/absent/x.png", H, W, 1, RATE, &video, &err), GAN_E_CREATE);
    assert_null(video);
    gan_video_destroy(NULL);
    data_folder_remove(&folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_come_back),
        cmocka_unit_test(what_cannot_be_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
