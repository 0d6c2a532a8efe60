/* launch_map.h — launches of what moves a map, or makes one smaller or larger; a map is
 * (samples, h, w, channels). The rules of kernels.h hold. */
#ifndef GAN_KERNELS_LAUNCH_MAP_H
#define GAN_KERNELS_LAUNCH_MAP_H

#include <cuda_runtime_api.h>

#include "program/program.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A map in a larger one, with `top` rows above and `left` columns before it. */
typedef struct gan_frame {
    int64_t n, h, w, c;   /* the map, (n,h,w,c) */
    int64_t out_h, out_w; /* the larger one, (n,out_h,out_w,c) */
    int64_t top, left;
} gan_frame;

/* y, the larger map: x at its place, 0 around it. x is not y. */
gan_status gan_pad_launch(cudaStream_t stream, const void *x, void *y, gan_dtype type,
                          const gan_frame *frame, gan_error *err);
/* y, the map: what lies at its place in x, the larger one. x is not y. */
gan_status gan_crop_launch(cudaStream_t stream, const void *x, void *y, gan_dtype type,
                           const gan_frame *frame, gan_error *err);

/* x is the map that attr makes y of. */
gan_status gan_resample_launch(cudaStream_t stream, const void *x, void *y, gan_dtype type,
                               int64_t samples, int64_t channels, const gan_resample_attr *attr,
                               gan_error *err);

/* A filter and the widened one, or the other way round: what attr says of `in`. */
typedef struct gan_widen_filter_desc {
    const void *in; /* of in_type */
    void *out;      /* of out_type; written */
    gan_dtype in_type, out_type;
    const int64_t *in_dims, *out_dims; /* [4], host memory */
    const gan_widen_filter_attr *attr;
} gan_widen_filter_desc;

gan_status gan_widen_filter_launch(cudaStream_t stream, const gan_widen_filter_desc *d,
                                   gan_error *err);

/* The three directions of max pooling: the largest of each window, a gradient back to where that
 * stood, and what stands there in another map. */
typedef struct gan_max_pool_desc {
    const void *from; /* x (samples,in,in,channels); dy, as y; g, as x */
    void *to;         /* y (samples,out,out,channels); dx, as x; y; written */
    gan_dtype type;
    int64_t samples, channels;
    const gan_max_pool_attr *attr;
} gan_max_pool_desc;

/* index: as y, where in its map the largest stands; written; may be left out. */
gan_status gan_max_pool_launch(cudaStream_t stream, const gan_max_pool_desc *d, int32_t *index,
                               gan_error *err);
gan_status gan_max_pool_bwd_launch(cudaStream_t stream, const gan_max_pool_desc *d,
                                   const int32_t *index, gan_error *err);
gan_status gan_max_pool_pick_launch(cudaStream_t stream, const gan_max_pool_desc *d,
                                    const int32_t *index, gan_error *err);

/* n channels from channel `from` on of a map of as many pixels as the result; x NULL: n of 0. */
typedef struct gan_concat_part {
    const void *x;
    int64_t channels, from, n;
} gan_concat_part;

enum { GAN_CONCAT_MOST = 16 }; /* parts of one launch */

typedef struct gan_concat_desc {
    const gan_concat_part *parts; /* (n_parts), side by side; host memory */
    int n_parts;                  /* at most GAN_CONCAT_MOST */
    void *y;                      /* (pixels, channels); written */
    int64_t first;                /* the parts' first channel in y; others are left as they are */
    gan_dtype type;
    int64_t pixels, channels;
} gan_concat_desc;

gan_status gan_concat_launch(cudaStream_t stream, const gan_concat_desc *d, gan_error *err);

#ifdef __cplusplus
}
#endif

#endif
