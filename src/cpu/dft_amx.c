/* dft_amx.c — DFT convolution kernels with AMX tiles for bf16 products, AVX-512 for the rest.
 *
 * A tile product is 16 rows x 16 channels x 32 products deep and costs next to nothing, so a complex
 * product is simply four real ones: sums of planes, as the three of Gauss need, would cost more
 * time and accuracy than they save. Rows of operands are paired, which is how tiles want the right
 * one; the left one is packed, transposed or not, in blocks of 32 rows. What is loaded and computed
 * for rows and channels that fill a block up is zero. */
#include "cpu/dft_kernels.h"

#if defined(__AMX_BF16__)

#define PLANES_BF16 1
#define ROWS_AT_ONCE 2

#include "cpu/dft_transform_body.h"

enum {
    TILE = 16,                    /* rows, and words of a row */
    PAIR = 2,                     /* numbers of a word */
    SQUARE = TILE * TILE * PAIR,  /* numbers of a tile of an operand */
    HEIGHT = 2 * TILE,            /* rows of a packed block */
    STEP = TILE * PAIR,           /* products of a tile's sums */
    DEPTH = 512,                  /* products of a sum that are added in one go */
    LINE = TILE * PAIR,           /* numbers of a line of 64 bytes */
    PAIRED = GAN_DFT_BLOCK * PAIR /* numbers from one pair of rows to the next */
};

/* The memory that configures tiles (Intel, "Software Developer's Manual", LDTILECFG). */
typedef struct tile_shape {
    uint8_t palette, start_row, reserved[14];
    uint16_t row_bytes[16];
    uint8_t rows[16];
} tile_shape;

