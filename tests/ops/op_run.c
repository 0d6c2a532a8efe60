/* op_run.c — a case built as a program, run on a backend and held against the reference. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ops/op_case.h"
#include "ops/op_scratch.h"
#include "program/place.h"
#include "reference/reference.h"

/* Elements before and after an operand: an odd multiple of 4, so that it is aligned to 16 bytes, as
 * parameters are, and to no more. */
enum { GUARD = 68, GUARD_BYTE = 0xA5 };

/* GAN_TEST_SHIFT=i, o or io puts inputs, outputs or both one element further, where no two elements
 * can be accessed at once. */
static int64_t guard_of(char letter)
{
    const char *shifted = getenv("GAN_TEST_SHIFT");
    return GUARD + (shifted && strchr(shifted, letter) ? 1 : 0);
}

/* A run's view of an operand: the program's buffers and the bytes of the whole. */
typedef struct placed {
    int id;
    char name[16];
    size_t bytes;  /* of the base, guards included */
    int64_t guard; /* elements before the operand, and after it */
    unsigned char *before, *after;
} placed;

typedef struct op_run {
    gan_program *program;
    gan_device *device;
    gan_executable *executable;
    int n_in, n_out;
    placed *in, *out; /* one for each of the case's operands */
} op_run;

static void require(const op_case *c, gan_status status, const gan_error *err, const char *what)
{
    if (status != GAN_OK) {
        print_error("%s, seed %llu: %s: %s\n", gan_op_describe(c->kind)->name,
                    (unsigned long long)c->seed, what, err->text);
        fail();
    }
}

static double get(const void *data, gan_dtype type, int64_t i)
{
    switch (type) {
    case GAN_U8:
        return ((const uint8_t *)data)[i];
    case GAN_I32:
        return ((const int32_t *)data)[i];
    case GAN_I64:
        return (double)((const int64_t *)data)[i];
    case GAN_F64:
        return ((const double *)data)[i];
    case GAN_BF16:
        return op_bf16_value(((const uint16_t *)data)[i]);
    case GAN_F16:
        return op_f16_value(((const uint16_t *)data)[i]);
    default:
        return (double)((const float *)data)[i];
    }
}

static void put(void *data, gan_dtype type, int64_t i, double value)
{
    switch (type) {
    case GAN_U8:
        ((uint8_t *)data)[i] = (uint8_t)value;
        break;
    case GAN_I32:
        ((int32_t *)data)[i] = (int32_t)value;
        break;
    case GAN_I64:
        ((int64_t *)data)[i] = (int64_t)value;
        break;
    case GAN_F64:
        ((double *)data)[i] = value;
        break;
    case GAN_BF16:
        ((uint16_t *)data)[i] = op_bf16_bits(value);
        break;
    case GAN_F16:
        ((uint16_t *)data)[i] = op_f16_bits(value);
        break;
    default:
        ((float *)data)[i] = (float)value;
    }
}

static void *allocate(size_t n, size_t size)
{
    void *block = calloc(n ? n : 1, size);
    assert_non_null(block);
    return block;
}

/* --- one run --- */

/* A stored buffer with guards, its middle the operand. */
static void add_operand(op_case *c, op_run *run, placed *p, const op_operand *o, char letter, int i)
{
    gan_error err = {0};
    int base = -1;
    p->guard = guard_of(letter);
    const int64_t dims[4] = {1, 1, 1, o->count + 2 * p->guard};
    size_t size = gan_dtype_size(o->type);
    snprintf(p->name, sizeof p->name, "%c%d", letter, i);
    gan_buffer_class cls = letter == 'i' ? GAN_INPUT : GAN_OUTPUT;
    require(c, gan_program_buffer(run->program, p->name, cls, o->type, dims, &base, &err), &err,
            "buffer");
    require(c, gan_program_window(run->program, "window", base, p->guard, o->dims, &p->id, &err),
            &err, "window");
    p->bytes = (size_t)dims[3] * size;
    p->before = allocate(p->bytes, 1);
    p->after = allocate(p->bytes, 1);
    memset(p->before, GUARD_BYTE, p->bytes);
    for (int64_t k = 0; k < o->count; k++) {
        put(p->before + (size_t)p->guard * size, o->type, k, o->values[k]);
    }
}

