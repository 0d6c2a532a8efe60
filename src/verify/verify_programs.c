/* verify_programs.c — the programs that a trace is replayed with. */
#include "program/place.h"
#include "verify/verify.h"

static const char *const fed_gradients[GAN_NETWORK_COUNT] = {
#define FED_NAME(id, name, key, init, dropout) [GAN_NETWORK_##id] = "fed/" name ".grad",
    GAN_NETWORK_LIST(FED_NAME)
#undef FED_NAME
};

const char *gan_verify_fed_gradient(const gan_stack *stack)
{
    return fed_gradients[stack->network];
}

/* Adam alone of the networks that such a step updates: the gradients are INPUT buffers. */
static gan_status build_adam(const gan_trace *trace, gan_step_part part, gan_program **out,
                             gan_error *err)
{
    static const gan_buffer_class classes[] = {GAN_INPUT, GAN_PARAM, GAN_MOMENT, GAN_MOMENT};
    const int64_t rates[] = {1, 1, 1, GAN_RATE_COUNT}, counters[] = {1, 1, 1, GAN_COUNTER_COUNT};
    const int64_t flag[] = {1, 1, 1, 2};
    int in[4] = {-1, -1, -1, -1}, ids[7] = {-1, -1, -1, -1, -1, -1, -1};
    gan_attr attr = {.adam = {.n_segments = 0}};
    GAN_TRY(gan_program_create("adam", out, err));
    gan_program *adam = *out;
    GAN_TRY(gan_program_buffer(adam, GAN_STORED_RATES, GAN_CONTROL, GAN_F64, rates, &in[2], err));
    GAN_TRY(gan_program_buffer(adam, GAN_STORED_COUNTERS, GAN_CONTROL, GAN_I64, counters, &ids[6],
                               err));
    GAN_TRY(gan_program_buffer(adam, GAN_STORED_FLAG, GAN_CONTROL, GAN_I32, flag, &in[3], err));
    for (int i = 0; i < trace->net->n_stacks; i++) {
        const gan_stack *stack = &trace->net->stacks[i];
        const gan_flat_names *own = gan_flat_names_of(stack->network);
        const char *const names[] = {gan_verify_fed_gradient(stack), own->param, own->m, own->v};
        const int64_t dims[4] = {1, 1, 1, stack->param_floats};
        const int n = attr.adam.n_segments;
        if (stack->param_floats == 0 || !gan_trace_trains(part, i)) {
            continue;
        }
        for (int k = 0; k < 4; k++) {
            int *id = k == 0 ? &in[n] : &ids[3 * n + k - 1];
            GAN_TRY(gan_program_buffer(adam, names[k], classes[k], GAN_F32, dims, id, err));
            gan_program_belongs(adam, *id, stack->index);
        }
        const gan_adam *moves = gan_build_adam(&trace->build, i);
        attr.adam.segments[n] = (gan_adam_segment){.epsilon = moves->epsilon,
                                                   .epsilon_inside = moves->epsilon_inside,
                                                   .count = stack->param_floats,
                                                   .net = i};
        attr.adam.n_segments++;
    }
    GAN_TRY(gan_program_op(adam, GAN_OP_adam, "Adam alone", in, ids, &attr, err));
    return gan_program_place(adam, true, err);
}

static gan_status make_part(const gan_trace *trace, gan_step_part part,
                            const gan_precision *precision, gan_verify_part *out, gan_error *err)
{
    gan_build_options build = trace->build;
    build.part = part;
    GAN_TRY(gan_precision_build(precision, trace->net, build, false, &out->step, &out->ids, err));
    GAN_TRY(build_adam(trace, part, &out->adam, err));
    return gan_verify_list_make(trace, part, out->step, &out->ids, &out->list, err);
}

gan_status gan_verify_programs_make(const gan_trace *trace, const gan_precision *precision,
                                    gan_verify_programs *out, gan_error *err)
{
    *out = (gan_verify_programs){0};
    gan_status status = GAN_OK;
    for (int i = 0; i < trace->parts.n; i++) {
        const gan_step_part part = trace->parts.rows[i].part;
        GAN_TRY_DONE(make_part(trace, part, precision, &out->parts[part], err));
        GAN_TRY_DONE(
            gan_verify_list_match(&out->parts[part].list, &out->parts[GAN_STEP_WHOLE].list, err));
    }
done:
    if (status != GAN_OK) {
        gan_verify_programs_free(out);
    }
    return status;
}

void gan_verify_programs_free(gan_verify_programs *programs)
{
    for (int i = 0; i < GAN_STEP_PARTS; i++) {
        gan_program_destroy(programs->parts[i].step);
        gan_program_destroy(programs->parts[i].adam);
        gan_verify_list_free(&programs->parts[i].list);
    }
    *programs = (gan_verify_programs){0};
}
