/* digit_pen.c — from a table of strokes to ink: hand, wobble, slant, place, pressure.
 *
 * The points of a shape are moved at random, bent together, slanted, and brought to the canvas; a
 * Catmull-Rom spline leads the pen through them (Catmull and Rom 1974); each short piece of it is
 * a capsule whose radius is the pen's pressure, and a pixel takes the ink of the capsule that
 * covers it most. */
#include "data/digit_pen.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/philox.h"
#include "data/digit_shapes.h"

#ifdef __clang__
#pragma STDC FP_CONTRACT OFF /* gcc contracts nothing under -std=c11 */
#endif

enum { MAX_PIECES = 64 }; /* of the spline between two points */

static const float mnist_side = 28.0f, mnist_digit = 20.0f;
static const float softness = 0.8f; /* ink lost per pixel at a stroke's edge, about as in MNIST */

typedef struct point {
    float x, y;
} point;

/* Random numbers of one digit, in the order they are asked for. */
typedef struct dice {
    uint64_t seed, index;
    uint32_t stream, block;
    int n_left;
    gan_philox4 words;
} dice;

/* How this digit is written. */
typedef struct hand {
    const gan_digit_shape *shape;
    float radius, taper, pressure, phase, nib_x, nib_y; /* of the pen, in canvas pixels */
    point strokes[GAN_DIGIT_STROKES][GAN_DIGIT_POINTS];
} hand;

/* --- dice --- */

static uint32_t next_word(dice *d)
{
    if (d->n_left == 0) {
        d->words = gan_philox(d->seed, d->stream, d->index, d->block++);
        d->n_left = 4;
    }
    return d->words.v[4 - d->n_left--];
}

static float next_between(dice *d, float low, float high)
{
    return low + (high - low) * gan_unit_float(next_word(d));
}

/* Mean 0, deviation 1, never beyond 3: the sum of three uniform numbers from one word. */
static float next_bell(dice *d)
{
    uint32_t w = next_word(d);
    int sum = (int)(w >> 22) + (int)(w >> 12 & 1023) + (int)(w >> 2 & 1023);
    return ((float)sum - 1534.5f) * (2.0f / 1024.0f);
}

/* --- the hand --- */

/* Moves each point on its own; a stroke that goes on from the last one keeps their corner. */
static void wobble(hand *h, dice *d)
{
    float wobble_by = next_between(d, 0.012f, 0.034f);
    for (int s = 0; s < h->shape->n_strokes; s++) {
        const gan_digit_stroke *stroke = &h->shape->strokes[s];
        for (int i = 0; i < stroke->n; i++) {
            bool is_end = i == 0 || i == stroke->n - 1;
            float by = is_end ? 1.5f * wobble_by : wobble_by;
            h->strokes[s][i].x = 0.01f * (float)stroke->points[i][0] - 0.5f + by * next_bell(d);
            h->strokes[s][i].y = 0.01f * (float)stroke->points[i][1] - 0.5f + by * next_bell(d);
        }
        const gan_digit_stroke *before = s > 0 ? stroke - 1 : NULL;
        if (before && before->points[before->n - 1][0] == stroke->points[0][0] &&
            before->points[before->n - 1][1] == stroke->points[0][1]) {
            h->strokes[s][0] = h->strokes[s - 1][before->n - 1];
        }
    }
}

/* Bends, slants, turns and narrows the whole digit: what differs from one writer to the next. */
static void style(hand *h, dice *d)
{
    float bend_x = 0.16f * next_bell(d), swell = 0.22f * next_bell(d);
    float shift = 0.14f * next_bell(d), bend_y = 0.12f * next_bell(d);
    float slant = -0.20f - 0.20f * next_bell(d), turn = 0.07f * next_bell(d);
    float aspect = next_between(d, 0.76f, 1.30f);
    for (int s = 0; s < h->shape->n_strokes; s++) {
        for (int i = 0; i < h->shape->strokes[s].n; i++) {
            point *p = &h->strokes[s][i];
            float u = p->x, v = p->y;
            float x = u * (1.0f + swell * v) + bend_x * (v * v - 0.08f);
            float y = v + shift * (v * v - 0.25f) + bend_y * u * u;
            p->x = aspect * x + slant * y;
            p->y = y + turn * x;
        }
    }
}

