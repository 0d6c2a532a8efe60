/* gif.c — animated GIF by giflib, frame by frame through the file writer. */
#include <gif_lib.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "gan/image.h"
#include "io/grid.h"
#include "io/palette.h"

static const double shortest = 0.01, longest = 655.35; /* seconds; 16 bits of 1/100 s */

struct gan_gif {
    gan_grid grid;
    char *path;
    gan_file_writer *file;
    gan_status failed; /* of the file, inside giflib's callback, and its words */
    gan_error why;
    GifFileType *gif;
    ColorMapObject *colours;  /* grey: all 256; colour: this frame's, n of them a power of two */
    gan_palette_maker *maker; /* colour only */
    uint8_t *pixels, *index;
    int64_t n_frames;
};

static int on_write(GifFileType *gif, const GifByteType *bytes, int n)
{
    gan_gif *self = gif->UserData;
    if (self->failed == GAN_OK) {
        self->failed = gan_file_write(self->file, bytes, (size_t)n, &self->why);
    }
    return self->failed == GAN_OK ? n : 0;
}

static gan_status fail_gif(const gan_gif *self, int code, gan_error *err)
{
    if (self->failed != GAN_OK) {
        return gan_fail(err, self->failed, "%s", self->why.text);
    }
    const char *words = GifErrorString(code);
    return gan_fail(err, code == E_GIF_ERR_NOT_ENOUGH_MEM ? GAN_E_MEMORY : GAN_E_FAILED,
                    "%s: giflib: %s", self->path, words ? words : "failed");
}

/* The screen, a grey palette for all frames where there is one, and the loop that never ends. */
static gan_status put_header(gan_gif *self, gan_error *err)
{
    static const unsigned char loop_for_ever[] = {1, 0, 0};
    EGifSetGifVersion(self->gif, true);
    if (EGifPutScreenDesc(self->gif, (int)self->grid.width, (int)self->grid.height, 8, 0,
                          self->grid.c == 1 ? self->colours : NULL) != GIF_OK ||
        EGifPutExtensionLeader(self->gif, APPLICATION_EXT_FUNC_CODE) != GIF_OK ||
        EGifPutExtensionBlock(self->gif, 11, "NETSCAPE2.0") != GIF_OK ||
        EGifPutExtensionBlock(self->gif, sizeof loop_for_ever, loop_for_ever) != GIF_OK ||
        EGifPutExtensionTrailer(self->gif) != GIF_OK) {
        return fail_gif(self, self->gif->Error, err);
    }
    return GAN_OK;
}

static gan_status make_buffers(gan_gif *self, gan_error *err)
{
    void *block = NULL;
    GAN_TRY(gan_calloc((size_t)gan_grid_bytes(&self->grid), 1, &block, err));
    self->pixels = block;
    GAN_TRY(gan_calloc((size_t)(self->grid.height * self->grid.width), 1, &block, err));
    self->index = block;
    self->colours = GifMakeMapObject(GAN_PALETTE_SIZE, NULL);
    if (!self->colours) {
        return gan_fail(err, GAN_E_MEMORY, "%s: no memory for a palette", self->path);
    }
    for (int i = 0; i < GAN_PALETTE_SIZE; i++) {
        const GifByteType level = (GifByteType)i;
        self->colours->Colors[i] = (GifColorType){level, level, level};
    }
    return self->grid.c == 3 ? gan_palette_maker_create(self->grid.width, &self->maker, err)
                             : GAN_OK;
}

gan_status gan_gif_create(const char *path, int64_t n, int64_t h, int64_t w, int64_t c,
                          const gan_image_grid *grid, gan_gif **out, gan_error *err)
{
    gan_status status = GAN_OK;
    gan_grid laid = {0};
    void *block = NULL;
    int code = 0;
    *out = NULL;
    GAN_TRY(gan_grid_make(grid, n, h, w, c, &laid, err));
    if (c != 1 && c != 3) {
        return gan_fail(err, GAN_E_USAGE,
                        "%s: a GIF of %" PRId64 " channels; 1 or 3 can be written", path, c);
    }
    GAN_TRY(gan_calloc(1, sizeof(gan_gif), &block, err));
    gan_gif *self = block;
    self->grid = laid;
    GAN_TRY_DONE(gan_strdup(path, &self->path, err));
    GAN_TRY_DONE(make_buffers(self, err));
    GAN_TRY_DONE(gan_file_create(path, NULL, &self->file, err));
    self->gif = EGifOpen(self, on_write, &code);
    if (!self->gif) {
        status = fail_gif(self, code, err);
        goto done;
    }
    GAN_TRY_DONE(put_header(self, err));
    *out = self;
    self = NULL;
done:
    gan_gif_destroy(self);
    return status;
}

