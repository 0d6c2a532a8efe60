/* conv_reference.h — one small convolution by cuDNN through src/cuda, against plain loops. */
#ifndef SIM_DEFECTS_CONV_REFERENCE_H
#define SIM_DEFECTS_CONV_REFERENCE_H

#include <vector>

#include "sim/defects/defect.h"

extern "C" {
#include "cuda/cudnn_conv.h"
}

/* One 5 x 6 map of one channel, one 3 x 2 filter, uneven strides and padding. */
static const gan_conv_geometry right_geometry = {5, 6, 1, 5, 3, 1, 3, 2, 1, 2, 2, 0, 0, 1, 1};

/* Where a convolution finds what it needs. */
typedef struct conv_places {
    size_t shift;    /* floats that the output begins after a multiple of 16 bytes */
    bool onto_input; /* the output is the map */
    bool no_workspace;
} conv_places;

/* unit: of which the map's numbers are multiples; 1 is exact in TF32. */
static inline void check_convolution(const gan_conv_geometry *planned, float unit, bool strict,
                                     conv_places places = conv_places())
{
    const gan_conv_geometry *g = &right_geometry;
    std::vector<float> x((size_t)(g->h * g->w)), w((size_t)(g->r * g->s));
    std::vector<float> want((size_t)(g->p * g->q));
    for (size_t i = 0; i < x.size(); i++) {
        x[i] = (float)(i * i % 17) * unit;
    }
    for (size_t i = 0; i < w.size(); i++) {
        w[i] = (float)(1 + i);
    }
    for (int64_t i = 0; i < g->p * g->q * g->r * g->s; i++) {
        const int64_t s = i % g->s, r = i / g->s % g->r, q = i / g->s / g->r % g->q;
        const int64_t p = i / g->s / g->r / g->q;
        const int64_t h = p * g->stride_h + r - g->pad_top, v = q * g->stride_w + s - g->pad_left;
        if (h >= 0 && h < g->h && v >= 0 && v < g->w) {
            want[(size_t)(p * g->q + q)] += x[(size_t)(h * g->w + v)] * w[(size_t)(r * g->s + s)];
        }
    }
    cudnnHandle_t handle = NULL;
    if (cudnnCreate(&handle) != CUDNN_STATUS_SUCCESS) {
        exit(1);
    }
    float *dx = device_floats(x.data(), x.size()), *dw = device_floats(w.data(), w.size());
    float *output = (float *)device_memory((want.size() + places.shift) * sizeof *output);
    float *dy = places.onto_input ? dx : output + places.shift;
    void *workspace = device_memory(1 << 16);
    const gan_cudnn_target target = {handle, NULL};
    gan_cudnn_rules rules = {};
    rules.deterministic = true;
    rules.strict = strict;
    rules.workspace_cap = 1 << 16;
    gan_conv_task task = {};
    task.direction = GAN_CONV_FWD;
    task.geometry = *planned;
    task.n = 1;
    task.type = GAN_F32;
    task.align_x = task.align_w = task.align_y = 16;
    gan_cudnn_conv conv = {};
    gan_error err = {};
    if (gan_cudnn_conv_plan(&target, &rules, &task, &conv, &err) != GAN_OK ||
        gan_cudnn_conv_run(&conv, handle, dx, dw, dy, places.no_workspace ? NULL : workspace,
                           &err) != GAN_OK) {
        fprintf(stderr, "refused: %s\n", err.text);
        exit(1);
    }
    expect(dy, want.data(), want.size(), 1e-3f);
    gan_cudnn_conv_destroy(&conv);
    cudnnDestroy(handle);
    MUST(cudaFree(workspace));
    MUST(cudaFree(dx));
    MUST(cudaFree(dw));
    MUST(cudaFree(output));
}

#endif
