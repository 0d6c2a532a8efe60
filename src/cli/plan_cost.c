/* plan_cost.c — gan plan --cost: a run's length, times a step's time, times an hour's price. */
#include "cli/plan_cost.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "cli/json.h"
#include "cli/table.h"
#include "gan/cost.h"

enum { MAX_EPOCHS = 1000000000 };
static const int64_t MAX_STEPS = 1000000000000000;

typedef struct row {
    gan_price price;
    const char *gpu;
    double step_seconds, run_seconds, on_demand, spot;
} row;

/* What all rows have in common, and the rows. */
typedef struct estimate {
    const gan_planner_set *set;
    const gan_net *net;
    const gan_plan_options *options;
    gan_prices *prices;
    double step_ms; /* 0 = planned */
    int64_t steps, batch;
    double epochs;
    row *rows;
    int n_rows;
    int *n_unplanned;
    gan_error *err;
} estimate;

static gan_status take_flags(const cli_args *args, estimate *e)
{
    const char *ms = cli_args_get(args, "step_ms");
    gan_run_options run = {.batch = e->options->batch, .images = e->options->images};
    gan_status status = cli_args_integer(args, "epochs", 1, MAX_EPOCHS, &run.epochs, e->err);
    if (status == GAN_OK) {
        status = cli_args_integer(args, "steps", 1, MAX_STEPS, &run.steps, e->err);
    }
    if (status == GAN_OK && ms &&
        (gan_number_double(ms, &e->step_ms, NULL) != GAN_OK || !(e->step_ms > 0))) {
        snprintf(e->err->text, sizeof e->err->text, "--step-ms: '%s' is not a positive number", ms);
        return GAN_E_USAGE;
    }
    if (status == GAN_OK && ms && !e->options->gpu) {
        snprintf(e->err->text, sizeof e->err->text,
                 "--step-ms is of one GPU: say which --gpu it was measured on");
        return GAN_E_USAGE;
    }
    return status == GAN_OK ? gan_run_length(e->net, &run, &e->steps, &e->batch, &e->epochs, e->err)
                            : status;
}

static void add_row(estimate *e, const gan_price *price, const char *gpu, double step_seconds)
{
    row *r = &e->rows[e->n_rows++];
    r->price = *price;
    r->gpu = gpu;
    r->step_seconds = step_seconds;
    r->run_seconds = step_seconds * (double)e->steps;
    r->on_demand = gan_price_of(price, price->on_demand, r->run_seconds);
    r->spot = gan_price_of(price, price->spot, r->run_seconds);
}

/* Seconds of a step on a GPU: as given, or the plan's guess. */
static gan_status step_on(estimate *e, const char *gpu, double *seconds)
{
    gan_plan *plan = NULL;
    gan_plan_options options = *e->options;
    *seconds = e->step_ms / 1e3;
    if (e->step_ms > 0) {
        return GAN_OK;
    }
    options.gpu = gpu;
    gan_status status = gan_plan_make(e->set, e->net, &options, &plan, e->err);
    if (status == GAN_OK) {
        *seconds = plan->step_guess;
        *e->n_unplanned += plan->n_unplanned;
        if (plan->n_unplanned > 0) {
            fprintf(stderr, "%s: %d ops have no plan and are left out\n", gpu, plan->n_unplanned);
        }
        if (plan->memory_bytes > plan->gpu_memory_bytes) {
            fprintf(stderr, "%s: the step does not fit into its memory; take a smaller batch\n",
                    gpu);
        }
    }
    gan_plan_free(plan);
    return status;
}

/* A row for each price of the GPU; with --price, for that one. */
static gan_status add_gpu(estimate *e, const char *gpu)
{
    const gan_price given = {.gpu = gpu,
                             .provider = "-",
                             .instance = "-",
                             .region = "-",
                             .currency = "",
                             .gpus = 1,
                             .on_demand = e->options->price,
                             .spot = (double)NAN,
                             .billed_seconds = 1,
                             .date = "given",
                             .source = "--price"};
    double seconds = 0;
    bool has_step = false;
    for (int i = 0; i < (given.on_demand > 0 ? 1 : gan_prices_count(e->prices)); i++) {
        const gan_price *price = given.on_demand > 0 ? &given : gan_prices_at(e->prices, i);
        if (strcmp(price->gpu, gpu) != 0) {
            continue;
        }
        if (!has_step) {
            gan_status status = step_on(e, gpu, &seconds);
            if (status != GAN_OK) {
                return status;
            }
            has_step = true;
        }
        add_row(e, price, gpu, seconds);
    }
    return GAN_OK;
}