void gan_gif_size(const gan_gif *gif, int64_t *height, int64_t *width)
{
    *height = gif->grid.height;
    *width = gif->grid.width;
}

/* The frame's own palette, of a power of two colours, as the format has it. */
static void take_palette(gan_gif *self, const gan_palette *palette)
{
    ColorMapObject *map = self->colours;
    memset(map->Colors, 0, GAN_PALETTE_SIZE * sizeof *map->Colors);
    for (int i = 0; i < palette->n; i++) {
        const uint8_t *rgb = palette->rgb[i];
        map->Colors[i] = (GifColorType){rgb[0], rgb[1], rgb[2]};
    }
    map->BitsPerPixel = GifBitSize(palette->n) > 0 ? GifBitSize(palette->n) : 1;
    map->ColorCount = 1 << map->BitsPerPixel;
}

static gan_status put_frame(gan_gif *self, double seconds, gan_error *err)
{
    GraphicsControlBlock control = {.DisposalMode = DISPOSE_DO_NOT,
                                    .DelayTime = (int)(seconds * 100.0 + 0.5),
                                    .TransparentColor = NO_TRANSPARENT_COLOR};
    GifByteType extension[4];
    const size_t n = EGifGCBToExtension(&control, extension);
    const int width = (int)self->grid.width, height = (int)self->grid.height;
    if (EGifPutExtension(self->gif, GRAPHICS_EXT_FUNC_CODE, (int)n, extension) != GIF_OK ||
        EGifPutImageDesc(self->gif, 0, 0, width, height, false,
                         self->grid.c == 3 ? self->colours : NULL) != GIF_OK) {
        return fail_gif(self, self->gif->Error, err);
    }
    for (int64_t y = 0; y < height; y++) {
        if (EGifPutLine(self->gif, self->index + y * width, width) != GIF_OK) {
            return fail_gif(self, self->gif->Error, err);
        }
    }
    self->n_frames++;
    return GAN_OK;
}

gan_status gan_gif_add_pixels(gan_gif *gif, const uint8_t *pixels, double seconds, gan_error *err)
{
    const gan_grid *grid = &gif->grid;
    if (!(seconds >= shortest && seconds <= longest)) {
        return gan_fail(err, GAN_E_USAGE, "%s: a frame is shown for 0.01 to 655.35 seconds",
                        gif->path);
    }
    if (grid->c == 1) {
        memcpy(gif->index, pixels, (size_t)gan_grid_bytes(grid)); /* giflib may change its input */
    } else {
        gan_palette palette;
        gan_palette_reduce(gif->maker, pixels, grid->height, grid->width, &palette, gif->index);
        take_palette(gif, &palette);
    }
    return put_frame(gif, seconds, err);
}

gan_status gan_gif_add(gan_gif *gif, const float *x, double seconds, gan_error *err)
{
    gan_grid_fill(&gif->grid, x, gif->pixels);
    return gan_gif_add_pixels(gif, gif->pixels, seconds, err);
}

gan_status gan_gif_finish(gan_gif *gif, gan_error *err)
{
    int code = 0;
    if (gif->n_frames == 0) {
        return gan_fail(err, GAN_E_USAGE, "%s: an animation without a frame", gif->path);
    }
    GifFileType *open = gif->gif;
    gif->gif = NULL; /* EGifCloseFile frees it, whatever it returns */
    if (EGifCloseFile(open, &code) != GIF_OK || gif->failed != GAN_OK) {
        return fail_gif(gif, code, err);
    }
    return gan_file_commit(gif->file, err);
}

void gan_gif_destroy(gan_gif *gif)
{
    if (!gif) {
        return;
    }
    if (gif->gif) {
        (void)EGifCloseFile(gif->gif, NULL); /* its trailer goes into a file that is removed */
    }
    gan_file_destroy(gif->file);
    gan_palette_maker_destroy(gif->maker);
    GifFreeMapObject(gif->colours);
    free(gif->path);
    free(gif->pixels);
    free(gif->index);
    free(gif);
}
