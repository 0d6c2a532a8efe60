/* rate_setting.c — a rate as it is set, read and written as text.
 *
 * A text is cut into words: at blanks and commas, around "..", and after a number, so that "20M
 * images", "20Mimages" and "1e3..2e3 steps" read alike. */
#include "base/rate_setting.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/nearest.h"
#include "base/number.h"

enum { WORD_SIZE = 64 };
static const double MOST_IMAGES = 1e15, MOST_SHARE = 100.0; /* 1e15: as steps in options.def */

typedef struct reader {
    const char *text; /* all of it, for messages */
    const char *rest;
    char word[WORD_SIZE]; /* the next word; "" at the end */
    gan_error *err;
} reader;

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == ',';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Bytes of the number at the start: digits with a point, that is not the first of "..", and an
 * exponent, that is not an e alone, which counts epochs. */
static size_t number_length(const char *s)
{
    size_t n = *s == '-' || *s == '+';
    while (is_digit(s[n]) || (s[n] == '.' && s[n + 1] != '.')) {
        n++;
    }
    if (n > 0 && (s[n] == 'e' || s[n] == 'E')) {
        const size_t sign = s[n + 1] == '-' || s[n + 1] == '+';
        size_t end = n + 1 + sign;
        while (is_digit(s[end])) {
            end++;
        }
        n = end > n + 1 + sign ? end : n;
    }
    return n;
}

static void advance(reader *r)
{
    while (is_blank(*r->rest)) {
        r->rest++;
    }
    const char *s = r->rest;
    size_t n = strncmp(s, "..", 2) == 0 ? 2 : number_length(s);
    while (n == 0 && s[0] != '\0') {
        n = 1;
        while (s[n] && !is_blank(s[n]) && strncmp(s + n, "..", 2) != 0) {
            n++;
        }
    }
    snprintf(r->word, WORD_SIZE, "%.*s", (int)(n < WORD_SIZE ? n : WORD_SIZE - 1), s);
    r->rest += n;
}

static bool take(reader *r, const char *word)
{
    const bool is = strcmp(r->word, word) == 0;
    if (is) {
        advance(r);
    }
    return is;
}

/* The text of a message goes through the cleaner: it is a user's. */
static gan_status refuse(const reader *r, const char *wanted)
{
    char text[GAN_TEXT_CLEAN_SIZE], word[GAN_TEXT_CLEAN_SIZE];
    (void)gan_text_clean(r->text, text);
    return *r->word ? gan_fail(r->err, GAN_E_USAGE, "'%s': there is '%s' where %s could be", text,
                               gan_text_clean(r->word, word), wanted)
                    : gan_fail(r->err, GAN_E_USAGE, "'%s' ends where %s should be", text, wanted);
}

static gan_status refuse_word(const reader *r)
{
    static const char *const words[] = {"to", "linear", "cosine", "over", "warmup"};
    char wanted[128], hint[64];
    gan_nearest_hint(r->word, words, sizeof words / sizeof *words, hint, sizeof hint);
    snprintf(wanted, sizeof wanted, "one of to, linear, cosine, over, warmup%s", hint);
    return refuse(r, wanted);
}

static gan_status read_number(reader *r, const char *wanted, double *out)
{
    double value = 0;
    if (!*r->word || (!is_digit(*r->word) && !strchr("+-.", *r->word))) {
        return refuse(r, wanted);
    }
    GAN_TRY(gan_number_double(r->word, &value, r->err));
    advance(r);
    const double factor = strncmp(r->word, "k", 1) == 0 ? 1e3 : *r->word == 'M' ? 1e6 : 1;
    if (factor > 1) { /* what comes after the letter is a word of its own */
        memmove(r->word, r->word + 1, strlen(r->word));
        if (!*r->word) {
            advance(r);
        }
    }
    *out = value * factor;
    return GAN_OK;
}

static const struct {
    const char *word;
    gan_length_unit unit;
} units[] = {
    {"images", GAN_LENGTH_IMAGES}, {"image", GAN_LENGTH_IMAGES}, {"img", GAN_LENGTH_IMAGES},
    {"%", GAN_LENGTH_SHARE},       {"steps", GAN_LENGTH_STEPS},  {"step", GAN_LENGTH_STEPS},
    {"epochs", GAN_LENGTH_EPOCHS}, {"epoch", GAN_LENGTH_EPOCHS}, {"e", GAN_LENGTH_EPOCHS}};

/* *has_unit: a unit was named; without one the length is of images. */
static gan_status read_length(reader *r, gan_length *out, bool *has_unit)
{
    const char *wanted = "a length (50%, 20M images, 1000 steps, 3 epochs)";
    gan_length length = {.unit = GAN_LENGTH_IMAGES};
    GAN_TRY(read_number(r, wanted, &length.value));
    *has_unit = false;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (take(r, units[i].word)) {
            length.unit = units[i].unit;
            *has_unit = true;
            break;
        }
    }
    const double most = length.unit == GAN_LENGTH_SHARE ? MOST_SHARE : MOST_IMAGES;
    if (!(length.value >= 0 && length.value <= most)) {
        return gan_fail(r->err, GAN_E_USAGE, "'%s': a length is from 0 to %.9g%s", r->text, most,
                        length.unit == GAN_LENGTH_SHARE ? "%" : "");
    }
    *out = length;
    return GAN_OK;
}

static bool is_after(gan_length begin, gan_length end)
{
    return begin.unit != end.unit || begin.value < end.value;
}