static gan_attr copy_attr(const op_case *c)
{
    gan_attr attr = c->attr;
    if (c->kind == GAN_OP_rates) {
        const size_t bytes = (size_t)attr.rates.n_rows * sizeof *attr.rates.rows;
        attr.rates.rows = allocate(1, bytes);
        memcpy(attr.rates.rows, c->attr.rates.rows, bytes);
    } else if (c->kind == GAN_OP_stat_update) {
        size_t bytes = (size_t)attr.stat_update.n_segments * sizeof *attr.stat_update.segments;
        attr.stat_update.segments = allocate(1, bytes);
        memcpy(attr.stat_update.segments, c->attr.stat_update.segments, bytes);
    }
    return attr;
}

static void build(op_case *c, op_run *run)
{
    gan_error err = {0};
    int *in = allocate((size_t)c->n_in, sizeof *in), *out = allocate((size_t)c->n_out, sizeof *out);
    gan_attr attr = copy_attr(c);
    run->n_in = c->n_in;
    run->n_out = c->n_out;
    run->in = allocate((size_t)c->n_in, sizeof *run->in);
    run->out = allocate((size_t)c->n_out, sizeof *run->out);
    require(c, gan_program_create("one op", &run->program, &err), &err, "program");
    for (int i = 0; i < c->n_in; i++) {
        in[i] = -1;
        if (c->in[i].present) {
            add_operand(c, run, &run->in[i], &c->in[i], 'i', i);
            in[i] = run->in[i].id;
        }
    }
    for (int i = 0; i < c->n_out; i++) {
        out[i] = -1;
        if (c->out[i].present && i == 0 && c->in_place >= 0) {
            out[i] = in[c->in_place];
        } else if (c->out[i].present) {
            add_operand(c, run, &run->out[i], &c->out[i], 'o', i);
            out[i] = run->out[i].id;
        }
    }
    require(
        c,
        gan_program_op_list(run->program, c->kind, "test", c->n_in, in, c->n_out, out, &attr, &err),
        &err, "op");
    require(c, gan_program_place(run->program, true, &err), &err, "place");
    free(in);
    free(out);
}

static void open_device(op_case *c, op_run *run, int threads)
{
    gan_error err = {0};
    /* The tolerances are those of fp32 products. */
    const gan_device_options options = {
        .threads = threads, .conv = c->conv, .batch_norm = c->batch_norm, .products = "strict"};
    require(c, c->backend->open(&options, &run->device, &err), &err, "open");
}

/* Writes or reads all operands. */
static void transfer(op_case *c, op_run *run, bool write)
{
    gan_error err = {0};
    for (int i = 0; i < run->n_in + run->n_out; i++) {
        placed *p = i < run->n_in ? &run->in[i] : &run->out[i - run->n_in];
        if (!p->before) {
            continue;
        }
        gan_status status =
            write ? c->backend->write(run->device, p->name, 0, p->before, (int64_t)p->bytes, &err)
                  : c->backend->read(run->device, p->name, 0, p->after, (int64_t)p->bytes, &err);
        require(c, status, &err, write ? "write" : "read");
    }
}

static void execute(op_case *c, op_run *run)
{
    gan_error err = {0};
    transfer(c, run, true);
    op_scratch_poison(c->backend, run->executable);
    require(c, c->backend->run(run->executable, 1, &err), &err, "run");
    require(c, c->backend->wait(run->device, &err), &err, "wait");
    transfer(c, run, false);
}

static void close_run(op_case *c, op_run *run)
{
    c->backend->destroy(run->executable);
    c->backend->close(run->device);
    gan_program_destroy(run->program);
    for (int i = 0; i < run->n_in; i++) {
        free(run->in[i].before);
        free(run->in[i].after);
    }
    for (int i = 0; i < run->n_out; i++) {
        free(run->out[i].before);
        free(run->out[i].after);
    }
    free(run->in);
    free(run->out);
}

/* --- what must hold after a run --- */

static void fail_at(const op_case *c, char letter, int operand, int64_t index, const char *what)
{
    print_error("%s, seed %llu: operand %c%d, element %lld: %s\n", gan_op_describe(c->kind)->name,
                (unsigned long long)c->seed, letter, operand, (long long)index, what);
    fail();
}

/* The surroundings of an operand, and for an input the operand too, are as they were. */
static void check_untouched(const op_case *c, const placed *p, const op_operand *o, char letter,
                            int i, bool whole)
{
    if (!p->before) {
        return;
    }
    size_t size = gan_dtype_size(o->type), begin = (size_t)p->guard * size;
    size_t end = p->bytes - begin;
    for (size_t k = 0; k < p->bytes; k++) {
        if ((whole || k < begin || k >= end) && p->before[k] != p->after[k]) {
            fail_at(c, letter, i, ((int64_t)k - (int64_t)begin) / (int64_t)size, "was overwritten");
        }
    }
}

