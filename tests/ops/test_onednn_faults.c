/* test_onednn_faults.c — oneDNN alone, every implementation that it offers, against plain loops.
 *
 *   test_onednn_faults                  what the program could choose, a few hundred cases
 *   test_onednn_faults --sweep N        N drawn cases for every instruction set, and what the
 * program refuses too, with a table by implementation test_onednn_faults --seed S ...     other
 * cases
 *
 * Cases run in a child, which another one takes over from where it crashes or hangs. */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS, setenv */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/number.h"
#include "base/philox.h"
#include "cpu/onednn_faults.h"
#include "ops/onednn_probe.h"

enum { N_QUICK = 200, SECONDS_MAX = 20, ROWS_MAX = 400, TEXT_SIZE = 256 };

/* How often an implementation came to what, for one pass and type. */
typedef struct tally {
    char name[PROBE_NAME_SIZE];
    const char *pass;
    bool bf16, refused;
    int64_t n[PROBE_N_VERDICTS];
} tally;

/* What parent and child share. */
typedef struct board {
    int at, which;              /* the case that runs now, and the implementation's number */
    char name[PROBE_NAME_SIZE]; /* of that; "" before there is one */
    bool done;                  /* all cases are */
    int64_t n_passed, n_failed;
    tally rows[ROWS_MAX];
} board;

typedef struct options {
    int64_t n_drawn;
    int64_t seed;
    bool sweep;
} options;

static const char *const verdicts[] = {
    [PROBE_RIGHT] = "right",           [PROBE_WRONG] = "wrong",
    [PROBE_OUTSIDE] = "wrote outside", [PROBE_IMPOSSIBLE] = "impossible",
    [PROBE_CRASHED] = "crashed",       [PROBE_HUNG] = "hung"};

/* --- cases --- */

typedef struct dice {
    uint64_t seed;
    uint32_t at, block;
} dice;

static int64_t pick(dice *d, const int *from, size_t n)
{
    uint32_t word = gan_philox(d->seed, d->at, 0, d->block++).v[0];
    return from[word % n];
}
#define PICK(d, ...) pick(d, (const int[]){__VA_ARGS__}, sizeof((int[]){__VA_ARGS__}) / sizeof(int))

static void draw_axis(dice *d, int64_t taps, int64_t *in, int64_t *out, int64_t *stride,
                      int64_t *pad_begin, int64_t *pad_end)
{
    *stride = PICK(d, 1, 2, 2, 3, 4);
    *pad_begin = PICK(d, 0, 0, 1, 2, 3) % taps;
    *pad_end = PICK(d, 0, 0, 1, 2, 3) % taps;
    *in = PICK(d, 1, 2, 3, 4, 5, 6, 8, 9, 12, 15, 16, 18);
    while (*in + *pad_begin + *pad_end < taps) {
        ++*in;
    }
    *out = (*in + *pad_begin + *pad_end - taps) / *stride + 1;
}

static probe_case draw_conv(dice *d)
{
    gan_conv_geometry g = {.r = PICK(d, 1, 1, 1, 2, 3, 4, 5, 7), .groups = 1};
    g.s = PICK(d, 0, 0, 0, 1, 2, 3, 4, 5);
    g.s = g.s == 0 ? g.r : g.s;
    g.c = PICK(d, 1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 24, 31, 32, 33, 48, 65);
    g.k = PICK(d, 1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 24, 31, 32, 33, 48, 65);
    draw_axis(d, g.r, &g.h, &g.p, &g.stride_h, &g.pad_top, &g.pad_bottom);
    draw_axis(d, g.s, &g.w, &g.q, &g.stride_w, &g.pad_left, &g.pad_right);
    if (PICK(d, 0, 0, 0, 1) && g.r == 1 && g.s == 1) { /* all of a map that stride divides */
        g.h = g.p * g.stride_h;
        g.w = g.q * g.stride_w;
    }
    return (probe_case){.g = g, .batch = PICK(d, 1, 2, 3, 4, 8)};
}

/* In groups, one time in two of a channel each: what has its own implementations. */
static probe_case draw_grouped(dice *d)
{
    gan_conv_geometry g = {.r = PICK(d, 1, 2, 3, 3, 3, 4, 5, 7)};
    const bool depthwise = PICK(d, 0, 1) != 0;
    g.s = PICK(d, 0, 0, 0, 1, 2, 3, 4, 5);
    g.s = g.s == 0 ? g.r : g.s;
    g.groups = depthwise ? PICK(d, 2, 3, 4, 7, 8, 9, 15, 16, 17, 24, 32, 33, 48, 65)
                         : PICK(d, 2, 3, 4, 5, 8);
    g.c = g.groups * (depthwise ? 1 : PICK(d, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 32));
    g.k =
        g.groups * (depthwise ? PICK(d, 1, 1, 1, 2, 3) : PICK(d, 1, 2, 3, 4, 7, 8, 9, 16, 17, 32));
    draw_axis(d, g.r, &g.h, &g.p, &g.stride_h, &g.pad_top, &g.pad_bottom);
    draw_axis(d, g.s, &g.w, &g.q, &g.stride_w, &g.pad_left, &g.pad_right);
    return (probe_case){.g = g, .batch = PICK(d, 1, 2, 3, 4)};
}

