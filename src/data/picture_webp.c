/* picture_webp.c — WebP by libwebp, lossy and lossless, with or without alpha; still pictures. */
#include <stdlib.h>
#include <string.h>

#include "data/exif.h"
#include "data/picture_file.h"

#ifdef GAN_WITH_WEBP

#include <webp/decode.h>

enum { RIFF_HEAD = 12, CHUNK_HEAD = 8 };

static uint32_t number_at(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
           (uint32_t)bytes[3] << 24;
}

/* Of the EXIF chunk of the extended format, which may begin with "Exif\0\0" as in a JPEG. */
static int find_orientation(const uint8_t *bytes, size_t n)
{
    for (size_t at = RIFF_HEAD; at + CHUNK_HEAD <= n;) {
        const uint8_t *chunk = bytes + at + CHUNK_HEAD;
        const size_t size = number_at(bytes + at + 4);
        if (size > n - at - CHUNK_HEAD) {
            break;
        }
        if (memcmp(bytes + at, "EXIF", 4) == 0) {
            const size_t skip = size >= 6 && memcmp(chunk, "Exif\0\0", 6) == 0 ? 6 : 0;
            return gan_exif_orientation(chunk + skip, size - skip);
        }
        at += CHUNK_HEAD + size + size % 2;
    }
    return GAN_ORIENTATION_AS_IS;
}

static gan_status fail(const gan_picture_file *file, VP8StatusCode code, gan_error *err)
{
    const char *why = code == VP8_STATUS_NOT_ENOUGH_DATA       ? "it is cut short"
                      : code == VP8_STATUS_UNSUPPORTED_FEATURE ? "of a kind that is not read"
                                                               : "it cannot be decoded";
    return gan_fail(err, code == VP8_STATUS_OUT_OF_MEMORY ? GAN_E_MEMORY : GAN_E_DATA,
                    "%s: damaged WebP file: %s", file->path, why);
}

static gan_status decode(const gan_picture_file *file, const gan_picture_shape *shape,
                         uint8_t *pixels, gan_error *err)
{
    WebPDecoderConfig config;
    if (!WebPInitDecoderConfig(&config)) {
        return gan_fail(err, GAN_E_DATA, "%s: libwebp is of another version than its header",
                        file->path);
    }
    const size_t stride = (size_t)(shape->width * shape->channels);
    config.output.colorspace = shape->channels == 4 ? MODE_RGBA : MODE_RGB;
    config.output.is_external_memory = 1;
    config.output.u.RGBA.rgba = pixels;
    config.output.u.RGBA.stride = (int)stride;
    config.output.u.RGBA.size = stride * (size_t)shape->height;
    const VP8StatusCode code = WebPDecode(file->buffer, file->n, &config);
    WebPFreeDecBuffer(&config.output);
    return code == VP8_STATUS_OK ? GAN_OK : fail(file, code, err);
}

gan_status gan_picture_scan_webp(gan_picture_file *file, const gan_picture_sink *sink,
                                 gan_error *err)
{
    WebPBitstreamFeatures features;
    uint8_t *pixels = NULL;
    GAN_TRY(gan_picture_file_whole(file, err));
    const VP8StatusCode code = WebPGetFeatures(file->buffer, file->n, &features);
    if (code != VP8_STATUS_OK) {
        return fail(file, code, err);
    }
    if (features.has_animation) {
        return gan_fail(err, GAN_E_DATA, "%s: an animated WebP picture: convert it to still ones",
                        file->path);
    }
    const gan_picture_shape shape = {features.height, features.width, features.has_alpha ? 4 : 3,
                                     find_orientation(file->buffer, file->n)};
    GAN_TRY(gan_picture_begin_whole(file, "a WebP picture", &shape, sink, &pixels, err));
    gan_status status = decode(file, &shape, pixels, err);
    if (status == GAN_OK) {
        status = gan_picture_give_rows(&shape, sink, pixels, err);
    }
    free(pixels);
    return status;
}

#else

gan_status gan_picture_scan_webp(gan_picture_file *file, const gan_picture_sink *sink,
                                 gan_error *err)
{
    (void)sink;
    return gan_picture_no_library(file, "WebP picture", "libwebp-dev", err);
}

#endif
