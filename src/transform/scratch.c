/* scratch.c — how large the planes of a fast convolution are, and where they lie in scratch.
 */
#include "base/divide.h"
#include "base/memory.h"
#include "transform/group_tiles.h"

static const int64_t plane_pad = 32; /* numbers: planes of a tile fall into different cache sets */

int64_t gan_transform_side_channels(const gan_transform_side *side)
{
    return side->phase_chunks * side->phases_h * side->phases_w * GAN_TRANSFORM_CHUNK;
}

int64_t gan_transform_side_rows(const gan_transform_plan *p, const gan_transform_side *side)
{
    return side == &p->w_fwd ? gan_transform_side_channels(&p->x)
                             : side->images * side->tiles_h * side->tiles_w;
}

int64_t gan_transform_plane_rows(const gan_transform_plan *p, int64_t rows)
{
    return gan_round_up(rows, p->kernels->row_unit);
}

int64_t gan_transform_plane_stride(int64_t blocks, int64_t rows)
{
    return blocks * GAN_TRANSFORM_BLOCK * rows + plane_pad;
}

int64_t gan_transform_planes_bytes(const gan_transform_plan *p, int64_t blocks, int64_t rows,
                                   gan_transform_type type)
{
    return gan_round_up(p->n_planes * gan_transform_plane_stride(blocks, rows) *
                            gan_transform_type_size(type),
                        GAN_ALIGNMENT);
}

int64_t gan_transform_tensor_bytes(const gan_transform_side *s)
{
    return s->images * s->height * s->width * s->channels *
           gan_transform_type_size(GAN_TRANSFORM_F32);
}

int64_t gan_transform_block_bytes(const gan_transform_plan *p, const gan_transform_side *side)
{
    const int64_t blocks = side == &p->x ? p->w.blocks : p->w_fwd.blocks; /* a bundle's */
    return gan_transform_planes_bytes(
        p, blocks, gan_transform_plane_rows(p, p->block_images * p->tiles), p->options.products);
}

int64_t gan_transform_kept_bytes(const gan_transform_plan *p, gan_transform_kept kept)
{
    if (kept == GAN_TRANSFORM_KEPT_W) {
        return gan_transform_planes_bytes(
            p, p->w.blocks, gan_transform_plane_rows(p, gan_transform_side_rows(p, &p->w)),
            p->options.products);
    }
    if (kept == GAN_TRANSFORM_KEPT_W_FWD) {
        return gan_transform_planes_bytes(
            p, p->w_fwd.blocks, gan_transform_plane_rows(p, gan_transform_side_rows(p, &p->w_fwd)),
            p->options.products);
    }
    return p->bundles * p->n_blocks *
           gan_transform_block_bytes(p, kept == GAN_TRANSFORM_KEPT_X ? &p->x : &p->y);
}

/* Takes `bytes` off the end of the scratch if wanted. */
static int64_t take(gan_transform_scratch *s, bool wanted, int64_t bytes)
{
    int64_t at = s->bytes;
    if (!wanted) {
        return -1;
    }
    s->bytes += bytes;
    return at;
}

/* What every thread has for itself: planes of its images, and of a panel of the result. */
static void take_apart(const gan_transform_plan *p, gan_transform_scratch *s, bool y)
{
    int64_t rows = gan_transform_plane_rows(p, p->apart_images * p->tiles), begin = s->bytes;
    int64_t in = take(
        s, true,
        gan_transform_planes_bytes(p, y ? p->x.blocks : p->y.blocks, rows, p->options.products));
    int64_t out =
        take(s, true, gan_transform_planes_bytes(p, p->apart_panel, rows, GAN_TRANSFORM_F32));
    s->x = y ? in : -1;
    s->y = y ? out : -1;
    s->dy = y ? -1 : in;
    s->dx = y ? -1 : out;
    s->dw = -1;
    s->apart = s->bytes - begin;
    s->bytes = begin + s->apart * p->options.threads;
}

