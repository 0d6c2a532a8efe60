/* cost.h — what a run costs on a rented GPU: an estimate by prices of the hour, each with its date.
 *
 * Prices are facts of a day, and providers change them; own ones come as a file of the same form.
 */
#ifndef GAN_COST_H
#define GAN_COST_H

#include <stdint.h>

#include "gan/net.h"
#include "gan/plan.h"
#include "gan/status.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

typedef struct gan_prices gan_prices;

/* One hour of one kind of instance. Texts live with the prices. */
typedef struct gan_price {
    const char *gpu;      /* its id in the catalogue: "l4" */
    const char *provider; /* "gcp" */
    const char *instance; /* "g2-standard-4" */
    const char *region;   /* "us-central1" */
    const char *currency; /* "USD" */
    int gpus;             /* of the instance; a run uses one, all are paid */
    double on_demand;     /* of an hour, > 0 */
    double spot;          /* of a machine that may be taken away; NaN = not known, or not offered */
    double billed_seconds; /* what is begun of this length is paid as a whole: 1, 3600 */
    const char *date;      /* "2025-03-06", "2025-03" or "2025" */
    const char *source;    /* where the price was read, for people */
} gan_price;

/* gan_prices_open() — reads prices and checks every field.
 *
 *  set   whose catalogue has the GPUs
 *  path  a file with a member "prices" like that of data/gpus.json; NULL = the catalogue's own
 *  out   owned by the caller: gan_prices_close(); NULL on failure
 *
 * GAN_E_NO_INPUT; GAN_E_DATA for JSON that is not as said, by the price's number and field, and for
 * a GPU that is not in the catalogue, with the nearest that is; GAN_E_IO, GAN_E_MEMORY. */
gan_status gan_prices_open(const gan_planner_set *set, const char *path, gan_prices **out,
                           gan_error *err);
void gan_prices_close(gan_prices *prices); /* NULL is fine */

/* How many there are, and one of them, 0 <= i < their number, in the file's order. */
int gan_prices_count(const gan_prices *prices);
const gan_price *gan_prices_at(const gan_prices *prices, int i);

/* How long a run is. Zero-initialize; a zero is the default. */
typedef struct gan_run_options {
    int64_t batch;  /* 0 = the network's own */
    int64_t images; /* of an epoch; 0 = 60 000 */
    int64_t epochs; /* 0 = the network's own */
    int64_t steps;  /* instead of epochs */
} gan_run_options;

/* gan_run_length() — the steps of a run, as training counts them: a step shows D one batch, the
 * last batch of an epoch takes images of the next.
 *
 *  batch, epochs  what was taken for them; NULL is fine. epochs may be a fraction with `steps`
 *
 * GAN_E_USAGE for a negative number, or for epochs and steps at once. */
gan_status gan_run_length(const gan_net *net, const gan_run_options *options, int64_t *steps,
                          int64_t *batch, double *epochs, gan_error *err);

/* What `seconds` of an instance cost at `hourly`, on_demand or spot, with what is billed as begun.
 * NaN for a NaN. */
double gan_price_of(const gan_price *price, double hourly, double seconds);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
