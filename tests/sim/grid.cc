/* grid.cc — see grid.h. Not instrumented: its bookkeeping is no part of the kernels' memory. */
#include "sim/grid.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <vector>

#include "sim/fiber.h"

#ifdef GAN_SIM_ASAN
#include <sanitizer/asan_interface.h>
#endif

static const size_t WARP = 32, RED_ZONE = 64, SHARED_LIMIT = 48 * 1024;

/* ThreadSanitizer's time goes with the number of threads under way, squared. */
#ifdef GAN_SIM_TSAN
static const size_t BLOCKS_AT_ONCE = 2;
#else
static const size_t BLOCKS_AT_ONCE = 3;
#endif

enum thread_state { READY, AT_BARRIER, AT_SHUFFLE, AT_GRID, ENDED };

struct block_run;

struct thread_run {
    gan_sim_thread self;
    gan_fiber *fiber;
    block_run *block;
    thread_state state;
    const char *file; /* where it waits */
    int line;
    unsigned mask; /* of the shuffle it waits in */
    int from;
    uint64_t value, taken;
};

struct shared_array {
    const void *key;
    const char *name;
    size_t bytes;
    char *memory; /* with a red zone on either side */
};

struct block_run {
    std::vector<thread_run> threads;
    std::vector<shared_array> shared;
    size_t shared_bytes;
    int n_ended, n_barrier, n_grid, n_ready;
    char order, shared_order; /* tokens of __syncthreads and of the making of arrays */
};

struct grid_run {
    const gan_grid *grid;
    std::vector<block_run *> under_way;
    char start, end, order, cleaning; /* tokens */
};

gan_sim_thread gan_sim_self;

static grid_run *current;
static thread_run *self;

void gan_sim_violation(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fprintf(stderr, "simulated device: ");
    if (self != NULL) {
        fprintf(stderr, "kernel %s, block (%u,%u,%u), thread (%u,%u,%u): ", current->grid->kernel,
                self->self.block.x, self->self.block.y, self->self.block.z, self->self.thread.x,
                self->self.thread.y, self->self.thread.z);
    }
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    fflush(NULL);
    _Exit(86); /* not abort(): sanitizers would add a report of their own */
}

/* --- shared memory --- */

static void red_zones(const shared_array *a, bool on)
{
#ifdef GAN_SIM_ASAN
    char *after = a->memory + RED_ZONE + a->bytes;
    /* by name: the macros of this header do nothing in a file that is not instrumented */
    if (on) {
        __asan_poison_memory_region(a->memory, RED_ZONE);
        __asan_poison_memory_region(after, RED_ZONE);
    } else {
        __asan_unpoison_memory_region(a->memory, RED_ZONE);
        __asan_unpoison_memory_region(after, RED_ZONE);
    }
#else
    (void)a;
    (void)on;
#endif
}

void *gan_sim_shared(const void *key, size_t bytes, const char *name)
{
    block_run *b = self->block;
    gan_order_take(&b->shared_order);
    for (const shared_array &a : b->shared) {
        if (a.key == key) {
            return a.memory + RED_ZONE;
        }
    }
    b->shared_bytes += bytes;
    if (b->shared_bytes > SHARED_LIMIT) {
        gan_sim_violation("%zu bytes of shared memory; a block has %zu", b->shared_bytes,
                          SHARED_LIMIT);
    }
    shared_array a = {key, name, bytes, NULL};
    a.memory = (char *)aligned_alloc(RED_ZONE, (bytes + 3 * RED_ZONE - 1) / RED_ZONE * RED_ZONE);
    if (a.memory == NULL) {
        gan_sim_violation("no memory for shared memory");
    }
    memset(a.memory, 0xFF, bytes + 2 * RED_ZONE); /* NaN in every type */
    red_zones(&a, true);
    b->shared.push_back(a);
    gan_order_give(&b->shared_order);
    return a.memory + RED_ZONE;
}

static void free_shared(block_run *b)
{
    for (const shared_array &a : b->shared) {
        red_zones(&a, false);
        for (size_t i = 0; i < RED_ZONE; i++) {
            const char *after = a.memory + RED_ZONE + a.bytes;
            if (a.memory[i] != (char)0xFF || after[i] != (char)0xFF) {
                gan_sim_violation("kernel %s wrote outside its shared array %s (%zu bytes)",
                                  current->grid->kernel, a.name, a.bytes);
            }
        }
        free(a.memory);
    }
}

/* --- waiting --- */

static void wait_in(thread_state why, const char *file, int line)
{
    self->state = why;
    self->file = file;
    self->line = line;
    self->block->n_ready -= 1;
    gan_fiber_yield();
}

