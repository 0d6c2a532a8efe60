/* test_step_list.c — a step as a list of programs on one arena, beside loops that are written out.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/philox.h"
#include "gan/net.h"
#include "net/net.h"
#include "ops/op_case.h"
#include "program/place.h"
#include "program/retype.h"
#include "program/steps.h"

enum { N_IMAGES = 50, METRIC_ROWS = 16, SEED = 7, BATCH = 6, D_STEPS = 3, MOST = 8 };

typedef struct rig_options {
    gan_schedule schedule;
    gan_dtype type;
    double lr_g;
    bool together; /* on one arena */
} rig_options;

/* A network, the two programs that train it, and a program that fills the arena with NaN. */
typedef struct list_rig {
    const gan_backend *backend;
    gan_net *net;
    gan_device *device;
    gan_step_list list;
    gan_program *programs[GAN_STEP_ROWS], *poison;
    gan_executable *executables[GAN_STEP_ROWS], *poisoner;
} list_rig;

static void must(gan_status status, const gan_error *err)
{
    if (status != GAN_OK) {
        fail_msg("%s, %s: %s (seed %d)", op_backend()->name, gan_status_text(status), err->text,
                 SEED);
    }
}

static void *allocate(size_t n, size_t size)
{
    void *block = calloc(n ? n : 1, size);
    assert_non_null(block);
    return block;
}

static void write_all(const list_rig *r, const char *name, const void *from, int64_t bytes)
{
    gan_error err = {0};
    if (bytes > 0) {
        must(r->backend->write(r->device, name, 0, from, bytes, &err), &err);
    }
}

static void write_stack(const list_rig *r, const gan_stack *stack, const char *param,
                        const char *stat)
{
    float *p = allocate((size_t)stack->param_floats, sizeof *p);
    float *s = allocate((size_t)stack->stat_floats, sizeof *s);
    gan_stack_init_params(stack, SEED, p, s);
    write_all(r, param, p, stack->param_floats * (int64_t)sizeof *p);
    write_all(r, stat, s, stack->stat_floats * (int64_t)sizeof *s);
    free(p);
    free(s);
}

static void write_state(const list_rig *r, const gan_build_options *o, double lr_g)
{
    double rates[GAN_RATE_COUNT];
    const int64_t count = N_IMAGES * r->net->image.h * r->net->image.w * r->net->image.c;
    uint8_t *data = allocate((size_t)count, 1);
    for (int64_t i = 0; i < count; i++) {
        data[i] = (uint8_t)gan_philox(SEED, 99, 0, (uint32_t)i).v[0];
    }
    gan_build_rates(o, lr_g, 2e-3, 0.9, rates);
    write_all(r, "data", data, count);
    write_all(r, "rates", rates, sizeof rates);
    write_stack(r, r->net->generator, "g.param", "g.stat");
    write_stack(r, r->net->discriminator, "d.param", "d.stat");
    write_stack(r, r->net->generator, "ema.param", "ema.stat");
    free(data);
}

/* y = a + a, with y as large as the arena and a NaN. */
static void make_poison(list_rig *r, int64_t bytes)
{
    gan_error err = {0};
    const int64_t n = bytes / (int64_t)sizeof(float), dims[4] = {1, 1, 1, n};
    int ids[2], y;
    float *nan = allocate((size_t)n, sizeof *nan);
    for (int64_t i = 0; i < n; i++) {
        nan[i] = NAN;
    }
    must(gan_program_create("poison", &r->poison, &err), &err);
    must(gan_program_buffer(r->poison, "nan", GAN_INPUT, GAN_F32, dims, &ids[0], &err), &err);
    ids[1] = ids[0];
    must(gan_program_buffer(r->poison, "y", GAN_ACTIVATION, GAN_F32, dims, &y, &err), &err);
    must(gan_program_op(r->poison, GAN_OP_add, "poison", ids, &y, NULL, &err), &err);
    must(gan_program_place(r->poison, true, &err), &err);
    assert_true(r->poison->arena_bytes >= bytes - 64 && r->poison->arena_bytes <= bytes);
    must(r->backend->compile_beside(r->device, r->poison, r->executables[0], &r->poisoner, &err),
         &err);
    write_all(r, "nan", nan, n * (int64_t)sizeof *nan);
    free(nan);
}

