/* test_program_place.c — no two live buffers overlap in the arena, on random networks.
 *
 * Lives and addresses are worked out here again, from the list of ops alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "program/build.h"
#include "program/place.h"
#include "unit/random_net.h"

enum { N_NETS = 40, YAML_SIZE = 8192 };

typedef struct life {
    int64_t begin, end; /* bytes in the arena */
    int first, last;    /* ops */
} life;

static void touch(const gan_program *p, life *lives, int id, int op)
{
    if (id < 0) {
        return;
    }
    int base = p->buffers[id].base;
    const gan_buffer *b = &p->buffers[base];
    if (gan_buffer_class_stored(b->cls)) {
        return;
    }
    life *l = &lives[base];
    if (l->first < 0) {
        int64_t bytes = b->count * (int64_t)gan_dtype_size(b->type);
        *l = (life){b->place, b->place + bytes, op, op};
    }
    l->last = op;
    if (b->cls == GAN_GRADIENT) {
        l->first = 0;
        l->last = p->n_ops - 1;
    }
}

/* True if op `at` may write output 0 where it reads: ops.def's list of what works in place. */
static bool is_in_place_pair(const gan_program *p, int at, int dying, int born)
{
    const gan_op *op = &p->ops[at];
    switch (op->kind) {
    case GAN_OP_bias_leaky_dropout:
    case GAN_OP_tanh:
    case GAN_OP_sigmoid:
    case GAN_OP_scale_rows:
        return p->buffers[op->in[0]].base == dying && p->buffers[op->out[0]].base == born;
    case GAN_OP_bias_leaky_dropout_bwd:
    case GAN_OP_tanh_bwd:
    case GAN_OP_sigmoid_bwd:
        return p->buffers[op->in[1]].base == dying && p->buffers[op->out[0]].base == born;
    case GAN_OP_add:
        return (p->buffers[op->in[0]].base == dying || p->buffers[op->in[1]].base == dying) &&
               p->buffers[op->out[0]].base == born;
    default:
        return false;
    }
}

static bool meet(const gan_program *p, const life *lives, int a, int b)
{
    const life *x = &lives[a], *y = &lives[b];
    if (x->first < 0 || y->first < 0 || x->end <= y->begin || y->end <= x->begin ||
        x->last < y->first || y->last < x->first) {
        return false;
    }
    if (x->last == y->first && x->begin == y->begin && is_in_place_pair(p, x->last, a, b)) {
        return false;
    }
    return !(y->last == x->first && x->begin == y->begin && is_in_place_pair(p, y->last, b, a));
}

/* Fails the test if two buffers that live at once share a byte. Returns how many share a place. */
static int check(const gan_program *p, const char *what)
{
    life *lives = calloc((size_t)p->n_buffers, sizeof *lives);
    int shared = 0;
    assert_non_null(lives);
    for (int i = 0; i < p->n_buffers; i++) {
        lives[i].first = -1;
    }
    for (int i = 0; i < p->n_ops; i++) {
        for (int k = 0; k < p->ops[i].n_in; k++) {
            touch(p, lives, p->ops[i].in[k], i);
        }
        for (int k = 0; k < p->ops[i].n_out; k++) {
            touch(p, lives, p->ops[i].out[k], i);
        }
    }
    for (int a = 0; a < p->n_buffers; a++) {
        for (int b = a + 1; b < p->n_buffers; b++) {
            if (meet(p, lives, a, b)) {
                fail_msg("%s: buffers %s and %s live at once in one place", what,
                         p->buffers[a].name, p->buffers[b].name);
            }
            shared += lives[a].first >= 0 && lives[b].first >= 0 && lives[a].begin < lives[b].end &&
                      lives[b].begin < lives[a].end;
        }
        if (lives[a].first >= 0) {
            assert_true(lives[a].begin >= 0 && lives[a].end <= p->arena_bytes);
            assert_int_equal(lives[a].begin % GAN_PLACE_ALIGNMENT, 0);
        }
    }
    free(lives);
    return shared;
}

