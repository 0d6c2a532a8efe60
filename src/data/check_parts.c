/* check_parts.c — findings told, and images that are the same found by their digests. */
#include <stdlib.h>
#include <string.h>

#include "data/check.h"

static int by_digest(const void *a, const void *b)
{
    const gan_image_digest *x = a, *y = b;
    int order = memcmp(x->bytes, y->bytes, sizeof x->bytes);
    return order ? order : (x->index > y->index) - (x->index < y->index);
}

static int by_index(const void *a, const void *b)
{
    const gan_image_digest *x = a, *y = b;
    return (x->index > y->index) - (x->index < y->index);
}

void gan_image_digest_take(gan_image_digest *digest, int64_t index, const uint8_t *pixels,
                           size_t n_bytes, const gan_sha256 *start)
{
    gan_sha256 hash = *start;
    gan_sha256_update(&hash, pixels, n_bytes);
    gan_sha256_final(&hash, digest->bytes);
    digest->index = index;
    digest->first = index;
}

void gan_image_digests_match(gan_image_digest *digests, int64_t n)
{
    if (n < 2) {
        return;
    }
    qsort(digests, (size_t)n, sizeof *digests, by_digest);
    for (int64_t i = 1; i < n; i++) {
        if (memcmp(digests[i].bytes, digests[i - 1].bytes, sizeof digests[i].bytes) == 0) {
            digests[i].first = digests[i - 1].first;
        }
    }
    qsort(digests, (size_t)n, sizeof *digests, by_index);
}

void gan_check_tell(const gan_data_check_options *options, gan_data_report *report,
                    gan_data_flaw flaw, const char *file, const char *text)
{
    const size_t n = strlen(file);
    report->found[flaw]++;
    if (strncmp(text, file, n) == 0 && strncmp(text + n, ": ", 2) == 0) {
        text += n + 2;
    }
    if (options->finding) {
        const gan_data_finding finding = {flaw, file, text};
        options->finding(options->finding_ctx, &finding);
    }
}
