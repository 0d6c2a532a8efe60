/* test_language.c — steps of networks drawn from the whole language, with every loss and every
 * penalty, on a backend and in double precision.
 *
 * For each loss and each penalty the words are dealt like cards, some to a network, until none is
 * left: so each layer meets each of them, which is counted from what was built and printed. What is
 * compared are the losses and both networks' gradients. How far they may be from the exact ones
 * says double precision again, with random errors of the size of fp32's in every operation: the
 * farthest of some such runs, times a factor for sums in another order and longer than those errors
 * have them. Where these are not enough, more are run: kinks are rare.
 *
 * GAN_TEST_ROUNDS=N deals N times (make check-long); GAN_TEST_SEED=S begins with another deal. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/philox.h"
#include "net/spec.h"
#include "ops/op_case.h"
#include "program/loss_terms.h"
#include "unit/random_language.h"
#include "unit/step_rig.h"

enum {
    YAML_SIZE = 16384,
    ROWS_MAX = 64,
    HAND = 9, /* words of one network in a deal */
    RUNS = 3, /* with errors */
    MORE_RUNS = 24,
    OTHER_INPUTS = 2
};

/* As `gan verify` allows a device (src/verify/verify.c); below `floor` of the gradient's own size
 * nothing is asked. */
static const double factor = 24, floor_of_size = 1e-6;

static const struct {
    const char *name;
    double r1, r2;
} penalties[] = {{"none", 0, 0}, {"r1", 1.5, 0}, {"r2", 0, 0.7}, {"r1+r2", 0.4, 2}};
enum { N_PENALTIES = sizeof penalties / sizeof *penalties };

static const char *const losses[] = {
#define GAN_LOSS(name, coupling, shared, labels, source) #name,
#include "program/losses.def"
#undef GAN_LOSS
};

static int n_tried_again; /* networks */

/* --- what was built --- */

/* A layer of the language: its name without the number. */
static const char *const rows[] = {
#define LAYER_ROW(name) #name,
    GAN_LAYER_LIST(LAYER_ROW)
#undef LAYER_ROW
#define GAN_ACTIVATION_ROW(name, alpha, bends, summary) #name,
#include "net/activations.def"
#undef GAN_ACTIVATION_ROW
#define NORM_ROW(name) #name,
        GAN_NORM_LIST(NORM_ROW)
#undef NORM_ROW
            "conv in groups",
    "conv_transpose in groups"};
enum { N_ROWS = sizeof rows / sizeof *rows };

/* How many networks had the layer in D, in G. */
static int met_by_d[N_ROWS][N_PENALTIES][GAN_LOSS_COUNT], met_by_g[N_ROWS][GAN_LOSS_COUNT];

static bool is_row(const gan_layer *layer, int row)
{
    const size_t n = strcspn(rows[row], " "), length = strlen(layer->name);
    const bool in_groups = rows[row][n] != '\0';
    return length > n && strncmp(rows[row], layer->name, n) == 0 &&
           strspn(layer->name + n, "0123456789") == length - n &&
           (!in_groups || layer->u.conv.groups > 1);
}

static bool has(const gan_stack *stack, int row)
{
    for (int i = 0; i < stack->n_layers; i++) {
        if (is_row(&stack->layers[i], row)) {
            return true;
        }
    }
    return false;
}

/* The two kinds that are called by other names in a network. */
static bool is_called_otherwise(int row)
{
    return row == GAN_LAYER_activation || row == GAN_LAYER_normalize;
}

static void count(const gan_net *net, int loss, int penalty)
{
    for (int row = 0; row < N_ROWS; row++) {
        met_by_d[row][penalty][loss] += has(net->discriminator, row);
        met_by_g[row][loss] += has(net->generator, row);
    }
}

/* --- one network --- */

typedef struct numbers {
    double losses[2];
    double *g, *d;
    int64_t n_g, n_d;
} numbers;

