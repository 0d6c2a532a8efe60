/* expect.c — images of a mapped data set, brought in before their step reads them.
 *
 * The order of images is a function of the step, so what the next steps draw is known: the system
 * is told, and reads those pages while this step computes. A set that is larger than memory needs
 * two things more. Around a page that is missing the system reads 128 kB, which images in random
 * order never use: it is told that they are random. And where memory is full it drops what it is
 * only told to expect: so what a step has read is given back, of a set that has no chance to be
 * read again before it is driven out. */
#include "session/expect.h"

#include "base/system.h"
#include "data/store.h"
#include "program/gather.h"

enum { IMAGES_AHEAD = 64 }; /* at least, so that a disk has enough to do at once */

void gan_expect_begin(gan_session *session)
{
    const gan_data *data = session->data;
    session->gives_back =
        gan_store_is_mapped(data) && data->info.bytes > gan_system_available_memory();
    if (session->gives_back) {
        gan_store_scatter(data);
    }
}

void gan_expect_images(const gan_session *session, int64_t step,
                       void (*image)(void *ctx, int64_t i), void *ctx)
{
    const gan_program *program = session->programs[gan_step_list_at(&session->list, step)];
    for (int k = 0; k < program->n_ops; k++) {
        const gan_op *op = &program->ops[k];
        if (op->kind != GAN_OP_gather) {
            continue;
        }
        const int64_t rows = program->buffers[op->out[0]].dims[0];
        for (int64_t i = 0; i < rows; i++) {
            const uint64_t s = gan_gather_start(&op->attr.gather, step, rows) + (uint64_t)i;
            image(ctx, gan_gather_image(&op->attr.gather, s));
        }
    }
}

static void expect(void *ctx, int64_t i)
{
    gan_store_expect(ctx, i);
}

static void leave(void *ctx, int64_t i)
{
    gan_store_leave(ctx, i);
}

bool gan_expect_ahead(gan_session *session)
{
    const int64_t step = session->step, batch = session->options.batch_size;
    const int64_t end = step + 2 + (IMAGES_AHEAD - 1) / batch; /* this one, the next, ... */
    void *data = (void *)(uintptr_t)session->data;             /* which stays as it is */
    if (!session->backend->adopt || !gan_store_is_mapped(session->data)) {
        return false;
    }
    if (session->gives_back && step > 0) {
        gan_expect_images(session, step - 1, leave, data);
    }
    if (session->expected < step || session->expected > end) { /* the first, or gone back */
        session->expected = step;
    }
    for (; session->expected < end; session->expected++) {
        gan_expect_images(session, session->expected, expect, data);
    }
    return true;
}
