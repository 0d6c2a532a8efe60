/* bench_transform.c — the DFT and Winograd's convolution beside oneDNN's direct one, layer by
 * layer, in one run: all in fp32, and on bf16 tensors with bf16 products (weight gradients stay
 * fp32).
 *
 *     make && cc -std=c11 -O2 -Iinclude -Isrc -fopenmp bench/bench_transform.c \
 *         build/release/libgan.a -ldnnl -lm -o bench_transform
 *     ./bench_transform [BATCH [THREADS [ROUNDS [WORD]]]]
 *
 * WORD: only layers with it in their names.
 *
 * Every way takes its turn in every round, and the least of all rounds is compared: other work on
 * the machine adds time and never takes any away. One thread is timed by the processor time that it
 * took, which waiting for other work does not add to; several by the clock. `load` is processor
 * time over threads times elapsed time in the DFT's best round: well under 1 means that the machine
 * was shared even then. */
#define _GNU_SOURCE /* clock_gettime */
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/memory.h"
#include "base/normal.h"
#include "cpu/floats.h"
#include "cpu/onednn.h"
#include "cpu/parallel.h"
#include "transform/transform.h"

typedef struct bench_layer {
    const char *name;
    int64_t images_per_sample; /* 2: real and fake ones go through together */
    gan_conv_geometry g;
} bench_layer;

/* As ordinary convolutions: a generator's layer runs forward as `dx` of its row. */
static const bench_layer layers[] = {
    {"mnist G1 7x7 128-256 5x5/1", 1, {7, 7, 128, 7, 7, 256, 5, 5, 1, 1, 2, 2, 2, 2, 1}},
    {"mnist G2 14x14 64-128 5x5/2", 1, {14, 14, 64, 7, 7, 128, 5, 5, 2, 2, 1, 1, 2, 2, 1}},
    {"mnist D2 14x14 64-128 5x5/2", 2, {14, 14, 64, 7, 7, 128, 5, 5, 2, 2, 1, 1, 2, 2, 1}},
    {"64 32x32 64-128 4x4/2", 1, {32, 32, 64, 16, 16, 128, 4, 4, 2, 2, 1, 1, 1, 1, 1}},
    {"64 16x16 128-256 4x4/2", 1, {16, 16, 128, 8, 8, 256, 4, 4, 2, 2, 1, 1, 1, 1, 1}},
    {"32x32 3x3/1 64-64", 1, {32, 32, 64, 32, 32, 64, 3, 3, 1, 1, 1, 1, 1, 1, 1}},
    {"16x16 3x3/1 128-128", 1, {16, 16, 128, 16, 16, 128, 3, 3, 1, 1, 1, 1, 1, 1, 1}},
    {"8x8 3x3/1 256-256", 1, {8, 8, 256, 8, 8, 256, 3, 3, 1, 1, 1, 1, 1, 1, 1}},
    {"16x16 3x3/2 64-128", 1, {16, 16, 64, 8, 8, 128, 3, 3, 2, 2, 1, 1, 1, 1, 1}},
    {"32x32 5x5/2 64-128", 1, {32, 32, 64, 16, 16, 128, 5, 5, 2, 2, 1, 1, 2, 2, 1}},
    {"16x16 5x5/2 128-256", 1, {16, 16, 128, 8, 8, 256, 5, 5, 2, 2, 1, 1, 2, 2, 1}},
    {"64 8x8 256-512 4x4/2", 1, {8, 8, 256, 4, 4, 512, 4, 4, 2, 2, 1, 1, 1, 1, 1}},
    {"32x32 3x3/1 64 by 4", 1, {32, 32, 64, 32, 32, 64, 3, 3, 1, 1, 1, 1, 1, 1, 4}},
    {"16x16 3x3/1 128 by 8", 1, {16, 16, 128, 16, 16, 128, 3, 3, 1, 1, 1, 1, 1, 1, 8}},
    {"8x8 3x3/1 256 by 16", 1, {8, 8, 256, 8, 8, 256, 3, 3, 1, 1, 1, 1, 1, 1, 16}},
    {"32x32 3x3/1 64 by 2", 1, {32, 32, 64, 32, 32, 64, 3, 3, 1, 1, 1, 1, 1, 1, 2}},
    {"16x16 3x3/1 256 by 4", 1, {16, 16, 256, 16, 16, 256, 3, 3, 1, 1, 1, 1, 1, 1, 4}},
    {"16x16 3x3/1 128 by 16", 1, {16, 16, 128, 16, 16, 128, 3, 3, 1, 1, 1, 1, 1, 1, 16}},
};