static probe_case draw_product(dice *d)
{
    probe_case c = {.is_product = true, .g = {.groups = 1}};
    c.product.m = PICK(d, 1, 2, 3, 5, 8, 17, 64, 100);
    c.product.n = PICK(d, 1, 2, 3, 7, 15, 16, 17, 33, 64, 129);
    c.product.k = PICK(d, 1, 2, 3, 7, 16, 31, 64, 100, 257);
    c.product.trans_a = PICK(d, 0, 1);
    c.product.trans_b = PICK(d, 0, 1);
    return c;
}

/* A 1x1 convolution that takes every stride-th pixel of all of a map: what has been wrong for
 * filter gradients of few channels, on maps of many pixels. */
static probe_case draw_strided_1x1(dice *d)
{
    gan_conv_geometry g = {.r = 1, .s = 1, .groups = 1};
    g.c = PICK(d, 1, 2, 3, 4, 7, 8, 9, 12, 15, 16, 17, 20, 24, 33);
    g.k = PICK(d, 1, 3, 8, 17, 40);
    g.p = PICK(d, 1, 3, 6, 16, 29, 40);
    g.q = PICK(d, 1, 3, 6, 16, 29, 40);
    g.stride_h = PICK(d, 1, 2, 2, 3);
    g.stride_w = PICK(d, 1, 2, 2, 3);
    g.h = g.p * g.stride_h;
    g.w = g.q * g.stride_w;
    return (probe_case){.g = g, .batch = PICK(d, 1, 2, 4)};
}

static probe_case make_case(const options *o, int at)
{
    dice d = {.seed = (uint64_t)o->seed, .at = (uint32_t)at};
    const int64_t kind = PICK(&d, 0, 1, 1, 2, 2, 3, 3, 3);
    probe_case c = kind == 0   ? draw_product(&d)
                   : kind == 1 ? draw_strided_1x1(&d)
                   : kind == 2 ? draw_conv(&d)
                               : draw_grouped(&d);
    c.pass = (gan_onednn_pass)PICK(&d, GAN_ONEDNN_FWD, GAN_ONEDNN_BWD_DATA, GAN_ONEDNN_BWD_FILTER,
                                   GAN_ONEDNN_BWD_FILTER);
    c.bf16 = PICK(&d, 0, 1);
    c.result_in_f32 = PICK(&d, 0, 1) && (c.is_product || c.pass == GAN_ONEDNN_FWD);
    c.threads = (int)PICK(&d, 1, 2, 3);
    return c;
}

/* --- the child --- */

typedef struct progress {
    board *b;
    const probe_case *c;
    bool sweep;
} progress;

static bool is_refused(const probe_case *c, const char *name)
{
    return c->is_product ? gan_onednn_is_faulty_product(name, c->bf16)
                         : gan_onednn_is_faulty(name, c->pass, &c->g, c->bf16);
}

static bool begun(const char *name, void *ctx)
{
    const progress *p = ctx;
    snprintf(p->b->name, sizeof p->b->name, "%s", name);
    return p->b->which == PROBE_PLAN || p->sweep || !is_refused(p->c, name);
}

static tally *find_row(board *b, const probe_case *c, bool refused)
{
    static const char *const passes[] = {"fwd", "bwd_data", "bwd_filter"};
    const char *pass = c->is_product ? "product" : passes[c->pass];
    int i = 0;
    for (; i < ROWS_MAX - 1 && b->rows[i].name[0]; i++) {
        const tally *row = &b->rows[i];
        if (strcmp(row->name, b->name) == 0 && strcmp(row->pass, pass) == 0 &&
            row->bf16 == c->bf16 && row->refused == refused) {
            break;
        }
    }
    memcpy(b->rows[i].name, b->name, sizeof b->name);
    b->rows[i].pass = pass;
    b->rows[i].bf16 = c->bf16;
    b->rows[i].refused = refused;
    return &b->rows[i];
}

/* What came of the running case. */
static void conclude(board *b, const options *o, const char *isa, probe_verdict verdict)
{
    const probe_case c = make_case(o, b->at);
    const bool is_plan = b->which == PROBE_PLAN, refused = !is_plan && is_refused(&c, b->name);
    const bool good = verdict == PROBE_RIGHT || (verdict == PROBE_IMPOSSIBLE && !is_plan);
    char text[TEXT_SIZE];
    if (b->name[0]) {
        find_row(b, &c, refused)->n[verdict]++;
    }
    if (good || refused) {
        b->n_passed++;
    } else {
        b->n_failed++;
    }
    if (!good && (!refused || o->sweep)) {
        probe_describe(&c, text, sizeof text);
        printf("%s %s: %s, %s: %s (seed %lld, case %d)\n", refused ? "refused" : "FAILED", b->name,
               isa, text, verdicts[verdict], (long long)o->seed, b->at);
        (void)fflush(stdout);
    }
}

