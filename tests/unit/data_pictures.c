/* data_pictures.c — PNG and JPEG files of every kind, for the tests of data sets. */
#include "unit/data_files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>
#include <png.h>

#include <cmocka.h>

static void set_palette(png_structp png, png_infop info, const data_png *d)
{
    png_color colours[256];
    for (int i = 0; i < d->n_palette; i++) {
        colours[i].red = d->palette[3 * i];
        colours[i].green = d->palette[3 * i + 1];
        colours[i].blue = d->palette[3 * i + 2];
    }
    png_set_PLTE(png, info, colours, d->n_palette);
    if (d->n_alpha > 0) {
        png_set_tRNS(png, info, (png_bytep)(uintptr_t)d->alpha, d->n_alpha, NULL);
    }
}

void data_write_png(const char *path, const data_png *d)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    png_infop info = png_create_info_struct(png);
    assert_non_null(info);
    png_init_io(png, file);
    png_set_IHDR(png, info, d->width, d->height, d->bit_depth, d->colour_type,
                 d->interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    if (d->n_palette > 0) {
        set_palette(png, info, d);
    }
    if (d->clear_grey >= 0 && d->colour_type == PNG_COLOR_TYPE_GRAY) {
        png_color_16 clear = {.gray = (png_uint_16)d->clear_grey};
        png_set_tRNS(png, info, NULL, 0, &clear);
    }
    png_write_info(png, info);
    int n_passes = png_set_interlace_handling(png);
    for (int pass = 0; pass < n_passes; pass++) {
        for (uint32_t y = 0; y < d->height; y++) {
            png_write_row(png, d->rows + y * d->row_bytes);
        }
    }
    png_write_end(png, info);
    png_destroy_write_struct(&png, &info);
    assert_int_equal(fclose(file), 0);
}

void data_write_png8(const char *path, uint32_t height, uint32_t width, int channels,
                     const uint8_t *pixels)
{
    data_png d = {.width = width, .height = height, .bit_depth = 8, .clear_grey = -1};
    d.colour_type = channels == 1   ? PNG_COLOR_TYPE_GRAY
                    : channels == 3 ? PNG_COLOR_TYPE_RGB
                                    : PNG_COLOR_TYPE_RGB_ALPHA;
    d.rows = pixels;
    d.row_bytes = (size_t)width * (size_t)channels;
    data_write_png(path, &d);
}

void data_write_jpeg(const char *path, uint32_t height, uint32_t width, int channels,
                     const uint8_t *pixels, int quality, int progressive)
{
    struct jpeg_compress_struct jpeg;
    struct jpeg_error_mgr errors;
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    jpeg.err = jpeg_std_error(&errors);
    jpeg_create_compress(&jpeg);
    jpeg_stdio_dest(&jpeg, file);
    jpeg.image_height = height;
    jpeg.image_width = width;
    jpeg.input_components = channels;
    jpeg.in_color_space = channels == 1 ? JCS_GRAYSCALE : channels == 3 ? JCS_RGB : JCS_CMYK;
    jpeg_set_defaults(&jpeg);
    jpeg_set_quality(&jpeg, quality, TRUE);
    if (progressive) {
        jpeg_simple_progression(&jpeg);
    }
    jpeg_start_compress(&jpeg, TRUE);
    while (jpeg.next_scanline < height) {
        const uint8_t *row = pixels + jpeg.next_scanline * (size_t)width * (size_t)channels;
        JSAMPROW rows[1] = {(JSAMPROW)(uintptr_t)row};
        (void)jpeg_write_scanlines(&jpeg, rows, 1);
    }
    jpeg_finish_compress(&jpeg);
    jpeg_destroy_compress(&jpeg);
    assert_int_equal(fclose(file), 0);
}
