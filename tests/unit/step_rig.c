/* step_rig.c — one fed training step on a backend, for tests of the program. */
#include "unit/step_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/normal.h"
#include "base/philox.h"
#include "program/retype.h"
#include "session/peek.h"

static void must(gan_status status, const gan_error *err)
{
    if (status != GAN_OK) {
        fail_msg("%s: %s", gan_status_text(status), err->text);
    }
}

/* Fills every fed buffer: images and noise normal, masks 0 or 1. */
static void feed(step_rig *rig, uint64_t seed)
{
    gan_error err = {0};
    for (int i = 0; i < rig->program->n_buffers; i++) {
        const gan_buffer *b = &rig->program->buffers[i];
        if (b->cls != GAN_INPUT || b->base != i) {
            continue;
        }
        size_t bytes = (size_t)b->count * gan_dtype_size(b->type);
        unsigned char *memory = calloc(bytes, 1);
        assert_non_null(memory);
        if (b->type == GAN_F32) {
            gan_normal_fill(seed, 200u + (uint32_t)i, 0, 0, b->count, (float *)(void *)memory);
        }
        for (int64_t k = 0; b->type == GAN_U8 && k < b->count; k++) {
            memory[k] = gan_philox(seed, 300u + (uint32_t)i, 0, (uint32_t)k).v[0] % 4 != 0;
        }
        must(rig->backend->write(rig->device, b->name, 0, memory, (int64_t)bytes, &err), &err);
        free(memory);
    }
}

static void write_floats(step_rig *rig, const char *name, const float *in, int64_t n)
{
    gan_error err = {0};
    must(rig->backend->write(rig->device, name, 0, in, n * (int64_t)sizeof *in, &err), &err);
}

static void initialize(step_rig *rig, const gan_stack *stack, const char *param, const char *stat,
                       uint64_t seed)
{
    float *p = calloc((size_t)stack->param_floats + 1, sizeof *p);
    float *s = calloc((size_t)stack->stat_floats + 1, sizeof *s);
    assert_true(p && s);
    gan_stack_init_params(stack, seed, p, s);
    float *noise = calloc((size_t)stack->param_floats + 1, sizeof *noise);
    assert_non_null(noise);
    gan_normal_fill(seed, 400u + (uint32_t)stack->name[0], 0, 0, stack->param_floats, noise);
    for (int64_t i = 0; i < stack->param_floats; i++) {
        p[i] += 0.1f * noise[i]; /* biases of 0 put what dropout made 0 on LeakyReLU's kink */
    }
    free(noise);
    write_floats(rig, param, p, stack->param_floats);
    if (stack->stat_floats > 0) {
        write_floats(rig, stat, s, stack->stat_floats);
    }
    free(p);
    free(s);
}

void step_rig_open_as(step_rig *rig, const gan_backend *backend,
                      const gan_device_options *device_options, gan_dtype type, const char *yaml,
                      uint64_t seed, const gan_build_options *options, bool share)
{
    gan_error err = {0};
    double rates[GAN_RATE_COUNT];
    memset(rig, 0, sizeof *rig);
    rig->backend = backend;
    must(gan_net_parse(yaml, "random", &rig->net, &err), &err);
    rig->options = *options;
    rig->options.fed = true;
    rig->options.metric_rows = 4;
    rig->options.adam_g = rig->net->train.adam_g;
    rig->options.adam_d = rig->net->train.adam_d;
    if (rig->options.batch == 0) {
        rig->options.batch = rig->net->train.batch_size;
    }
    must(gan_build_train(rig->net, &rig->options, share, &rig->program, &rig->ids, &err), &err);
    if (type != GAN_F32) {
        must(gan_program_retype(rig->program, type, share, &err), &err);
    }
    must(backend->open(device_options, &rig->device, &err), &err);
    must(backend->compile(rig->device, rig->program, &rig->executable, &err), &err);
    initialize(rig, rig->net->generator, "g.param", "g.stat", seed);
    initialize(rig, rig->net->discriminator, "d.param", "d.stat", seed);
    gan_build_rates(&rig->options, 0, 0, 0, rates);
    must(backend->write(rig->device, "rates", 0, rates, sizeof rates, &err), &err);
    feed(rig, seed);
}

void step_rig_open(step_rig *rig, const gan_backend *backend, const char *yaml, uint64_t seed,
                   const gan_build_options *options, bool share)
{
    const gan_device_options device_options = {.threads = 1};
    step_rig_open_as(rig, backend, &device_options, GAN_F32, yaml, seed, options, share);
}

void step_rig_close(step_rig *rig)
{
    rig->backend->destroy(rig->executable);
    rig->backend->close(rig->device);
    gan_program_destroy(rig->program);
    gan_net_destroy(rig->net);
}

void step_rig_run(step_rig *rig)
{
    gan_error err = {0};
    must(rig->backend->run(rig->executable, 1, &err), &err);
    must(rig->backend->wait(rig->device, &err), &err);
}

static void widen(const float *from, int64_t n, double *to)
{
    for (int64_t i = 0; i < n; i++) {
        to[i] = (double)from[i];
    }
}

static float *room_for(int64_t n)
{
    float *floats = calloc((size_t)n + 1, sizeof *floats);
    assert_non_null(floats);
    return floats;
}

void step_rig_read(step_rig *rig, const char *name, double *out, int64_t n)
{
    gan_error err = {0};
    if (rig->backend->read_doubles) {
        must(rig->backend->read_doubles(rig->device, name, 0, out, n, &err), &err);
        return;
    }
    float *floats = room_for(n);
    must(rig->backend->read(rig->device, name, 0, floats, n * (int64_t)sizeof *floats, &err), &err);
    widen(floats, n, out);
    free(floats);
}

void step_rig_write(step_rig *rig, const char *name, const double *in, int64_t n)
{
    gan_error err = {0};
    if (rig->backend->write_doubles) {
        must(rig->backend->write_doubles(rig->device, name, 0, in, n, &err), &err);
        return;
    }
    float *floats = room_for(n);
    for (int64_t i = 0; i < n; i++) {
        floats[i] = (float)in[i];
    }
    write_floats(rig, name, floats, n);
    free(floats);
}

static void peek(step_rig *rig, int id, double *out, int64_t n)
{
    gan_error err = {0};
    float *floats = NULL;
    assert_true(id >= 0 && rig->program->buffers[id].count >= n);
    if (rig->backend->peek_doubles) {
        must(rig->backend->peek_doubles(rig->executable, id, out, n, &err), &err);
        return;
    }
    must(gan_peek_floats(rig->backend, rig->executable, rig->program, id, &floats, &err), &err);
    widen(floats, n, out);
    free(floats);
}

void step_rig_peek(step_rig *rig, const char *name, double *out, int64_t n)
{
    peek(rig, gan_program_find(rig->program, name), out, n);
}

void step_rig_losses(step_rig *rig, double *loss_d, double *loss_g)
{
    double metrics[4];
    peek(rig, rig->ids.metrics, metrics, 4);
    *loss_d = metrics[GAN_METRIC_LOSS_D];
    *loss_g = metrics[GAN_METRIC_LOSS_G];
}
