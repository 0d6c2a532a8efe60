/* picture_bmp.c — BMP: palettes of 1, 4 and 8 bits, and 16, 24 and 32 bits a pixel, with masks or
 * without ([MS-WMF] 2.2.2; headers of 12, 40, 52, 56, 108 and 124 bytes). No library that is
 * packaged reads them alone. Rows are from the bottom, or, where the height is negative, from the
 * top; each is a whole number of 4 bytes. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "data/exif.h"
#include "data/picture_file.h"

enum { FILE_HEAD = 14, CORE = 12, INFO = 40, WITH_MASKS = 52, WITH_ALPHA = 56, LARGEST = 124 };
enum { PLAIN = 0, MASKS = 3, ALPHA_MASKS = 6 }; /* compression */

typedef struct bmp_head {
    gan_picture_shape shape;
    uint32_t pixels_at, palette_at, n_colours, colour_bytes;
    uint32_t bits, compression;
    uint32_t mask[4]; /* of red, green, blue, alpha; all 0: none */
    bool from_top;
    int64_t row; /* bytes in the file */
} bmp_head;

static uint32_t u16(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8;
}

static uint32_t u32(const uint8_t *bytes)
{
    return u16(bytes) | u16(bytes + 2) << 16;
}

static gan_status fail(const gan_picture_file *file, const char *why, gan_error *err)
{
    return gan_fail(err, GAN_E_DATA, "%s: damaged BMP file: %s", file->path, why);
}

/* Width, height, bits and compression, of the two layouts of a header. */
static void read_sizes(const uint8_t *info, uint32_t size, bmp_head *h)
{
    int64_t height = 0;
    if (size == CORE) {
        h->shape.width = u16(info + 4);
        height = u16(info + 6);
        h->bits = u16(info + 10);
    } else {
        h->shape.width = (int32_t)u32(info + 4);
        height = (int32_t)u32(info + 8);
        h->bits = u16(info + 14);
        h->compression = u32(info + 16);
        h->n_colours = u32(info + 32);
    }
    h->from_top = height < 0;
    h->shape.height = height < 0 ? -height : height;
    h->shape.orientation = GAN_ORIENTATION_AS_IS;
}

/* The masks of 16- and 32-bit pixels: given, or the usual ones. */
static void read_masks(const gan_picture_file *file, uint32_t size, bmp_head *h)
{
    static const uint32_t usual[2][3] = {{0x7C00, 0x3E0, 0x1F}, {0xFF0000, 0xFF00, 0xFF}};
    const uint8_t *masks = file->buffer + FILE_HEAD + INFO;
    const bool given = h->compression != PLAIN;
    const int n = h->compression == ALPHA_MASKS || size >= WITH_ALPHA ? 4 : 3;
    if (given && file->n < FILE_HEAD + INFO + 16) {
        return; /* and then it is too short for its pixels */
    }
    for (int c = 0; c < 3; c++) {
        h->mask[c] = given ? u32(masks + 4 * c) : usual[h->bits == 32][c];
    }
    h->mask[3] = given && n == 4 ? u32(masks + 12) : 0;
    if (size == INFO && given) {
        h->palette_at += h->compression == ALPHA_MASKS ? 16 : 12;
    }
}

static gan_status read_head(const gan_picture_file *file, bmp_head *h, gan_error *err)
{
    if (file->n < FILE_HEAD + CORE) {
        return fail(file, "cut short", err);
    }
    const uint32_t size = u32(file->buffer + FILE_HEAD);
    if ((size != CORE && (size < INFO || size > LARGEST)) || file->n < FILE_HEAD + size) {
        return fail(file, "a header that is not known", err);
    }
    *h = (bmp_head){.pixels_at = u32(file->buffer + 10), .palette_at = FILE_HEAD + size};
    h->colour_bytes = size == CORE ? 3 : 4;
    read_sizes(file->buffer + FILE_HEAD, size, h);
    const bool is_masked = h->compression == MASKS || h->compression == ALPHA_MASKS;
    const bool known = h->bits == 1 || h->bits == 4 || h->bits == 8 || h->bits == 16 ||
                       h->bits == 24 || h->bits == 32;
    if (!known || (h->compression != PLAIN && !(is_masked && (h->bits == 16 || h->bits == 32)))) {
        return gan_fail(err, GAN_E_DATA, "%s: a packed BMP picture: convert it to PNG", file->path);
    }
    if (h->bits == 16 || h->bits == 32) {
        read_masks(file, size, h);
    }
    if (h->bits <= 8 && h->n_colours == 0) {
        h->n_colours = 1u << h->bits;
    }
    h->shape.channels = h->mask[3] ? 4 : 3;
    h->row = (h->shape.width * h->bits + 31) / 32 * 4;
    return GAN_OK;
}

