/* exif.c — one number out of a TIFF directory, and turning a picture by it.
 *
 * A TIFF header is "II" or "MM" (the byte order), 42, and where the first directory begins; a
 * directory is a count and entries of 12 bytes: tag, type, count, and the value where it fits. */
#include "data/exif.h"

#include <string.h>

enum { HEADER = 8, ENTRY = 12, TAG_ORIENTATION = 274, TYPE_SHORT = 3, TYPE_LONG = 4 };

typedef struct tiff {
    const uint8_t *bytes;
    size_t n;
    bool big; /* the most significant byte first */
} tiff;

/* A number of `width` bytes at `at`, which is inside. */
static uint32_t number_at(const tiff *t, size_t at, int width)
{
    uint32_t value = 0;
    for (int i = 0; i < width; i++) {
        value = value << 8 | t->bytes[at + (size_t)(t->big ? i : width - 1 - i)];
    }
    return value;
}

int gan_exif_orientation(const uint8_t *bytes, size_t n)
{
    const tiff t = {bytes, n, n > 0 && bytes[0] == 'M'};
    if (n < HEADER || (memcmp(bytes, "II", 2) != 0 && memcmp(bytes, "MM", 2) != 0) ||
        number_at(&t, 2, 2) != 42) {
        return GAN_ORIENTATION_AS_IS;
    }
    const size_t directory = number_at(&t, 4, 4);
    if (directory > n - 2) {
        return GAN_ORIENTATION_AS_IS;
    }
    const size_t promised = number_at(&t, directory, 2), there = (n - directory - 2) / ENTRY;
    for (size_t i = 0; i < promised && i < there; i++) {
        const size_t at = directory + 2 + i * ENTRY;
        const uint32_t type = number_at(&t, at + 2, 2);
        if (number_at(&t, at, 2) == TAG_ORIENTATION && (type == TYPE_SHORT || type == TYPE_LONG)) {
            const uint32_t value = number_at(&t, at + 8, type == TYPE_SHORT ? 2 : 4);
            return value >= 1 && value <= GAN_ORIENTATION_LAST ? (int)value : GAN_ORIENTATION_AS_IS;
        }
    }
    return GAN_ORIENTATION_AS_IS;
}

bool gan_orientation_transposes(int orientation)
{
    return orientation >= 5 && orientation <= 8;
}

bool gan_orientation_reverses_rows(int orientation)
{
    return orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
}

bool gan_orientation_reverses_columns(int orientation)
{
    return orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
}

void gan_orientation_apply(int orientation, const uint8_t *pixels, int64_t height, int64_t width,
                           int64_t channels, uint8_t *out)
{
    const bool transposes = gan_orientation_transposes(orientation);
    const bool rows = gan_orientation_reverses_rows(orientation);
    const bool columns = gan_orientation_reverses_columns(orientation);
    for (int64_t y = 0; y < height; y++) {
        const int64_t to_y = rows ? height - 1 - y : y;
        for (int64_t x = 0; x < width; x++, pixels += channels) {
            const int64_t to_x = columns ? width - 1 - x : x;
            const int64_t to = transposes ? to_x * height + to_y : to_y * width + to_x;
            memcpy(out + to * channels, pixels, (size_t)channels);
        }
    }
}
