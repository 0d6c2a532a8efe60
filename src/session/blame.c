/* blame.c — the operation at which a step was no longer finite.
 *
 * The flag is raised, so a run of the step moves no state and draws what the step drew: it is the
 * same step, and can be had again. It is built once more without shared memory, every tensor in a
 * place of its own, run, and looked at in the order of its operations. An operation that works in
 * place leaves what the last of them wrote: then the first that wrote there is named. */
#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "session/peek.h"
#include "session/session.h"

typedef struct replay {
    gan_session *session;
    gan_program *program;
    gan_executable *executable;
} replay;

static bool is_float(gan_dtype type)
{
    return type == GAN_F32 || type == GAN_BF16 || type == GAN_F16;
}

static gan_status look_at(const replay *r, int id, bool *finite, gan_error *err)
{
    float *values = NULL;
    *finite = true;
    if (id < 0 || !is_float(r->program->buffers[id].type)) {
        return GAN_OK;
    }
    GAN_TRY(gan_peek_floats(r->session->backend, r->executable, r->program, id, &values, err));
    for (int64_t i = 0; i < r->program->buffers[id].count && *finite; i++) {
        *finite = (bool)isfinite(values[i]);
    }
    free(values);
    return GAN_OK;
}

static gan_status look_through(const replay *r, char **out, gan_error *err)
{
    const gan_program *p = r->program;
    bool finite = true;
    for (int i = 0; i < p->n_ops; i++) {
        const gan_op *op = &p->ops[i];
        for (int k = 0; k < op->n_out; k++) {
            GAN_TRY(look_at(r, op->out[k], &finite, err));
            if (!finite) {
                return gan_format(out, err, "%s (%s) wrote it first, into '%s'", op->label,
                                  gan_op_describe(op->kind)->name, p->buffers[op->out[k]].name);
            }
        }
    }
    return GAN_OK;
}

gan_status gan_session_blame(gan_session *session, char **out, gan_error *err)
{
    replay r = {.session = session};
    gan_build_options options = session->build;
    int32_t flag[2] = {0};
    gan_status status = GAN_OK;
    *out = NULL;
    GAN_TRY_DONE(gan_session_read(session, GAN_STORED_FLAG, flag, sizeof flag, err));
    options.part = session->list.rows[gan_step_list_at(&session->list, flag[1])].part;
    GAN_TRY_DONE(gan_precision_build(&session->precision, session->net, options, false, &r.program,
                                     NULL, err));
    GAN_TRY_DONE(session->backend->compile(session->device, r.program, &r.executable, err));
    GAN_TRY_DONE(session->backend->run(r.executable, 1, err));
    status = look_through(&r, out, err);
done:
    session->backend->destroy(r.executable);
    gan_program_destroy(r.program);
    if (status != GAN_OK || !*out) {
        free(*out);
        GAN_TRY(gan_strdup("", out, err));
    }
    return GAN_OK;
}