enum { TRANSFORMS = 2 };
static const char *const transform_names[TRANSFORMS] = {
    [GAN_TRANSFORM_DFT] = "dft", [GAN_TRANSFORM_WINOGRAD] = "winograd"};

/* The tensors of a layer in one type, and how to compute with them; a plan is NULL where it cannot.
 */
typedef struct bench_side {
    gan_dtype type; /* of all but dw */
    void *x, *w, *dy, *y, *dx, *scratch[TRANSFORMS];
    float *dw;
    gan_transform_plan *plan[TRANSFORMS];
    gan_onednn_plan *direct[3];
    void *direct_scratch[3];
} bench_side;

typedef struct bench_time {
    double best, load;
} bench_time;

static double seconds(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void must(gan_status status, const gan_error *err)
{
    if (status != GAN_OK) {
        fprintf(stderr, "bench_transform: %s\n", err->text);
        exit(1);
    }
}

static void *room(int64_t bytes)
{
    void *block;
    gan_error err = {0};
    must(gan_aligned_alloc((size_t)bytes, &block, &err), &err);
    return block;
}

static int64_t size_of(gan_dtype type)
{
    return type == GAN_BF16 ? 2 : 4;
}

static void *noise(int64_t n, uint32_t stream, gan_dtype type)
{
    float *v = room(n * (int64_t)sizeof *v);
    gan_normal_fill(1, stream, 0, 0, n, v);
    if (type == GAN_F32) {
        return v;
    }
    uint16_t *rounded = room(n * size_of(type));
    gan_bf16_round(v, n, rounded);
    gan_aligned_free(v);
    return rounded;
}

static gan_transform_geometry dft_geometry(const bench_layer *layer, int64_t batch)
{
    const gan_conv_geometry *g = &layer->g;
    return (gan_transform_geometry){batch * layer->images_per_sample,
                                    g->h,
                                    g->w,
                                    g->c,
                                    g->k,
                                    g->r,
                                    g->s,
                                    g->stride_h,
                                    g->stride_w,
                                    g->pad_top,
                                    g->pad_left,
                                    g->pad_bottom,
                                    g->pad_right,
                                    g->groups};
}

typedef struct bench_pass {
    const char *name;
    unsigned dft;
    gan_onednn_pass direct[2];
    int n_direct;
} bench_pass;

static const bench_pass passes[] = {
    {"y", GAN_TRANSFORM_FWD, {GAN_ONEDNN_FWD}, 1},
    {"dx", GAN_TRANSFORM_DGRAD, {GAN_ONEDNN_BWD_DATA}, 1},
    {"dw", GAN_TRANSFORM_WGRAD, {GAN_ONEDNN_BWD_FILTER}, 1},
    {"dx + dw",
     GAN_TRANSFORM_DGRAD | GAN_TRANSFORM_WGRAD,
     {GAN_ONEDNN_BWD_DATA, GAN_ONEDNN_BWD_FILTER},
     2},
    {"y + dw", GAN_TRANSFORM_FWD | GAN_TRANSFORM_WGRAD, {GAN_ONEDNN_FWD, GAN_ONEDNN_BWD_FILTER}, 2},
};

static gan_transform_call call_of(const bench_side *b, int transform, unsigned pass)
{
    return (gan_transform_call){.x = b->x,
                                .w = b->w,
                                .dy = b->dy,
                                .y = pass & GAN_TRANSFORM_FWD ? b->y : NULL,
                                .dx = pass & GAN_TRANSFORM_DGRAD ? b->dx : NULL,
                                .dw = pass & GAN_TRANSFORM_WGRAD ? b->dw : NULL,
                                .scratch = b->scratch[transform]};
}

static void make_direct(bench_side *b, gan_onednn *library, const bench_layer *layer, int64_t n)
{
    gan_error err = {0};
    for (int i = 0; i < 3; i++) {
        gan_onednn_pass pass = (gan_onednn_pass)i;
        const void *first = pass == GAN_ONEDNN_BWD_DATA ? b->dy : b->x;
        const void *second = pass == GAN_ONEDNN_BWD_FILTER ? b->dy : b->w;
        void *result = pass == GAN_ONEDNN_FWD        ? b->y
                       : pass == GAN_ONEDNN_BWD_DATA ? b->dx
                                                     : (void *)b->dw;
        const gan_onednn_types types = {b->type, b->type,
                                        pass == GAN_ONEDNN_BWD_FILTER ? GAN_F32 : b->type};
        gan_onednn_plan **plan = &b->direct[i];
        must(gan_onednn_conv(library, pass, &layer->g, n, types, plan, &err), &err);
        b->direct_scratch[i] = room(gan_onednn_scratch(*plan) + 64);
        must(gan_onednn_bind(*plan, first, second, result, b->direct_scratch[i], &err), &err);
    }
}

static void make_plan(bench_side *b, const gan_transform_geometry *g, int transform, int threads)
{
    gan_error err = {0};
    bool bf16 = b->type == GAN_BF16;
    gan_transform_type type = bf16 ? GAN_TRANSFORM_BF16 : GAN_TRANSFORM_F32;
    const gan_transform_options o = {.threads = threads,
                                     .transform = (gan_transform_kind)transform,
                                     .products = type,
                                     .activation = type,
                                     .weight = type};
    gan_transform_plan **plan = &b->plan[transform];
    gan_status status = gan_transform_plan_create(g, &o, plan, &err);
    int64_t scratch = 0;
    must(status == GAN_E_UNSUPPORTED ? GAN_OK : status, &err);
    for (size_t i = 0; *plan && i < sizeof passes / sizeof *passes; i++) {
        int64_t bytes = gan_transform_scratch_bytes(*plan, passes[i].dft);
        scratch = bytes > scratch ? bytes : scratch;
    }
    b->scratch[transform] = room(scratch + 64);
    if (*plan) {
        printf("| %s: %s, %.0f MB scratch |\n", bf16 ? "bf16" : "fp32",
               gan_transform_plan_text(*plan), (double)scratch / 1e6);
    }
}

static bench_side make_side(gan_dtype type, gan_onednn *library, const bench_layer *layer,
                            const gan_transform_geometry *g, int threads)
{
    int64_t n_x = g->n * g->h * g->w * g->c, n_y = g->n * layer->g.p * layer->g.q * g->k;
    int64_t n_w = g->k * g->r * g->s * (g->c / g->groups);
    bench_side b = {.type = type,
                    .x = noise(n_x, 1, type),
                    .w = noise(n_w, 2, type),
                    .dy = noise(n_y, 3, type),
                    .y = room(n_y * size_of(type)),
                    .dx = room(n_x * size_of(type)),
                    .dw = room(n_w * size_of(GAN_F32))};
    make_direct(&b, library, layer, g->n);
    for (int t = 0; t < TRANSFORMS; t++) {
        make_plan(&b, g, t, threads);
    }
    return b;
}

static void free_side(bench_side *b)
{
    for (int i = 0; i < 3; i++) {
        gan_onednn_destroy(b->direct[i]);
        gan_aligned_free(b->direct_scratch[i]);
    }
    for (int t = 0; t < TRANSFORMS; t++) {
        gan_transform_plan_destroy(b->plan[t]);
        gan_aligned_free(b->scratch[t]);
    }
    void *owned[] = {b->x, b->w, b->dy, b->y, b->dx, b->dw};
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++) {
        gan_aligned_free(owned[i]);
    }
}

