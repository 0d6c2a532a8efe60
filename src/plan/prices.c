/* prices.c — what an hour of an instance costs: the member "prices" of data/gpus.json or of a file
 * of the user's.
 *
 *     "prices": {"sources": {"gcp": {"date": "2025-03-06", "billed_seconds": 1, "text": "..."}},
 *                "list": [{"gpu": "l4", "provider": "gcp", ..., "source": "gcp"}]}
 *
 * A price without a source, or a source without a date, is refused: a price is a fact of a day. */
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/json_memory.h"
#include "base/memory.h"
#include "gan/cost.h"
#include "net/net.h"
#include "plan/planner_set.h"

enum { FILE_CAP = 4 << 20, PRICES_MAX = 100000, GPUS_OF_AN_INSTANCE = 1024 };

static const double HOUR = 3600;
static const double DEAREST = 1e9;    /* an hour of an instance, in any currency */
static const double MAX_STEPS = 1e15; /* as in options.def */
static const double DEFAULT_IMAGES = 60000;

struct gan_prices {
    json_t *root; /* texts of the list are its own */
    gan_price *list;
    int n;
};

/* Where a reader stands, for messages. */
typedef struct place {
    const char *label;
    int number; /* of the price, from 1 */
    gan_error *err;
} place;

static gan_status bad(const place *at, const char *field, const char *what)
{
    return gan_fail(at->err, GAN_E_DATA, "%s: price %d: %s %s", at->label, at->number, field, what);
}

static gan_status read_text(const place *at, const json_t *object, const char *field,
                            const char **out)
{
    const json_t *value = json_object_get(object, field);
    if (!json_is_string(value) || json_string_length(value) == 0) {
        return bad(at, field, "must be a text");
    }
    *out = json_string_value(value);
    return GAN_OK;
}

static gan_status read_number(const place *at, const json_t *object, const char *field, double low,
                              double high, double *out)
{
    const json_t *value = json_object_get(object, field);
    *out = json_number_value(value);
    if (!json_is_number(value) || !(*out >= low && *out <= high)) {
        return bad(at, field, "must be a number, in its range");
    }
    return GAN_OK;
}

/* YYYY, YYYY-MM or YYYY-MM-DD: as exactly as the source tells it. */
static bool is_date(const char *text)
{
    static const char form[] = "0000-00-00";
    const size_t n = strlen(text);
    for (size_t i = 0; i < n && i < sizeof form; i++) {
        const bool digit = text[i] >= '0' && text[i] <= '9';
        if (form[i] == '0' ? !digit : text[i] != form[i]) {
            return false;
        }
    }
    return n == 4 || n == 7 || n == 10;
}

static gan_status read_source(const place *at, const json_t *prices, const json_t *entry,
                              gan_price *price)
{
    const char *id = NULL;
    GAN_TRY(read_text(at, entry, "source", &id));
    const json_t *source = json_object_get(json_object_get(prices, "sources"), id);
    if (!json_is_object(source)) {
        return bad(at, "source", "must be one of \"sources\"");
    }
    GAN_TRY(read_text(at, source, "date", &price->date));
    GAN_TRY(read_text(at, source, "text", &price->source));
    GAN_TRY(read_number(at, source, "billed_seconds", 0, 31 * 24 * HOUR, &price->billed_seconds));
    return is_date(price->date)
               ? GAN_OK
               : bad(at, "date", "of its source must be YYYY, YYYY-MM or YYYY-MM-DD");
}

static gan_status read_price(const place *at, const gan_catalogue *catalogue, const json_t *prices,
                             const json_t *entry, gan_price *price)
{
    const gan_gpu *gpu = NULL;
    gan_error why = {0};
    double gpus = 0, spot = 0;
    GAN_TRY(read_text(at, entry, "gpu", &price->gpu));
    if (gan_catalogue_find(catalogue, price->gpu, &gpu, &why) != GAN_OK) {
        return bad(at, "gpu:", why.text);
    }
    price->gpu = gpu->id;
    GAN_TRY(read_text(at, entry, "provider", &price->provider));
    GAN_TRY(read_text(at, entry, "instance", &price->instance));
    GAN_TRY(read_text(at, entry, "region", &price->region));
    GAN_TRY(read_text(at, entry, "currency", &price->currency));
    GAN_TRY(read_number(at, entry, "gpus", 1, GPUS_OF_AN_INSTANCE, &gpus));
    GAN_TRY(read_number(at, entry, "on_demand", 1e-9, DEAREST, &price->on_demand));
    const json_t *offered = json_object_get(entry, "spot");
    if (offered && !json_is_null(offered)) {
        GAN_TRY(read_number(at, entry, "spot", 1e-9, DEAREST, &spot));
    }
    price->gpus = (int)gpus;
    price->spot = spot > 0 ? spot : (double)NAN;
    return read_source(at, prices, entry, price);
}

