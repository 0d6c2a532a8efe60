/* test_cpu_threads.c — the library computes the same whatever threads OpenMP gives: called inside
 * somebody's parallel region, with dynamic teams, with regions nested or switched off.
 *
 * A wrong team makes oneDNN wait for ever: an alarm ends the test then. */
#include <omp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "gan/gan.h"

enum { STEPS = 4, N_IMAGES = 8, PIXELS = 28 * 28, ALARM_SECONDS = 120 };

/* What a session made, and what was told when it was opened. */
typedef struct outcome {
    float images[N_IMAGES * PIXELS];
    gan_metrics metrics;
    char told[256];
    gan_status status;
} outcome;

typedef struct rig {
    gan_net *net;
    gan_data *data;
    gan_options options;
    outcome one, two; /* of 1 and of 2 threads, with nothing in the way */
} rig;

static void note(void *ctx, const char *line)
{
    outcome *o = ctx;
    strncpy(o->told, line, sizeof o->told - 1);
}

/* No assertion of cmocka may leave a parallel region: a failure goes into o->status. */
static gan_session *begin(const rig *r, const char *threads, outcome *o)
{
    gan_session *session = NULL;
    gan_options options;
    memset(o, 0, sizeof *o);
    o->status = gan_options_copy(&options, &r->options, NULL);
    if (o->status == GAN_OK) {
        o->status = gan_options_set(&options, GAN_OPTION_ID_threads, threads, GAN_FROM_FLAG, NULL);
    }
    if (o->status == GAN_OK) {
        o->status =
            gan_session_create(r->net, r->data, &options, &(gan_listener){note, o}, &session, NULL);
    }
    gan_options_free(&options);
    return session;
}

static void work(gan_session *session, outcome *o)
{
    uint64_t seeds[N_IMAGES];
    int64_t used = 0;
    for (int i = 0; i < N_IMAGES; i++) {
        seeds[i] = (uint64_t)i;
    }
    if (o->status == GAN_OK) {
        o->status = gan_session_run(session, STEPS, NULL);
    }
    if (o->status == GAN_OK) {
        o->status = gan_session_metrics(session, STEPS, &o->metrics, &used, NULL);
    }
    if (o->status == GAN_OK) {
        o->status = gan_session_sample(session, seeds, N_IMAGES, false, o->images, NULL);
    }
}

static void whole(const rig *r, const char *threads, outcome *o)
{
    gan_session *session = begin(r, threads, o);
    work(session, o);
    gan_session_destroy(session);
}

static void same(const outcome *got, const outcome *want)
{
    assert_int_equal(got->status, GAN_OK);
    assert_memory_equal(&got->metrics, &want->metrics, sizeof want->metrics);
    assert_memory_equal(got->images, want->images, sizeof want->images);
}

/* Work of two threads with one thread of the caller's two, and with both at once, each its own. */
static void run_inside_a_region(const rig *r)
{
    outcome o[2];
    gan_session *session[2];
    for (int i = 0; i < 2; i++) {
        session[i] = begin(r, "2", &o[i]);
    }
#pragma omp parallel num_threads(2)
    {
#pragma omp single
        work(session[0], &o[0]);
    }
    same(&o[0], &r->two);
    gan_session_destroy(session[0]);
    session[0] = begin(r, "2", &o[0]);
#pragma omp parallel for num_threads(2)
    for (int i = 0; i < 2; i++) {
        work(session[i], &o[i]);
    }
    for (int i = 0; i < 2; i++) {
        same(&o[i], &r->two);
        gan_session_destroy(session[i]);
    }
}

static void open_inside_a_region(const rig *r)
{
    outcome o;
#pragma omp parallel num_threads(2)
    {
#pragma omp single
        whole(r, "2", &o);
    }
    same(&o, &r->one);
    assert_string_equal(o.told, "computing with 1 thread instead of 2: this is inside a parallel "
                                "region");
}

static void nothing_is_told_where_all_threads_are_there(void **state)
{
    const rig *r = *state;
    assert_string_equal(r->one.told, "");
    assert_string_equal(r->two.told, "");
}

static void inside_a_region(void **state)
{
    omp_set_max_active_levels(1);
    run_inside_a_region(*state);
    open_inside_a_region(*state);
}

static void inside_a_region_that_may_be_nested(void **state)
{
    omp_set_max_active_levels(3);
    run_inside_a_region(*state);
    open_inside_a_region(*state);
    omp_set_max_active_levels(1);
}

static void with_dynamic_teams(void **state)
{
    const rig *r = *state;
    outcome o;
    omp_set_dynamic(1);
    whole(r, "2", &o);
    same(&o, &r->two);
    assert_int_equal(omp_get_dynamic(), 1);
    omp_set_dynamic(0);
    gan_session *session = begin(r, "2", &o);
    omp_set_dynamic(1);
    omp_set_num_threads(7);
    work(session, &o);
    same(&o, &r->two);
    assert_int_equal(omp_get_dynamic(), 1);
    assert_int_equal(omp_get_max_threads(), 7);
    omp_set_dynamic(0);
    omp_set_num_threads(2);
    gan_session_destroy(session);
}

/* Of a session that had two threads, two or a refusal; of one that is opened then, one. */
static void with_regions_switched_off(void **state)
{
    const rig *r = *state;
    outcome o;
    gan_session *session = begin(r, "2", &o);
    omp_set_max_active_levels(0);
    work(session, &o);
    if (o.status != GAN_E_BACKEND) {
        same(&o, &r->two);
    }
    gan_session_destroy(session);
    whole(r, "2", &o);
    omp_set_max_active_levels(1);
    same(&o, &r->one);
    assert_string_equal(o.told, "computing with 1 thread instead of 2: OpenMP's parallel regions "
                                "are switched off");
}

static int set_up(void **state)
{
    static rig r;
    alarm(ALARM_SECONDS);
    *state = &r;
    bool ok =
        gan_options_init(&r.options, NULL) == GAN_OK &&
        gan_options_set(&r.options, GAN_OPTION_ID_device, "cpu", GAN_FROM_FLAG, NULL) == GAN_OK &&
        gan_net_load("tiny", &r.net, NULL) == GAN_OK &&
        gan_data_open("digits", &(gan_data_options){.limit = 128}, &r.data, NULL) == GAN_OK;
    if (ok) {
        whole(&r, "1", &r.one);
        whole(&r, "2", &r.two);
    }
    return ok && r.one.status == GAN_OK && r.two.status == GAN_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    rig *r = *state;
    gan_data_close(r->data);
    gan_net_destroy(r->net);
    gan_options_free(&r->options);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_told_where_all_threads_are_there),
        cmocka_unit_test(inside_a_region),
        cmocka_unit_test(inside_a_region_that_may_be_nested),
        cmocka_unit_test(with_dynamic_teams),
        cmocka_unit_test(with_regions_switched_off),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
