/* pyramid.c — a picture as what it has at each scale. */
#include "eval/pyramid.h"

#include <string.h>

enum { TAPS = 5 };
static const double filter[TAPS] = {1 / 16.0, 4 / 16.0, 6 / 16.0, 4 / 16.0, 1 / 16.0};

/* d c b | a b c d | c b a: the index inside. One pixel is its own mirror. */
static int64_t mirrored(int64_t i, int64_t n)
{
    if (n == 1) {
        return 0;
    }
    const int64_t period = 2 * (n - 1);
    i = (i % period + period) % period;
    return i < n ? i : period - i;
}

/* out[i] = sum of filter[t] in[mirrored(i + t - 2)], n places `step` apart. */
static void filter_line(const double *in, double *out, int64_t n, int64_t step)
{
    for (int64_t i = 0; i < n; i++) {
        double sum = 0;
        for (int64_t t = 0; t < TAPS; t++) {
            sum += filter[t] * in[mirrored(i + t - TAPS / 2, n) * step];
        }
        out[i * step] = sum;
    }
}

/* Both ways: in (h,w,c) is overwritten, by way of scratch of the same size. */
static void filter_both(double *in, int64_t h, int64_t w, int64_t c, double *scratch)
{
    for (int64_t y = 0; y < h; y++) {
        for (int64_t k = 0; k < c; k++) {
            filter_line(in + y * w * c + k, scratch + y * w * c + k, w, c);
        }
    }
    for (int64_t i = 0; i < w * c; i++) {
        filter_line(scratch + i, in + i, h, w * c);
    }
}

void gan_pyramid_down(const double *big, int64_t h, int64_t w, int64_t c, double *small,
                      double *scratch)
{
    const int64_t small_w = (w + 1) / 2;
    double *filtered = scratch, *line = scratch + h * w * c;
    memcpy(filtered, big, (size_t)(h * w * c) * sizeof *big);
    filter_both(filtered, h, w, c, line);
    for (int64_t y = 0; y < h; y += 2) {
        for (int64_t x = 0; x < w; x += 2) {
            memcpy(small + (y / 2 * small_w + x / 2) * c, filtered + (y * w + x) * c,
                   (size_t)c * sizeof *small);
        }
    }
}

void gan_pyramid_subtract(double *big, int64_t h, int64_t w, int64_t c, const double *small,
                          double *scratch)
{
    const int64_t small_w = (w + 1) / 2, n = h * w * c;
    double *large = scratch;
    memset(large, 0, (size_t)n * sizeof *large);
    for (int64_t y = 0; y < h; y += 2) {
        for (int64_t x = 0; x < w; x += 2) {
            memcpy(large + (y * w + x) * c, small + (y / 2 * small_w + x / 2) * c,
                   (size_t)c * sizeof *large);
        }
    }
    filter_both(large, h, w, c, scratch + n);
    for (int64_t i = 0; i < n; i++) {
        big[i] -= 4 * large[i];
    }
}
