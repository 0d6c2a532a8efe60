/* palette.c — a colour picture in at most 256 colours. */
#include "io/palette.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum {
    CELL_BITS = 5, /* a channel, of the histogram */
    CELLS = 1 << (3 * CELL_BITS),
    NEAR_BITS = 6, /* a channel, of the table of nearest colours */
    NEAR_CELLS = 1 << (3 * NEAR_BITS),
    MOST_CARRIED = 16, /* of an error, in levels: see diffuse */
    EXACT_SLOTS = 1024 /* of the hash table of exact colours; a power of two */
};

/* The pixels that fall into one cell of colour space. */
typedef struct cell {
    int64_t count;
    int64_t sum[3]; /* of their red, green and blue */
} cell;

/* cells[first .. first+n-1] of the list. */
typedef struct box {
    int first, n;
    int axis; /* of the largest variance */
    double mean[3];
    double error; /* squared, along axis: what a split can win */
} box;

struct gan_palette_maker {
    cell cells[CELLS];
    int order[CELLS];                /* the cells in use, box by box */
    int16_t nearest[NEAR_CELLS];     /* -1: not looked up yet */
    uint32_t exact_key[EXACT_SLOTS]; /* colour + 1; 0: free */
    uint8_t exact_index[EXACT_SLOTS];
    int *error[2]; /* carried to this row and the next: (width + 2, 3), in 1/16 of a level */
};

gan_status gan_palette_maker_create(int64_t width, gan_palette_maker **out, gan_error *err)
{
    gan_status status = GAN_OK;
    void *block = NULL;
    *out = NULL;
    GAN_TRY(gan_calloc(1, sizeof(gan_palette_maker), &block, err));
    gan_palette_maker *maker = block;
    for (int i = 0; i < 2; i++) {
        GAN_TRY_DONE(gan_calloc(((size_t)width + 2) * 3, sizeof(int), &block, err));
        maker->error[i] = block;
    }
    *out = maker;
    maker = NULL;
done:
    gan_palette_maker_destroy(maker);
    return status;
}

void gan_palette_maker_destroy(gan_palette_maker *maker)
{
    if (maker) {
        free(maker->error[0]);
        free(maker->error[1]);
        free(maker);
    }
}

/* The colour's place in the palette, added if new; -1 when there is no room. */
static int exact_place(gan_palette_maker *maker, gan_palette *palette, const uint8_t *rgb)
{
    const uint32_t key = ((uint32_t)rgb[0] << 16 | (uint32_t)rgb[1] << 8 | rgb[2]) + 1;
    uint32_t slot = (key * 2654435761u) >> 22; /* Knuth's multiplicative hash, to 10 bits */
    while (maker->exact_key[slot] != 0 && maker->exact_key[slot] != key) {
        slot = (slot + 1) % EXACT_SLOTS;
    }
    if (maker->exact_key[slot] == 0) {
        if (palette->n == GAN_PALETTE_SIZE) {
            return -1;
        }
        maker->exact_key[slot] = key;
        maker->exact_index[slot] = (uint8_t)palette->n;
        memcpy(palette->rgb[palette->n++], rgb, 3);
    }
    return maker->exact_index[slot];
}

/* True when every colour found a place of its own. */
static bool reduce_exactly(gan_palette_maker *maker, const uint8_t *rgb, int64_t n,
                           gan_palette *palette, uint8_t *index)
{
    palette->n = 0;
    memset(maker->exact_key, 0, sizeof maker->exact_key);
    for (int64_t i = 0; i < n; i++) {
        const int place = exact_place(maker, palette, rgb + 3 * i);
        if (place < 0) {
            return false;
        }
        index[i] = (uint8_t)place;
    }
    return true;
}

static int cell_of(int r, int g, int b, int bits)
{
    const int drop = 8 - bits;
    return (r >> drop) << (2 * bits) | (g >> drop) << bits | b >> drop;
}

/* Fills the histogram and lists the cells in use; how many they are. */
static int count_colours(gan_palette_maker *maker, const uint8_t *rgb, int64_t n)
{
    memset(maker->cells, 0, sizeof maker->cells);
    for (int64_t i = 0; i < n; i++, rgb += 3) {
        cell *c = &maker->cells[cell_of(rgb[0], rgb[1], rgb[2], CELL_BITS)];
        c->count++;
        for (int k = 0; k < 3; k++) {
            c->sum[k] += rgb[k];
        }
    }
    int used = 0;
    for (int i = 0; i < CELLS; i++) {
        if (maker->cells[i].count > 0) {
            maker->order[used++] = i;
        }
    }
    return used;
}

static double cell_mean(const cell *c, int axis)
{
    return (double)c->sum[axis] / (double)c->count;
}

static box measure(const gan_palette_maker *maker, int first, int n)
{
    box b = {.first = first, .n = n};
    double count = 0.0;
    for (int i = first; i < first + n; i++) {
        const cell *c = &maker->cells[maker->order[i]];
        count += (double)c->count;
        for (int k = 0; k < 3; k++) {
            b.mean[k] += (double)c->sum[k];
        }
    }
    for (int k = 0; k < 3; k++) {
        b.mean[k] /= count;
    }
    for (int k = 0; k < 3; k++) {
        double error = 0.0;
        for (int i = first; i < first + n; i++) {
            const cell *c = &maker->cells[maker->order[i]];
            const double d = cell_mean(c, k) - b.mean[k];
            error += d * d * (double)c->count;
        }
        if (error > b.error) {
            b.error = error;
            b.axis = k;
        }
    }
    return b;
}

