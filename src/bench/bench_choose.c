/* bench_choose.c — which way is taken for each operation, by the times of a search.
 *
 * From the last operation to the first: two neighbours that can be computed in one go are judged
 * together, by the sum of both times, and neither is looked at again by itself. */
#include "bench/bench_choose.h"

#include <math.h>

/* Another way must be faster by more than this share: medians of one and the same way differ by 1
 * to 2 % between runs. */
static const double noise = 0.03;

/* --- choosing --- */

/* The fastest way of op i by itself, as a variant; GAN_TUNE_RULES if it was tried in none. */
static int fastest_alone(const gan_tune_search *s, int i)
{
    int best = GAN_TUNE_RULES;
    for (int v = 1; v < s->n_variants; v++) {
        if (s->ops[i].trials[v] == GAN_TUNE_ALONE &&
            (best == GAN_TUNE_RULES || s->ops[i].seconds[v] < s->ops[i].seconds[best])) {
            best = v;
        }
    }
    return best;
}

/* The variant in which op i is computed along with the one before, or GAN_TUNE_RULES. */
static int joined_variant(const gan_tune_search *s, int i)
{
    for (int v = 1; i > 0 && v < s->n_variants; v++) {
        if (s->ops[i].trials[v] == GAN_TUNE_JOINED) {
            return v;
        }
    }
    return GAN_TUNE_RULES;
}

static gan_status take(gan_tune_search *s, int i, int variant, const char *way, gan_error *err)
{
    s->ops[i].way = way;
    s->ops[i].variant = variant;
    return gan_tune_set(s->found, s->ops[i].name, way, err);
}

/* A pair that can be computed together: together, or each in its own way, or by the rules. */
static gan_status choose_pair(gan_tune_search *s, int i, int joined, gan_error *err)
{
    const gan_tune_op *a = &s->ops[i - 1], *b = &s->ops[i];
    int va = fastest_alone(s, i - 1), vb = fastest_alone(s, i);
    double rules = a->seconds[GAN_TUNE_RULES] + b->seconds[GAN_TUNE_RULES];
    double together = a->seconds[joined] + b->seconds[joined];
    double apart =
        va == GAN_TUNE_RULES || vb == GAN_TUNE_RULES ? INFINITY : a->seconds[va] + b->seconds[vb];
    if (!(fmin(together, apart) < (1 - noise) * rules)) {
        return GAN_OK;
    }
    if (together < apart) {
        GAN_TRY(take(s, i, joined, b->ways[joined - 1].name, err));
        return take(s, i - 1, joined, b->ways[joined - 1].previous, err);
    }
    GAN_TRY(take(s, i, vb, b->ways[vb - 1].name, err));
    return take(s, i - 1, va, a->ways[va - 1].name, err);
}

static gan_status choose_one(gan_tune_search *s, int i, gan_error *err)
{
    const gan_tune_op *op = &s->ops[i];
    int v = fastest_alone(s, i);
    return v != GAN_TUNE_RULES && op->seconds[v] < (1 - noise) * op->seconds[GAN_TUNE_RULES]
               ? take(s, i, v, op->ways[v - 1].name, err)
               : GAN_OK;
}

gan_status gan_tune_choose(gan_tune_search *s, gan_error *err)
{
    GAN_TRY(gan_tune_create(gan_tune_device(s->variants[GAN_TUNE_RULES]), &s->found, err));
    for (int i = s->n_ops - 1; i >= 0; i--) {
        int joined = joined_variant(s, i);
        if (joined != GAN_TUNE_RULES) {
            GAN_TRY(choose_pair(s, i, joined, err));
            i--;
        } else if (s->ops[i].n_ways > 1) {
            GAN_TRY(choose_one(s, i, err));
        }
    }
    return GAN_OK;
}