typedef struct network {
    const char *yaml;
    uint64_t seed, inputs;
    gan_build_options options;
} network;

static numbers run(const gan_backend *backend, gan_rounding rounding, uint64_t rounding_seed,
                   const network *net, step_rig *rig)
{
    numbers got = {.n_g = 0};
    const gan_device_options device = {
        .threads = 1, .products = "strict", .rounding = rounding, .rounding_seed = rounding_seed};
    step_rig_open_as(rig, backend, &device, GAN_F32, net->yaml, net->inputs, &net->options, false);
    step_rig_run(rig);
    got.n_g = rig->net->generator->param_floats;
    got.n_d = rig->net->discriminator->param_floats;
    got.g = calloc((size_t)got.n_g, sizeof *got.g);
    got.d = calloc((size_t)got.n_d, sizeof *got.d);
    assert_true(got.g && got.d);
    step_rig_losses(rig, &got.losses[0], &got.losses[1]);
    step_rig_peek(rig, "g.grad", got.g, got.n_g);
    step_rig_peek(rig, "d.grad", got.d, got.n_d);
    return got;
}

static void let_go(numbers *n)
{
    free(n->g);
    free(n->d);
}

/* Of each of four tensors: both losses, both gradients. */
typedef struct distances {
    double of[4];
} distances;

static double length_of(const double *a, const double *b, int64_t n)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++) {
        const double x = a[i] - (b ? b[i] : 0);
        sum += x * x;
    }
    return sqrt(sum);
}

static distances apart(const numbers *a, const numbers *b)
{
    const distances d = {{fabs(a->losses[0] - b->losses[0]), fabs(a->losses[1] - b->losses[1]),
                          length_of(a->g, b->g, a->n_g), length_of(a->d, b->d, a->n_d)}};
    return d;
}

static distances sizes_of(const numbers *a)
{
    const distances d = {{1, 1, length_of(a->g, NULL, a->n_g), length_of(a->d, NULL, a->n_d)}};
    return d;
}

/* The worst of what the backend is off by, over what is allowed, with so many runs from first on;
 * *moved holds what those before moved things by. */
static double judge(const network *net, const numbers *exact, const distances *off,
                    distances *moved, int first, int n)
{
    const distances size = sizes_of(exact);
    double worst = 0;
    for (int i = first; i < n; i++) {
        step_rig rig;
        numbers rounded =
            run(&gan_reference_backend, i == 0 ? GAN_ROUNDING_STORED : GAN_ROUNDING_RANDOM,
                (uint64_t)i, net, &rig);
        const distances now = apart(&rounded, exact);
        for (int k = 0; k < 4; k++) {
            moved->of[k] = fmax(moved->of[k], now.of[k]);
        }
        step_rig_close(&rig);
        let_go(&rounded);
    }
    for (int k = 0; k < 4; k++) {
        const double ratio =
            off->of[k] / (factor * moved->of[k] + floor_of_size * (size.of[k] + 1e-6));
        worst = ratio <= worst ? worst : ratio; /* NaN stays */
    }
    return worst;
}

/* How far off it is in what is allowed. */
static double try_network(const network *net, int loss, int penalty)
{
    const gan_backend *backend = op_backend();
    step_rig rig, own;
    distances moved = {{0}};
    assert_non_null(backend);
    numbers exact = run(&gan_reference_backend, GAN_ROUNDING_NONE, 0, net, &rig);
    numbers got = run(backend, GAN_ROUNDING_NONE, 0, net, &own);
    const distances off = apart(&got, &exact);
    count(rig.net, loss, penalty);
    double worst = judge(net, &exact, &off, &moved, 0, RUNS);
    if (!(worst <= 1) && isfinite(worst)) {
        worst = judge(net, &exact, &off, &moved, RUNS, MORE_RUNS);
    }
    if (!(worst <= 1)) {
        print_message("%s, %s, penalty %s, network %llu, inputs %llu: %g of what is allowed (off "
                      "by %g, %g, %g, %g)\n",
                      op_backend()->name, losses[loss], penalties[penalty].name,
                      (unsigned long long)net->seed, (unsigned long long)net->inputs, worst,
                      off.of[0], off.of[1], off.of[2], off.of[3]);
    }
    step_rig_close(&rig);
    step_rig_close(&own);
    let_go(&exact);
    let_go(&got);
    return worst;
}