/* Where a run left an output's elements. */
static const unsigned char *result_of(const op_case *c, const op_run *run, int i)
{
    const placed *p = i == 0 && c->in_place >= 0 ? &run->in[c->in_place] : &run->out[i];
    return p->after + (size_t)p->guard * gan_dtype_size(c->out[i].type);
}

/* An operand as the reference wants it; the caller's to free. */
static gan_reference_tensor tensor_of(const op_operand *o)
{
    gan_reference_tensor t = {.count = o->count};
    if (!o->present) {
        return t;
    }
    memcpy(t.dims, o->dims, sizeof t.dims);
    t.data = allocate((size_t)o->count, sizeof *t.v);
    for (int64_t k = 0; k < o->count; k++) {
        if (o->type == GAN_U8 || o->type == GAN_I32 || o->type == GAN_I64) {
            put(t.data, o->type, k, o->values[k]);
        } else {
            t.v[k] = o->values[k];
        }
    }
    return t;
}

static double *values_of(const op_operand *o, const gan_reference_tensor *t)
{
    double *values = allocate((size_t)o->count, sizeof *values);
    for (int64_t k = 0; k < o->count; k++) {
        const bool is_whole = o->type == GAN_U8 || o->type == GAN_I32 || o->type == GAN_I64;
        values[k] = is_whole ? get(t->data, o->type, k) : t->v[k];
    }
    return values;
}

static void compute_reference(const op_case *c, double **want)
{
    gan_error err = {0};
    gan_reference_tensor *in = allocate((size_t)c->n_in, sizeof *in);
    gan_reference_tensor *out = allocate((size_t)c->n_out, sizeof *out);
    for (int i = 0; i < c->n_in; i++) {
        in[i] = tensor_of(&c->in[i]);
    }
    for (int i = 0; i < c->n_out; i++) {
        out[i] = tensor_of(&c->out[i]);
    }
    require(c, gan_reference_compute_list(c->kind, &c->attr, c->n_in, in, c->n_out, out, &err),
            &err, "reference");
    for (int i = 0; i < c->n_in; i++) {
        free(in[i].data);
    }
    for (int i = 0; i < c->n_out; i++) {
        want[i] = c->out[i].present ? values_of(&c->out[i], &out[i]) : NULL;
        free(out[i].data);
    }
    free(in);
    free(out);
}

/* What is wanted, with the elements that are not finite let through in rows that must have some. */
static double *allow_rows(const op_operand *o, const double *got, const double *exactly)
{
    double *want = allocate((size_t)o->count, sizeof *want);
    int64_t row = o->count / o->dims[0];
    memcpy(want, exactly, (size_t)o->count * sizeof *want);
    for (int64_t first = 0; first < o->count; first += row) {
        bool holds = false;
        for (int64_t k = first; k < first + row; k++) {
            holds = holds || !isfinite(want[k]);
        }
        for (int64_t k = first; k < first + row && holds; k++) {
            want[k] = isfinite(got[k]) ? want[k] : got[k];
        }
    }
    return want;
}

static void compare_output(op_case *c, const op_run *run, int i, const double *want, int threads)
{
    const op_operand *o = &c->out[i];
    const op_tolerance *own = &c->of_output[i];
    bool has_own = own->absolute > 0.0 || own->relative > 0.0 || own->spread > 0.0;
    double bound = 0.0;
    free(c->got[i]);
    c->got[i] = allocate((size_t)o->count, sizeof *c->got[i]);
    double *limited = allocate((size_t)o->count, sizeof *limited);
    for (int64_t k = 0; k < o->count; k++) {
        c->got[i][k] = get(result_of(c, run, i), o->type, k);
        /* what fp16 cannot hold is infinite in it */
        const bool beyond = o->type == GAN_F16 && fabs(want[k]) >= 65520.0;
        limited[k] = beyond ? copysign((double)INFINITY, want[k]) : want[k];
    }
    want = limited;
    double *allowed = c->nan_fills_rows ? allow_rows(o, c->got[i], want) : NULL;
    want = allowed ? allowed : want;
    int64_t at = op_compare(c->got[i], want, o->count, has_own ? own : &c->tolerance, &bound);
    if (at >= 0) {
        char text[160];
        snprintf(text, sizeof text, "got %.9g, want %.9g, bound %.3g (%d threads)", c->got[i][at],
                 want[at], bound, threads);
        fail_at(c, 'o', i, at, text);
    }
    free(allowed);
    free(limited);
}