static gan_status read_list(const gan_catalogue *catalogue, const char *label, gan_prices *out,
                            gan_error *err)
{
    const json_t *prices = json_object_get(out->root, "prices");
    const json_t *list = json_object_get(prices, "list");
    const size_t n = json_array_size(list);
    void *memory = NULL;
    if (n < 1 || n > PRICES_MAX) {
        return gan_fail(err, GAN_E_DATA,
                        "%s: has no \"prices\" with a \"list\" of 1 to %d of them; data/gpus.json "
                        "shows the form",
                        label, PRICES_MAX);
    }
    GAN_TRY(gan_calloc(n, sizeof *out->list, &memory, err));
    out->list = memory;
    for (size_t i = 0; i < n; i++) {
        const place at = {label, (int)i + 1, err};
        GAN_TRY(read_price(&at, catalogue, prices, json_array_get(list, i), &out->list[i]));
        out->n++;
    }
    return GAN_OK;
}

static gan_status parse(const char *text, const char *label, json_t **out, gan_error *err)
{
    json_error_t reason = {0};
    *out = json_loads(text, JSON_REJECT_DUPLICATES, &reason);
    if (*out) {
        return GAN_OK;
    }
    return gan_json_no_memory(&reason)
               ? gan_fail(err, GAN_E_MEMORY, "%s: no memory to read it", label)
               : gan_fail(err, GAN_E_DATA, "%s:%d: not JSON: %s", label, reason.line, reason.text);
}

gan_status gan_prices_open(const gan_planner_set *set, const char *path, gan_prices **out,
                           gan_error *err)
{
    const gan_catalogue *catalogue = gan_planner_set_catalogue(set);
    const char *file = path ? path : catalogue->path;
    char *text = NULL;
    size_t n = 0;
    void *memory = NULL;
    *out = NULL;
    GAN_TRY(gan_file_read_whole(file, FILE_CAP, &text, &n, err));
    gan_status status = gan_calloc(1, sizeof(gan_prices), &memory, err);
    gan_prices *prices = memory;
    if (status == GAN_OK) {
        status = parse(text, file, &prices->root, err);
    }
    if (status == GAN_OK) {
        status = read_list(catalogue, file, prices, err);
    }
    free(text);
    if (status != GAN_OK) {
        gan_prices_close(prices);
        return status;
    }
    *out = prices;
    return GAN_OK;
}

void gan_prices_close(gan_prices *prices)
{
    if (prices) {
        json_decref(prices->root);
        free(prices->list);
        free(prices);
    }
}

int gan_prices_count(const gan_prices *prices)
{
    return prices->n;
}

const gan_price *gan_prices_at(const gan_prices *prices, int i)
{
    return &prices->list[i];
}

gan_status gan_run_length(const gan_net *net, const gan_run_options *options, int64_t *steps,
                          int64_t *batch, double *epochs, gan_error *err)
{
    const gan_run_options *o = options;
    const int64_t by = o->batch > 0 ? o->batch : net->train.batch_size;
    const double images = o->images > 0 ? (double)o->images : DEFAULT_IMAGES;
    double passes = (double)(o->epochs > 0 ? o->epochs : net->train.epochs);
    if (o->batch < 0 || o->images < 0 || o->epochs < 0 || o->steps < 0) {
        return gan_fail(err, GAN_E_USAGE,
                        "batch size, images, epochs and steps must not be "
                        "negative");
    }
    if (o->epochs > 0 && o->steps > 0) {
        return gan_fail(err, GAN_E_USAGE, "epochs and steps exclude each other: give one");
    }
    *steps = o->steps > 0 ? o->steps : (int64_t)fmin(ceil(passes * images / (double)by), MAX_STEPS);
    passes = o->steps > 0 ? (double)o->steps * (double)by / images : passes;
    if (batch) {
        *batch = by;
    }
    if (epochs) {
        *epochs = passes;
    }
    return GAN_OK;
}

double gan_price_of(const gan_price *price, double hourly, double seconds)
{
    const double unit = price->billed_seconds;
    const double paid = unit > 0 ? ceil(seconds / unit) * unit : seconds;
    return hourly * paid / HOUR;
}
