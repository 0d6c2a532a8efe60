/* pictures.c — writes one picture of 40 x 56 pixels in 16 colours as a file of a chosen kind.
 *     pictures KIND FILE      KIND: rgb rgb16 rgba palette interlaced jpeg progressive grey grey16
 * All kinds of PNG but the grey ones hold the same colours; the grey ones hold the same greys. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <png.h>

#include <cmocka.h>

#include "unit/data_files.h"

enum { HEIGHT = 40, WIDTH = 56, COLOURS = 16, MAX_BYTES = 6 /* of a pixel */ };

typedef struct kind {
    const char *name;
    int colour_type, bit_depth, samples;
    bool interlaced;
} kind;

static const kind kinds[] = {
    {"rgb", PNG_COLOR_TYPE_RGB, 8, 3, false},
    {"rgb16", PNG_COLOR_TYPE_RGB, 16, 3, false},
    {"rgba", PNG_COLOR_TYPE_RGB_ALPHA, 8, 4, false},
    {"palette", PNG_COLOR_TYPE_PALETTE, 8, 1, false},
    {"interlaced", PNG_COLOR_TYPE_RGB, 8, 3, true},
    {"grey", PNG_COLOR_TYPE_GRAY, 8, 1, false},
    {"grey16", PNG_COLOR_TYPE_GRAY, 16, 1, false},
};

static int colour_at(int y, int x)
{
    return (x / 4 + y / 8 * 3) % COLOURS;
}

static void colour(int i, uint8_t rgba[4])
{
    const uint8_t values[4] = {(uint8_t)(i * 17), (uint8_t)(255 - i * 11), (uint8_t)(i * i), 255};
    memcpy(rgba, values, sizeof values);
}

/* The bytes of a pixel; of 16 bits, both bytes of a sample are that of 8 bits: 257 times its value.
 */
static size_t put_pixel(const kind *k, int index, uint8_t *out)
{
    uint8_t rgba[4];
    size_t n = 0;
    colour(index, rgba);
    for (int i = 0; i < k->samples * k->bit_depth / 8; i++) {
        out[n++] = k->colour_type == PNG_COLOR_TYPE_PALETTE ? (uint8_t)index
                   : k->colour_type == PNG_COLOR_TYPE_GRAY  ? (uint8_t)(index * 16)
                                                            : rgba[i / (k->bit_depth / 8)];
    }
    return n;
}

static void write_png(const kind *k, const char *path)
{
    static uint8_t rows[HEIGHT * WIDTH * MAX_BYTES];
    uint8_t palette[3 * COLOURS], rgba[4];
    size_t n = 0;
    for (int i = 0; i < COLOURS; i++) {
        colour(i, rgba);
        memcpy(palette + 3 * i, rgba, 3);
    }
    for (int i = 0; i < HEIGHT * WIDTH; i++) {
        n += put_pixel(k, colour_at(i / WIDTH, i % WIDTH), rows + n);
    }
    const data_png png = {.width = WIDTH,
                          .height = HEIGHT,
                          .colour_type = k->colour_type,
                          .bit_depth = k->bit_depth,
                          .interlaced = k->interlaced,
                          .rows = rows,
                          .row_bytes = n / HEIGHT,
                          .palette = palette,
                          .n_palette = k->colour_type == PNG_COLOR_TYPE_PALETTE ? COLOURS : 0,
                          .clear_grey = -1};
    data_write_png(path, &png);
}

static void write_jpeg(bool progressive, const char *path)
{
    static uint8_t pixels[HEIGHT * WIDTH * 3];
    uint8_t rgba[4];
    for (int i = 0; i < HEIGHT * WIDTH; i++) {
        colour(colour_at(i / WIDTH, i % WIDTH), rgba);
        memcpy(pixels + 3 * i, rgba, 3);
    }
    data_write_jpeg(path, HEIGHT, WIDTH, 3, pixels, 95, progressive);
}

int main(int argc, char **argv)
{
    const char *name = argc == 3 ? argv[1] : "";
    if (strcmp(name, "jpeg") == 0 || strcmp(name, "progressive") == 0) {
        write_jpeg(name[0] == 'p', argv[2]);
        return 0;
    }
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (strcmp(name, kinds[i].name) == 0) {
            write_png(&kinds[i], argv[2]);
            return 0;
        }
    }
    fprintf(stderr, "usage: pictures KIND FILE\n");
    return 2;
}