void gan_sim_barrier(const char *file, int line)
{
    block_run *b = self->block;
    gan_order_give(&b->order);
    b->n_barrier += 1;
    wait_in(AT_BARRIER, file, line);
    gan_order_take(&b->order);
}

void gan_sim_grid_barrier(const char *file, int line)
{
    if (!current->grid->together) {
        gan_sim_violation("%s:%d: blocks can meet only in a grid launched together", file, line);
    }
    gan_order_give(&current->order);
    self->block->n_grid += 1;
    wait_in(AT_GRID, file, line);
    gan_order_take(&current->order);
}

uint64_t gan_sim_shuffle(unsigned mask, uint64_t value, int from, const char *file, int line)
{
    block_run *b = self->block;
    const size_t me = (size_t)(self - b->threads.data());
    if ((mask >> (me % WARP) & 1) == 0) {
        gan_sim_violation("%s:%d: a lane that is not in the mask 0x%08x", file, line, mask);
    }
    self->mask = mask;
    self->from = from;
    self->value = value;
    wait_in(AT_SHUFFLE, file, line);
    return self->taken;
}

/* Lets a warp go whose lanes have all arrived at one shuffle. */
static bool release_warp(block_run *b, size_t first)
{
    thread_run *lanes = &b->threads[first];
    const size_t n = b->threads.size() - first < WARP ? b->threads.size() - first : WARP;
    bool released = false;
    for (size_t i = 0; i < n; i++) {
        if (lanes[i].state != AT_SHUFFLE) {
            continue;
        }
        const unsigned mask = lanes[i].mask;
        for (size_t k = 0; k < WARP; k++) {
            if ((mask >> k & 1) == 0) {
                continue;
            }
            if (k >= n || lanes[k].state == ENDED) {
                self = &lanes[i];
                gan_sim_violation("%s:%d: lane %zu of the mask 0x%08x does not exist or has ended",
                                  lanes[i].file, lanes[i].line, k, mask);
            }
            if (lanes[k].state != AT_SHUFFLE || lanes[k].mask != mask ||
                lanes[k].line != lanes[i].line) {
                return released; /* not all there yet */
            }
        }
        for (size_t k = 0; k < n; k++) {
            if (mask >> k & 1) {
                const int from = lanes[k].from;
                const bool given = from >= 0 && from < (int)n && (mask >> from & 1);
                lanes[k].taken = given ? lanes[from].value : lanes[k].value;
                lanes[k].state = READY;
                b->n_ready += 1;
            }
        }
        released = true;
    }
    return released;
}

static bool release_block(block_run *b)
{
    const int n = (int)b->threads.size();
    if (b->n_barrier == 0 || b->n_ready > 0) {
        return false;
    }
    if (b->n_barrier < n) {
        thread_run *waits = NULL, *misses = NULL;
        for (thread_run &t : b->threads) {
            waits = t.state == AT_BARRIER ? &t : waits;
            misses = t.state != AT_BARRIER ? &t : misses;
        }
        self = waits;
        gan_sim_violation("%s:%d: a barrier that not all threads of the block reach: %d of %d; "
                          "thread (%u,%u,%u) %s",
                          waits->file, waits->line, b->n_barrier, n, misses->self.thread.x,
                          misses->self.thread.y, misses->self.thread.z,
                          misses->state == ENDED ? "has ended" : "waits elsewhere");
    }
    for (thread_run &t : b->threads) {
        if (t.line != b->threads[0].line || strcmp(t.file, b->threads[0].file) != 0) {
            self = &t;
            gan_sim_violation("%s:%d: threads of one block wait at different barriers, here and at "
                              "%s:%d",
                              t.file, t.line, b->threads[0].file, b->threads[0].line);
        }
        t.state = READY;
    }
    b->n_barrier = 0;
    b->n_ready = n;
    return true;
}

static bool release_grid(grid_run *g)
{
    for (const block_run *b : g->under_way) {
        if (b->n_grid < (int)b->threads.size()) {
            return false;
        }
    }
    for (block_run *b : g->under_way) {
        for (thread_run &t : b->threads) {
            t.state = READY;
        }
        b->n_grid = 0;
        b->n_ready = (int)b->threads.size();
    }
    return true;
}

/* --- running --- */

static void thread_body(void *ctx)
{
    gan_order_take(&current->start);
    current->grid->body(ctx);
    gan_order_give(&current->end);
}

static uint64_t mix(uint64_t x)
{
    x = (x ^ (x >> 33)) * 0xFF51AFD7ED558CCDull;
    x = (x ^ (x >> 33)) * 0xC4CEB9FE1A85EC53ull;
    return x ^ (x >> 33);
}

