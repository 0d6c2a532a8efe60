/* gather.c — a batch of images from bytes to [-1,1], in the epoch's order.
 *
 * Which image a row is follows from the step alone (program/gather.h): there is no other state, so
 * a run resumes anywhere. */
#include "program/gather.h"
#include "cpu/floats.h"
#include "cpu/parallel.h"

enum { IMAGES_PER_GRAIN = 8 };

typedef struct gather_job {
    const gan_gather_attr *attr;
    const uint8_t *data;
    gan_floats x;
    int64_t height, width, channels;
    uint64_t first; /* sample of the stream that row 0 holds */
} gather_job;

GAN_CPU_CLONES static void convert(const uint8_t *restrict bytes, int64_t n, float *restrict x)
{
    for (int64_t i = 0; i < n; i++) {
        x[i] = ((float)bytes[i] - 127.5f) / 127.5f;
    }
}

/* n bytes become the elements of x from start on. */
static void convert_to(gan_floats x, int64_t start, const uint8_t *bytes, int64_t n)
{
    float room[GAN_FLOATS_BLOCK];
    for (int64_t i = 0; i < n; i += GAN_FLOATS_BLOCK) {
        int64_t block = gan_floats_block(i, n);
        float *to = gan_floats_at(x, start + i, room);
        convert(bytes + i, block, to);
        gan_floats_write(x, start + i, block, to);
    }
}

/* The top bit of the sample's word; four words come of one draw. */
static bool is_mirrored(const gan_gather_attr *a, uint64_t s)
{
    return a->flip && gan_philox(a->seed, a->flip_stream, 0, (uint32_t)(s / 4)).v[s % 4] >> 31;
}

static void gather_images(const void *ctx, int64_t begin, int64_t end)
{
    const gather_job *job = ctx;
    int64_t row = job->width * job->channels, image = job->height * row;
    for (int64_t i = begin; i < end; i++) {
        uint64_t s = job->first + (uint64_t)i;
        const uint8_t *from = job->data + gan_gather_image(job->attr, s) * image;
        if (!is_mirrored(job->attr, s)) {
            convert_to(job->x, i * image, from, image);
            continue;
        }
        for (int64_t pixel = 0; pixel < job->height * job->width; pixel++) {
            int64_t mirrored =
                pixel / job->width * job->width + job->width - 1 - pixel % job->width;
            convert_to(job->x, i * image + pixel * job->channels, from + mirrored * job->channels,
                       job->channels);
        }
    }
}

static gan_status run(const gan_cpu_step *step, gan_error *err)
{
    (void)err;
    const gan_buffer *x = gan_cpu_out(step, 0);
    const int64_t *counters = step->in[1];
    const gather_job job = {
        .attr = &step->op->attr.gather,
        .data = step->in[0],
        .x = gan_floats_out(step, 0),
        .height = x->dims[1],
        .width = x->dims[2],
        .channels = x->dims[3],
        .first = gan_gather_start(&step->op->attr.gather, counters[GAN_COUNTER_STEP], x->dims[0])};
    gan_cpu_parallel(step->threads, x->dims[0], IMAGES_PER_GRAIN, gather_images, &job);
    return GAN_OK;
}

const gan_cpu_op gan_cpu_op_gather = {.in = {GAN_U8, GAN_I64}, .out_bf16 = 1, .run = run};