static void note(bench_time *t, double start, double cpu_start, int threads)
{
    double elapsed = seconds(CLOCK_MONOTONIC) - start;
    double cpu = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu_start, took = threads == 1 ? cpu : elapsed;
    if (t->best == 0 || took < t->best) {
        t->best = took;
        t->load = cpu / (elapsed * threads);
    }
}

/* One row of the table. */
static void compare(const char *name, const bench_pass *pass, const bench_side sides[2],
                    int threads, int rounds)
{
    bench_time direct[2] = {{0}}, dft[2][TRANSFORMS] = {{{0}}};
    gan_error err = {0};
    for (int r = 0; r < rounds; r++) {
        for (int i = 0; i < 2; i++) {
            const bench_side *b = &sides[i];
            double start = seconds(CLOCK_MONOTONIC), cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
            for (int j = 0; j < pass->n_direct; j++) {
                must(gan_onednn_run(b->direct[pass->direct[j]], &err), &err);
            }
            note(&direct[i], start, cpu, threads);
            for (int t = 0; t < TRANSFORMS; t++) {
                const gan_transform_call call = call_of(b, t, pass->dft);
                start = seconds(CLOCK_MONOTONIC), cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
                if (b->plan[t]) {
                    gan_transform_run(b->plan[t], &call);
                    note(&dft[i][t], start, cpu, threads);
                }
            }
        }
    }
    printf("| %s | %s |", name, pass->name);
    for (int i = 0; i < 2; i++) {
        printf(" %.2f |", direct[i].best * 1e3);
        for (int t = 0; t < TRANSFORMS; t++) {
            printf(" %.2f | %.2f |", dft[i][t].best * 1e3,
                   dft[i][t].best > 0 ? direct[i].best / dft[i][t].best : 0);
        }
    }
    for (int t = 0; t < TRANSFORMS; t++) {
        gan_transform_cost cost = {0};
        if (sides[0].plan[t]) {
            cost = gan_transform_plan_cost(sides[0].plan[t], pass->dft);
        }
        printf(" %.1f | %.2f |", cost.products > 0 ? cost.direct / cost.products : 0,
               cost.products > 0 ? cost.transforms / cost.products : 0);
    }
    printf(" %.2f |\n", dft[0][GAN_TRANSFORM_DFT].load);
}

