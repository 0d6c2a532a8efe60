/* random_language.c — a network description of given words, put together at random, as YAML.
 *
 * A network is drawn along its map (h, w, c). A word that keeps a map's shape stands by itself or
 * within a block; one that changes it is told numbers that leave at least one row and one column,
 * and at most 12, since the next word must find a map. Vectors are passed through on the way: a
 * dense layer of as many units as the next map has numbers, and its reshape. */
#include "unit/random_language.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/philox.h"

enum { MAP_MAX = 12 };

const char *const random_language_words[] = {
    "dense",
    "conv",
    "conv_transpose",
    "batch_norm",
    "leaky_relu",
    "dropout",
    "reshape",
    "flatten",
    "tanh",
    "sigmoid",
    "max_pool",
    "average_pool",
    "upsample",
    "adaptive_average_pool",
    "downsample",
    "global_average_pool",
    "resize",
    "global_sum_pool",
    "elu",
    "selu",
    "silu",
    "gelu",
    "softplus",
    "relu6",
    "linear",
    "layer_norm",
    "instance_norm",
    "group_norm",
    "pixel_norm",
    "scale",
    "bias",
    "minibatch_stddev",
    "add",
    "concat",
    "multiply",
    "conv in groups",
    "conv_transpose in groups",
    "constant",
    NULL,
};

typedef struct drawer {
    uint64_t seed;
    uint32_t draws;
    char *out;
    int size, used;
    int indent;
    const char *const *words; /* left to place */
    int n_words;
    int h, w, c; /* the map so far */
} drawer;

static int pick(drawer *d, int low, int high)
{
    gan_philox4 r = gan_philox(d->seed, 78, 0, d->draws++);
    return low + (int)(r.v[0] % (uint32_t)(high - low + 1));
}

static void put(drawer *d, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void put(drawer *d, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(d->out + d->used, (size_t)(d->size - d->used), format, args);
    va_end(args);
    d->used += n;
}

/* A line of its own at the list's indentation. */
#define LINE(d, ...)                                                                               \
    do {                                                                                           \
        put(d, "%*s", (d)->indent, "");                                                            \
        put(d, __VA_ARGS__);                                                                       \
        put(d, "\n");                                                                              \
    } while (0)

static const char *yes_or_no(drawer *d)
{
    return pick(d, 0, 1) ? "true" : "false";
}

/* A number that divides all of these channels. */
static int groups_of(drawer *d, int a, int b)
{
    return a % 2 == 0 && b % 2 == 0 && pick(d, 0, 1) ? 2 : a == b && pick(d, 0, 1) ? a : 1;
}

static bool keeps_shape(const char *word)
{
    static const char *const others[] = {
        "dense",
        "conv",
        "conv_transpose",
        "reshape",
        "flatten",
        "max_pool",
        "average_pool",
        "adaptive_average_pool",
        "upsample",
        "downsample",
        "resize",
        "global_average_pool",
        "concat",
        "multiply",
        "add",
        "global_sum_pool",
        "minibatch_stddev",
        "conv in groups",
        "conv_transpose in groups",
        "constant",
    };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        if (strcmp(word, others[i]) == 0) {
            return false;
        }
    }
    return true;
}

