/* resample_table.c — which elements a resampled axis' elements are made of; of the transposed map
 * likewise. */
#include "cpu/resample_table.h"

#include <stdlib.h>

#include "base/memory.h"
#include "program/resample_terms.h"

/* The number that element o of the result takes of element i. */
static float number_of(const gan_resample *r, const gan_map_axis *a, int64_t o, int64_t i)
{
    const int64_t p = r->transposed ? i : o, at = r->transposed ? o : i;
    const gan_taps taps = gan_resample_taps(r, a, p);
    return at >= taps.first && at < taps.end ? gan_resample_weight(r, a, &taps, p, at) : 0.0f;
}

/* Where numbers of element o may be. */
static void bounds_of(const gan_resample *r, const gan_map_axis *a, int64_t o, int64_t *first,
                      int64_t *end)
{
    if (r->transposed) {
        gan_resample_readers(r, a, o, first, end);
    } else {
        const gan_taps taps = gan_resample_taps(r, a, o);
        *first = taps.first;
        *end = taps.end;
    }
}

/* Adds element o's span, without the zeros at its ends. */
static gan_status add_span(const gan_resample *r, const gan_map_axis *a, int64_t o,
                           gan_axis_table *t, gan_error *err)
{
    int64_t first, end;
    bounds_of(r, a, o, &first, &end);
    while (first < end && number_of(r, a, o, first) == 0.0f) {
        first++;
    }
    while (first < end && number_of(r, a, o, end - 1) == 0.0f) {
        end--;
    }
    const size_t n = (size_t)(end - first);
    GAN_TRY(
        gan_grow((void **)&t->numbers, t->n_numbers + n, sizeof *t->numbers, &t->capacity, err));
    t->spans[o] = (gan_span){first, end - first, (int64_t)t->n_numbers};
    for (int64_t i = first; i < end; i++) {
        t->numbers[t->n_numbers++] = number_of(r, a, o, i);
    }
    return GAN_OK;
}

gan_status gan_axis_table_make(const gan_resample *r, const gan_map_axis *a, gan_axis_table *t,
                               gan_error *err)
{
    void *spans = NULL;
    t->n_in = r->transposed ? a->out : a->in;
    t->n_out = r->transposed ? a->in : a->out;
    GAN_TRY(gan_calloc((size_t)t->n_out, sizeof *t->spans, &spans, err));
    t->spans = spans;
    for (int64_t o = 0; o < t->n_out; o++) {
        GAN_TRY(add_span(r, a, o, t, err));
    }
    return GAN_OK;
}

void gan_axis_table_clear(gan_axis_table *t)
{
    free(t->spans);
    free(t->numbers);
    *t = (gan_axis_table){0};
}
