/* memory.c — what a program takes of a device's memory, counted before anything is allocated.
 *
 *   store           buffers that outlive programs, and 16-bit copies of weights beside them
 *   arena           activations and gradients, one block that all share in turn
 *   scratch         the most that one op wants (workspaces of cuDNN)
 *   feed            two batches of a streamed data set
 *   scratch_state   during compilation alone: the first run is eager and must not move the state,
 * so each stored buffer that it writes is played by another
 *
 * What is counted here is what compile.c allocates; a test holds them together. */
#include "base/number.h"
#include "cuda/device.h"
#include "program/place.h"
#include "program/stored.h"

/* Of loss scaling, for each network: the scale, steps since it changed, whether all is finite. */
static const int64_t scales_bytes = GAN_NET_COUNT * (sizeof(float) + 2 * sizeof(int32_t));

bool gan_cuda_reads_copy(const gan_cuda_works *works, const gan_program *program, int base)
{
    for (int i = 0; i < works->n; i++) {
        const gan_cuda_work *work = &works->items[i];
        for (int k = 0; k < work->op->n_in && !work->absorbed; k++) {
            if (work->in[k].weight && program->buffers[work->op->in[k]].base == base) {
                return true;
            }
        }
    }
    return false;
}

/* A weight has one copy, so all ops that read weights in 16 bits must agree on the type. */
gan_status gan_cuda_find_copy_type(const gan_cuda_works *works, gan_dtype *out, gan_error *err)
{
    *out = GAN_F32;
    for (int i = 0; i < works->n; i++) {
        const gan_cuda_work *work = &works->items[i];
        for (int k = 0; k < work->op->n_in; k++) {
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

/* Images are the large part of a data set; labels stay on the device in any case. */
bool gan_cuda_is_streamed(const gan_device *device, const gan_buffer *buffer)
{
    return device->streams_data && buffer->cls == GAN_DATA && buffer->type == GAN_U8;
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
        const bool on_host = gan_cuda_is_streamed(device, b);
        need.new_store += item || on_host ? 0 : gan_buffer_bytes(b);
        if (gan_cuda_reads_copy(works, program, i) && !(item && item->copy)) {
            need.new_store += gan_buffer_bytes(b) / 2;
        }
        need.scratch_state += gan_program_writes(program, i) ? gan_buffer_bytes(b) : 0;
    }
    if (gan_cuda_has_fp16_gradients(program)) {
        need.new_store +=
            gan_cuda_store_find(&device->store, GAN_STORED_LOSS_SCALE) ? 0 : scales_bytes;
        need.scratch_state += GAN_CUDA_SCALES_BYTES;
    }
    need.feed = device->streams_data ? gan_cuda_feed_bytes(program) : 0;
    return need;
}

/* What is left to the driver and to libraries that load code later: 1/64 of the card, at most 256
 * MiB. */
int64_t gan_cuda_reserve_bytes(int64_t total)
{
    const int64_t most = (int64_t)256 << 20;
    return total / 64 < most ? total / 64 : most;
}

gan_status gan_cuda_available(const gan_device *device, int64_t *bytes, gan_error *err)
{
    size_t free_bytes = 0, total = 0;
    CUDA_TRY(cudaSetDevice(device->index));
    CUDA_TRY(cudaMemGetInfo(&free_bytes, &total));
    const int64_t left = (int64_t)free_bytes - gan_cuda_reserve_bytes((int64_t)total);
    *bytes = left > 0 ? left : 0;
    return GAN_OK;
}

gan_status gan_cuda_check_need(const gan_device *device, const gan_program *program,
                               const gan_cuda_need *need, gan_error *err)
{
    const int64_t wanted =
        need->new_store + need->arena + need->scratch + need->feed + need->scratch_state;
    int64_t there = 0;
    GAN_TRY(gan_cuda_available(device, &there, err));
    if (wanted <= there) {
        return GAN_OK;
    }
    char wanted_text[GAN_NUMBER_TEXT_SIZE], there_text[GAN_NUMBER_TEXT_SIZE];
    gan_number_bytes(wanted, wanted_text);
    gan_number_bytes(there, there_text);
    return gan_fail(err, GAN_E_MEMORY,
                    "\"%s\" with a batch of %lld needs %s of the device's memory but only %s is "
                    "available",
                    program->name, (long long)program->batch, wanted_text, there_text);
}

gan_status gan_cuda_forecast(gan_device *device, const gan_program *program, gan_memory_report *out,
                             gan_error *err)
{
    gan_cuda_works works = {0};
    CUDA_TRY(cudaSetDevice(device->index)); /* cuDNN plans for the device at hand */
    GAN_TRY(gan_cuda_works_prepare(&device->spec, program, &works, err));
    const gan_cuda_need need = gan_cuda_count_need(device, program, &works);
    gan_cuda_works_clear(&works);
    *out = (gan_memory_report){
        .store_bytes = gan_cuda_store_bytes(&device->store) + need.new_store,
        .arena_bytes = need.arena,
        .workspace_bytes = need.scratch + need.feed,
        .compile_bytes = need.scratch_state,
    };
    return GAN_OK;
}
