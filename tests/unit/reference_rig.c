/* reference_rig.c — what tests of the reference share: programs and steps on it. */
#include "unit/reference_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "unit/random_net.h"
#include "unit/step_rig.h"

void reference_must(gan_status status, const gan_error *err)
{
    if (status != GAN_OK) {
        fail_msg("%s", err->text);
    }
}

/* Every number of a program after two runs; the caller's. */
static double *all_numbers(step_rig *rig, int64_t *n)
{
    const gan_program *p = rig->program;
    *n = 0;
    for (int i = 0; i < p->n_buffers; i++) {
        *n += p->buffers[i].count;
    }
    double *all = calloc((size_t)*n + 1, sizeof *all), *at = all;
    assert_non_null(all);
    step_rig_run(rig);
    step_rig_run(rig);
    for (int i = 0; i < p->n_buffers; i++) {
        const gan_buffer *b = &p->buffers[i];
        const bool is_real = b->type == GAN_F32 || b->type == GAN_BF16 || b->type == GAN_F16;
        const bool is_used = p->buffers[b->base].first_op >= 0;
        if (b->base == i && is_real && is_used) {
            step_rig_peek(rig, b->name, at, b->count);
        }
        at += b->count;
    }
    return all;
}

double *reference_numbers(uint64_t seed, const gan_device_options *device, gan_dtype type,
                          int64_t *n)
{
    char yaml[REFERENCE_YAML_SIZE];
    step_rig rig;
    const gan_build_options options = {.loss = "bce", .separate_passes = true};
    random_net(seed, seed % 2, yaml, REFERENCE_YAML_SIZE);
    step_rig_open_as(&rig, &gan_reference_backend, device, type, yaml, seed, &options, false);
    double *all = all_numbers(&rig, n);
    step_rig_close(&rig);
    return all;
}

void reference_check_same(uint64_t seed, const gan_device_options *one, gan_dtype type_one,
                          const gan_device_options *other, gan_dtype type_other, bool same)
{
    int64_t n, m;
    double *a = reference_numbers(seed, one, type_one, &n),
           *b = reference_numbers(seed, other, type_other, &m);
    assert_int_equal(n, m);
    const bool equal = memcmp(a, b, (size_t)n * sizeof *a) == 0;
    if (equal != same) {
        fail_msg("random_net(%llu): %s", (unsigned long long)seed,
                 same ? "numbers differ" : "no number differs");
    }
    free(a);
    free(b);
}
