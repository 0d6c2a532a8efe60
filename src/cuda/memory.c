/* memory.c — what a program takes of a device's memory, counted before anything is allocated. */
#include "cuda/device.h"
#include "gan/number.h"
#include "program/place.h"

bool gan_cuda_reads_copy(const gan_cuda_works *works, const gan_program *program, int base)
{
    for (int i = 0; i < works->n; i++) {
        const gan_cuda_work *work = &works->items[i];
        for (int k = 0; k < GAN_OP_MAX_IN && !work->absorbed; k++) {
            if (work->in[k].weight && program->buffers[work->op->in[k]].base == base) {
                return true;
            }
        }
    }
    return false;
}

gan_status gan_cuda_find_copy_type(const gan_cuda_works *works, gan_dtype *out, gan_error *err)
{
    *out = GAN_F32;
    for (int i = 0; i < works->n; i++) {
        const gan_cuda_work *work = &works->items[i];
        for (int k = 0; k < GAN_OP_MAX_IN; k++) {
            if (work->in[k].weight && *out != GAN_F32 && work->type != *out) {
                return gan_fail(err, GAN_E_UNSUPPORTED,
                                "op %s wants weights in %s, others in %s: one program has one "
                                "16-bit type",
                                work->op->label, gan_dtype_name(work->type), gan_dtype_name(*out));
            }
            *out = work->in[k].weight ? work->type : *out;
        }
    }
    return GAN_OK;
}

bool gan_cuda_has_fp16_gradients(const gan_program *program)
{
    for (int i = 0; i < program->n_buffers; i++) {
        if (program->buffers[i].cls == GAN_GRADIENT && program->buffers[i].type == GAN_F16) {
            return true;
        }
    }
    return false;
}

static bool is_written(const gan_program *program, int base)
{
    for (int i = 0; i < program->n_ops; i++) {
        for (int k = 0; k < GAN_OP_MAX_OUT; k++) {
            const int id = program->ops[i].out[k];
            if (id >= 0 && program->buffers[id].base == base) {
                return true;
            }
        }
    }
    return false;
}

gan_cuda_need gan_cuda_count_need(const gan_device *device, const gan_program *program,
                                  const gan_cuda_works *works)
{
    gan_cuda_need need = {.arena = program->arena_bytes, .scratch = works->scratch_bytes};
    for (int i = 0; i < program->n_buffers; i++) {
        const gan_buffer *b = &program->buffers[i];
        if (b->base != i || !gan_buffer_class_stored(b->cls)) {
            continue;
        }
        const gan_cuda_stored *item = gan_cuda_store_find(&device->store, b->name);
        const bool on_host = b->cls == GAN_DATA && device->streams_data;
        need.new_store += item || on_host ? 0 : gan_buffer_bytes(b);
        if (gan_cuda_reads_copy(works, program, i) && !(item && item->copy)) {
            need.new_store += gan_buffer_bytes(b) / 2;
        }
        need.stand_ins += is_written(program, i) ? gan_buffer_bytes(b) : 0;
    }
    need.feed = device->streams_data ? gan_cuda_feed_bytes(program) : 0;
    return need;
}

/* Bytes of a base when a batch has `batch` samples: those that hold a batch, or two, grow with it.
 */
static double bytes_at(const gan_program *program, const gan_buffer *b, double batch)
{
    const bool grows = b->dims[0] == program->batch || b->dims[0] == 2 * program->batch;
    const double bytes = (double)gan_buffer_bytes(b);
    return grows ? bytes * batch / (double)program->batch : bytes;
}

/* The most bytes of the arena that live at once. */
static double live_bytes(const gan_program *program, double batch)
{
    double most = 0;
    for (int i = 0; i < program->n_ops; i++) {
        double live = 0;
        for (int k = 0; k < program->n_buffers; k++) {
            const gan_buffer *b = &program->buffers[k];
            if (b->base == k && b->place >= 0 && b->first_op <= i && i <= b->last_op) {
                live += bytes_at(program, b, batch);
            }
        }
        most = live > most ? live : most;
    }
    return most;
}

/* The largest batch whose arena, scaled from this one's by what lives at once, fits into `bytes`;
 * 0 if not even one sample does. */
static int64_t largest_batch(const gan_program *program, int64_t scratch, double bytes)
{
    const double at_batch = live_bytes(program, (double)program->batch);
    int64_t low = 0, high = program->batch;
    while (low + 1 < high) {
        const int64_t middle = low + (high - low) / 2;
        const double share = (double)middle / (double)program->batch;
        const double arena = at_batch > 0 ? (double)program->arena_bytes *
                                                live_bytes(program, (double)middle) / at_batch
                                          : 0;
        if (arena + (double)scratch * share <= bytes) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return low;
}

gan_status gan_cuda_check_need(const gan_device *device, const gan_program *program,
                               const gan_cuda_need *need, gan_error *err)
{
    size_t free_bytes = 0, total = 0;
    CUDA_TRY(cudaSetDevice(device->index));
    CUDA_TRY(cudaMemGetInfo(&free_bytes, &total));
    const int64_t fixed = need->new_store + need->stand_ins + need->feed;
    const int64_t bytes = fixed + need->arena + need->scratch;
    if ((uint64_t)bytes <= (uint64_t)free_bytes) {
        return GAN_OK;
    }
    char wanted[GAN_NUMBER_TEXT_SIZE], available[GAN_NUMBER_TEXT_SIZE];
    gan_number_bytes(bytes, wanted);
    gan_number_bytes((int64_t)free_bytes, available);
    const int64_t batch = largest_batch(program, need->scratch, (double)free_bytes - (double)fixed);
    if (batch < 1) {
        return gan_fail(err, GAN_E_MEMORY,
                        "\"%s\" needs %s of the device's memory and %s are free: not even a batch "
                        "of 1 fits",
                        program->name, wanted, available);
    }
    return gan_fail(err, GAN_E_MEMORY,
                    "\"%s\" with a batch of %lld needs %s of the device's memory and %s are free; "
                    "the largest batch that fits is about %lld (--batch-size %lld)",
                    program->name, (long long)program->batch, wanted, available, (long long)batch,
                    (long long)batch);
}

gan_status gan_cuda_forecast(gan_device *device, const gan_program *program, gan_memory_report *out,
                             gan_error *err)
{
    gan_cuda_works works = {0};
    GAN_TRY(gan_cuda_works_prepare(&device->spec, program, &works, err));
    const gan_cuda_need need = gan_cuda_count_need(device, program, &works);
    gan_cuda_works_clear(&works);
    *out = (gan_memory_report){
        .store_bytes = gan_cuda_store_bytes(&device->store) + need.new_store,
        .arena_bytes = need.arena,
        .workspace_bytes = need.scratch + need.feed + need.stand_ins,
    };
    return GAN_OK;
}