static void bench(const bench_layer *layer, gan_onednn *library, int64_t batch, int threads,
                  int rounds)
{
    const gan_transform_geometry g = dft_geometry(layer, batch);
    bench_side sides[2] = {make_side(GAN_F32, library, layer, &g, threads),
                           make_side(GAN_BF16, library, layer, &g, threads)};
    for (size_t i = 0; i < sizeof passes / sizeof *passes; i++) {
        compare(layer->name, &passes[i], sides, threads, rounds);
    }
    free_side(&sides[0]);
    free_side(&sides[1]);
}

int main(int argc, char **argv)
{
    int64_t batch = argc > 1 ? strtoll(argv[1], NULL, 10) : 256;
    int threads = argc > 2 ? (int)strtol(argv[2], NULL, 10) : omp_get_max_threads();
    int rounds = argc > 3 ? (int)strtol(argv[3], NULL, 10) : 15;
    char text[128];
    gan_onednn *library;
    gan_error err = {0};
    if (batch < 1 || threads < 1 || rounds < 1) {
        fprintf(stderr, "usage: bench_transform [BATCH [THREADS [ROUNDS [WORD]]]], at least 1\n");
        return 2;
    }
    gan_cpu_set_threads(threads);
    must(gan_onednn_open(&library, &err), &err);
    gan_onednn_describe(text, sizeof text);
    printf("%s, batch %lld, %d threads, least of %d rounds, ms\n\n", text, (long long)batch,
           threads, rounds);
    printf("| layer | pass |");
    for (int i = 0; i < 2; i++) {
        printf(" direct%s |", i ? " bf16" : "");
        for (int t = 0; t < TRANSFORMS; t++) {
            printf(" %s | ratio |", transform_names[t]);
        }
    }
    for (int t = 0; t < TRANSFORMS; t++) {
        printf(" products less | transforms/products |");
    }
    printf(" load |\n|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|\n");
    for (size_t i = 0; i < sizeof layers / sizeof *layers; i++) {
        if (argc > 4 && !strstr(layers[i].name, argv[4])) {
            continue;
        }
        bench(&layers[i], library, batch, threads, rounds);
    }
    gan_onednn_close(library);
    return 0;
}