/* Moves the cells below the mean to the front; how many they are. A box with an error has cells on
 * both sides of its mean. */
static int partition(gan_palette_maker *maker, const box *b)
{
    int front = b->first;
    for (int i = b->first; i < b->first + b->n; i++) {
        const int c = maker->order[i];
        if (cell_mean(&maker->cells[c], b->axis) < b->mean[b->axis]) {
            maker->order[i] = maker->order[front];
            maker->order[front++] = c;
        }
    }
    return front - b->first;
}

static void cut(gan_palette_maker *maker, int n_cells, gan_palette *palette)
{
    box boxes[GAN_PALETTE_SIZE];
    int n = 1;
    boxes[0] = measure(maker, 0, n_cells);
    while (n < GAN_PALETTE_SIZE) {
        int worst = 0;
        for (int i = 1; i < n; i++) {
            worst = boxes[i].error > boxes[worst].error ? i : worst;
        }
        const box b = boxes[worst];
        const int below = b.error > 0.0 ? partition(maker, &b) : 0;
        if (below == 0 || below == b.n) {
            break;
        }
        boxes[worst] = measure(maker, b.first, below);
        boxes[n++] = measure(maker, b.first + below, b.n - below);
    }
    palette->n = n;
    for (int i = 0; i < n; i++) {
        for (int k = 0; k < 3; k++) {
            palette->rgb[i][k] = (uint8_t)(boxes[i].mean[k] + 0.5);
        }
    }
}

static int search(const gan_palette *palette, int r, int g, int b)
{
    int best = 0, best_distance = 3 * 255 * 255 + 1;
    for (int i = 0; i < palette->n; i++) {
        const int dr = palette->rgb[i][0] - r, dg = palette->rgb[i][1] - g;
        const int db = palette->rgb[i][2] - b;
        const int d = dr * dr + dg * dg + db * db;
        if (d < best_distance) {
            best = i;
            best_distance = d;
        }
    }
    return best;
}

/* The nearest colour to the middle of the pixel's cell. */
static int find_nearest(gan_palette_maker *maker, const gan_palette *palette, const int rgb[3])
{
    const int drop = 8 - NEAR_BITS, half = 1 << (drop - 1), mask = ~((1 << drop) - 1);
    int16_t *place = &maker->nearest[cell_of(rgb[0], rgb[1], rgb[2], NEAR_BITS)];
    if (*place < 0) {
        *place = (int16_t)search(palette, (rgb[0] & mask) + half, (rgb[1] & mask) + half,
                                 (rgb[2] & mask) + half);
    }
    return *place;
}

static int clamp(int value, int lowest, int highest)
{
    return value < lowest ? lowest : value > highest ? highest : value;
}

/* One pixel: takes the error carried to it, chooses, and carries its own on. step is +1 or -1;
 * here and below point to this pixel's three errors in their rows. Floyd and Steinberg carry 7, 3,
 * 5, 1 sixteenths of all of it; colours outside the palette's hull then pile errors up until a
 * pixel of a wrong colour lets them go. So 13 sixteenths are carried, and of a bounded error. */
static int diffuse(gan_palette_maker *maker, const gan_palette *palette, const uint8_t *rgb,
                   int step, int *here, int *below)
{
    int wanted[3];
    for (int k = 0; k < 3; k++) {
        wanted[k] = clamp(rgb[k] + (here[k] + (here[k] >= 0 ? 8 : -8)) / 16, 0, 255);
    }
    const int chosen = find_nearest(maker, palette, wanted);
    for (int k = 0; k < 3; k++) {
        const int e = clamp(wanted[k] - palette->rgb[chosen][k], -MOST_CARRIED, MOST_CARRIED);
        here[3 * step + k] += 6 * e;
        below[-3 * step + k] += 2 * e;
        below[k] += 4 * e;
        below[3 * step + k] += e;
    }
    return chosen;
}

static void dither(gan_palette_maker *maker, const gan_palette *palette, const uint8_t *rgb,
                   int64_t height, int64_t width, uint8_t *index)
{
    const size_t row_bytes = ((size_t)width + 2) * 3 * sizeof(int);
    memset(maker->nearest, 0xFF, sizeof maker->nearest);
    memset(maker->error[0], 0, row_bytes);
    for (int64_t y = 0; y < height; y++) {
        int *here = maker->error[y % 2], *below = maker->error[(y + 1) % 2];
        const int step = y % 2 == 0 ? 1 : -1;
        memset(below, 0, row_bytes);
        for (int64_t i = 0; i < width; i++) {
            const int64_t x = step > 0 ? i : width - 1 - i;
            index[y * width + x] = (uint8_t)diffuse(maker, palette, rgb + 3 * (y * width + x), step,
                                                    here + 3 * (x + 1), below + 3 * (x + 1));
        }
    }
}

void gan_palette_reduce(gan_palette_maker *maker, const uint8_t *rgb, int64_t height, int64_t width,
                        gan_palette *palette, uint8_t *index)
{
    const int64_t n = height * width;
    if (!reduce_exactly(maker, rgb, n, palette, index)) {
        cut(maker, count_colours(maker, rgb, n), palette);
        dither(maker, palette, rgb, height, width, index);
    }
}