/* "over" has been read. In "1000..5000 steps" both numbers are of steps. */
static gan_status read_over(reader *r, gan_rate_setting *s)
{
    bool has_unit = false, end_has_unit = false;
    GAN_TRY(read_length(r, &s->end, &has_unit));
    if (take(r, "..")) {
        s->begin = s->end;
        GAN_TRY(read_length(r, &s->end, &end_has_unit));
        s->begin.unit = has_unit ? s->begin.unit : s->end.unit;
    }
    return GAN_OK;
}

/* What is after the first number. */
static gan_status read_rest(reader *r, gan_rate_setting *s)
{
    bool moves = false, over = false, has_unit = false;
    while (*r->word) {
        if (!moves && take(r, "to")) {
            moves = true;
            s->curve = s->curve == GAN_CURVE_CONSTANT ? GAN_CURVE_LINEAR : s->curve;
            GAN_TRY(read_number(r, "a number", &s->to));
        } else if (take(r, "linear")) {
            s->curve = GAN_CURVE_LINEAR;
        } else if (take(r, "cosine")) {
            s->curve = GAN_CURVE_COSINE;
        } else if (!over && take(r, "over")) {
            over = true;
            GAN_TRY(read_over(r, s));
        } else if (s->warm_up.value == 0 && (take(r, "warmup") || take(r, "warm-up"))) {
            GAN_TRY(read_length(r, &s->warm_up, &has_unit));
        } else {
            return refuse_word(r);
        }
    }
    if (!moves && (over || s->curve != GAN_CURVE_CONSTANT)) {
        return gan_fail(r->err, GAN_E_USAGE, "'%s' has a curve and no second number: 2e-4 to 5e-5",
                        r->text);
    }
    return is_after(s->begin, s->end)
               ? GAN_OK
               : gan_fail(r->err, GAN_E_USAGE, "'%s': the curve ends where it begins, or before",
                          r->text);
}

gan_status gan_rate_setting_parse(const char *text, gan_rate_setting *out, gan_error *err)
{
    reader r = {.text = text, .rest = text, .err = err};
    gan_rate_setting s = {.begin = {0, GAN_LENGTH_SHARE}, .end = {100, GAN_LENGTH_SHARE}};
    const size_t n = strlen(text);
    if (!strpbrk(text, " \t") && !(n > 1 && strchr("kM", text[n - 1]))) {
        GAN_TRY(gan_number_double(text, &s.from, err));
        *out = gan_rate_setting_constant(s.from);
        return GAN_OK;
    }
    advance(&r);
    if (take(&r, "cosine")) {
        s.curve = GAN_CURVE_COSINE;
    } else if (take(&r, "linear")) {
        s.curve = GAN_CURVE_LINEAR;
    }
    GAN_TRY(read_number(&r, "a number", &s.from));
    s.to = s.from;
    GAN_TRY(read_rest(&r, &s));
    *out = s.curve == GAN_CURVE_CONSTANT && s.warm_up.value == 0 ? gan_rate_setting_constant(s.from)
                                                                 : s;
    return GAN_OK;
}

static void add_length(gan_text *text, gan_length length)
{
    static const char *const words[] = {[GAN_LENGTH_IMAGES] = " images",
                                        [GAN_LENGTH_SHARE] = "%",
                                        [GAN_LENGTH_STEPS] = " steps",
                                        [GAN_LENGTH_EPOCHS] = " epochs"};
    if (length.value == floor(length.value)) {
        gan_text_add(text, "%.0f", length.value);
    } else {
        gan_text_add_real(text, length.value);
    }
    gan_text_add(text, "%s", words[length.unit]);
}

void gan_rate_setting_add(gan_text *text, const gan_rate_setting *rate)
{
    gan_text_add_real(text, rate->from);
    if (rate->curve != GAN_CURVE_CONSTANT) {
        gan_text_add(text, " to ");
        gan_text_add_real(text, rate->to);
        gan_text_add(text, " %s over ", rate->curve == GAN_CURVE_COSINE ? "cosine" : "linear");
        if (rate->begin.value > 0) {
            add_length(text, rate->begin);
            gan_text_add(text, "..");
        }
        add_length(text, rate->end);
    }
    if (rate->warm_up.value > 0) {
        gan_text_add(text, " warmup ");
        add_length(text, rate->warm_up);
    }
}

gan_rate_setting gan_rate_setting_constant(double value)
{
    return (gan_rate_setting){.from = value, .to = value};
}

static bool length_equal(gan_length a, gan_length b)
{
    return a.unit == b.unit && a.value == b.value;
}

bool gan_rate_setting_equal(const gan_rate_setting *a, const gan_rate_setting *b)
{
    return a->from == b->from && a->to == b->to && a->curve == b->curve &&
           length_equal(a->begin, b->begin) && length_equal(a->end, b->end) &&
           length_equal(a->warm_up, b->warm_up);
}

bool gan_rate_setting_rests(const gan_rate_setting *rate)
{
    return rate->curve == GAN_CURVE_CONSTANT && rate->warm_up.value == 0;
}

bool gan_rate_setting_has_share(const gan_rate_setting *rate)
{
    const bool warms = rate->warm_up.value > 0, curves = rate->curve != GAN_CURVE_CONSTANT;
    return (warms && rate->warm_up.unit == GAN_LENGTH_SHARE) ||
           (curves && rate->end.unit == GAN_LENGTH_SHARE) ||
           (curves && rate->begin.value > 0 && rate->begin.unit == GAN_LENGTH_SHARE);
}

double gan_rate_setting_most(const gan_rate_setting *rate)
{
    return rate->from > rate->to ? rate->from : rate->to;
}
