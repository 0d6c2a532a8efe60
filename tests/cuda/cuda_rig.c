/* cuda_rig.c — a training step on the CUDA plugin. */
#define _GNU_SOURCE /* RTLD_DEFAULT */
#include "cuda/cuda_rig.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/philox.h"
#include "net/net.h"
#include "program/build.h"
#include "program/place.h"
#include "program/retype.h"

enum { METRIC_ROWS = 64, SEED = 7 };

static void must(gan_status status, const gan_error *err)
{
    if (status != GAN_OK) {
        fail_msg("%s: %s", gan_status_text(status), err->text);
    }
}

static void take_note(void *ctx, const char *line)
{
    cuda_rig *rig = ctx;
    const size_t used = strlen(rig->notes);
    snprintf(rig->notes + used, sizeof rig->notes - used, "%s\n", line);
}

static void build(cuda_rig *rig, const rig_options *o)
{
    gan_error err = {0};
    must(gan_net_load(o->net, &rig->net, &err), &err);
    const gan_train_defaults *t = &rig->net->train;
    const gan_build_options options = {.batch = o->batch,
                                       .seed = SEED,
                                       .schedule = t->schedule,
                                       .loss = t->loss,
                                       .adam_g = t->adam_g,
                                       .adam_d = t->adam_d,
                                       .ema = o->ema,
                                       .ema_warmup = o->ema,
                                       .n_images = o->n_images,
                                       .flip = o->flip,
                                       .metric_rows = METRIC_ROWS,
                                       .separate_passes = o->separate_passes};
    must(gan_build_train(rig->net, &options, !o->apart, &rig->program, NULL, &err), &err);
    if (o->type != GAN_F32) {
        must(gan_program_retype(rig->program, o->type, !o->apart, &err), &err);
    }
}

static void write_stack(cuda_rig *rig, const gan_stack *stack, const char *param, const char *stat)
{
    float *p = calloc((size_t)stack->param_floats + 1, sizeof *p);
    float *s = calloc((size_t)stack->stat_floats + 1, sizeof *s);
    assert_true(p && s);
    gan_stack_init_params(stack, SEED, p, s);
    rig_write(rig, param, p, stack->param_floats * (int64_t)sizeof *p);
    if (stack->stat_floats > 0) {
        rig_write(rig, stat, s, stack->stat_floats * (int64_t)sizeof *s);
    }
    free(p);
    free(s);
}

static void write_state(cuda_rig *rig)
{
    const gan_train_defaults *t = &rig->net->train;
    const gan_build_options betas = {.adam_g = t->adam_g, .adam_d = t->adam_d};
    double rates[GAN_RATE_COUNT];
    gan_build_rates(&betas, 2e-3, 2e-3, 0.99, rates);
    const int64_t bytes = rig_bytes(rig, "data");
    uint8_t *data = malloc((size_t)bytes);
    assert_non_null(data);
    for (int64_t i = 0; i < bytes; i++) {
        data[i] = (uint8_t)gan_philox(SEED, 99, 0, (uint32_t)i).v[0];
    }
    rig_write(rig, "data", data, bytes);
    free(data);
    rig_write(rig, "rates", rates, sizeof rates);
    write_stack(rig, rig->net->generator, "g.param", "g.stat");
    write_stack(rig, rig->net->discriminator, "d.param", "d.stat");
    if (gan_program_find(rig->program, "ema.param") >= 0) {
        write_stack(rig, rig->net->generator, "ema.param", "ema.stat");
    }
}

void rig_open(cuda_rig *rig, const rig_options *options)
{
    gan_plugin plugin;
    gan_error err = {0};
    gan_device_options device = options->device;
    memset(rig, 0, sizeof *rig);
    const gan_listener listener = {take_note, rig};
    device.listener = &listener;
    must(gan_plugin_load(&plugin, &err), &err);
    rig->backend = plugin.backend;
    build(rig, options);
    must(rig->backend->open(&device, &rig->device, &err), &err);
    must(rig->backend->compile(rig->device, rig->program, &rig->executable, &err), &err);
    write_state(rig);
}

bool rig_has(const char *precision)
{
    gan_plugin plugin;
    gan_error err = {0};
    gan_device *device = NULL;
    must(gan_plugin_load(&plugin, &err), &err);
    must(plugin.backend->open(NULL, &device, &err), &err);
    const bool has = strstr(plugin.backend->precisions(device), precision) != NULL;
    plugin.backend->close(device);
    return has;
}

void rig_close(cuda_rig *rig)
{
    rig->backend->destroy(rig->executable);
    rig->backend->close(rig->device);
    gan_program_destroy(rig->program);
    gan_net_destroy(rig->net);
}

void rig_run(cuda_rig *rig, int64_t n)
{
    gan_error err = {0};
    must(rig->backend->run(rig->executable, n, &err), &err);
}

void rig_wait(cuda_rig *rig)
{
    gan_error err = {0};
    must(rig->backend->wait(rig->device, &err), &err);
}

void rig_read(cuda_rig *rig, const char *name, void *out, int64_t bytes)
{
    gan_error err = {0};
    must(rig->backend->read(rig->device, name, 0, out, bytes, &err), &err);
}

void rig_write(cuda_rig *rig, const char *name, const void *in, int64_t bytes)
{
    gan_error err = {0};
    must(rig->backend->write(rig->device, name, 0, in, bytes, &err), &err);
}

int64_t rig_bytes(const cuda_rig *rig, const char *name)
{
    const int id = gan_program_find(rig->program, name);
    assert_true(id >= 0);
    return gan_buffer_bytes(&rig->program->buffers[id]);
}

void *rig_copy(cuda_rig *rig, const char *name)
{
    const int64_t bytes = rig_bytes(rig, name);
    void *copy = malloc((size_t)bytes);
    assert_non_null(copy);
    rig_read(rig, name, copy, bytes);
    return copy;
}

void rig_losses(cuda_rig *rig, float *loss_d, float *loss_g)
{
    float ring[METRIC_ROWS][GAN_METRIC_COUNT];
    int64_t counters[GAN_COUNTER_COUNT];
    rig_read(rig, "metrics", ring, sizeof ring);
    rig_read(rig, "counters", counters, sizeof counters);
    const float *row = ring[(counters[GAN_COUNTER_STEP] - 1) % METRIC_ROWS];
    *loss_d = row[GAN_METRIC_LOSS_D];
    *loss_g = row[GAN_METRIC_LOSS_G];
}

gan_sim_counts rig_counts(void)
{
    union {
        void *symbol;
        gan_sim_counts (*read)(void);
    } counts; /* POSIX: a function as a pointer */
    void *plugin = dlopen(getenv("GAN_CUDA_PLUGIN"), RTLD_NOW | RTLD_NOLOAD);
    counts.symbol = plugin ? dlsym(plugin, "gan_sim_read_counts") : NULL;
    if (!counts.symbol) {
        print_message("the counts are the simulated device's\n");
        skip();
    }
    return counts.read();
}