static void run_cases(board *b, const options *o, const char *isa)
{
    for (; b->at < o->n_drawn; b->at++) {
        const probe_case c = make_case(o, b->at);
        progress p = {b, &c, o->sweep};
        for (; b->which != PROBE_LAST; b->which++) {
            int which = b->which;
            b->name[0] = '\0';
            alarm(SECONDS_MAX);
            probe_verdict verdict = probe_run(&c, &which, begun, &p);
            alarm(0);
            if (which == PROBE_LAST) {
                break;
            }
            conclude(b, o, isa, verdict);
        }
        b->which = PROBE_PLAN;
    }
    b->done = true;
}

/* --- the parent --- */

/* All cases with one instruction set; NULL: what there is. */
static void run_isa(board *b, const options *o, const char *isa)
{
    const char *name = isa ? isa : "best instructions";
    b->done = false;
    b->at = 0;
    b->which = PROBE_PLAN;
    while (!b->done) {
        int status = 0;
        (void)fflush(stdout);
        pid_t child = fork();
        if (child == 0) {
            const struct rlimit none = {0, 0};
            setrlimit(RLIMIT_CORE, &none);
            if (isa) {
                setenv("ONEDNN_MAX_CPU_ISA", isa, 1);
            }
            run_cases(b, o, name);
            (void)fflush(stdout);
            _exit(0);
        }
        if (child < 0 || waitpid(child, &status, 0) != child) {
            perror("fork");
            exit(1);
        }
        if (!b->done) {
            bool hung = WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM;
            conclude(b, o, name, hung ? PROBE_HUNG : PROBE_CRASHED);
            b->which = b->name[0] ? b->which + 1 : PROBE_LAST; /* no end without a name */
        }
    }
}

static void print_table(const board *b)
{
    printf("%-36s %-10s %-4s %-7s", "implementation", "pass", "type", "");
    for (int v = 0; v < PROBE_N_VERDICTS; v++) {
        printf(" %13s", verdicts[v]);
    }
    for (int i = 0; i < ROWS_MAX && b->rows[i].name[0]; i++) {
        const tally *row = &b->rows[i];
        printf("\n%-36s %-10s %-4s %-7s", row->name, row->pass, row->bf16 ? "bf16" : "fp32",
               row->refused ? "refused" : "");
        for (int v = 0; v < PROBE_N_VERDICTS; v++) {
            printf(" %13lld", (long long)row->n[v]);
        }
    }
    printf("\n");
}

/* Shared with the children, and out of reach of what they write wildly. */
static board *make_board(void)
{
    const size_t around = (size_t)64 << 20, page = (size_t)sysconf(_SC_PAGESIZE);
    const size_t inner = (sizeof(board) + page - 1) / page * page;
    char *pages = mmap(NULL, 2 * around + inner, PROT_NONE,
                       MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (pages == MAP_FAILED || mprotect(pages + around, inner, PROT_READ | PROT_WRITE) != 0) {
        perror("mmap");
        return NULL;
    }
    return (board *)(void *)(pages + around);
}

static bool read_options(int argc, char **argv, options *o)
{
    *o = (options){.n_drawn = N_QUICK, .seed = 1};
    for (int i = 1; i + 1 < argc; i += 2) {
        int64_t *to = strcmp(argv[i], "--sweep") == 0  ? &o->n_drawn
                      : strcmp(argv[i], "--seed") == 0 ? &o->seed
                                                       : NULL;
        if (!to || gan_number_int64(argv[i + 1], to, NULL) != GAN_OK || *to < 0 || *to > 1000000) {
            return false;
        }
        o->sweep = o->sweep || to == &o->n_drawn;
    }
    return argc % 2 == 1;
}

/* Threads that spin while they wait take minutes where other programs run; the library of threads
 * reads this when it is loaded. */
static void wait_asleep(char **argv)
{
    if (!getenv("OMP_WAIT_POLICY")) {
        setenv("OMP_WAIT_POLICY", "passive", 1);
        execv("/proc/self/exe", argv); /* if it cannot be: slowly, then */
    }
}

int main(int argc, char **argv)
{
    wait_asleep(argv);
    const char *const isas[] = {NULL, "AVX512_CORE", "AVX2", "SSE41"};
    options o;
    if (!read_options(argc, argv, &o)) {
        fprintf(stderr, "usage: %s [--sweep N] [--seed N]\n", argv[0]);
        return 2;
    }
    board *b = make_board();
    if (!b) {
        return 1;
    }
    for (size_t i = 0; i < sizeof isas / sizeof *isas; i++) {
        run_isa(b, &o, isas[i]);
    }
    if (o.sweep) {
        print_table(b);
    }
    printf("%lld passed, %lld failed\n", (long long)b->n_passed, (long long)b->n_failed);
    return b->n_failed > 0;
}
