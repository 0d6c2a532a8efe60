/* image_png.c — one picture of bytes as a PNG file, by libpng. */
#include "io/image_png.h"

#include <inttypes.h>
#include <png.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "io/grid.h"

enum { MAX_SIDE = 1000000 /* libpng's own limit for readers */, COMPRESSION = 6 };

/* What libpng's callbacks need. failed is the file's own error, where it was that. */
typedef struct encoder {
    gan_file_writer *file;
    gan_status failed;
    gan_error *err;
    char message[128];
    bool no_memory; /* the library found none */
} encoder;

static void on_error(png_structp png, png_const_charp message)
{
    encoder *e = png_get_error_ptr(png);
    strncpy(e->message, message, sizeof e->message - 1);
    png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp message)
{
    (void)png;
    (void)message; /* the library prints nothing; what matters to libpng is an error */
}

static void on_write(png_structp png, png_bytep bytes, size_t n)
{
    encoder *e = png_get_io_ptr(png);
    e->failed = gan_file_write(e->file, bytes, n, e->err);
    if (e->failed != GAN_OK) {
        png_error(png, "cannot write");
    }
}

static png_voidp take_memory(png_structp png, png_alloc_size_t n)
{
    encoder *e = png_get_mem_ptr(png);
    void *block = malloc(n);
    e->no_memory = e->no_memory || !block;
    return block;
}

static void give_memory(png_structp png, png_voidp block)
{
    (void)png;
    free(block);
}

static void on_flush(png_structp png)
{
    (void)png; /* the file is flushed once, at its commit */
}

static bool is_ascii(const char *text)
{
    for (; *text; text++) {
        if ((unsigned char)*text >= 0x7F || ((unsigned char)*text < 0x20 && *text != '\n')) {
            return false;
        }
    }
    return true;
}

static bool is_key(const char *key)
{
    const size_t n = strlen(key);
    return n >= 1 && n <= 79 && is_ascii(key) && !strchr(key, '\n') && key[0] != ' ' &&
           key[n - 1] != ' ' && !strstr(key, "  ");
}

static gan_status check(const char *path, const gan_png_picture *picture, gan_error *err)
{
    const int64_t c = picture->channels;
    if (c != 1 && c != 3 && c != 4) {
        return gan_fail(err, GAN_E_USAGE,
                        "%s: a PNG of %" PRId64 " channels; 1, 3 or 4 can be written", path, c);
    }
    if (picture->height < 1 || picture->width < 1 || picture->height > MAX_SIDE ||
        picture->width > MAX_SIDE) {
        return gan_fail(err, GAN_E_USAGE, "%s: a PNG of %" PRId64 "x%" PRId64 " pixels", path,
                        picture->height, picture->width);
    }
    for (size_t i = 0; i < picture->n_text; i++) {
        if (!is_key(picture->text[i].key)) {
            return gan_fail(err, GAN_E_USAGE, "%s: '%.79s' cannot name a remark in a PNG", path,
                            picture->text[i].key);
        }
    }
    return GAN_OK;
}

/* libpng's form of the remarks, owned by the caller. libpng only reads what the pointers lead to,
 * although its struct does not say so. */
static gan_status make_text(const gan_png_picture *picture, png_text **out, gan_error *err)
{
    void *block = NULL;
    GAN_TRY(gan_calloc(picture->n_text, sizeof **out, &block, err));
    *out = block;
    for (size_t i = 0; i < picture->n_text; i++) {
        png_text *text = &(*out)[i];
        const bool plain = is_ascii(picture->text[i].value);
        text->compression = plain ? PNG_TEXT_COMPRESSION_NONE : PNG_ITXT_COMPRESSION_NONE;
        text->key = (char *)(uintptr_t)picture->text[i].key;
        text->text = (char *)(uintptr_t)picture->text[i].value;
    }
    return GAN_OK;
}

/* Everything that can jump. Nothing here is owned, and nothing is changed that is read after the
 * jump: false is all that comes back from it. */
static bool encode(png_structp png, png_infop info, const gan_png_picture *picture, png_text *text)
{
    static const int types[] = {
        [1] = PNG_COLOR_TYPE_GRAY, [3] = PNG_COLOR_TYPE_RGB, [4] = PNG_COLOR_TYPE_RGB_ALPHA};
    if (setjmp(png_jmpbuf(png))) {
        return false;
    }
    png_set_compression_level(png, COMPRESSION);
    png_set_IHDR(png, info, (png_uint_32)picture->width, (png_uint_32)picture->height, 8,
                 types[picture->channels], PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
                 PNG_FILTER_TYPE_DEFAULT);
    if (picture->n_text > 0) {
        png_set_text(png, info, text, (int)picture->n_text);
    }
    png_write_info(png, info);
    for (int64_t y = 0; y < picture->height; y++) {
        png_write_row(png, picture->pixels + y * picture->width * picture->channels);
    }
    png_write_end(png, info);
    return true;
}

static gan_status write_picture(const char *path, const gan_png_picture *picture, encoder *e,
                                gan_error *err)
{
    gan_status status = GAN_OK;
    png_text *text = NULL;
    png_infop info = NULL;
    png_structp png = png_create_write_struct_2(PNG_LIBPNG_VER_STRING, e, on_error, on_warning, e,
                                                take_memory, give_memory);
    if (png) {
        info = png_create_info_struct(png);
        png_set_write_fn(png, e, on_write, on_flush);
    }
    if (!info) {
        status = gan_fail(err, GAN_E_MEMORY, "%s: libpng cannot start", path);
        goto done;
    }
    GAN_TRY_DONE(make_text(picture, &text, err));
    if (!encode(png, info, picture, text)) {
        status = e->failed != GAN_OK ? e->failed
                                     : gan_fail(err, e->no_memory ? GAN_E_MEMORY : GAN_E_FAILED,
                                                "%s: libpng: %s", path, e->message);
    }
done:
    png_destroy_write_struct(&png, &info);
    free(text);
    return status;
}

gan_status gan_png_write(const char *path, const gan_png_picture *picture,
                         const gan_file_options *options, gan_error *err)
{
    gan_status status = GAN_OK;
    encoder e = {.err = err};
    GAN_TRY(check(path, picture, err));
    GAN_TRY_DONE(gan_file_create(path, options, &e.file, err));
    GAN_TRY_DONE(write_picture(path, picture, &e, err));
    GAN_TRY_DONE(gan_file_commit(e.file, err));
done:
    gan_file_destroy(e.file);
    return status;
}

gan_status gan_image_write_png(const char *path, const gan_image_batch *images,
                               const gan_image_grid *grid, const gan_image_text *text,
                               size_t n_text, gan_error *err)
{
    gan_grid laid = {0};
    void *pixels = NULL;
    GAN_TRY(gan_grid_make(grid, images->n, images->h, images->w, images->c, &laid, err));
    GAN_TRY(gan_calloc((size_t)gan_grid_bytes(&laid), 1, &pixels, err));
    gan_grid_fill(&laid, images->x, pixels);
    const gan_png_picture picture = {pixels, laid.height, laid.width, laid.c, text, n_text};
    const gan_status status = gan_png_write(path, &picture, NULL, err);
    free(pixels);
    return status;
}