/* One column of tiles of c: 32 rows, 16 channels, of one plane or of two. */
typedef struct column {
    const uint16_t *a;         /* packed */
    const uint16_t *b;         /* of the first plane */
    int64_t b_plane, b_ahead;  /* numbers to the second plane; to what will be wanted next */
    float *c;
    int64_t c_plane;
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

DFT_INLINE __m512i negated(__m512i pairs)
{
    return _mm512_xor_si512(pairs, _mm512_set1_epi32((int)0x80008000u));
}

/* 16 lines of 16 words become their columns. */
DFT_INLINE void transpose_words(__m512i v[TILE])
{
    __m512i t[TILE], u[TILE];
    DFT_UNROLL
    for (int i = 0; i < TILE; i += 2) {
        t[i] = _mm512_unpacklo_epi32(v[i], v[i + 1]);
        t[i + 1] = _mm512_unpackhi_epi32(v[i], v[i + 1]);
    }
    DFT_UNROLL
    for (int i = 0; i < TILE; i += 4) {
        u[i] = _mm512_unpacklo_epi64(t[i], t[i + 2]);
        u[i + 1] = _mm512_unpackhi_epi64(t[i], t[i + 2]);
        u[i + 2] = _mm512_unpacklo_epi64(t[i + 1], t[i + 3]);
        u[i + 3] = _mm512_unpackhi_epi64(t[i + 1], t[i + 3]);
    }
    DFT_UNROLL
    for (int i = 0; i < 4; i++) {
        __m512i even_low = _mm512_shuffle_i32x4(u[i], u[i + 4], 0x88);
        __m512i even_high = _mm512_shuffle_i32x4(u[i + 8], u[i + 12], 0x88);
        __m512i odd_low = _mm512_shuffle_i32x4(u[i], u[i + 4], 0xdd);
        __m512i odd_high = _mm512_shuffle_i32x4(u[i + 8], u[i + 12], 0xdd);
        v[i] = _mm512_shuffle_i32x4(even_low, even_high, 0x88);
        v[i + 4] = _mm512_shuffle_i32x4(odd_low, odd_high, 0x88);
        v[i + 8] = _mm512_shuffle_i32x4(even_low, even_high, 0xdd);
        v[i + 12] = _mm512_shuffle_i32x4(odd_low, odd_high, 0xdd);
    }
}

/* Channels of 16 pairs of rows: rows of the tile are 16 channels, words pairs of rows. */
static void pack_columns(const uint16_t *a, uint16_t *out, uint16_t *out_negated)
{
    __m512i v[TILE];
    DFT_UNROLL
    for (int i = 0; i < TILE; i++) {
        v[i] = _mm512_loadu_si512(a + i * PAIRED);
    }
    transpose_words(v);
    DFT_UNROLL
    for (int i = 0; i < TILE; i++) {
        _mm512_storeu_si512(out + i * LINE, v[i]);
        if (out_negated) {
            _mm512_storeu_si512(out_negated + i * LINE, negated(v[i]));
        }
    }
}

/* 8 pairs of rows of 32 channels: rows of the tile are rows, words pairs of channels. */
static void pack_rows(const uint16_t *a, uint16_t *out, uint16_t *out_negated)
{
    uint16_t order[LINE];
    for (int i = 0; i < LINE; i++) {
        order[i] = (uint16_t)(PAIR * i);
    }
    __m512i even = _mm512_loadu_si512(order);
    __m512i odd = _mm512_add_epi16(even, _mm512_set1_epi16(1));
    for (int i = 0; i < TILE; i += PAIR) {
        __m512i low = _mm512_loadu_si512(a + i / PAIR * PAIRED);
        __m512i high = _mm512_loadu_si512(a + i / PAIR * PAIRED + LINE);
        __m512i first = _mm512_permutex2var_epi16(low, even, high);
        __m512i second = _mm512_permutex2var_epi16(low, odd, high);
        _mm512_storeu_si512(out + i * LINE, first);
        _mm512_storeu_si512(out + (i + 1) * LINE, second);
        if (out_negated) {
            _mm512_storeu_si512(out_negated + i * LINE, negated(first));
            _mm512_storeu_si512(out_negated + (i + 1) * LINE, negated(second));
        }
    }
}

/* 32 rows of a product, `steps` tiles deep. Of each step: 2 tiles of the real plane and, where the
 * product is complex, 2 of the imaginary one and 2 of its negative. */
static void pack_left(const gan_dft_product *p, const uint16_t *a, int64_t steps, bool is_complex,
                      uint16_t *out)
{
    int64_t step = p->transposed ? TILE * PAIRED : p->a.rows * GAN_DFT_BLOCK;
    int64_t half = p->transposed ? LINE : TILE / PAIR * PAIRED;
    for (int64_t s = 0; s < steps; s++, a += step) {
        for (int plane = 0; plane < (is_complex ? 2 : 1); plane++) {
            for (int i = 0; i < 2; i++, out += SQUARE) {
                const uint16_t *at = a + plane * p->a.stride + i * half;
                uint16_t *negative = plane ? out + 2 * SQUARE : NULL;
                if (p->transposed) {
                    pack_columns(at, out, negative);
                } else {
                    pack_rows(at, out, negative);
                }
            }
        }
        out += is_complex ? 2 * SQUARE : 0;
    }
}

/* A tile of b, asked for ahead of its time. */
DFT_INLINE void fetch_tile(const uint16_t *b)
{
    DFT_UNROLL
    for (int i = 0; i < TILE; i++) {
        DFT_FETCH(b + i * PAIRED, 2);
    }
}

enum { A_ROW = LINE * sizeof(uint16_t), B_ROW = PAIRED * sizeof(uint16_t) };
enum { C_ROW = GAN_DFT_BLOCK * sizeof(float) };

static void multiply_complex(const column *k)
{
    float *real = k->c, *imaginary = real + k->c_plane;
    const int64_t low = TILE * GAN_DFT_BLOCK; /* numbers to the lower tile of c */
    if (k->accumulate) {
        _tile_loadd(0, real, C_ROW);
        _tile_loadd(1, real + low, C_ROW);
        _tile_loadd(2, imaginary, C_ROW);
        _tile_loadd(3, imaginary + low, C_ROW);
    } else {
        _tile_zero(0);
        _tile_zero(1);
        _tile_zero(2);
        _tile_zero(3);
    }
    const uint16_t *a = k->a, *b = k->b;
    for (int64_t s = 0; s < k->steps; s++, a += 6 * SQUARE, b += TILE * PAIRED) {
        _tile_loadd(4, b, B_ROW);
        _tile_loadd(6, a, A_ROW);
        _tile_dpbf16ps(0, 6, 4);
        _tile_loadd(5, b + k->b_plane, B_ROW);
        _tile_dpbf16ps(2, 6, 5);
        _tile_loadd(7, a + SQUARE, A_ROW);
        _tile_dpbf16ps(1, 7, 4);
        _tile_dpbf16ps(3, 7, 5);
        _tile_loadd(6, a + 4 * SQUARE, A_ROW);
        _tile_dpbf16ps(0, 6, 5);
        _tile_loadd(7, a + 2 * SQUARE, A_ROW);
        _tile_dpbf16ps(2, 7, 4);
        _tile_loadd(6, a + 5 * SQUARE, A_ROW);
        _tile_dpbf16ps(1, 6, 5);
        _tile_loadd(7, a + 3 * SQUARE, A_ROW);
        _tile_dpbf16ps(3, 7, 4);
        if (k->b_ahead) {
            fetch_tile(b + k->b_ahead);
            fetch_tile(b + k->b_ahead + k->b_plane);
        }
    }
    _tile_stored(0, real, C_ROW);
    _tile_stored(1, real + low, C_ROW);
    _tile_stored(2, imaginary, C_ROW);
    _tile_stored(3, imaginary + low, C_ROW);
}

static void multiply_real(const column *k)
{
    const int64_t low = TILE * GAN_DFT_BLOCK;
    if (k->accumulate) {
        _tile_loadd(0, k->c, C_ROW);
        _tile_loadd(1, k->c + low, C_ROW);
    } else {
        _tile_zero(0);
        _tile_zero(1);
    }
    const uint16_t *a = k->a, *b = k->b;
    for (int64_t s = 0; s < k->steps; s++, a += 2 * SQUARE, b += TILE * PAIRED) {
        _tile_loadd(4, b, B_ROW);
        _tile_loadd(6, a, A_ROW);
        _tile_dpbf16ps(0, 6, 4);
        _tile_loadd(7, a + SQUARE, A_ROW);
        _tile_dpbf16ps(1, 7, 4);
        if (k->b_ahead) {
            fetch_tile(b + k->b_ahead);
        }
    }
    _tile_stored(0, k->c, C_ROW);
    _tile_stored(1, k->c + low, C_ROW);
}

/* Rows m0 .. m0 + 32, products k0 .. k0 + depth: all columns of c. */
static void multiply_rows(const gan_dft_product *p, int64_t plane, bool is_complex,
                          int64_t next_plane, int64_t m0, int64_t k0, uint16_t *pack)
{
    int64_t depth = p->k - k0 < DEPTH ? p->k - k0 : DEPTH, steps = (depth + STEP - 1) / STEP;
    int64_t channel = p->transposed ? m0 : k0, row = p->transposed ? k0 : m0;
    const uint16_t *a = (const uint16_t *)p->a.base + plane * p->a.stride +
                        (channel / GAN_DFT_BLOCK * p->a.rows + row) * GAN_DFT_BLOCK;
    column k = {.a = pack,
                .b_plane = p->b.stride,
                .b_ahead = next_plane < 0 || m0 > 0 ? 0 : (next_plane - plane) * p->b.stride,
                .c_plane = p->c.stride,
                .steps = steps,
                .accumulate = p->accumulate || k0 > 0};
    pack_left(p, a, steps, is_complex, pack);
    for (int64_t n = 0; n < p->n; n += TILE) {
        int64_t block = n / GAN_DFT_BLOCK, rest = n % GAN_DFT_BLOCK;
        k.b = (const uint16_t *)p->b.base + plane * p->b.stride +
              (block * p->b.rows + k0) * GAN_DFT_BLOCK + rest * PAIR;
        k.c = (float *)p->c.base + plane * p->c.stride +
              (block * p->c.rows + m0) * GAN_DFT_BLOCK + rest;
        if (is_complex) {
            multiply_complex(&k);
        } else {
            multiply_real(&k);
        }
    }
}

static void multiply(const gan_dft_product *p, int64_t plane, bool is_complex, int64_t next_plane,
                     float *pack)
{
    configure_tiles(); /* a thread's tiles are also the matrix library's: set and given back */
    for (int64_t m0 = 0; m0 < p->m; m0 += HEIGHT) {
        for (int64_t k0 = 0; k0 < p->k; k0 += DEPTH) {
            multiply_rows(p, plane, is_complex, next_plane, m0, k0, (uint16_t *)(void *)pack);
        }
    }
    _tile_release();
}

static const gan_dft_kernels kernels = {.name = "amx bf16",
                                        .products = GAN_DFT_BF16,
                                        .rows_at_once = ROWS_AT_ONCE,
                                        .row_unit = HEIGHT,
                                        .apart = true,
                                        .forward = forward,
                                        .backward = backward,
                                        .multiply = multiply};

const gan_dft_kernels *gan_dft_kernels_amx(void)
{
    return &kernels;
}

#else

const gan_dft_kernels *gan_dft_kernels_amx(void)
{
    return NULL;
}

#endif
