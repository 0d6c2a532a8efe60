/* pointwise.c — ops whose output element depends on the same element of one or two inputs. */
#include "cpu/pointwise.h"

#include "cpu/parallel.h"

enum { GRAIN = 4096 };

typedef struct pointwise_job {
    gan_pointwise f;
    const float *a, *b;
    float *out;
} pointwise_job;

static void range(const void *ctx, int64_t begin, int64_t end)
{
    const pointwise_job *job = ctx;
    job->f(job->a + begin, job->b ? job->b + begin : NULL, end - begin, job->out + begin);
}

void gan_pointwise_run(const gan_cpu_step *step, gan_pointwise f)
{
    const pointwise_job job = {f, step->in[0], step->in[1], step->out[0]};
    gan_cpu_parallel(step->threads, gan_cpu_out(step, 0)->count, GRAIN, range, &job);
}
