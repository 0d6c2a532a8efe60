/* exact_zero.c — makes outputs of a transform that no product reaches exactly 0.
 *
 * Group by group and image by image, of those that the transform saw a sign in: the places of the
 * input where some channel is not 0 are marked, and unless all are and the kernel reaches every
 * output, each output looks whether a marked place is in its field. Forward, output (p,q) looks at
 * places (p stride + r
 * - pad, ...); backward, (h,w) looks at the (p,q) of which h = p stride + r - pad for some tap r.
 */
#include "cpu/exact_zero.h"

#include <string.h>

#include "cpu/parallel.h"

/* One axis: which inputs an output sees. Output o of the pass sees input i by tap t when
 * forward: i = o stride + t - pad; backward: o = i stride + t - pad. */
typedef struct axis {
    int64_t in, out, taps, stride, pad;
    bool is_forward;
} axis;

typedef struct zeroing {
    axis h, w;
    int64_t in_channels, out_channels; /* of a group */
    int64_t in_place, out_place;       /* bytes from place to place: of all groups */
    int64_t groups, element;           /* bytes of an element */
    const char *in;
    char *out;
    const unsigned char *suspects;
    bool reaches_all; /* no output sees only padding */
} zeroing;

/* The inputs *first, ..., *last that output o sees; none if first > last. */
static void field_of(const axis *a, int64_t o, int64_t *first, int64_t *last)
{
    if (a->is_forward) {
        *first = o * a->stride - a->pad;
        *last = *first + a->taps - 1;
    } else { /* i stride = o + pad - t for t = 0 .. taps - 1 */
        int64_t high = o + a->pad, low = high - a->taps + 1;
        *first = low > 0 ? (low + a->stride - 1) / a->stride : 0;
        *last = high >= 0 ? high / a->stride : -1;
    }
    *first = *first > 0 ? *first : 0;
    *last = *last < a->in - 1 ? *last : a->in - 1;
}

static bool sees_any(const axis *a)
{
    bool all = true;
    for (int64_t o = 0; o < a->out && all; o++) {
        int64_t first, last;
        field_of(a, o, &first, &last);
        all = first <= last;
    }
    return all;
}

/* -0 is 0: what dropout took. 16 bytes at a time. */
static bool is_zero(const char *place, int64_t channels, int64_t element)
{
    const uint64_t digits = element == 4 ? 0x7FFFFFFF7FFFFFFFu : 0x7FFF7FFF7FFF7FFFu;
    const int64_t bytes = channels * element;
    int64_t at = 0;
    for (; at + 16 <= bytes; at += 16) {
        uint64_t words[2];
        memcpy(words, place + at, sizeof words);
        if (((words[0] | words[1]) & digits) != 0) {
            return false;
        }
    }
    for (; at < bytes; at += element) {
        uint64_t word = 0;
        memcpy(&word, place + at, (size_t)element);
        if ((word & digits) != 0) {
            return false;
        }
    }
    return true;
}

enum { MARKS = 128 * 128 }; /* places of an image whose marks are kept, not looked up again */

/* Whether an image has a place that is 0 in all channels; marks[i] = place i is not such a one, for
 * all places if there are no more than MARKS, else up to the first that is. */
static bool has_zero_place(const zeroing *z, const char *image, unsigned char *marks)
{
    const int64_t places = z->h.in * z->w.in;
    bool found = false;
    for (int64_t i = 0; i < places && (!found || places <= MARKS); i++) {
        const bool zero = is_zero(image + i * z->in_place, z->in_channels, z->element);
        found = found || zero;
        marks[i < MARKS ? i : 0] = !zero;
    }
    return found;
}

static bool is_marked(const zeroing *z, const char *image, const unsigned char *marks, int64_t i)
{
    if (z->h.in * z->w.in <= MARKS) {
        return marks[i] != 0;
    }
    return !is_zero(image + i * z->in_place, z->in_channels, z->element);
}

