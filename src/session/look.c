/* look.c — the tensors of a session, one after the other.
 *
 * Gradients are not stored, but keep their place in the arena to the end of a step: what a peek
 * finds there is the last step's. */
#include "session/look.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "session/peek.h"

typedef struct looker {
    gan_session *session;
    gan_look *look;
    void *ctx;
    gan_error *err;
    float scale[GAN_NET_COUNT]; /* of the losses; 1 where there is none */
} looker;

static gan_status show(const looker *l, const char *kind, const char *name, const float *values,
                       int64_t n)
{
    char *whole = NULL;
    GAN_TRY(gan_format(&whole, l->err, "%s/%s", kind, name));
    gan_status status = l->look(l->ctx, whole, values, n, l->err);
    free(whole);
    return status;
}

static gan_status show_weights(const looker *l, const gan_stack *stack)
{
    const gan_session *s = l->session;
    const char *buffer = gan_flat_names_of(stack->network)->param;
    for (int i = 0; i < stack->n_params; i++) {
        const gan_param *p = &stack->params[i];
        const int64_t size = (int64_t)sizeof(float);
        void *values = NULL;
        GAN_TRY(gan_calloc((size_t)p->count, sizeof(float), &values, l->err));
        gan_status status =
            s->backend->read(s->device, buffer, p->offset * size, values, p->count * size, l->err);
        if (status == GAN_OK) {
            status = show(l, "weights", p->name, values, p->count);
        }
        free(values);
        GAN_TRY(status);
    }
    return GAN_OK;
}

static gan_status show_gradient(const looker *l, int id, const char *name)
{
    const gan_session *s = l->session;
    const gan_buffer *b = &s->program->buffers[id];
    const int net = s->program->buffers[b->base].net;
    const float scale = net < GAN_NET_COUNT ? l->scale[net] : 1.0f;
    float *values = NULL;
    GAN_TRY(gan_peek_floats(s->backend, s->executable, s->program, id, &values, l->err));
    for (int64_t i = 0; i < b->count; i++) {
        values[i] /= scale;
    }
    gan_status status = show(l, "gradients", name, values, b->count);
    free(values);
    return status;
}

/* A parameter's gradient is the window "grad/<parameter>" (build.h). */
static gan_status show_gradients(const looker *l)
{
    static const char start[] = "grad/";
    const gan_program *p = l->session->program;
    for (int i = 0; i < p->n_buffers; i++) {
        const gan_buffer *b = &p->buffers[i];
        if (gan_buffer_class_gradient(b->cls) && b->base != i && p->buffers[b->base].net >= 0 &&
            strncmp(b->name, start, sizeof start - 1) == 0) {
            GAN_TRY(show_gradient(l, i, b->name + sizeof start - 1));
        }
    }
    return GAN_OK;
}

gan_status gan_session_look(gan_session *session, gan_look *look, void *ctx, gan_error *err)
{
    looker l = {session, look, ctx, err, {0}};
    for (int i = 0; i < GAN_NET_COUNT; i++) {
        l.scale[i] = 1;
    }
    if (session->precision.type == GAN_F16) {
        GAN_TRY(session->backend->read(session->device, GAN_STORED_LOSS_SCALE, 0, l.scale,
                                       (int64_t)sizeof l.scale, err));
    }
    for (int i = 0; i < session->net->n_stacks; i++) {
        GAN_TRY(show_weights(&l, &session->net->stacks[i]));
    }
    return session->step > session->first_step ? show_gradients(&l) : GAN_OK;
}
