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

int64_t gan_class_count(const gan_matrix *logits, int planes)
{
    int64_t count = 1;
    for (int p = 0; p < planes; p++) {
        count *= logits->d / planes;
    }
    return count;
}

/* Row i as logits of all classes, (k^planes): plane by plane, from the back, what is there is
 * repeated for each class of one plane more. of_planes: scratch of a row. */
static void read_row(const gan_matrix *logits, int planes, int64_t i, double *of_planes,
                     double *row)
{
    const int64_t k = logits->d / planes;
    int64_t n = 1;
    gan_matrix_rows(logits, i, 1, of_planes);
    row[0] = 0;
    for (int p = planes - 1; p >= 0; p--, n *= k) {
        for (int64_t y = k - 1; y >= 0; y--) {
            for (int64_t j = 0; j < n; j++) {
                row[y * n + j] = of_planes[p * k + y] + row[j];
            }
        }
    }
}

/* What reading rows needs. */
typedef struct rows {
    const gan_matrix *logits;
    int planes;
    int64_t k;                      /* classes */
    double *of_planes, *row, *mean; /* scratch, of one block */
} rows;

static gan_status rows_make(rows *r, const gan_matrix *logits, int planes, gan_error *err)
{
    void *memory = NULL;
    *r = (rows){.logits = logits, .planes = planes, .k = gan_class_count(logits, planes)};
    GAN_TRY(gan_calloc((size_t)(logits->d + 2 * r->k), sizeof(double), &memory, err));
    r->of_planes = memory;
    r->row = r->of_planes + logits->d;
    r->mean = r->row + r->k;
    return GAN_OK;
}

/* mean over rows of sum_y p log p, less sum_y m log m of the mean m. */
static double score_of(const rows *r, int64_t first, int64_t end)
{
    const double n = (double)(end - first);
    double entropy = 0, *const row = r->row, *const mean = r->mean;
    memset(mean, 0, (size_t)r->k * sizeof *mean);
    for (int64_t i = first; i < end; i++) {
        read_row(r->logits, r->planes, i, r->of_planes, row);
        log_softmax(row, r->k);
        for (int64_t y = 0; y < r->k; y++) {
            entropy += exp(row[y]) * row[y] / n;
            mean[y] += exp(row[y]) / n;
        }
    }
    for (int64_t y = 0; y < r->k; y++) {
        entropy -= mean[y] > 0 ? mean[y] * log(mean[y]) : 0;
    }
    return exp(entropy);
}

gan_status gan_class_score_measure(const gan_matrix *logits, int planes, int64_t splits,
                                   gan_class_score *out, gan_error *err)
{
    rows r = {0};
    void *memory = NULL;
    gan_status status = GAN_OK;
    if (splits < 1) {
        return gan_fail(err, GAN_E_USAGE, "the classifier score needs at least one split");
    }
    GAN_TRY(gan_matrix_check(logits, 1, "logits", "the classifier score", err));
    splits = splits < logits->n ? splits : logits->n;
    GAN_TRY_DONE(rows_make(&r, logits, planes, err));
    GAN_TRY_DONE(gan_calloc((size_t)splits, sizeof(double), &memory, err));
    double *const score = memory;
    *out = (gan_class_score){.splits = splits};
    for (int64_t s = 0; s < splits; s++) {
        score[s] = score_of(&r, s * logits->n / splits, (s + 1) * logits->n / splits);
        out->mean += score[s] / (double)splits;
    }
    for (int64_t s = 0; s < splits; s++) {
        out->deviation += (score[s] - out->mean) * (score[s] - out->mean) / (double)splits;
    }
    out->deviation = sqrt(out->deviation);
done:
    free(r.of_planes);
    free(memory);
    return status;
}

gan_status gan_class_histogram(const gan_matrix *logits, int planes, int64_t *counts,
                               gan_error *err)
{
    rows r = {0};
    GAN_TRY(gan_matrix_check(logits, 1, "logits", "a histogram", err));
    GAN_TRY(rows_make(&r, logits, planes, err));
    memset(counts, 0, (size_t)r.k * sizeof *counts);
    for (int64_t i = 0; i < logits->n; i++) {
        int64_t best = 0;
        read_row(logits, planes, i, r.of_planes, r.row);
        for (int64_t y = 1; y < r.k; y++) {
            best = r.row[y] > r.row[best] ? y : best;
        }
        counts[best]++;
    }
    free(r.of_planes);
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