/* A word that keeps the shape. Normalizations are kept away from dividing by nearly nothing. */
static void put_keeper(drawer *d, const char *word)
{
    if (strcmp(word, "leaky_relu") == 0 || strcmp(word, "elu") == 0 ||
        strcmp(word, "linear") == 0) {
        LINE(d, "- %s: 0.%d", word, pick(d, 1, 9));
    } else if (strcmp(word, "dropout") == 0) {
        LINE(d, "- dropout: 0.%d", pick(d, 1, 4));
    } else if (strcmp(word, "batch_norm") == 0) {
        LINE(d, "- batch_norm: {epsilon: 1e-2, momentum: 0.9, running_variance: %s}",
             pick(d, 0, 1) ? "biased" : "unbiased");
    } else if (strcmp(word, "group_norm") == 0) {
        LINE(d, "- group_norm: {groups: %d, epsilon: 1e-2, affine: %s}", groups_of(d, d->c, d->c),
             yes_or_no(d));
    } else if (strcmp(word, "layer_norm") == 0 || strcmp(word, "instance_norm") == 0) {
        LINE(d, "- %s: {epsilon: 1e-2, affine: %s}", word, yes_or_no(d));
    } else if (strcmp(word, "pixel_norm") == 0) {
        LINE(d, "- pixel_norm: {epsilon: 1e-2}");
    } else if (strcmp(word, "scale") == 0) {
        LINE(d, "- scale: {init: {normal: [1, 0.3]}}");
    } else {
        LINE(d, "- %s", word);
    }
}

/* Whether a word takes means over positions, of which there must be more than one. */
static bool wants_positions(const char *word)
{
    return strcmp(word, "layer_norm") == 0 || strcmp(word, "instance_norm") == 0 ||
           strcmp(word, "group_norm") == 0;
}

/* Places the next word if it keeps the shape. */
static void put_next_keeper(drawer *d)
{
    if (d->n_words > 0 && keeps_shape(d->words[0]) &&
        (d->h * d->w > 1 || !wants_positions(d->words[0]))) {
        put_keeper(d, d->words[0]);
        d->words++;
        d->n_words--;
    }
}

/* A convolution of the same height and width to so many channels. */
static void put_same_conv(drawer *d, int channels)
{
    LINE(d, "- conv: {channels: %d, kernel: %d, padding: same, groups: %d, bias: %s}", channels,
         2 * pick(d, 0, 1) + 1, groups_of(d, d->c, channels), yes_or_no(d));
}

static void put_residual(drawer *d)
{
    LINE(d, "- residual:");
    d->indent += 4;
    if (pick(d, 0, 1)) {
        LINE(d, "scale: 0.%d", pick(d, 1, 9));
    }
    LINE(d, "layers:");
    d->indent += 2;
    put_same_conv(d, d->c);
    put_next_keeper(d);
    d->indent -= 2;
    if (pick(d, 0, 1)) {
        LINE(d, "shortcut:");
        d->indent += 2;
        put_same_conv(d, d->c);
        put_next_keeper(d);
        d->indent -= 2;
    }
    d->indent -= 4;
}

/* Two branches, of which the second may be empty; each begins with "- " of its list of lists. */
static void put_branches(drawer *d, const char *join)
{
    const bool is_concat = strcmp(join, "concat") == 0;
    const int more = is_concat ? pick(d, 1, 2) : d->c;
    LINE(d, "- branches:");
    d->indent += 4;
    LINE(d, "join: %s", join);
    LINE(d, "of:");
    d->indent += 2;
    LINE(d, "-");
    d->indent += 2;
    put_same_conv(d, more);
    d->indent -= 2;
    if (pick(d, 0, 2) == 0) {
        LINE(d, "- []");
    } else {
        LINE(d, "-");
        d->indent += 2;
        put_same_conv(d, d->c);
        put_next_keeper(d);
        LINE(d, "- tanh");
        d->indent -= 2;
    }
    d->indent -= 6;
    d->c += is_concat ? more : 0;
}

static void put_repeat(drawer *d)
{
    LINE(d, "- repeat:");
    d->indent += 4;
    LINE(d, "n: 2");
    LINE(d, "layers:");
    d->indent += 2;
    put_same_conv(d, d->c);
    put_next_keeper(d);
    d->indent -= 6;
}

/* The groups of a convolution to so many channels: 2 where it must have groups, for which the map
 * gets an even number of channels first. */
static int given_groups(drawer *d, int channels, bool in_groups)
{
    if (in_groups && d->c % 2 != 0) {
        put_same_conv(d, 2);
        d->c = 2;
    }
    return in_groups ? 2 : groups_of(d, d->c, channels);
}