static void open_rig(list_rig *r, const rig_options *o)
{
    gan_error err = {0};
    const gan_device_options device = {.threads = 2, .products = "strict"};
    *r = (list_rig){.backend = op_backend()};
    must(gan_net_load("tiny", &r->net, &err), &err);
    gan_build_options options = {.batch = BATCH,
                                 .seed = SEED,
                                 .schedule = o->schedule,
                                 .loss = "bce",
                                 .adam_g = r->net->train.adam_g,
                                 .adam_d = r->net->train.adam_d,
                                 .ema = true,
                                 .ema_warmup = true,
                                 .n_images = N_IMAGES,
                                 .flip = true,
                                 .metric_rows = METRIC_ROWS,
                                 .d_steps = D_STEPS};
    r->list = gan_step_list_of(&options);
    must(r->backend->open(&device, &r->device, &err), &err);
    for (int i = 0; i < r->list.n; i++) {
        options.part = r->list.rows[i].part;
        must(gan_build_train(r->net, &options, true, &r->programs[i], NULL, &err), &err);
        if (o->type != GAN_F32) {
            must(gan_program_retype(r->programs[i], o->type, true, &err), &err);
        }
        must(r->backend->compile_beside(r->device, r->programs[i],
                                        o->together && i > 0 ? r->executables[0] : NULL,
                                        &r->executables[i], &err),
             &err);
    }
    write_state(r, &options, o->lr_g);
    if (o->together) {
        make_poison(r, r->programs[0]->arena_bytes);
    }
}

static void close_rig(list_rig *r)
{
    r->backend->destroy(r->poisoner);
    for (int i = r->list.n - 1; i >= 0; i--) {
        r->backend->destroy(r->executables[i]);
    }
    r->backend->close(r->device);
    for (int i = 0; i < r->list.n; i++) {
        gan_program_destroy(r->programs[i]);
    }
    gan_program_destroy(r->poison);
    gan_net_destroy(r->net);
}

static void run(const list_rig *r, int row, int64_t n)
{
    gan_error err = {0};
    must(r->backend->run(r->executables[row], n, &err), &err);
}

/* The bits of a stored buffer of both rigs are alike. */
static void check_same(const list_rig *a, const list_rig *b, const char *name)
{
    gan_error err = {0};
    const gan_program *p = a->programs[0];
    const int id = gan_program_find(p, name);
    assert_true(id >= 0);
    const int64_t bytes = gan_buffer_bytes(&p->buffers[id]);
    unsigned char *one = allocate((size_t)bytes, 1), *other = allocate((size_t)bytes, 1);
    must(a->backend->read(a->device, name, 0, one, bytes, &err), &err);
    must(b->backend->read(b->device, name, 0, other, bytes, &err), &err);
    for (int64_t i = 0; i < bytes; i++) {
        if (one[i] != other[i]) {
            fail_msg("%s: byte %lld of %s differs (seed %d)", a->backend->name, (long long)i, name,
                     SEED);
        }
    }
    free(one);
    free(other);
}

static void test_which_comes_when(void **state)
{
    (void)state;
    for (int64_t n = 1; n <= MOST; n++) {
        const gan_step_list list = gan_step_list_of(&(gan_build_options){.d_steps = n});
        assert_int_equal(list.n, n > 1 ? 2 : 1);
        assert_true(fabs(gan_step_list_share(&list, 0) - 1.0 / (double)n) < 1e-15);
        for (int64_t step = 0; step < 3 * n; step++) {
            const int row = gan_step_list_at(&list, step);
            assert_int_equal(list.rows[row].part,
                             (step + 1) % n == 0 ? GAN_STEP_WHOLE : GAN_STEP_D);
        }
    }
    /* a further kind of step is a further row */
    const gan_step_list three = {.rows = {{GAN_STEP_WHOLE, 4, 1}, {GAN_STEP_D, 1, 0}}, .n = 2};
    assert_int_equal(gan_step_list_at(&three, 5), 0);
    assert_int_equal(gan_step_list_at(&three, ((int64_t)1 << 40) + 2), 1);
}