/* Palette and pixels are inside the file. */
static gan_status check_places(const gan_picture_file *file, const bmp_head *h, gan_error *err)
{
    const int64_t n = (int64_t)file->n;
    GAN_TRY(gan_picture_check_size(file->path, h->shape.height, h->shape.width, err));
    if (h->bits <= 8 &&
        (h->n_colours > 256 || h->palette_at + (int64_t)h->n_colours * h->colour_bytes > n)) {
        return fail(file, "its palette is not in it", err);
    }
    return h->pixels_at >= FILE_HEAD && h->pixels_at + h->row * h->shape.height <= n
               ? GAN_OK
               : fail(file, "cut short", err);
}

/* The bits of a mask as 0 .. 255. */
static uint8_t masked(uint32_t pixel, uint32_t mask)
{
    if (mask == 0) {
        return 0;
    }
    const int shift = __builtin_ctz(mask);
    const uint64_t most = mask >> shift, value = (pixel & mask) >> shift;
    return (uint8_t)((value * 255 + most / 2) / most);
}

static bool take_indexed(const gan_picture_file *file, const bmp_head *h, const uint8_t *row,
                         uint8_t *to)
{
    for (int64_t x = 0; x < h->shape.width; x++, to += 3) {
        const int64_t bit = x * h->bits;
        const uint32_t index =
            (uint32_t)(row[bit / 8] >> (8 - h->bits - (uint32_t)(bit % 8))) & ((1u << h->bits) - 1);
        const uint8_t *colour = file->buffer + h->palette_at + index * h->colour_bytes;
        if (index >= h->n_colours) {
            return false;
        }
        to[0] = colour[2];
        to[1] = colour[1];
        to[2] = colour[0];
    }
    return true;
}

static void take_direct(const bmp_head *h, const uint8_t *row, uint8_t *to)
{
    for (int64_t x = 0; x < h->shape.width; x++, to += h->shape.channels) {
        if (h->bits == 24) {
            to[0] = row[3 * x + 2];
            to[1] = row[3 * x + 1];
            to[2] = row[3 * x];
            continue;
        }
        const uint32_t pixel = h->bits == 16 ? u16(row + 2 * x) : u32(row + 4 * x);
        for (int c = 0; c < h->shape.channels; c++) {
            to[c] = masked(pixel, h->mask[c]);
        }
    }
}

gan_status gan_picture_scan_bmp(gan_picture_file *file, const gan_picture_sink *sink,
                                gan_error *err)
{
    bmp_head h;
    uint8_t *pixels = NULL;
    bool good = true;
    GAN_TRY(gan_picture_file_whole(file, err));
    GAN_TRY(read_head(file, &h, err));
    GAN_TRY(check_places(file, &h, err));
    GAN_TRY(gan_picture_begin_whole(file, "a BMP picture", &h.shape, sink, &pixels, err));
    for (int64_t y = 0; y < h.shape.height && good; y++) {
        const uint8_t *row = file->buffer + h.pixels_at + y * h.row;
        uint8_t *to =
            pixels + (h.from_top ? y : h.shape.height - 1 - y) * h.shape.width * h.shape.channels;
        if (h.bits <= 8) {
            good = take_indexed(file, &h, row, to);
        } else {
            take_direct(&h, row, to);
        }
    }
    gan_status status = good ? gan_picture_give_rows(&h.shape, sink, pixels, err)
                             : fail(file, "a colour that its palette lacks", err);
    free(pixels);
    return status;
}
