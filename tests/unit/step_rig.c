/* step_rig.c — one fed training step on the CPU backend, for tests of the program. */
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
        must(gan_cpu_backend.write(rig->device, b->name, 0, memory, (int64_t)bytes, &err), &err);
        free(memory);
    }
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
    gan_normal_fill(seed, 400u + (uint32_t)stack->side, 0, 0, stack->param_floats, noise);
    for (int64_t i = 0; i < stack->param_floats; i++) {
        p[i] += 0.1f * noise[i]; /* biases of 0 put what dropout made 0 on LeakyReLU's kink */
    }
    free(noise);
    step_rig_write(rig, param, p, stack->param_floats);
    if (stack->stat_floats > 0) {
        step_rig_write(rig, stat, s, stack->stat_floats);
    }
    free(p);
    free(s);
}

void step_rig_open(step_rig *rig, const char *yaml, uint64_t seed, const gan_build_options *options,
                   bool share)
{
    gan_error err = {0};
    const gan_device_options device_options = {.threads = 1};
    memset(rig, 0, sizeof *rig);
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
    must(gan_cpu_backend.open(&device_options, &rig->device, &err), &err);
    must(gan_cpu_backend.compile(rig->device, rig->program, &rig->executable, &err), &err);
    initialize(rig, &rig->net->generator, "g.param", "g.stat", seed);
    initialize(rig, &rig->net->discriminator, "d.param", "d.stat", seed);
    feed(rig, seed);
}

void step_rig_close(step_rig *rig)
{
    gan_cpu_backend.destroy(rig->executable);
    gan_cpu_backend.close(rig->device);
    gan_program_destroy(rig->program);
    gan_net_destroy(rig->net);
}

void step_rig_run(step_rig *rig)
{
    gan_error err = {0};
    must(gan_cpu_backend.run(rig->executable, 1, &err), &err);
    must(gan_cpu_backend.wait(rig->device, &err), &err);
}

void step_rig_read(step_rig *rig, const char *name, float *out, int64_t n)
{
    gan_error err = {0};
    must(gan_cpu_backend.read(rig->device, name, 0, out, n * (int64_t)sizeof *out, &err), &err);
}

void step_rig_write(step_rig *rig, const char *name, const float *in, int64_t n)
{
    gan_error err = {0};
    must(gan_cpu_backend.write(rig->device, name, 0, in, n * (int64_t)sizeof *in, &err), &err);
}

void step_rig_peek(step_rig *rig, const char *name, float *out, int64_t n)
{
    gan_error err = {0};
    int id = gan_program_find(rig->program, name);
    assert_true(id >= 0);
    must(gan_cpu_backend.peek(rig->executable, id, out, n * (int64_t)sizeof *out, &err), &err);
}

void step_rig_losses(step_rig *rig, float *loss_d, float *loss_g)
{
    float metrics[4];
    gan_error err = {0};
    must(gan_cpu_backend.peek(rig->executable, rig->ids.metrics, metrics, sizeof metrics, &err),
         &err);
    *loss_d = metrics[GAN_METRIC_LOSS_D];
    *loss_g = metrics[GAN_METRIC_LOSS_G];
}
