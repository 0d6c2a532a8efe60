/* pointwise.c — ops whose output element depends on the same element of one or two inputs. */
#include "cpu/pointwise.h"

#include "cpu/floats.h"
#include "cpu/parallel.h"

enum { GRAIN = 4096 };

typedef struct pointwise_job {
    gan_pointwise f;
    gan_floats a, b, out;
} pointwise_job;

static void range(const void *ctx, int64_t begin, int64_t end)
{
    const pointwise_job *job = ctx;
    float room_a[GAN_FLOATS_BLOCK], room_b[GAN_FLOATS_BLOCK], room[GAN_FLOATS_BLOCK];
    for (int64_t i = begin; i < end; i += GAN_FLOATS_BLOCK) {
        int64_t n = gan_floats_block(i, end);
        const float *a = gan_floats_read(job->a, i, n, room_a);
        const float *b = job->b.data ? gan_floats_read(job->b, i, n, room_b) : NULL;
        float *out = gan_floats_at(job->out, i, room);
        job->f(a, b, n, out);
        gan_floats_write(job->out, i, n, out);
    }
}

void gan_pointwise_run(const gan_cpu_step *step, gan_pointwise f)
{
    const pointwise_job job = {f, gan_floats_in(step, 0), gan_floats_in(step, 1),
                               gan_floats_out(step, 0)};
    gan_cpu_parallel(step->threads, gan_cpu_out(step, 0)->count, GRAIN, range, &job);
}