/* Brings the digit to its size and to the middle of the canvas, a little off. */
static void place(hand *h, dice *d, float height, float width)
{
    float low_x = 9.0f, low_y = 9.0f, high_x = -9.0f, high_y = -9.0f;
    for (int s = 0; s < h->shape->n_strokes; s++) {
        for (int i = 0; i < h->shape->strokes[s].n; i++) {
            const point *p = &h->strokes[s][i];
            low_x = fminf(low_x, p->x);
            low_y = fminf(low_y, p->y);
            high_x = fmaxf(high_x, p->x);
            high_y = fmaxf(high_y, p->y);
        }
    }
    float unit = fminf(height, width) / mnist_side;
    float side = mnist_digit * next_between(d, 0.90f, 1.04f) * unit - 2.0f * h->radius;
    float scale = fmaxf(side, unit) / fmaxf(high_x - low_x, high_y - low_y);
    float centre_x = 0.5f * width + 0.6f * unit * next_bell(d);
    float centre_y = 0.5f * height + 0.5f * unit * next_bell(d);
    for (int s = 0; s < h->shape->n_strokes; s++) {
        for (int i = 0; i < h->shape->strokes[s].n; i++) {
            point *p = &h->strokes[s][i];
            p->x = centre_x + scale * (p->x - 0.5f * (low_x + high_x));
            p->y = centre_y + scale * (p->y - 0.5f * (low_y + high_y));
        }
    }
}

static void choose_pen(hand *h, dice *d, float unit)
{
    h->radius = fmaxf(unit * (1.28f + 0.24f * next_bell(d)), 0.45f);
    h->taper = next_between(d, 0.0f, 0.35f);
    h->pressure = next_between(d, 0.0f, 0.22f);
    h->phase = next_between(d, 0.0f, 4.0f);
    float nib = next_between(d, 0.0f, 0.22f), tilt = next_between(d, -1.0f, 1.0f);
    float norm = nib / sqrtf(1.0f + tilt * tilt); /* a nib is narrow along one direction */
    h->nib_x = norm;
    h->nib_y = norm * tilt;
}

/* --- ink --- */

/* 1 at 0, -1 at 2, with period 4: two parabolas that stand for a cosine */
static float wave(float t)
{
    t -= 4.0f * floorf(0.25f * t);
    float s = t < 2.0f ? t - 1.0f : 3.0f - t;
    return -s * (2.0f - fabsf(s));
}

/* The pen's radius at share t (0 .. 1) of a stroke, going in direction (x, y) of length 1. */
static float radius_at(const hand *h, float t, float x, float y)
{
    float end = fminf(t, 1.0f - t);
    float taper = end < 0.15f ? h->taper * (1.0f - end / 0.15f) : 0.0f;
    float along = fabsf(x * h->nib_x + y * h->nib_y);
    return h->radius * (1.0f + h->pressure * wave(h->phase + 3.0f * t)) * (1.0f - taper) *
           (1.0f - along);
}

static int64_t clamp_cell(float x, int64_t n)
{
    return x <= 0.0f ? 0 : x >= (float)n ? n : (int64_t)x;
}

/* Inks the capsule from a to b; its edge is 1 / softness pixels wide. */
static void ink_capsule(gan_digit_pen *pen, point a, point b, float radius_a, float radius_b)
{
    float reach = fmaxf(radius_a, radius_b) + 0.5f / softness;
    int64_t x0 = clamp_cell(fminf(a.x, b.x) - reach, pen->width);
    int64_t y0 = clamp_cell(fminf(a.y, b.y) - reach, pen->height);
    int64_t x1 = clamp_cell(fmaxf(a.x, b.x) + reach + 1.0f, pen->width);
    int64_t y1 = clamp_cell(fmaxf(a.y, b.y) + reach + 1.0f, pen->height);
    float dx = b.x - a.x, dy = b.y - a.y;
    float inverse = 1.0f / fmaxf(dx * dx + dy * dy, 1e-12f);
    for (int64_t y = y0; y < y1; y++) {
        float *row = pen->ink + y * pen->width;
        float py = (float)y + 0.5f - a.y;
        for (int64_t x = x0; x < x1; x++) {
            float px = (float)x + 0.5f - a.x;
            float t = fminf(fmaxf((px * dx + py * dy) * inverse, 0.0f), 1.0f);
            float ex = px - t * dx, ey = py - t * dy;
            float radius = radius_a + t * (radius_b - radius_a);
            float ink = 0.5f + softness * (radius - sqrtf(ex * ex + ey * ey));
            row[x] = ink > row[x] ? ink : row[x];
        }
    }
}