/* The list on one arena, which holds NaN before each step, against both programs on their own, in
 * an order that is written out. */
static void check_loop(gan_schedule schedule, gan_dtype type)
{
    static const int order[] = {1, 1, 0, 1, 1, 0, 1};
    static const char *const stored[] = {"g.param",  "g.m",      "g.v", "g.stat",
                                         "d.param",  "d.m",      "d.v", "ema.param",
                                         "ema.stat", "counters", "flag"};
    list_rig a, b;
    gan_error err = {0};
    int64_t counters[GAN_COUNTER_COUNT];
    open_rig(&a, &(rig_options){schedule, type, 2e-3, true});
    open_rig(&b, &(rig_options){schedule, type, 2e-3, false});
    for (int64_t step = 0; step < 7; step++) {
        must(a.backend->run(a.poisoner, 1, &err), &err);
        run(&a, gan_step_list_at(&a.list, step), 1);
        run(&b, order[step], 1);
    }
    for (size_t i = 0; i < sizeof stored / sizeof *stored; i++) {
        check_same(&a, &b, stored[i]);
    }
    must(a.backend->read(a.device, "counters", 0, counters, sizeof counters, &err), &err);
    assert_int_equal(counters[GAN_COUNTER_STEP], 7);
    assert_int_equal(counters[gan_counter_of(GAN_NET_G)], 2);
    assert_int_equal(counters[gan_counter_of(GAN_NET_D)], 7);
    close_rig(&a);
    close_rig(&b);
}

static void test_a_list_is_a_loop(void **state)
{
    (void)state;
    check_loop(GAN_SIMULTANEOUS, GAN_F32);
    check_loop(GAN_ALTERNATING, GAN_F32);
    check_loop(GAN_SIMULTANEOUS, GAN_BF16);
}

/* D's update alone is the first half of an alternating step: with a rate of 0 for G they agree. */
static void test_d_alone_is_half_a_step(void **state)
{
    (void)state;
    static const char *const stored[] = {"d.param", "d.m", "d.v", "g.param", "g.stat"};
    list_rig a, b;
    open_rig(&a, &(rig_options){GAN_ALTERNATING, GAN_F32, 0, false});
    open_rig(&b, &(rig_options){GAN_ALTERNATING, GAN_F32, 0, false});
    run(&a, 0, 4);
    run(&b, 1, 4);
    for (size_t i = 0; i < sizeof stored / sizeof *stored; i++) {
        check_same(&a, &b, stored[i]);
    }
    close_rig(&a);
    close_rig(&b);
}

static void test_memory_is_the_largest(void **state)
{
    (void)state;
    list_rig r;
    gan_memory_report whole, beside, poison;
    open_rig(&r, &(rig_options){GAN_SIMULTANEOUS, GAN_F32, 2e-3, true});
    assert_true(r.programs[0]->arena_bytes >= r.programs[1]->arena_bytes);
    r.backend->memory(r.executables[0], &whole);
    r.backend->memory(r.executables[1], &beside);
    r.backend->memory(r.poisoner, &poison);
    assert_true(whole.arena_bytes >= r.programs[0]->arena_bytes);
    assert_true(beside.arena_bytes == 0 && poison.arena_bytes == 0);
    close_rig(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_which_comes_when),
        cmocka_unit_test(test_a_list_is_a_loop),
        cmocka_unit_test(test_d_alone_is_half_a_step),
        cmocka_unit_test(test_memory_is_the_largest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
