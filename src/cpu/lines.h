/* lines.h — a tensor of rows x C channels cut into tiles, for loops with a pattern per channel.
 *
 * C may be 1, 3, 64 or 12544: vector loops want neither very short nor very long rows. A line is as
 * many whole rows as make at least LINE_MIN elements, so that lane k of every line belongs to
 * channel k % C; a tile is up to BLOCK lanes of some consecutive lines. The cut depends on the
 * shape alone. Sums per channel are made per tile in double precision, then added over tiles in
 * their order. */
#ifndef GAN_CPU_LINES_H
#define GAN_CPU_LINES_H

#include "program/program.h"

enum { GAN_LINES_MIN = 512, GAN_LINES_BLOCK = 1024 };

typedef struct gan_lines {
    int64_t count, channels; /* elements of the tensor, and of one row */
    int64_t length;          /* lanes of a line, a multiple of channels */
    int64_t n_lines;         /* the last one may be short */
    int64_t n_bands, band;   /* consecutive lines that tiles share, and how many */
    int64_t n_blocks;        /* tiles of one band */
} gan_lines;

/* Lanes [lane, lane + n_lanes) of lines [line, line_end). */
typedef struct gan_tile {
    int64_t band, lane, n_lanes, line, line_end;
} gan_tile;

gan_lines gan_lines_of(const gan_buffer *tensor);

static inline int64_t gan_lines_tiles(const gan_lines *l)
{
    return l->n_bands * l->n_blocks;
}

gan_tile gan_lines_tile(const gan_lines *l, int64_t i);

/* Index of the tile's first element in a line of it, and how many elements it has there. */
static inline int64_t gan_tile_start(const gan_lines *l, const gan_tile *t, int64_t line)
{
    return line * l->length + t->lane;
}

static inline int64_t gan_tile_width(const gan_lines *l, const gan_tile *t, int64_t line)
{
    int64_t left = l->count - gan_tile_start(l, t, line);
    return left >= t->n_lanes ? t->n_lanes : left > 0 ? left : 0;
}

/* Doubles that the partial sums of one quantity need: [band][lane]. */
static inline int64_t gan_lines_partials(const gan_lines *l)
{
    return l->n_bands * l->length;
}

/* sums[c] = the sum of a quantity's partials over bands and over the lanes of channel c. */
void gan_lines_sum(const gan_lines *l, const double *partials, double *sums);

/* pattern[k] = pattern[k % channels] for every lane of a line: its first channels are given. */
void gan_lines_spread(const gan_lines *l, float *pattern);

#endif
