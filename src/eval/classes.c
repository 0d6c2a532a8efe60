/* classes.c — scores and counts from a classifier's logits. */
#include "eval/classes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* Logits become log probabilities: z - log sum exp z, the largest taken out first. */
static void log_softmax(double *z, int64_t k)
{
    double most = z[0], sum = 0;
    for (int64_t i = 1; i < k; i++) {
        most = fmax(most, z[i]);
    }
    for (int64_t i = 0; i < k; i++) {
        sum += exp(z[i] - most);
    }
    for (int64_t i = 0; i < k; i++) {
        z[i] -= most + log(sum);
    }
}

/* mean over rows of sum_y p log p, less sum_y m log m of the mean m. row, mean: scratch of k. */
static double score_of(const gan_matrix *logits, int64_t first, int64_t end, double *row,
                       double *mean)
{
    const double n = (double)(end - first);
    double entropy = 0;
    memset(mean, 0, (size_t)logits->d * sizeof *mean);
    for (int64_t i = first; i < end; i++) {
        gan_matrix_rows(logits, i, 1, row);
        log_softmax(row, logits->d);
        for (int64_t y = 0; y < logits->d; y++) {
            entropy += exp(row[y]) * row[y] / n;
            mean[y] += exp(row[y]) / n;
        }
    }
    for (int64_t y = 0; y < logits->d; y++) {
        entropy -= mean[y] > 0 ? mean[y] * log(mean[y]) : 0;
    }
    return exp(entropy);
}

gan_status gan_class_score_measure(const gan_matrix *logits, int64_t splits, gan_class_score *out,
                                   gan_error *err)
{
    void *memory = NULL;
    if (splits < 1) {
        return gan_fail(err, GAN_E_USAGE, "the classifier score needs at least one split");
    }
    GAN_TRY(gan_matrix_check(logits, 1, "logits", "the classifier score", err));
    splits = splits < logits->n ? splits : logits->n;
    GAN_TRY(gan_calloc((size_t)(2 * logits->d + splits), sizeof(double), &memory, err));
    double *const row = memory, *const mean = row + logits->d, *const score = mean + logits->d;
    *out = (gan_class_score){.splits = splits};
    for (int64_t s = 0; s < splits; s++) {
        const int64_t first = s * logits->n / splits, end = (s + 1) * logits->n / splits;
        score[s] = score_of(logits, first, end, row, mean);
        out->mean += score[s] / (double)splits;
    }
    for (int64_t s = 0; s < splits; s++) {
        out->deviation += (score[s] - out->mean) * (score[s] - out->mean) / (double)splits;
    }
    out->deviation = sqrt(out->deviation);
    free(memory);
    return GAN_OK;
}

gan_status gan_class_histogram(const gan_matrix *logits, int64_t *counts, gan_error *err)
{
    void *memory = NULL;
    GAN_TRY(gan_matrix_check(logits, 1, "logits", "a histogram", err));
    GAN_TRY(gan_calloc((size_t)logits->d, sizeof(double), &memory, err));
    double *const row = memory;
    memset(counts, 0, (size_t)logits->d * sizeof *counts);
    for (int64_t i = 0; i < logits->n; i++) {
        int64_t best = 0;
        gan_matrix_rows(logits, i, 1, row);
        for (int64_t y = 1; y < logits->d; y++) {
            best = row[y] > row[best] ? y : best;
        }
        counts[best]++;
    }
    free(memory);
    return GAN_OK;
}

static double total(const int64_t *counts, int64_t k)
{
    double sum = 0;
    for (int64_t i = 0; i < k; i++) {
        sum += (double)counts[i];
    }
    return sum;
}

gan_modes gan_modes_count(const int64_t *counts, const int64_t *reference, int64_t k)
{
    const double n = total(counts, k), n_reference = reference ? total(reference, k) : (double)k;
    gan_modes modes = {0};
    for (int64_t i = 0; i < k; i++) {
        const double p = (double)counts[i] / n;
        const double q = (reference ? (double)reference[i] : 1) / n_reference;
        if (counts[i] > 0) {
            modes.found++;
            modes.kl += q > 0 ? p * log(p / q) : INFINITY;
        }
    }
    return modes;
}