/* Where the spline through p[1] and p[2] is at share t between them. */
static point spline_at(const point p[4], float t)
{
    float a = -0.5f * t + t * t - 0.5f * t * t * t, b = 1.0f - 2.5f * t * t + 1.5f * t * t * t;
    float c = 0.5f * t + 2.0f * t * t - 1.5f * t * t * t, d = -0.5f * t * t + 0.5f * t * t * t;
    point at = {a * p[0].x + b * p[1].x + c * p[2].x + d * p[3].x,
                a * p[0].y + b * p[1].y + c * p[2].y + d * p[3].y};
    return at;
}

static void ink_span(gan_digit_pen *pen, const hand *h, const point p[4], float from, float to)
{
    float dx = p[2].x - p[1].x, dy = p[2].y - p[1].y;
    float length = sqrtf(dx * dx + dy * dy);
    int n = 1 + (int)(length / fmaxf(1.5f, 0.8f * h->radius));
    n = n < MAX_PIECES ? n : MAX_PIECES;
    point a = p[1];
    float unit = 1.0f / fmaxf(length, 1e-6f);
    float radius_a = radius_at(h, from, dx * unit, dy * unit);
    for (int i = 1; i <= n; i++) {
        float t = (float)i / (float)n;
        point b = spline_at(p, t);
        float radius_b = radius_at(h, from + t * (to - from), dx * unit, dy * unit);
        ink_capsule(pen, a, b, radius_a, radius_b);
        a = b;
        radius_a = radius_b;
    }
}

static void ink_stroke(gan_digit_pen *pen, const hand *h, const point *points, int n)
{
    for (int i = 0; i + 1 < n; i++) {
        point p[4] = {points[i > 0 ? i - 1 : 0], points[i], points[i + 1],
                      points[i + 2 < n ? i + 2 : n - 1]};
        ink_span(pen, h, p, (float)i / (float)(n - 1), (float)(i + 1) / (float)(n - 1));
    }
}

gan_status gan_digit_pen_make(gan_digit_pen *pen, int64_t height, int64_t width, gan_error *err)
{
    *pen = (gan_digit_pen){.height = height, .width = width};
    return gan_calloc((size_t)(height * width), sizeof *pen->ink, (void **)&pen->ink, err);
}

void gan_digit_pen_free(gan_digit_pen *pen)
{
    free(pen->ink);
    pen->ink = NULL;
}

int gan_digit_pen_draw(gan_digit_pen *pen, uint64_t seed, uint32_t stream, uint64_t index,
                       uint8_t *out)
{
    dice d = {.seed = seed, .stream = stream, .index = index};
    int digit = (int)(((uint64_t)next_word(&d) * 10) >> 32);
    const gan_digit_hands *hands = &gan_digit_shapes[digit];
    hand h = {0};
    h.shape = &hands->hands[((uint64_t)next_word(&d) * (uint64_t)hands->n_hands) >> 32];
    float height = (float)pen->height, width = (float)pen->width;
    choose_pen(&h, &d, fminf(height, width) / mnist_side);
    wobble(&h, &d);
    style(&h, &d);
    place(&h, &d, height, width);
    int64_t n = pen->height * pen->width;
    memset(pen->ink, 0, (size_t)n * sizeof *pen->ink);
    for (int s = 0; s < h.shape->n_strokes; s++) {
        ink_stroke(pen, &h, h.strokes[s], h.shape->strokes[s].n);
    }
    for (int64_t i = 0; i < n; i++) {
        out[i] = (uint8_t)(fminf(pen->ink[i], 1.0f) * 255.0f + 0.5f);
    }
    return digit;
}
