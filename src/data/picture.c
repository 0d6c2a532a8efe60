/* picture.c — which decoder a picture file needs, and how large it may be. */
#include "data/picture.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"

static const size_t max_file = (size_t)512 << 20;

gan_status gan_picture_check_size(const char *path, int64_t height, int64_t width, gan_error *err)
{
    if (height >= 1 && width >= 1 && height <= GAN_PICTURE_SIDE && width <= GAN_PICTURE_SIDE &&
        height * width <= GAN_PICTURE_AREA) {
        return GAN_OK;
    }
    return gan_fail(err, GAN_E_DATA, "%s: %lld pixels wide and %lld high; %d a side and %d in all "
                    "are the most that is read",
                    path, (long long)width, (long long)height, GAN_PICTURE_SIDE, GAN_PICTURE_AREA);
}

gan_status gan_picture_read(const char *path, int64_t least_height, int64_t least_width,
                            gan_picture *picture, gan_error *err)
{
    static const uint8_t png[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    static const uint8_t jpeg[3] = {0xff, 0xd8, 0xff};
    gan_status status = GAN_OK;
    char *bytes = NULL;
    size_t n = 0;
    *picture = (gan_picture){0};
    GAN_TRY(gan_file_read_whole(path, max_file, &bytes, &n, err));
    if (n == 0) {
        status = gan_fail(err, GAN_E_DATA, "%s: is empty (0 bytes)", path);
    } else if (n >= sizeof png && memcmp(bytes, png, sizeof png) == 0) {
        status = gan_picture_decode_png((const uint8_t *)bytes, n, path, picture, err);
    } else if (n >= sizeof jpeg && memcmp(bytes, jpeg, sizeof jpeg) == 0) {
        status = gan_picture_decode_jpeg((const uint8_t *)bytes, n, path, least_height,
                                         least_width, picture, err);
    } else {
        status = gan_fail(err, GAN_E_DATA, "%s: neither a PNG nor a JPEG file, by its content",
                          path);
    }
    free(bytes);
    return status;
}
