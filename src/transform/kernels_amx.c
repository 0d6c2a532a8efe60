/* kernels_amx.c — DFT convolution kernels with AMX tiles for bf16 products, AVX-512 for the rest.
 *
 * A tile product is 16 rows x 16 channels x 32 products deep and costs next to nothing, so a
 * complex product is simply four real ones: sums of planes, as the three of Gauss need, would cost
 * more time and accuracy than they save. Tiles want the right operand's rows paired and the left
 * one's not: 32 rows of a left one that is paired, or transposed, are packed first. What is loaded
 * and computed for rows and channels that fill a block up is zero. */
#include "transform/kernels.h"

#if defined(__AMX_BF16__) || defined(__AMXBF16__) /* gcc's name, clang 14's */

#define PLANES_BF16 1
#define AT_ONCE 2

#include "transform/map_body.h"
#include "transform/turn_body.h"

enum {
    TILE = 16,                   /* rows, and words of a row */
    PAIR = 2,                    /* numbers of a word */
    SQUARE = TILE * TILE * PAIR, /* numbers of a tile of an operand */
    HEIGHT = 2 * TILE,           /* rows of a packed block */
    STEP = TILE * PAIR,          /* products of a tile's sums */
    DEPTH = 512,                 /* products of a sum that are added in one go */
    LINE = TILE * PAIR           /* numbers of a line of 64 bytes: a row of a tile */
};

/* The memory that configures tiles (Intel, "Software Developer's Manual", LDTILECFG). */
typedef struct tile_shape {
    uint8_t palette, start_row, reserved[14];
    uint16_t row_bytes[16];
    uint8_t rows[16];
} tile_shape;

/* 32 rows of a left operand as tiles. Numbers from one to the next along rows, products, planes. */
typedef struct left_tiles {
    const uint16_t *at;
    int64_t half, step, plane;
} left_tiles;

/* One column of tiles of c: 32 rows, 16 channels, of one plane or of two. */
typedef struct column {
    left_tiles a;
    const uint16_t *b; /* of the first plane */
    float *c;
    int64_t b_plane, c_plane; /* numbers to the second one */
    int64_t steps;
    bool accumulate;
} column;

/* All 8 tiles: 16 rows of 64 bytes. */
static void configure_tiles(void)
{
    tile_shape shape = {.palette = 1};
    for (int i = 0; i < 8; i++) {
        shape.row_bytes[i] = TILE * sizeof(float);
        shape.rows[i] = TILE;
    }
    _tile_loadconfig(&shape);
}

/* Channels of 16 pairs of rows: rows of the tile are 16 channels, words pairs of rows. */
static void pack_columns(const uint16_t *a, uint16_t *out)
{
    vec v[TILE];
    FAST_UNROLL
    for (int i = 0; i < TILE; i++) {
        v[i] = _mm512_castsi512_ps(_mm512_loadu_si512(a + i * LINE));
    }
    vec_transpose(v);
    FAST_UNROLL
    for (int i = 0; i < TILE; i++) {
        _mm512_storeu_si512(out + i * LINE, _mm512_castps_si512(v[i]));
    }
}

/* 8 pairs of rows of 16 channels, and of 16 more `next` numbers on: rows of the tile are rows,
 * words pairs of channels. */
static void pack_rows(const uint16_t *a, int64_t next, uint16_t *out)
{
    const __m512i even = _mm512_slli_epi16(vec_order_rows(), 1);
    const __m512i odd = _mm512_add_epi16(even, _mm512_set1_epi16(1));
    for (int i = 0; i < TILE; i += PAIR, a += LINE, out += PAIR * LINE) {
        __m512i low = _mm512_loadu_si512(a), high = _mm512_loadu_si512(a + next);
        _mm512_storeu_si512(out, _mm512_permutex2var_epi16(low, even, high));
        _mm512_storeu_si512(out + LINE, _mm512_permutex2var_epi16(low, odd, high));
    }
}

/* 32 rows of a product from `a` on, `steps` tiles deep. */
static left_tiles left_of(const gan_transform_product *p, const uint16_t *a, int64_t steps,
                          bool is_complex, uint16_t *pack)
{
    int64_t chunk = p->a.rows * GAN_TRANSFORM_CHUNK; /* numbers from one to the next */
    if (!p->transposed && !p->a.paired) {
        return (left_tiles){a, SQUARE, 2 * chunk, p->a.stride};
    }
    int64_t step = p->transposed ? SQUARE : 2 * chunk;
    int64_t half = p->transposed ? chunk : TILE * GAN_TRANSFORM_CHUNK;
    left_tiles out = {pack, SQUARE, 4 * SQUARE, 2 * SQUARE};
    for (int64_t s = 0; s < steps; s++) {
        for (int i = 0; i < (is_complex ? 4 : 2); i++) {
            const uint16_t *from = a + s * step + i / 2 * p->a.stride + i % 2 * half;
            uint16_t *to = pack + (4 * s + i) * SQUARE;
            if (p->transposed) {
                pack_columns(from, to);
            } else {
                pack_rows(from, chunk, to);
            }
        }
    }
    return out;
}

enum { ROW = LINE * sizeof(uint16_t) }; /* bytes; of c, too */

/* A tile of c less what was summed up apart. */
FAST_INLINE void subtract_tile(float *c, const float *less)
{
    FAST_UNROLL
    for (int i = 0; i < TILE; i++, c += TILE, less += TILE) {
        vec_store(c, vec_load(c) - vec_load(less));
    }
}

