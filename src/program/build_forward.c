/* build_forward.c — one network's results for images as a program.
 *
 * A pass of inference that leaves the named outputs in buffers of the host's. What no output needs
 * is dropped afterwards: features from the middle of a network do not pay for its end. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/nearest.h"
#include "program/build.h"
#include "program/forward.h"
#include "program/fuse.h"
#include "program/place.h"
#include "program/stored.h"

static gan_status refuse_name(const gan_stack *stack, const char *name, gan_error *err)
{
    char hint[64] = "";
    void *memory = NULL;
    GAN_TRY(gan_calloc((size_t)stack->n_outputs, sizeof(char *), &memory, err));
    const char **names = memory;
    for (int i = 0; i < stack->n_outputs; i++) {
        names[i] = stack->outputs[i].name;
    }
    gan_nearest_hint(name, names, (size_t)stack->n_outputs, hint, sizeof hint);
    free(memory);
    return gan_fail(err, GAN_E_USAGE, "the %s has no output '%s'%s; its first is '%s'",
                    gan_network_describe(stack->network)->key, name, hint, stack->outputs[0].name);
}

static gan_status find_output(const gan_stack *stack, const char *name, int *layer, gan_error *err)
{
    for (int i = 0; i < stack->n_outputs; i++) {
        if (strcmp(stack->outputs[i].name, name) == 0) {
            *layer = stack->outputs[i].layer;
            return GAN_OK;
        }
    }
    return refuse_name(stack, name, err);
}

/* The buffer of one output, and the tap that fills it. */
static gan_status declare_output(gan_program *program, const gan_stack *stack, const char *name,
                                 gan_tap *tap, gan_error *err)
{
    char *full = NULL;
    GAN_TRY(find_output(stack, name, &tap->layer, err));
    const gan_dims3 out = stack->layers[tap->layer].out;
    const int64_t dims[4] = {program->batch, out.h, out.w, out.c};
    tap->name = name;
    GAN_TRY(gan_format(&full, err, "forward.%s", name));
    const gan_status status =
        gan_program_batch(program, full, GAN_OUTPUT, GAN_F32, dims, &tap->into, err);
    free(full);
    return status;
}

static gan_status append(gan_program *program, gan_side *side, const gan_tap *taps, int n,
                         gan_error *err)
{
    const gan_dims3 in = side->stack->in;
    const int64_t dims[4] = {program->batch, in.h, in.w, in.c};
    gan_pass pass = {.name = "", .counters = -1, .batch_stat = -1, .taps = taps, .n_taps = n};
    int x, y;
    GAN_TRY(gan_program_batch(program, GAN_STORED_X, GAN_INPUT, GAN_F32, dims, &x, err));
    GAN_TRY(gan_forward_build(program, side, &pass, x, -1, &y, err));
    gan_program_drop_unread(program);
    return gan_program_place(program, true, err);
}

gan_status gan_build_forward(const gan_stack *stack, int64_t batch, bool averaged,
                             const char *const *names, int n, gan_program **out, int *outputs,
                             gan_error *err)
{
    const gan_flat_names *flat = averaged ? &gan_average_names : gan_flat_names_of(stack->network);
    gan_side side = {0};
    gan_program *program = NULL;
    void *memory = NULL;
    gan_status status = GAN_OK;
    *out = NULL;
    if (batch < 1) {
        return gan_fail(err, GAN_E_USAGE, "batch size %lld: it must be at least 1",
                        (long long)batch);
    }
    GAN_TRY(gan_calloc((size_t)n, sizeof(gan_tap), &memory, err));
    gan_tap *taps = memory;
    GAN_TRY_DONE(gan_program_create("forward", &program, err));
    program->batch = batch;
    for (int i = 0; i < n; i++) {
        GAN_TRY_DONE(declare_output(program, stack, names[i], &taps[i], err));
        if (outputs) {
            outputs[i] = taps[i].into;
        }
    }
    GAN_TRY_DONE(gan_side_declare(program, stack, flat, false, &side, err));
    GAN_TRY_DONE(append(program, &side, taps, n, err));
    *out = program;
    program = NULL;
done:
    free(taps);
    gan_side_free(&side);
    gan_program_destroy(program);
    return status;
}
