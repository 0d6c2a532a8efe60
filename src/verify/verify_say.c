/* verify_say.c — a failure in a sentence: where, what was computed, recorded and exact, and why the
 * difference is too large. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "verify/verify.h"

/* "[3,0,0,1]" */
typedef struct index_words {
    char text[128];
} index_words;

static index_words place_of(const gan_verify_tensor *t, int64_t element)
{
    index_words words = {"["};
    int64_t rest = t->n;
    size_t at = 1;
    for (int i = 0; i < t->rank && at + 24 < sizeof words.text; i++) {
        rest /= t->dims[i];
        at += (size_t)snprintf(words.text + at, sizeof words.text - at, "%s%lld", i > 0 ? "," : "",
                               (long long)(element / rest % t->dims[i]));
    }
    snprintf(words.text + at, sizeof words.text - at, "]");
    return words;
}

static double norm(const double *x, int64_t n)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++) {
        sum += x[i] * x[i];
    }
    return sqrt(sum);
}

/* An error as a person reads it: a share of the tensor's size, or itself where that is next to
 * nothing beside what rounding moves. */
static gan_status describe_size(const gan_verify_case *c, const gan_verify_distance *d,
                                const gan_verify_allowance *a, int seeds, char **out,
                                gan_error *err)
{
    const double size = norm(d == &c->trace ? c->exact : c->aim, c->tensor->n);
    const bool is_relative = size > 0 && a->moved_l2 < size;
    const double unit = is_relative ? size : 1;
    return gan_format(out, err,
                      "the error is %.2g%s (largest in one element: %.2g); rounding moves it by "
                      "%.2g (%.2g), the most of %d runs in double precision with random errors of "
                      "that size, and %g times that is allowed",
                      d->l2 / unit, is_relative ? " of the tensor's size" : "", d->largest,
                      a->moved_l2 / unit, a->moved_largest, seeds, a->factor);
}

gan_status gan_verify_say(const gan_verify_case *c, int64_t s, const char *device, int seeds,
                          char **out, gan_error *err)
{
    const double by_device = gan_verify_ratio(&c->device, &c->by_device);
    const double by_trace = gan_verify_ratio(&c->trace, &c->by_trace);
    const bool device_fails = !(by_device <= 1), trace_fails = !(by_trace <= 1);
    const bool of_trace = trace_fails && (!device_fails || isnan(by_trace) || by_trace > by_device);
    const gan_verify_distance *d = of_trace ? &c->trace : &c->device;
    const gan_verify_allowance *a = of_trace ? &c->by_trace : &c->by_device;
    const int64_t i = d->worst;
    char *size = NULL;
    if (isnan(d->l2)) {
        GAN_TRY(gan_strdup("a number that is not finite is never right", &size, err));
    } else {
        GAN_TRY(describe_size(c, d, a, seeds, &size, err));
    }
    gan_status status = gan_format(
        out, err, "%s, step %lld: %s: at %s the trace has %.9g, the device (%s) %.9g, %s %.9g; %s",
        c->tensor->name, (long long)s,
        of_trace && device_fails ? "neither the trace nor the device is what this step gives"
        : of_trace               ? "the trace is not what this step gives"
                                 : "the device is wrong",
        place_of(c->tensor, i).text, c->want[i], device, c->got[i],
        !c->tensor->is_moved_by_adam ? "double precision"
        : of_trace                   ? "Adam in double precision on the recorded gradient"
                                     : "Adam in double precision on the device's gradient",
        of_trace ? c->exact[i] : c->aim[i], size);
    free(size);
    return status;
}