/* The same, with other inputs where it fails: a kink that lies between two right answers is at
 * another place then, a fault is not. */
static double check_network(network *net, int loss, int penalty)
{
    double worst = try_network(net, loss, penalty);
    for (int i = 0; i < OTHER_INPUTS && !(worst <= 1); i++) {
        n_tried_again += i == 0;
        net->inputs++;
        worst = try_network(net, loss, penalty);
    }
    if (!(worst <= 1)) {
        printf("%s", net->yaml); /* fail_msg cuts it off */
        fail_msg("network %llu is off with any inputs", (unsigned long long)net->seed);
    }
    return worst;
}

/* --- deals --- */

typedef struct deck {
    const char *words[ROWS_MAX];
    int n, at;
} deck;

/* Without the layers that mix samples where `mixing` is false, in an order of the seed. */
static deck shuffled(uint64_t seed, bool mixing)
{
    deck d = {.n = 0};
    for (int i = 0; random_language_words[i]; i++) {
        const char *word = random_language_words[i];
        if (mixing || (strcmp(word, "batch_norm") != 0 && strcmp(word, "minibatch_stddev") != 0)) {
            assert_true(d.n < ROWS_MAX);
            d.words[d.n++] = word;
        }
    }
    for (int i = d.n - 1; i > 0; i--) {
        const int k = (int)(gan_philox(seed, 79, 0, (uint32_t)i).v[0] % (uint32_t)(i + 1));
        const char *word = d.words[i];
        d.words[i] = d.words[k];
        d.words[k] = word;
    }
    return d;
}

/* The next hand of it, n of them; from the beginning again where it is through. */
static const char *const *deal(deck *d, int *n)
{
    d->at = d->at < d->n ? d->at : 0;
    const char *const *hand = &d->words[d->at];
    *n = d->n - d->at < HAND ? d->n - d->at : HAND;
    d->at += *n;
    return hand;
}

/* Networks of one loss and one penalty until D has met every word; how many there were. */
static int deal_all(uint64_t seed, int loss, int penalty, int stride, double *worst)
{
    deck of_d = shuffled(seed, penalty == 0), of_g = shuffled(seed + 1, true);
    int dealt = 0;
    for (; of_d.at < of_d.n; dealt++) {
        char yaml[YAML_SIZE];
        int n_d = 0, n_g = 0;
        const char *const *words_d = deal(&of_d, &n_d), *const *words_g = deal(&of_g, &n_g);
        network net = {.yaml = yaml, .seed = seed + (uint64_t)dealt};
        net.inputs = 10 * net.seed;
        net.options = (gan_build_options){
            .loss = losses[loss],
            .schedule = (seed + (uint64_t)dealt) % 2 ? GAN_ALTERNATING : GAN_SIMULTANEOUS,
            .r1 = penalties[penalty].r1,
            .r2 = penalties[penalty].r2};
        random_language(net.seed, words_d, n_d, words_g, n_g, yaml, sizeof yaml);
        if ((loss + penalty + dealt) % stride == 0) {
            *worst = fmax(*worst, check_network(&net, loss, penalty));
        }
    }
    return dealt;
}

/* --- the table --- */

/* The program refuses them under a penalty, by name (step_penalty.c). */
static bool is_excluded(int row, int penalty)
{
    return penalty > 0 && (row == GAN_LAYER_batch_norm || row == GAN_LAYER_minibatch_stddev);
}

static void print_counts(int row, const int *counts)
{
    (void)row;
    for (int loss = 0; loss < GAN_LOSS_COUNT; loss++) {
        printf(" %3d", counts[loss]);
    }
}