static void put_conv(drawer *d, bool in_groups)
{
    const int stride = pick(d, 1, 2), channels = pick(d, 1, 2) * 2;
    const int groups = given_groups(d, channels, in_groups);
    LINE(d, "- conv: {channels: %d, kernel: %d, stride: %d, padding: same, groups: %d, bias: %s}",
         channels, pick(d, 1, 3), stride, groups, yes_or_no(d));
    d->h = (d->h + stride - 1) / stride;
    d->w = (d->w + stride - 1) / stride;
    d->c = channels;
}

static void put_conv_transpose(drawer *d, bool in_groups)
{
    const bool grows = 2 * d->h <= MAP_MAX && 2 * d->w <= MAP_MAX;
    const int channels = pick(d, 1, 2) * 2, groups = given_groups(d, channels, in_groups);
    LINE(d,
         "- conv_transpose: {channels: %d, kernel: %d, stride: %d, padding: %d, groups: %d, "
         "bias: %s}",
         channels, grows ? 4 : 3, grows ? 2 : 1, 1, groups, yes_or_no(d));
    d->h *= grows ? 2 : 1;
    d->w *= grows ? 2 : 1;
    d->c = channels;
}

static void put_pool(drawer *d, const char *word)
{
    const int stride = pick(d, 1, 2);
    LINE(d, "- %s: {kernel: %d, stride: %d, padding: same}", word, pick(d, 1, 3), stride);
    d->h = (d->h + stride - 1) / stride;
    d->w = (d->w + stride - 1) / stride;
}

static void put_size(drawer *d, const char *word, const char *more)
{
    d->h = pick(d, 2, 6);
    d->w = pick(d, 2, 6);
    LINE(d, "- %s: {size: [%d, %d]%s}", word, d->h, d->w, more);
}

static void put_factor(drawer *d, const char *word)
{
    static const char *const up[] = {"nearest", "bilinear", "[1, 2, 1]"};
    static const char *const down[] = {"average", "[1, 2, 1]", "[1, 3, 3, 1]"};
    const bool is_up = strcmp(word, "upsample") == 0;
    if (is_up ? 2 * d->h > MAP_MAX || 2 * d->w > MAP_MAX : d->h < 2 || d->w < 2) {
        put_size(d, "adaptive_average_pool", "");
    }
    LINE(d, "- %s: {factor: 2, filter: %s}", word, (is_up ? up : down)[pick(d, 0, 2)]);
    d->h = is_up ? 2 * d->h : d->h / 2;
    d->w = is_up ? 2 * d->w : d->w / 2;
}

static void put_resize(drawer *d)
{
    static const char *const filters[] = {"bilinear", "bicubic", "nearest"};
    char more[64];
    const int filter = pick(d, 0, 2);
    snprintf(more, sizeof more, ", filter: %s, antialias: %s", filters[filter],
             filter < 2 ? yes_or_no(d) : "false");
    put_size(d, "resize", more);
}

/* To a vector and back to a map. */
static void pass_vector(drawer *d, const char *word)
{
    const bool pools = strncmp(word, "global", 6) == 0;
    LINE(d, "- %s", pools ? word : "flatten");
    d->h = pick(d, 2, 4);
    d->w = pick(d, 2, 4);
    d->c = pick(d, 1, 2) * 2;
    LINE(d, "- dense: {units: %d, bias: %s}", d->h * d->w * d->c, yes_or_no(d));
    LINE(d, "- reshape: [%d, %d, %d]", d->h, d->w, d->c);
}

/* A learned map: times a vector that the network makes, or times the map that was there. */
static void put_constant(drawer *d)
{
    if (pick(d, 0, 1)) {
        LINE(d, "- branches: {join: multiply, of: [[constant: [%d, %d, %d]], []]}", d->h, d->w,
             d->c);
        return;
    }
    d->h = pick(d, 2, 4);
    d->w = pick(d, 2, 4);
    d->c = pick(d, 1, 2) * 2;
    LINE(d, "- flatten");
    LINE(d, "- dense: %d", d->c);
    LINE(d, "- constant: {shape: [%d, %d, %d], scaled: true}", d->h, d->w, d->c);
}