static gan_program *build(uint64_t seed, gan_schedule schedule, bool share, char *yaml)
{
    gan_net *net = NULL;
    gan_program *program = NULL;
    gan_error err = {0};
    const gan_build_options options = {.batch = (int64_t)(seed % 5) + 1,
                                       .loss = "bce",
                                       .schedule = schedule,
                                       .n_images = 7,
                                       .metric_rows = 3,
                                       .ema = seed % 2 == 0,
                                       .ema_warmup = seed % 4 == 0};
    random_net(seed, seed % 3 == 0, yaml, YAML_SIZE);
    if (gan_net_parse(yaml, "random", &net, &err) != GAN_OK ||
        gan_build_train(net, &options, share, &program, NULL, &err) != GAN_OK) {
        fail_msg("random_net(%llu): %s\n%s", (unsigned long long)seed, err.text, yaml);
    }
    gan_net_destroy(net);
    return program;
}

static void live_buffers_never_overlap(void **state)
{
    (void)state;
    char yaml[YAML_SIZE];
    int shared = 0;
    for (uint64_t seed = 1; seed <= N_NETS; seed++) {
        gan_program *p = build(seed, seed % 2 ? GAN_SIMULTANEOUS : GAN_ALTERNATING, true, yaml);
        shared += check(p, yaml);
        gan_program_destroy(p);
    }
    assert_true(shared > N_NETS); /* places are shared at all: the check above had work to do */
}

static void without_sharing_every_buffer_has_its_own_place(void **state)
{
    (void)state;
    char yaml[YAML_SIZE];
    for (uint64_t seed = 1; seed <= 10; seed++) {
        gan_program *apart = build(seed, GAN_SIMULTANEOUS, false, yaml);
        gan_program *together = build(seed, GAN_SIMULTANEOUS, true, yaml);
        assert_int_equal(check(apart, yaml), 0);
        assert_true(together->arena_bytes < apart->arena_bytes);
        gan_program_destroy(apart);
        gan_program_destroy(together);
    }
}

static void reading_before_writing_is_refused(void **state)
{
    (void)state;
    const int64_t dims[4] = {2, 1, 1, 3};
    gan_program *p = NULL;
    gan_error err = {0};
    int x, y;
    assert_int_equal(gan_program_create("test", &p, &err), GAN_OK);
    assert_int_equal(gan_program_buffer(p, "x", GAN_ACTIVATION, GAN_F32, dims, &x, &err), GAN_OK);
    assert_int_equal(gan_program_buffer(p, "y", GAN_ACTIVATION, GAN_F32, dims, &y, &err), GAN_OK);
    assert_int_equal(gan_program_op(p, GAN_OP_tanh, "early", &x, &y, NULL, &err), GAN_OK);
    assert_int_equal(gan_program_place(p, true, &err), GAN_E_FAILED);
    assert_non_null(strstr(err.text, "early"));
    gan_program_destroy(p);
}

static void impossible_sizes_are_refused(void **state)
{
    (void)state;
    char yaml[YAML_SIZE];
    gan_net *net = NULL;
    gan_program *p = NULL;
    gan_error err = {0};
    gan_build_options options = {
        .batch = INT64_MAX / 8, .loss = "bce", .n_images = 7, .metric_rows = 3};
    random_net(1, 0, yaml, YAML_SIZE);
    assert_int_equal(gan_net_parse(yaml, "random", &net, &err), GAN_OK);
    assert_int_not_equal(gan_build_train(net, &options, true, &p, NULL, &err), GAN_OK);
    assert_null(p);
    options.batch = 0;
    assert_int_equal(gan_build_train(net, &options, true, &p, NULL, &err), GAN_E_USAGE);
    options.batch = 1;
    options.loss = "bse";
    assert_int_equal(gan_build_train(net, &options, true, &p, NULL, &err), GAN_E_USAGE);
    gan_net_destroy(net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(live_buffers_never_overlap),
        cmocka_unit_test(without_sharing_every_buffer_has_its_own_place),
        cmocka_unit_test(reading_before_writing_is_refused),
        cmocka_unit_test(impossible_sizes_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