static gan_status no_price(const estimate *e, const char *gpu)
{
    snprintf(e->err->text, sizeof e->err->text,
             "no price of %s is known; give the price of an hour with --price, or own ones with "
             "--prices FILE",
             gpu);
    return GAN_E_NO_INPUT;
}

/* The GPU that was asked for, by the catalogue's id, or all of them; one that a plan cannot be made
 * for is named and passed over. */
static gan_status add_gpus(estimate *e)
{
    for (int i = 0; i < gan_planner_set_count(e->set); i++) {
        const char *name = NULL, *note = NULL, *id = NULL;
        bool supported = false;
        id = gan_planner_set_gpu(e->set, i, &name, &supported, &note);
        if (!e->options->gpu && !supported) {
            fprintf(stderr, "%s: %s\n", name, note ? note : "not supported");
            continue;
        }
        if (e->options->gpu && strcmp(e->options->gpu, id) != 0) {
            continue;
        }
        const gan_status status = add_gpu(e, id);
        if (status == GAN_E_UNSUPPORTED && !e->options->gpu) {
            fprintf(stderr, "%s\n", e->err->text);
        } else if (status != GAN_OK) {
            return status;
        }
    }
    return e->n_rows > 0 ? GAN_OK : no_price(e, e->options->gpu ? e->options->gpu : "these GPUs");
}

/* By currency, then by what is paid on demand. */
static int compare(const void *a, const void *b)
{
    const row *x = a, *y = b;
    const int by = strcmp(y->price.currency, x->price.currency);
    return by ? by : (x->on_demand > y->on_demand) - (x->on_demand < y->on_demand);
}

static void print_json(const estimate *e)
{
    for (int i = 0; i < e->n_rows; i++) {
        const row *r = &e->rows[i];
        cli_json j = cli_json_begin(stdout);
        cli_json_string(&j, "status", "estimate");
        cli_json_string(&j, "step", e->step_ms > 0 ? "given" : "guessed");
        cli_json_string(&j, "net", gan_net_name(e->net));
        cli_json_string(&j, "gpu", r->gpu);
        cli_json_string(&j, "provider", r->price.provider);
        cli_json_string(&j, "instance", r->price.instance);
        cli_json_string(&j, "region", r->price.region);
        cli_json_integer(&j, "gpus", r->price.gpus);
        cli_json_string(&j, "currency", r->price.currency);
        cli_json_real(&j, "price_on_demand", r->price.on_demand);
        cli_json_real(&j, "price_spot", r->price.spot);
        cli_json_string(&j, "price_date", r->price.date);
        cli_json_string(&j, "price_source", r->price.source);
        cli_json_integer(&j, "batch", e->batch);
        cli_json_integer(&j, "steps", e->steps);
        cli_json_real(&j, "epochs", e->epochs);
        cli_json_real(&j, "step_seconds", r->step_seconds);
        cli_json_real(&j, "run_seconds", r->run_seconds);
        cli_json_real(&j, "cost_on_demand", r->on_demand);
        cli_json_real(&j, "cost_spot", r->spot);
        cli_json_end(&j);
    }
}

static void set_money(cli_table *t, int line, int column, double value, const char *currency)
{
    if (isnan(value)) {
        cli_table_set(t, line, column, "-");
    } else {
        cli_table_set(t, line, column, "%.*f%s%s", value < 0.1 ? 4 : 2, value, *currency ? " " : "",
                      currency);
    }
}

/* The sources of the rows' prices, each once. */
static void print_sources(const estimate *e)
{
    for (int i = 0; i < e->n_rows; i++) {
        const gan_price *price = &e->rows[i].price;
        bool told = strcmp(price->provider, "-") == 0;
        for (int k = 0; k < i && !told; k++) {
            told = strcmp(e->rows[k].price.source, price->source) == 0;
        }
        if (!told) {
            printf("%s, %s: %s\n", price->provider, price->date, price->source);
        }
    }
}

