/* lines.c — a tensor of rows x C channels cut into tiles. */
#include "cpu/lines.h"

#include <string.h>

#include "base/divide.h"

enum { TILE_ELEMENTS = 32768 };

gan_lines gan_lines_of(const gan_buffer *tensor)
{
    gan_lines l = {.count = tensor->count, .channels = tensor->dims[3]};
    l.length = l.channels * gan_divide_up(GAN_LINES_MIN, l.channels);
    l.n_lines = gan_divide_up(l.count, l.length);
    l.n_blocks = gan_divide_up(l.length, GAN_LINES_BLOCK);
    int64_t lanes = l.length < GAN_LINES_BLOCK ? l.length : GAN_LINES_BLOCK;
    l.band = gan_divide_up(TILE_ELEMENTS, lanes);
    l.n_bands = gan_divide_up(l.n_lines, l.band);
    return l;
}

gan_tile gan_lines_tile(const gan_lines *l, int64_t i)
{
    gan_tile t = {.band = i / l->n_blocks, .lane = i % l->n_blocks * GAN_LINES_BLOCK};
    t.n_lanes = l->length - t.lane < GAN_LINES_BLOCK ? l->length - t.lane : GAN_LINES_BLOCK;
    t.line = t.band * l->band;
    t.line_end = t.line + l->band < l->n_lines ? t.line + l->band : l->n_lines;
    return t;
}

void gan_lines_sum(const gan_lines *l, const double *partials, double *sums)
{
    memset(sums, 0, (size_t)l->channels * sizeof *sums);
    int64_t n = gan_lines_partials(l);
    for (int64_t first = 0; first < n; first += l->channels) {
        for (int64_t c = 0; c < l->channels; c++) {
            sums[c] += partials[first + c];
        }
    }
}

void gan_lines_spread(const gan_lines *l, float *pattern)
{
    for (int64_t first = l->channels; first < l->length; first += l->channels) {
        memcpy(pattern + first, pattern, (size_t)l->channels * sizeof *pattern);
    }
}