static void put_stddev(drawer *d)
{
    const int features = groups_of(d, d->c, d->c);
    LINE(d, "- minibatch_stddev: {group: %d, features: %d}", 2 * pick(d, 1, 2), features);
    d->c += features;
}

static void put_word(drawer *d, const char *word)
{
    if (strcmp(word, "conv") == 0 || strcmp(word, "conv in groups") == 0) {
        put_conv(d, word[strlen("conv")] != '\0');
    } else if (strncmp(word, "conv_transpose", strlen("conv_transpose")) == 0) {
        put_conv_transpose(d, word[strlen("conv_transpose")] != '\0');
    } else if (strcmp(word, "max_pool") == 0 || strcmp(word, "average_pool") == 0) {
        put_pool(d, word);
    } else if (strcmp(word, "adaptive_average_pool") == 0) {
        put_size(d, word, "");
    } else if (strcmp(word, "upsample") == 0 || strcmp(word, "downsample") == 0) {
        put_factor(d, word);
    } else if (strcmp(word, "resize") == 0) {
        put_resize(d);
    } else if (strcmp(word, "minibatch_stddev") == 0) {
        put_stddev(d);
    } else if (strcmp(word, "constant") == 0) {
        put_constant(d);
    } else if (strcmp(word, "add") == 0) {
        put_residual(d);
    } else if (strcmp(word, "concat") == 0 || strcmp(word, "multiply") == 0) {
        put_branches(d, word);
    } else if (keeps_shape(word)) {
        if (d->h * d->w == 1 && wants_positions(word)) {
            put_size(d, "resize", "");
        }
        put_keeper(d, word);
    } else {
        pass_vector(d, word);
    }
}

/* All of the words, the map being given, with blocks among them. */
static void put_words(drawer *d, const char *const *words, int n)
{
    d->words = words;
    d->n_words = n;
    while (d->n_words > 0) {
        switch (pick(d, 0, 9)) {
        case 0:
            put_repeat(d);
            break;
        case 1:
            put_branches(d, "sum");
            break;
        default: {
            const char *word = d->words[0];
            d->words++;
            d->n_words--;
            put_word(d, word);
        }
        }
    }
}

void random_language(uint64_t seed, const char *const *words_d, int n_d, const char *const *words_g,
                     int n_g, char *out, int size)
{
    drawer d = {.seed = seed, .out = out, .size = size, .indent = 2};
    const int h = pick(&d, 4, 8), w = pick(&d, 4, 8), c = pick(&d, 1, 3), latent = pick(&d, 2, 5);
    put(&d, "name: random-language\nimage: {height: %d, width: %d, channels: %d}\nlatent: %d\n", h,
        w, c, latent);
    put(&d, "defaults: {init: {normal: 0.3}}\ngenerator:\n");
    d.h = pick(&d, 2, 4);
    d.w = pick(&d, 2, 4);
    d.c = pick(&d, 1, 2) * 2;
    LINE(&d, "- dense: %d", d.h * d.w * d.c);
    LINE(&d, "- reshape: [%d, %d, %d]", d.h, d.w, d.c);
    put_words(&d, words_g, n_g);
    LINE(&d, "- resize: [%d, %d]", h, w);
    LINE(&d, "- conv: {channels: %d, kernel: 3, padding: same}", c);
    put(&d, "discriminator:\n");
    d.h = h;
    d.w = w;
    d.c = c;
    put_conv(&d, false);
    put_words(&d, words_d, n_d);
    LINE(&d, "- flatten");
    LINE(&d, "- dense: %d", pick(&d, 1, 4) / 2 + 1);
    put(&d, "train: {batch_size: 4, epochs: 1}\n");
}