static bool print_table(const estimate *e)
{
    static const char *const titles[] = {"GPU",  "provider", "instance",  "region",
                                         "GPUs", "an hour",  "spot",      "step",
                                         "run",  "cost",     "spot cost", "price of"};
    enum { N = sizeof titles / sizeof *titles };
    cli_table t;
    if (!cli_table_begin(&t, titles, N, e->n_rows)) {
        return false;
    }
    for (int c = 0; c < 4; c++) {
        t.left[c] = true;
    }
    t.left[N - 1] = true;
    for (int i = 0; i < e->n_rows; i++) {
        const row *r = &e->rows[i];
        char step[GAN_NUMBER_TEXT_SIZE], run[GAN_NUMBER_TEXT_SIZE];
        gan_number_duration(r->step_seconds, step);
        gan_number_duration(r->run_seconds, run);
        cli_table_set(&t, i, 0, "%s", r->gpu);
        cli_table_set(&t, i, 1, "%s", r->price.provider);
        cli_table_set(&t, i, 2, "%s", r->price.instance);
        cli_table_set(&t, i, 3, "%s", r->price.region);
        cli_table_set(&t, i, 4, "%d", r->price.gpus);
        set_money(&t, i, 5, r->price.on_demand, r->price.currency);
        set_money(&t, i, 6, r->price.spot, r->price.currency);
        cli_table_set(&t, i, 7, "%s", step);
        cli_table_set(&t, i, 8, "%s", run);
        set_money(&t, i, 9, r->on_demand, r->price.currency);
        set_money(&t, i, 10, r->spot, r->price.currency);
        cli_table_set(&t, i, 11, "%s", r->price.date);
    }
    cli_table_print(&t, false);
    cli_table_free(&t);
    return true;
}

static gan_status print(const estimate *e, bool json)
{
    if (json) {
        print_json(e);
        return GAN_OK;
    }
    printf(
        "%s, batch %lld, %.4g epoch%s: %lld step%s. An estimate of training alone, by steps %s\n",
        gan_net_name(e->net), (long long)e->batch, e->epochs, e->epochs == 1 ? "" : "s",
        (long long)e->steps, gan_plural(e->steps),
        e->step_ms > 0 ? "as given" : "that are planned, not measured");
    printf("and prices of their day; without the start of the machine, disks, traffic and tax. "
           "All GPUs of an instance are paid, one is used\n");
    if (!print_table(e)) {
        return GAN_E_MEMORY;
    }
    print_sources(e);
    return GAN_OK;
}

/* The catalogue's id of the GPU that was asked for, which may be the beginning of one. */
static gan_status find_gpu(estimate *e, gan_plan_options *options)
{
    const char *name = NULL, *note = NULL;
    bool supported = false;
    const int i = options->gpu ? gan_planner_set_find(e->set, options->gpu, e->err) : 0;
    if (i < 0) {
        return GAN_E_USAGE;
    }
    options->gpu = options->gpu ? gan_planner_set_gpu(e->set, i, &name, &supported, &note) : NULL;
    return GAN_OK;
}

gan_status cli_plan_cost(const cli_args *args, const gan_planner_set *set, const gan_net *net,
                         const gan_plan_options *options, int *n_unplanned, gan_error *err)
{
    gan_plan_options own = *options;
    estimate e = {.set = set, .net = net, .options = &own, .n_unplanned = n_unplanned, .err = err};
    gan_status status = find_gpu(&e, &own);
    if (status == GAN_OK) {
        status = take_flags(args, &e);
    }
    if (status == GAN_OK) {
        status = gan_prices_open(set, cli_args_get(args, "prices"), &e.prices, err);
    }
    if (status == GAN_OK && e.step_ms <= 0 &&
        (status = gan_planner_set_ready(set, err)) != GAN_OK) {
        const size_t n = strlen(err->text);
        snprintf(err->text + n, sizeof err->text - n,
                 "; --gpu ID --step-ms F, of `gan bench` on that GPU, needs no plan");
    }
    if (status == GAN_OK) {
        const size_t most = (size_t)(gan_prices_count(e.prices) + gan_planner_set_count(set));
        e.rows = calloc(most, sizeof *e.rows);
        status = e.rows ? add_gpus(&e) : GAN_E_MEMORY;
    }
    if (status == GAN_OK) {
        qsort(e.rows, (size_t)e.n_rows, sizeof *e.rows, compare);
        status = print(&e, cli_args_is_on(args, "json"));
    }
    free(e.rows);
    gan_prices_close(e.prices);
    return status;
}