/* Prints the table; how many of its places are empty. */
static int print_table(void)
{
    int empty = 0;
    printf("networks that a layer was in, by penalty, a column for each loss:");
    for (int loss = 0; loss < GAN_LOSS_COUNT; loss++) {
        printf("%s %s", loss ? "," : "", losses[loss]);
    }
    printf("\n");
    for (int row = 0; row < N_ROWS; row++) {
        if (is_called_otherwise(row)) {
            continue;
        }
        for (int penalty = 0; penalty < N_PENALTIES; penalty++) {
            printf("%-24s d %-6s", rows[row], penalties[penalty].name);
            print_counts(row, met_by_d[row][penalty]);
            printf("%s\n", is_excluded(row, penalty) ? "  refused: it mixes samples" : "");
            for (int loss = 0; loss < GAN_LOSS_COUNT; loss++) {
                empty += met_by_d[row][penalty][loss] == 0 && !is_excluded(row, penalty);
            }
        }
        printf("%-24s g       ", rows[row]);
        print_counts(row, met_by_g[row]);
        printf("\n");
        for (int loss = 0; loss < GAN_LOSS_COUNT; loss++) {
            empty += met_by_g[row][loss] == 0;
        }
    }
    return empty;
}

static int number_of(const char *variable, int otherwise)
{
    const char *text = getenv(variable);
    return text ? atoi(text) : otherwise;
}

/* On another backend than the CPU's, which may be simulated, one network in seven. */
static void networks_of_the_whole_language(void **state)
{
    (void)state;
    const int rounds = number_of("GAN_TEST_ROUNDS", 1);
    const bool all = op_backend() == &gan_cpu_backend;
    const uint64_t first = (uint64_t)number_of("GAN_TEST_SEED", 1);
    int networks = 0;
    double worst = 0;
    for (int round = 0; round < rounds; round++) {
        for (int loss = 0; loss < GAN_LOSS_COUNT; loss++) {
            for (int penalty = 0; penalty < N_PENALTIES; penalty++) {
                const uint64_t seed = 1000 * (first * 1000 + (uint64_t)round) +
                                      (uint64_t)(loss * N_PENALTIES + penalty) * 20;
                networks += deal_all(seed, loss, penalty, all ? 1 : 7, &worst);
            }
        }
    }
    const int empty = print_table();
    printf(
        "%d networks dealt, the farthest off by %.2g of what is allowed, %d with other inputs; %d "
        "places empty\n",
        networks, worst, n_tried_again, empty);
    assert_true(!all || empty == 0);
    assert_true(n_tried_again <= 2 + networks / 50);
}

/* What is excluded above is so by the program, which names the layer. */
static void what_mixes_samples_is_refused(void **state)
{
    static const char *const words[] = {"batch_norm", "minibatch_stddev"};
    (void)state;
    for (int i = 0; i < 2; i++) {
        char yaml[YAML_SIZE], name[32];
        gan_net *net = NULL;
        gan_program *program = NULL;
        gan_error err = {0};
        random_language(5, &words[i], 1, NULL, 0, yaml, sizeof yaml);
        assert_int_equal(gan_net_parse(yaml, "random", &net, &err), GAN_OK);
        gan_build_options options = {.loss = "bce",
                                     .batch = 4,
                                     .fed = true,
                                     .metric_rows = 1,
                                     .r1 = 1,
                                     .adam_g = net->train.adam_g,
                                     .adam_d = net->train.adam_d};
        assert_int_equal(gan_build_train(net, &options, true, &program, NULL, &err), GAN_E_USAGE);
        snprintf(name, sizeof name, "%s0", words[i]);
        if (!strstr(err.text, name)) {
            fail_msg("'%s' does not name %s", err.text, name);
        }
        gan_net_destroy(net);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_mixes_samples_is_refused),
        cmocka_unit_test(networks_of_the_whole_language),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