static void load_tiles(const column *k)
{
    const int64_t low = TILE * TILE; /* numbers to the lower tile of c */
    if (k->accumulate) {
        _tile_loadd(0, k->c, ROW);
        _tile_loadd(1, k->c + low, ROW);
        _tile_loadd(2, k->c + k->c_plane, ROW);
        _tile_loadd(3, k->c + k->c_plane + low, ROW);
    } else {
        _tile_zero(0);
        _tile_zero(1);
        _tile_zero(2);
        _tile_zero(3);
    }
    _tile_zero(4);
    _tile_zero(5);
}

/* Tiles 0, 1: a0 b0; 2, 3: a0 b1 + a1 b0, the imaginary part; 4, 5: a1 b1. */
static void multiply_complex(const column *k)
{
    const int64_t low = TILE * TILE;
    float less[2 * TILE * TILE];
    load_tiles(k);
    const uint16_t *b = k->b;
    for (int64_t s = 0; s < k->steps; s++, b += SQUARE) {
        const uint16_t *a0 = k->a.at + s * k->a.step, *a1 = a0 + k->a.plane;
        _tile_loadd(6, b, ROW);
        _tile_loadd(7, a0, ROW);
        _tile_dpbf16ps(0, 7, 6);
        _tile_loadd(7, a0 + k->a.half, ROW);
        _tile_dpbf16ps(1, 7, 6);
        _tile_loadd(7, a1, ROW);
        _tile_dpbf16ps(2, 7, 6);
        _tile_loadd(7, a1 + k->a.half, ROW);
        _tile_dpbf16ps(3, 7, 6);
        _tile_loadd(6, b + k->b_plane, ROW);
        _tile_loadd(7, a1, ROW);
        _tile_dpbf16ps(4, 7, 6);
        _tile_loadd(7, a1 + k->a.half, ROW);
        _tile_dpbf16ps(5, 7, 6);
        _tile_loadd(7, a0, ROW);
        _tile_dpbf16ps(2, 7, 6);
        _tile_loadd(7, a0 + k->a.half, ROW);
        _tile_dpbf16ps(3, 7, 6);
    }
    _tile_stored(4, less, ROW);
    _tile_stored(5, less + TILE * TILE, ROW);
    _tile_stored(0, k->c, ROW);
    _tile_stored(1, k->c + low, ROW);
    _tile_stored(2, k->c + k->c_plane, ROW);
    _tile_stored(3, k->c + k->c_plane + low, ROW);
    subtract_tile(k->c, less);
    subtract_tile(k->c + low, less + TILE * TILE);
}

static void multiply_real(const column *k)
{
    const int64_t low = TILE * TILE;
    if (k->accumulate) {
        _tile_loadd(0, k->c, ROW);
        _tile_loadd(1, k->c + low, ROW);
    } else {
        _tile_zero(0);
        _tile_zero(1);
    }
    const uint16_t *b = k->b;
    for (int64_t s = 0; s < k->steps; s++, b += SQUARE) {
        const uint16_t *a = k->a.at + s * k->a.step;
        _tile_loadd(4, b, ROW);
        _tile_loadd(6, a, ROW);
        _tile_dpbf16ps(0, 6, 4);
        _tile_loadd(7, a + k->a.half, ROW);
        _tile_dpbf16ps(1, 7, 4);
    }
    _tile_stored(0, k->c, ROW);
    _tile_stored(1, k->c + low, ROW);
}

/* Rows m0 .. m0 + 32, products k0 .. k0 + depth: all columns of c. */
static void multiply_rows(const gan_transform_product *p, int64_t plane, bool is_complex,
                          int64_t m0, int64_t k0, uint16_t *pack)
{
    int64_t depth = p->k - k0 < DEPTH ? p->k - k0 : DEPTH, steps = (depth + STEP - 1) / STEP;
    int64_t channel = p->transposed ? m0 : k0, row = p->transposed ? k0 : m0;
    int64_t width = p->a.paired ? GAN_TRANSFORM_CHUNK : GAN_TRANSFORM_BLOCK;
    const uint16_t *a = (const uint16_t *)p->a.base + plane * p->a.stride +
                        (channel / width * p->a.rows + row) * width;
    column k = {.a = left_of(p, a, steps, is_complex, pack),
                .b_plane = p->b.stride,
                .c_plane = p->c.stride,
                .steps = steps,
                .accumulate = p->accumulate || k0 > 0};
    for (int64_t n = 0; n < p->n; n += TILE) {
        k.b = (const uint16_t *)p->b.base + plane * p->b.stride + n * p->b.rows + k0 * TILE;
        k.c = (float *)p->c.base + plane * p->c.stride + n * p->c.rows + m0 * TILE;
        if (is_complex) {
            multiply_complex(&k);
        } else {
            multiply_real(&k);
        }
    }
}

static void multiply(const gan_transform_product *p, int64_t plane, bool is_complex,
                     int64_t next_plane, float *pack)
{
    (void)next_plane;  /* tiles are loaded one after another, which the processor sees by itself */
    configure_tiles(); /* a thread's tiles are also the matrix library's: set and given back */
    for (int64_t m0 = 0; m0 < p->m; m0 += HEIGHT) {
        for (int64_t k0 = 0; k0 < p->k; k0 += DEPTH) {
            multiply_rows(p, plane, is_complex, m0, k0, (uint16_t *)(void *)pack);
        }
    }
    _tile_release();
}

static const gan_transform_kernels kernels = {.name = "amx bf16",
                                              .products = GAN_TRANSFORM_BF16,
                                              .pairs = true,
                                              .row_unit = HEIGHT,
                                              .tiles = true,
                                              .forward = forward,
                                              .backward = backward,
                                              .turn = turn,
                                              .multiply = multiply};

const gan_transform_kernels *gan_transform_kernels_amx(void)
{
    return &kernels;
}

#else

const gan_transform_kernels *gan_transform_kernels_amx(void)
{
    return NULL;
}

#endif