static void take_shared(const gan_transform_plan *p, gan_transform_scratch *s, bool y, bool dx,
                        bool dw)
{
    bool share =
        p->options.products == GAN_TRANSFORM_F32; /* planes of x are as large as those of dx */
    int64_t rows = gan_transform_plane_rows(p, p->block_images * p->tiles);
    s->x = take(s, y || dw || (dx && share), gan_transform_block_bytes(p, &p->x));
    s->dx = share && dx
                ? s->x
                : take(s, dx, gan_transform_planes_bytes(p, p->w.blocks, rows, GAN_TRANSFORM_F32));
    s->dy = take(s, dx || dw, gan_transform_block_bytes(p, &p->y));
    s->y = take(s, y, gan_transform_planes_bytes(p, p->w_fwd.blocks, rows, GAN_TRANSFORM_F32));
    s->dw =
        take(s, dw,
             gan_transform_planes_bytes(p, p->w.blocks, gan_transform_plane_rows(p, p->geometry.k),
                                        GAN_TRANSFORM_F32));
}

/* Transformed weights, and the parts' sums of their gradient. */
static gan_transform_scratch layout_by_tiles(const gan_transform_plan *p, bool y, bool dx, bool dw)
{
    const int64_t bytes = gan_transform_group_weight_floats(p) * (int64_t)sizeof(float);
    gan_transform_scratch s = {
        .x = -1, .dy = -1, .w_turned = -1, .w_spread = -1, .y = -1, .dx = -1};
    s.w = take(&s, dx, gan_round_up(bytes, GAN_ALIGNMENT));
    s.w_fwd = take(&s, y, gan_round_up(bytes, GAN_ALIGNMENT));
    s.dw = take(&s, dw, gan_round_up(bytes * gan_transform_group_parts(p), GAN_ALIGNMENT));
    s.pack =
        take(&s, true, p->options.threads * GAN_TRANSFORM_PACK_FLOATS * (int64_t)sizeof(float));
    return s;
}

gan_transform_scratch gan_transform_scratch_layout(const gan_transform_plan *p, unsigned passes,
                                                   bool apart)
{
    bool y = passes & GAN_TRANSFORM_FWD, dx = passes & GAN_TRANSFORM_DGRAD,
         dw = passes & GAN_TRANSFORM_WGRAD;
    gan_transform_scratch s = {0};
    if (p->by_tiles) {
        return layout_by_tiles(p, y, dx, dw);
    }
    if (apart) {
        take_apart(p, &s, y);
    } else {
        take_shared(p, &s, y, dx, dw);
    }
    s.w = take(&s, dx, gan_transform_kept_bytes(p, GAN_TRANSFORM_KEPT_W));
    s.w_fwd = take(&s, y, gan_transform_kept_bytes(p, GAN_TRANSFORM_KEPT_W_FWD));
    s.w_turned = take(&s, y, gan_round_up(gan_transform_tensor_bytes(&p->w_fwd), GAN_ALIGNMENT));
    s.w_spread = take(&s, (dx || dw) && p->geometry.groups > 1,
                      gan_round_up(gan_transform_tensor_bytes(&p->w), GAN_ALIGNMENT));
    s.pack =
        take(&s, true, p->options.threads * GAN_TRANSFORM_PACK_FLOATS * (int64_t)sizeof(float));
    return s;
}

/* Enough for either way: calls with kept transforms share blocks. */
int64_t gan_transform_scratch_bytes(const gan_transform_plan *plan, unsigned passes)
{
    int64_t shared = gan_transform_scratch_layout(plan, passes, false).bytes, apart = 0;
    if (plan->apart_images > 0 && (passes == GAN_TRANSFORM_FWD || passes == GAN_TRANSFORM_DGRAD)) {
        apart = gan_transform_scratch_layout(plan, passes, true).bytes;
    }
    return apart > shared ? apart : shared;
}
