/* sampler.c — images from a generator, in chunks of one size. */
#include "session/sampler.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/normal.h"
#include "program/build.h"
#include "program/stored.h"
#include "program/streams.h"

struct gan_chunk_sampler {
    const gan_backend *backend;
    gan_device *device;
    gan_program *program;
    gan_executable *executable;
    int64_t nz, pixels; /* floats of one z and of one image */
    float *z, *images;  /* one chunk */
};

gan_status gan_chunk_sampler_create(const gan_backend *backend, gan_device *device,
                                    const gan_net *net, bool averaged, bool steady,
                                    gan_chunk_sampler **out, gan_error *err)
{
    void *memory = NULL;
    *out = NULL;
    GAN_TRY(gan_calloc(1, sizeof(gan_chunk_sampler), &memory, err));
    gan_chunk_sampler *s = memory;
    s->backend = backend;
    s->device = device;
    s->nz = net->latent;
    s->pixels = net->image.h * net->image.w * net->image.c;
    gan_status status = GAN_OK;
    GAN_TRY_DONE(gan_build_sample(net, GAN_SAMPLE_CHUNK, averaged, steady, &s->program, err));
    GAN_TRY_DONE(backend->compile(device, s->program, &s->executable, err));
    GAN_TRY_DONE(gan_calloc((size_t)(GAN_SAMPLE_CHUNK * s->nz), sizeof(float), &memory, err));
    s->z = memory;
    GAN_TRY_DONE(gan_calloc((size_t)(GAN_SAMPLE_CHUNK * s->pixels), sizeof(float), &memory, err));
    s->images = memory;
    *out = s;
    s = NULL;
done:
    gan_chunk_sampler_destroy(s);
    return status;
}

void gan_chunk_sampler_destroy(gan_chunk_sampler *sampler)
{
    if (!sampler) {
        return;
    }
    sampler->backend->destroy(sampler->executable);
    gan_program_destroy(sampler->program);
    free(sampler->z);
    free(sampler->images);
    free(sampler);
}

static gan_status run_chunk(gan_chunk_sampler *s, gan_error *err)
{
    int64_t z_bytes = GAN_SAMPLE_CHUNK * s->nz * (int64_t)sizeof(float);
    int64_t image_bytes = GAN_SAMPLE_CHUNK * s->pixels * (int64_t)sizeof(float);
    GAN_TRY(s->backend->write(s->device, GAN_STORED_Z, 0, s->z, z_bytes, err));
    GAN_TRY(s->backend->run(s->executable, 1, err));
    return s->backend->read(s->device, GAN_STORED_IMAGES, 0, s->images, image_bytes, err);
}

gan_status gan_chunk_sampler_run(gan_chunk_sampler *sampler, const float *z, int64_t n,
                                 float *images, gan_error *err)
{
    for (int64_t done = 0; done < n; done += GAN_SAMPLE_CHUNK) {
        int64_t count = n - done < GAN_SAMPLE_CHUNK ? n - done : GAN_SAMPLE_CHUNK;
        memset(sampler->z, 0, (size_t)(GAN_SAMPLE_CHUNK * sampler->nz) * sizeof(float));
        memcpy(sampler->z, z + done * sampler->nz, (size_t)(count * sampler->nz) * sizeof(float));
        GAN_TRY(run_chunk(sampler, err));
        memcpy(images + done * sampler->pixels, sampler->images,
               (size_t)(count * sampler->pixels) * sizeof(float));
    }
    return GAN_OK;
}

void gan_latent_of_seed(uint64_t seed, int64_t nz, float *z)
{
    gan_normal_fill(seed, GAN_STREAM_LATENT, 0, 0, nz, z);
}

gan_status gan_chunk_sampler_run_seeds(gan_chunk_sampler *sampler, const uint64_t *seeds, int64_t n,
                                       float *images, gan_error *err)
{
    void *memory = NULL;
    GAN_TRY(gan_calloc((size_t)(n * sampler->nz), sizeof(float), &memory, err));
    float *z = memory;
    for (int64_t i = 0; i < n; i++) {
        gan_latent_of_seed(seeds[i], sampler->nz, z + i * sampler->nz);
    }
    gan_status status = gan_chunk_sampler_run(sampler, z, n, images, err);
    free(z);
    return status;
}