/* An order of 0..n-1: from a start in steps prime to n, forwards or backwards. */
struct order {
    uint64_t n, at, step;
};

static order make_order(uint64_t n, uint64_t seed)
{
    order o = {n, mix(seed) % n, 1 + mix(seed + 1) % n};
    for (;;) {
        uint64_t a = o.step, b = n;
        while (b != 0) {
            const uint64_t rest = a % b;
            a = b;
            b = rest;
        }
        if (a == 1) {
            return o;
        }
        o.step = o.step % n + 1;
    }
}

static uint64_t next_of(order *o)
{
    const uint64_t at = o->at;
    o->at = (o->at + o->step) % o->n;
    return at;
}

static uint3 place_of(uint64_t i, dim3 dims)
{
    uint3 p;
    p.x = (unsigned)(i % dims.x);
    p.y = (unsigned)(i / dims.x % dims.y);
    p.z = (unsigned)(i / dims.x / dims.y);
    return p;
}

static block_run *begin_block(const gan_grid *grid, uint64_t index)
{
    block_run *b = new block_run();
    const size_t n = (size_t)grid->threads.x * grid->threads.y * grid->threads.z;
    b->threads.resize(n);
    b->n_ready = (int)n;
    for (size_t i = 0; i < n; i++) {
        thread_run *t = &b->threads[i];
        t->self = {place_of(i, grid->threads), place_of(index, grid->blocks), grid->threads,
                   grid->blocks};
        t->block = b;
    }
    return b;
}

/* Memory is freed by a lane of its own, which comes after the block's threads. The stream's lane
 * may not, before the whole grid has ended: it begins the fibers of later blocks, and would order
 * them after this block. */
static void end_block(block_run *b)
{
    static void *const cleaner = gan_lane_create();
    gan_order_give(&current->cleaning);
    void *left = gan_lane_enter(cleaner);
    gan_order_take(&current->cleaning);
    gan_order_take(&current->end);
    free_shared(b);
    delete b;
    gan_lane_enter(left);
}

/* Runs a thread until it waits or ends. */
static void run_thread(thread_run *t)
{
    if (t->fiber == NULL) {
        t->fiber = gan_fiber_begin(thread_body, current->grid->ctx);
    }
    self = t;
    gan_sim_self = t->self; /* a copy: kernels never look into this file's memory */
    if (gan_fiber_resume(t->fiber)) {
        t->state = ENDED;
        t->block->n_ready -= 1;
        t->block->n_ended += 1;
    }
    self = NULL;
}

/* Runs what can run in a block, in an order of its own; true if anything could. */
static bool advance(block_run *b, uint64_t seed)
{
    if (b->n_ready == 0) {
        bool released = false;
        for (size_t first = 0; first < b->threads.size(); first += WARP) {
            released = release_warp(b, first) || released;
        }
        if (!released && !release_block(b)) {
            return false;
        }
    }
    order o = make_order(b->threads.size(), seed);
    for (uint64_t i = 0; i < o.n; i++) {
        thread_run *t = &b->threads[next_of(&o)];
        if (t->state == READY) {
            run_thread(t);
        }
    }
    return true;
}

static void report_stuck(const grid_run *g)
{
    for (block_run *b : g->under_way) {
        for (thread_run &t : b->threads) {
            if (t.state != ENDED) {
                self = &t;
                gan_sim_violation("%s:%d: waits for ever: others ended, or wait elsewhere", t.file,
                                  t.line);
            }
        }
    }
}

void gan_grid_run(const gan_grid *grid)
{
    grid_run g = {grid, {}, 0, 0, 0, 0};
    current = &g;
    gan_order_give(&g.start);
    const uint64_t n = (uint64_t)grid->blocks.x * grid->blocks.y * grid->blocks.z;
    const size_t at_once = grid->together ? (size_t)n : BLOCKS_AT_ONCE;
    order blocks = make_order(n, grid->seed);
    uint64_t begun = 0, turn = 0;
    while (begun < n || !g.under_way.empty()) {
        while (begun < n && g.under_way.size() < at_once) {
            g.under_way.push_back(begin_block(grid, next_of(&blocks)));
            begun += 1;
        }
        bool moved = false;
        for (size_t i = 0; i < g.under_way.size();) {
            block_run *b = g.under_way[i];
            moved = advance(b, grid->seed + ++turn) || moved;
            if (b->n_ended == (int)b->threads.size()) {
                end_block(b);
                g.under_way.erase(g.under_way.begin() + (ptrdiff_t)i);
            } else {
                i += 1;
            }
        }
        if (!moved && !(grid->together && release_grid(&g))) {
            report_stuck(&g);
        }
    }
    gan_order_take(&g.end);
    current = NULL;
}
