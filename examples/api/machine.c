/* machine.c — this machine and others: what it has, what a step would take on a GPU that is not
 * here, whether a step here is the one that another framework recorded.     machine [TRACE] */
#include "need.h"

#include <string.h>

#include "gan/gan.h"

static void line(void *ctx, const char *text)
{
    (void)ctx;
    puts(text);
}

static const gan_listener printer = {line, NULL};

static void check(void *ctx, const gan_check *c)
{
    (void)ctx;
    printf("%s: %s%s%s\n", c->subject, c->fact, c->mend ? "; " : "", c->mend ? c->mend : "");
}

static void tensor(void *ctx, const gan_verify_row *row)
{
    (void)ctx;
    printf("%s: %.2g of %.2g %s\n", row->tensor, row->error, row->tolerance, row->measure);
}

/* What a run of 10 epochs costs where a step takes 12 ms. */
static void cost(const gan_planner_set *set, const gan_net *net, gan_error *err)
{
    gan_prices *prices = NULL;
    int64_t steps = 0, batch = 0;
    double epochs = 0;
    const gan_run_options run = {.epochs = 10, .images = 50000};
    need(gan_prices_open(set, NULL, &prices, err), err);
    need(gan_run_length(net, &run, &steps, &batch, &epochs, err), err);
    const int l4 = gan_planner_set_find(set, "l4", err);
    printf("%g epochs are %lld steps of %lld images; GPU %d\n", epochs, (long long)steps,
           (long long)batch, l4);
    for (int i = 0; i < gan_prices_count(prices); i++) {
        const gan_price *price = gan_prices_at(prices, i);
        if (strcmp(price->gpu, "l4") == 0) {
            printf("%s: %.3f %s, by a price of %s\n", price->provider,
                   gan_price_of(price, price->on_demand, 0.012 * (double)steps), price->currency,
                   price->date);
        }
    }
    gan_prices_close(prices);
}

/* Plans need the CUDA plugin, not a GPU. */
static void plan(gan_error *err)
{
    gan_planner_set *set = NULL;
    gan_net *net = NULL;
    gan_plan *made = NULL;
    char *json = NULL;
    need(gan_planner_set_open(NULL, &set, err), err);
    for (int i = 0; i < gan_planner_set_count(set); i++) {
        const char *name = NULL, *note = NULL;
        bool supported = false;
        const char *id = gan_planner_set_gpu(set, i, &name, &supported, &note);
        printf("%s: %s%s%s\n", id, name, supported ? "" : "; ", supported || !note ? "" : note);
    }
    need(gan_net_load("tiny", &net, err), err);
    cost(set, net, err);
    if (gan_planner_set_ready(set, err) != GAN_OK) {
        printf("no plans here: %s\n", err->text);
        gan_net_destroy(net);
        gan_planner_set_close(set);
        return;
    }
    printf("by %s\n", gan_planner_set_libraries(set));
    const gan_plan_options options = {.gpu = "t4", .batch = 64, .price = 0.35};
    need(gan_plan_make(set, net, &options, &made, err), err);
    gan_plan_print(made, false, &printer);
    gan_plan_print_table_head(made, &printer);
    gan_plan_print_row(made, &printer);
    need(gan_plan_json(made, &json, err), err);
    puts(json);
    free(json);
    gan_plan_free(made);
    gan_net_destroy(net);
    gan_planner_set_close(set);
}

int main(int argc, char **argv)
{
    gan_error err = {0};
    printf("gan.c %s; headers of %s\n", gan_version(), GAN_VERSION);
    printf("%s\n", gan_doctor(check, NULL) ? "a GPU can be used" : "the CPU will be used");
    plan(&err);
    if (argc > 1) {
        const gan_verify_options options = {.device = "cpu", .max_steps = 1};
        gan_verify_summary summary = {0};
        need(gan_verify(argv[1], &options, tensor, NULL, &summary, &err), &err);
        printf("%s: %lld of %lld tensors differ\n", summary.framework, (long long)summary.failed,
               (long long)summary.rows);
    }
    return 0;
}
