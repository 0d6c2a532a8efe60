/* picture_gif.c — the first frame of a GIF by giflib, on its canvas. Where the frame leaves some of
 * the canvas free, or has a transparent colour, there is alpha. */
#include <gif_lib.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "data/exif.h"
#include "data/picture_file.h"

typedef struct gif_job {
    gan_picture_file *file;
    size_t at;
    GifFileType *gif;
    int transparent; /* the index of that colour, or NO_TRANSPARENT_COLOR */
    gan_picture_shape shape;
    uint8_t *pixels, *line;
    gan_error *err;
} gif_job;

static int give_bytes(GifFileType *gif, GifByteType *to, int n)
{
    gif_job *job = gif->UserData;
    const size_t left = job->file->n - job->at, part = (size_t)n < left ? (size_t)n : left;
    memcpy(to, job->file->buffer + job->at, part);
    job->at += part;
    return (int)part;
}

static gan_status fail(const gif_job *job, int code)
{
    const char *words = GifErrorString(code);
    return gan_fail(job->err, code == D_GIF_ERR_NOT_ENOUGH_MEM ? GAN_E_MEMORY : GAN_E_DATA,
                    "%s: damaged GIF file: %s", job->file->path, words ? words : "cut short");
}

static gan_status read_extension(gif_job *job)
{
    int code = 0;
    GifByteType *block = NULL;
    GraphicsControlBlock control;
    int ok = DGifGetExtension(job->gif, &code, &block);
    while (ok == GIF_OK && block) {
        if (code == GRAPHICS_EXT_FUNC_CODE &&
            DGifExtensionToGCB(block[0], block + 1, &control) == GIF_OK) {
            job->transparent = control.TransparentColor;
        }
        ok = DGifGetExtensionNext(job->gif, &block);
    }
    return ok == GIF_OK ? GAN_OK : fail(job, job->gif->Error);
}

/* All that comes before the first frame, and its header. */
static gan_status find_frame(gif_job *job)
{
    GifRecordType type = UNDEFINED_RECORD_TYPE;
    while (type != IMAGE_DESC_RECORD_TYPE) {
        if (DGifGetRecordType(job->gif, &type) != GIF_OK) {
            return fail(job, job->gif->Error);
        }
        if (type == EXTENSION_RECORD_TYPE) {
            GAN_TRY(read_extension(job));
        } else if (type != IMAGE_DESC_RECORD_TYPE) {
            return gan_fail(job->err, GAN_E_DATA, "%s: damaged GIF file: it has no picture",
                            job->file->path);
        }
    }
    return DGifGetImageDesc(job->gif) == GIF_OK ? GAN_OK : fail(job, job->gif->Error);
}

static const ColorMapObject *colours_of(const GifFileType *gif)
{
    return gif->Image.ColorMap ? gif->Image.ColorMap : gif->SColorMap;
}

/* One line of the frame, into row y of it. */
static gan_status take_line(gif_job *job, int y)
{
    const GifImageDesc *frame = &job->gif->Image;
    const ColorMapObject *colours = colours_of(job->gif);
    const int64_t channels = job->shape.channels;
    uint8_t *to =
        job->pixels + ((int64_t)(frame->Top + y) * job->shape.width + frame->Left) * channels;
    if (DGifGetLine(job->gif, job->line, frame->Width) != GIF_OK) {
        return fail(job, job->gif->Error);
    }
    for (int x = 0; x < frame->Width; x++, to += channels) {
        const int index = job->line[x];
        if (index >= colours->ColorCount) {
            return gan_fail(job->err, GAN_E_DATA, "%s: damaged GIF file: a colour that it lacks",
                            job->file->path);
        }
        if (index == job->transparent) {
            continue;
        }
        to[0] = colours->Colors[index].Red;
        to[1] = colours->Colors[index].Green;
        to[2] = colours->Colors[index].Blue;
        if (channels == 4) {
            to[3] = 255;
        }
    }
    return GAN_OK;
}

/* An interlaced frame has every eighth line first, then those between, thrice. */
static gan_status take_lines(gif_job *job)
{
    static const int first[] = {0, 4, 2, 1}, step[] = {8, 8, 4, 2};
    const GifImageDesc *frame = &job->gif->Image;
    for (int pass = 0; pass < (frame->Interlace ? 4 : 1); pass++) {
        const int by = frame->Interlace ? step[pass] : 1;
        for (int y = frame->Interlace ? first[pass] : 0; y < frame->Height; y += by) {
            GAN_TRY(take_line(job, y));
        }
    }
    return GAN_OK;
}

static gan_status read_frame(gif_job *job, const gan_picture_sink *sink)
{
    const GifFileType *gif = job->gif;
    const GifImageDesc *frame = &gif->Image;
    const bool fits = frame->Left >= 0 && frame->Top >= 0 && frame->Width > 0 &&
                      frame->Height > 0 && frame->Left <= gif->SWidth - frame->Width &&
                      frame->Top <= gif->SHeight - frame->Height;
    if (!fits || !colours_of(gif)) {
        return gan_fail(job->err, GAN_E_DATA, "%s: damaged GIF file: %s", job->file->path,
                        fits ? "it has no colours" : "its frame is not on its canvas");
    }
    const bool covers = frame->Width == gif->SWidth && frame->Height == gif->SHeight;
    job->shape = (gan_picture_shape){gif->SHeight, gif->SWidth,
                                     covers && job->transparent == NO_TRANSPARENT_COLOR ? 3 : 4,
                                     GAN_ORIENTATION_AS_IS};
    GAN_TRY(gan_picture_begin_whole(job->file, "a GIF", &job->shape, sink, &job->pixels, job->err));
    GAN_TRY(gan_calloc((size_t)frame->Width, 1, (void **)&job->line, job->err));
    GAN_TRY(take_lines(job));
    return gan_picture_give_rows(&job->shape, sink, job->pixels, job->err);
}

gan_status gan_picture_scan_gif(gan_picture_file *file, const gan_picture_sink *sink,
                                gan_error *err)
{
    gif_job job = {.file = file, .transparent = NO_TRANSPARENT_COLOR, .err = err};
    int code = 0;
    GAN_TRY(gan_picture_file_whole(file, err));
    job.gif = DGifOpen(&job, give_bytes, &code);
    if (!job.gif) {
        return fail(&job, code);
    }
    gan_status status = find_frame(&job);
    if (status == GAN_OK) {
        status = read_frame(&job, sink);
    }
    (void)DGifCloseFile(job.gif, &code); /* was read: what it had to say is said */
    free(job.pixels);
    free(job.line);
    return status;
}