static void check_run(op_case *c, const op_run *run, double *const *want, int threads)
{
    for (int i = 0; i < c->n_in; i++) {
        check_untouched(c, &run->in[i], &c->in[i], 'i', i, i != c->in_place);
    }
    for (int i = 0; i < c->n_out; i++) {
        check_untouched(c, &run->out[i], &c->out[i], 'o', i, false);
        if (c->out[i].present) {
            compare_output(c, run, i, want[i], threads);
        }
    }
}

/* The bits of all outputs are those of an earlier run. */
static void check_same(const op_case *c, const op_run *run, unsigned char *const *former,
                       const char *what)
{
    for (int i = 0; i < c->n_out; i++) {
        size_t bytes = (size_t)c->out[i].count * gan_dtype_size(c->out[i].type);
        if (former[i] && memcmp(result_of(c, run, i), former[i], bytes) != 0) {
            fail_at(c, 'o', i, 0, what);
        }
    }
}

static void keep_results(const op_case *c, const op_run *run, unsigned char **kept)
{
    for (int i = 0; i < c->n_out; i++) {
        size_t bytes = (size_t)c->out[i].count * gan_dtype_size(c->out[i].type);
        free(kept[i]);
        kept[i] = NULL;
        if (c->out[i].present) {
            kept[i] = allocate(bytes, 1);
            memcpy(kept[i], result_of(c, run, i), bytes);
        }
    }
}

/* Runs the case twice with that many threads; former holds the results of the last run, if any. */
static void run_with(op_case *c, int threads, double *const *want, unsigned char **former)
{
    gan_error err = {0};
    op_run run = {0};
    build(c, &run);
    open_device(c, &run, threads);
    require(c, c->backend->compile(run.device, run.program, &run.executable, &err), &err,
            "compile");
    for (int repeat = 0; repeat < 2; repeat++) {
        execute(c, &run);
        check_run(c, &run, want, threads);
        if (repeat > 0) {
            check_same(c, &run, former, "differs from the run before");
        } else if (!c->threads_may_differ) {
            check_same(c, &run, former, "differs from that of fewer threads");
        }
        keep_results(c, &run, former);
    }
    close_run(c, &run);
}

/* What another backend gives. */
static void ask_oracle(const op_case *c, double **want)
{
    gan_error err = {0};
    op_case other = *c;
    op_run run = {0};
    other.backend = c->oracle;
    build(&other, &run);
    open_device(&other, &run, 1);
    require(&other, other.backend->compile(run.device, run.program, &run.executable, &err), &err,
            "compile");
    execute(&other, &run);
    for (int i = 0; i < c->n_out; i++) {
        want[i] = allocate((size_t)c->out[i].count, sizeof *want[i]);
        for (int64_t k = 0; k < c->out[i].count; k++) {
            want[i][k] = get(result_of(c, &run, i), c->out[i].type, k);
        }
    }
    close_run(&other, &run);
}

void op_case_check_as_is(op_case *c)
{
    unsigned char **former = allocate((size_t)c->n_out, sizeof *former);
    double **want = allocate((size_t)c->n_out, sizeof *want);
    if (c->oracle) {
        ask_oracle(c, want);
    } else {
        compute_reference(c, want);
    }
    const int most = c->backend == &gan_cpu_backend ? 3 : 1; /* threads are a CPU's matter */
    for (int threads = 1; threads <= most; threads++) {
        run_with(c, threads, want, former);
    }
    for (int i = 0; i < c->n_out; i++) {
        free(former[i]);
        free(want[i]);
    }
    free(former);
    free(want);
}

void op_case_refused(op_case *c, const char *word)
{
    op_run run = {0};
    gan_error err = {0};
    build(c, &run);
    open_device(c, &run, 1);
    bool supported = c->backend->supports(run.device, run.program, &run.program->ops[0], &err);
    assert_false(supported);
    assert_non_null(strstr(err.text, word));
    assert_int_not_equal(c->backend->compile(run.device, run.program, &run.executable, &err),
                         GAN_OK);
    assert_null(run.executable);
    close_run(c, &run);
}
