/* test.c — how many of a data set's images a classifier gets right. */
#include <stdlib.h>

#include "base/memory.h"
#include "session/session.h"

/* What a test works with: one chunk of images and their logits. */
typedef struct test {
    gan_session *session;
    const gan_data *data;
    int64_t pixels, classes; /* of one image */
    float *images, *logits;
} test;

/* As gather makes them of bytes. */
static void read_images(const test *t, int64_t first, int64_t n)
{
    const unsigned char *from = gan_data_pixels(t->data) + first * t->pixels;
    for (int64_t i = 0; i < n * t->pixels; i++) {
        t->images[i] = ((float)from[i] - 127.5f) / 127.5f;
    }
}

/* The first of the largest. */
static int64_t find_largest(const float *x, int64_t n)
{
    int64_t best = 0;
    for (int64_t k = 1; k < n; k++) {
        best = x[k] > x[best] ? k : best;
    }
    return best;
}

static gan_status count_right(const test *t, int64_t first, int64_t n, int64_t *right,
                              gan_error *err)
{
    const int32_t *labels = gan_data_labels(t->data);
    float *const results[] = {t->logits};
    read_images(t, first, n);
    GAN_TRY(gan_runner_run(t->session->tester, t->images, n, results, err));
    for (int64_t i = 0; i < n; i++) {
        *right += find_largest(t->logits + i * t->classes, t->classes) == labels[first + i];
    }
    return GAN_OK;
}

static gan_status make_tester(gan_session *s, gan_error *err)
{
    const char *const last[] = {gan_stack_last_output(s->net->single)};
    return s->tester ? GAN_OK
                     : gan_runner_create(s->backend, s->device, s->net->single,
                                         gan_options_averages(&s->options), GAN_TEST_CHUNK, last, 1,
                                         &s->tester, err);
}

static gan_status check(const gan_session *s, const gan_data *data, gan_error *err)
{
    const gan_data_info *info = gan_data_describe(data);
    const gan_dims3 in = s->net->image;
    GAN_TRY(gan_net_need_kind(s->net, GAN_NET_KIND_SINGLE, err));
    if (info->n < 1 || info->n_classes != s->net->single->out.c || info->height != in.h ||
        info->width != in.w || info->channels != in.c) {
        return gan_fail(err, GAN_E_DATA,
                        "%s: %lld images of %lldx%lldx%lld in %lld classes cannot test %s, which "
                        "takes %lldx%lldx%lld and tells %lld classes apart",
                        info->name, (long long)info->n, (long long)info->height,
                        (long long)info->width, (long long)info->channels,
                        (long long)info->n_classes, s->net->name, (long long)in.h, (long long)in.w,
                        (long long)in.c, (long long)s->net->single->out.c);
    }
    return GAN_OK;
}

static gan_status run(const test *t, double *accuracy, gan_error *err)
{
    const int64_t n = gan_data_describe(t->data)->n;
    int64_t right = 0;
    for (int64_t first = 0; first < n; first += GAN_TEST_CHUNK) {
        const int64_t left = n - first;
        GAN_TRY(count_right(t, first, left < GAN_TEST_CHUNK ? left : GAN_TEST_CHUNK, &right, err));
    }
    *accuracy = (double)right / (double)n;
    return GAN_OK;
}

gan_status gan_session_test(gan_session *session, const gan_data *data, double *accuracy,
                            gan_error *err)
{
    void *images = NULL, *logits = NULL;
    gan_status status = GAN_OK;
    GAN_TRY(check(session, data, err));
    GAN_TRY(make_tester(session, err));
    test t = {.session = session,
              .data = data,
              .pixels = gan_runner_in_count(session->tester),
              .classes = gan_runner_out_count(session->tester, 0)};
    GAN_TRY_DONE(gan_calloc((size_t)(GAN_TEST_CHUNK * t.pixels), sizeof(float), &images, err));
    GAN_TRY_DONE(gan_calloc((size_t)(GAN_TEST_CHUNK * t.classes), sizeof(float), &logits, err));
    t.images = images;
    t.logits = logits;
    gan_pulse_begin(session->pulse);
    status = run(&t, accuracy, err);
    gan_pulse_end(session->pulse);
done:
    free(images);
    free(logits);
    return status;
}