/* Whether output (p,q) of an image sees a place that is not 0. */
static bool is_reached(const zeroing *z, const char *image, const unsigned char *marks, int64_t p,
                       int64_t q)
{
    int64_t top, bottom, left, right;
    field_of(&z->h, p, &top, &bottom);
    field_of(&z->w, q, &left, &right);
    for (int64_t i = top; i <= bottom; i++) {
        for (int64_t j = left; j <= right; j++) {
            if (is_marked(z, image, marks, i * z->w.in + j)) {
                return true;
            }
        }
    }
    return false;
}

static void clear_image(const zeroing *z, const char *image, const unsigned char *marks,
                        char *result)
{
    const int64_t bytes = z->out_channels * z->element;
    for (int64_t p = 0; p < z->h.out; p++) {
        for (int64_t q = 0; q < z->w.out; q++) {
            if (!is_reached(z, image, marks, p, q)) {
                memset(result + (p * z->w.out + q) * z->out_place, 0, (size_t)bytes);
            }
        }
    }
}

static void clear_images(const void *ctx, int64_t begin, int64_t end)
{
    const zeroing *z = ctx;
    unsigned char marks[MARKS];
    for (int64_t n = begin; n < end; n++) {
        if (!z->suspects[n] && z->reaches_all) {
            continue;
        }
        const char *image = z->in + n * z->h.in * z->w.in * z->in_place;
        char *result = z->out + n * z->h.out * z->w.out * z->out_place;
        for (int64_t group = 0; group < z->groups; group++) {
            if (has_zero_place(z, image, marks) || !z->reaches_all) {
                clear_image(z, image, marks, result);
            }
            image += z->in_channels * z->element;
            result += z->out_channels * z->element;
        }
    }
}

/* Tap t of an axis sees an input for some output. */
static bool is_live_tap(int64_t t, int64_t in, int64_t out, int64_t stride, int64_t pad)
{
    for (int64_t o = 0; o < out; o++) {
        int64_t i = o * stride + t - pad;
        if (i >= 0 && i < in) {
            return true;
        }
    }
    return false;
}

static void clear_taps(const gan_cpu_step *step)
{
    const gan_conv_geometry *g = &step->op->attr.conv;
    const int64_t bytes = gan_conv_group_c(g) * (int64_t)gan_dtype_size(gan_cpu_out(step, 0)->type);
    for (int64_t r = 0; r < g->r; r++) {
        bool live_row = is_live_tap(r, g->h, g->p, g->stride_h, g->pad_top);
        for (int64_t s = 0; s < g->s; s++) {
            if (live_row && is_live_tap(s, g->w, g->q, g->stride_w, g->pad_left)) {
                continue;
            }
            for (int64_t k = 0; k < g->k; k++) {
                char *dw = step->out[0];
                memset(dw + ((k * g->r + r) * g->s + s) * bytes, 0, (size_t)bytes);
            }
        }
    }
}

void gan_exact_zero(const gan_cpu_step *step, gan_conv_pass pass, const unsigned char *suspects)
{
    const gan_conv_geometry *g = &step->op->attr.conv;
    if (pass == GAN_CONV_FILTER) {
        clear_taps(step);
        return;
    }
    const bool forward = pass == GAN_CONV_FWD;
    const int64_t element = (int64_t)gan_dtype_size(gan_cpu_in(step, 0)->type);
    zeroing z = {
        .h = {forward ? g->h : g->p, forward ? g->p : g->h, g->r, g->stride_h, g->pad_top, forward},
        .w = {forward ? g->w : g->q, forward ? g->q : g->w, g->s, g->stride_w, g->pad_left,
              forward},
        .in_channels = forward ? gan_conv_group_c(g) : gan_conv_group_k(g),
        .out_channels = forward ? gan_conv_group_k(g) : gan_conv_group_c(g),
        .in_place = (forward ? g->c : g->k) * element,
        .out_place = (forward ? g->k : g->c) * element,
        .groups = g->groups,
        .element = element,
        .in = step->in[0],
        .out = step->out[0],
        .suspects = suspects};
    z.reaches_all = sees_any(&z.h) && sees_any(&z.w);
    const int64_t batch = gan_conv_batch(step);
    if (z.reaches_all && !memchr(suspects, 1, (size_t)batch)) {
        return;
    }
    gan_cpu_parallel(step->threads, batch, 1, clear_images, &z);
}
