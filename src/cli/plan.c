/* plan.c — gan plan: what a training step needs on a GPU that is not there. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "cli/command.h"
#include "cli/json.h"
#include "cli/plan_cost.h"
#include "gan/plan.h"

static const cli_flag flags[] = {
    {"gpu", 'g', "ID",
     "t4, a100, l4, h100, ... or their beginnings; `list`, as without it, lists them"},
    {"all", 0, NULL, "one line for each GPU of the catalogue"},
    {"net", 0, "NAME|FILE", "network (default dcgan-mnist)"},
    {"batch_size", 'b', "N", "images per step (default: the network's own)"},
    {"d_steps", 0, "N",
     "updates of D for one of G (default 1): of both kinds of steps, by their shares"},
    {"precision", 0, "P", "fp32 (TF32 products where the GPU has them), strict, bf16, fp16"},
    {"batchnorm", 0, "HOW", "cudnn or fused (default: what the GPU gets)"},
    {"images", 0, "N", "images of an epoch (default 60000)"},
    {"price", 0, "F",
     "price of one hour of the instance: the least that an epoch costs, or the cost of a run"},
    CLI_PLAN_COST_FLAGS,
    {"explain", 0, NULL, "how each operation's plan was chosen"},
    {"catalogue", 0, "FILE", "another gpus.json"},
    {"json", 0, NULL, "one JSON object per GPU on stdout"},
    {"help", 'h', NULL, "this text"},
};

enum {
    N_FLAGS = sizeof flags / sizeof flags[0],
    MAX_BATCH = 16777216,
    MAX_D_STEPS = 1000 /* as in options.def */
};
static const int64_t MAX_IMAGES = 1000000000000000;

static const char usage[] = "plan --gpu ID | --all [--net NAME] [--batch-size N] [--precision P]";
static const char description[] =
    "Plans a training step with cuDNN's own heuristics and no GPU: engines, memory, the least time "
    "a\n"
    "step can take. Everything it says is planned; nothing is measured.\n";

typedef struct job {
    gan_planner_set *set;
    gan_net *net;
    gan_plan_options options;
    bool json, explain, table, cost;
    int n_unplanned, n_rows;
    gan_error *err;
} job;

static gan_status take_options(const cli_args *args, job *j)
{
    gan_plan_options *o = &j->options;
    const char *price = cli_args_get(args, "price");
    gan_status status = cli_args_integer(args, "batch_size", 1, MAX_BATCH, &o->batch, j->err);
    if (status == GAN_OK) {
        status = cli_args_integer(args, "d_steps", 1, MAX_D_STEPS, &o->d_steps, j->err);
    }
    if (status == GAN_OK) {
        status = cli_args_integer(args, "images", 1, MAX_IMAGES, &o->images, j->err);
    }
    if (status == GAN_OK && price &&
        (gan_number_double(price, &o->price, NULL) != GAN_OK || !(o->price > 0))) {
        snprintf(j->err->text, sizeof j->err->text, "--price: '%s' is not a positive number",
                 price);
        status = GAN_E_USAGE;
    }
    o->gpu = cli_args_get(args, "gpu");
    o->precision = cli_args_get(args, "precision");
    o->batch_norm = cli_args_get(args, "batchnorm");
    j->json = cli_args_is_on(args, "json");
    j->explain = cli_args_is_on(args, "explain");
    j->table = cli_args_is_on(args, "all");
    j->cost = cli_args_is_on(args, "cost");
    return status;
}

static gan_status print_plan(job *j, const gan_plan *plan)
{
    char *text = NULL;
    j->n_unplanned += plan->n_unplanned;
    if (j->json) {
        gan_status status = gan_plan_json(plan, &text, j->err);
        if (status == GAN_OK) {
            printf("%s\n", text);
        }
        free(text);
        return status;
    }
    if (j->table) {
        if (j->n_rows++ == 0) {
            gan_plan_print_table_head(plan, &cli_lines);
        }
        gan_plan_print_row(plan, &cli_lines);
    } else {
        gan_plan_print(plan, j->explain, &cli_lines);
    }
    return GAN_OK;
}

static gan_status plan_one(job *j, const char *gpu)
{
    gan_plan *plan = NULL;
    j->options.gpu = gpu;
    gan_status status = gan_plan_make(j->set, j->net, &j->options, &plan, j->err);
    if (status == GAN_OK) {
        status = print_plan(j, plan);
    }
    gan_plan_free(plan);
    return status;
}

/* Every GPU that can be planned for; one that has not got the precision is named and passed over.
 */
static gan_status plan_all(job *j)
{
    gan_status ready = gan_planner_set_ready(j->set, j->err);
    if (ready != GAN_OK) {
        return ready;
    }
    for (int i = 0; i < gan_planner_set_count(j->set); i++) {
        const char *name, *note;
        bool supported;
        const char *id = gan_planner_set_gpu(j->set, i, &name, &supported, &note);
        if (!supported) {
            fprintf(stderr, "%s: %s\n", name, note ? note : "not supported");
            continue;
        }
        gan_status status = plan_one(j, id);
        if (status == GAN_E_UNSUPPORTED) {
            fprintf(stderr, "%s\n", j->err->text);
        } else if (status != GAN_OK) {
            return status;
        }
    }
    return GAN_OK;
}

static void list_gpu(const job *j, const char *id, const char *name, bool supported,
                     const char *note)
{
    if (j->json) {
        cli_json json = cli_json_begin(stdout);
        cli_json_string(&json, "gpu", id);
        cli_json_string(&json, "gpu_name", name);
        cli_json_bool(&json, "supported", supported);
        cli_json_string(&json, "note", note);
        cli_json_end(&json);
        return;
    }
    printf("%-20s %s%s\n", id, name, supported ? "" : "  (not supported)");
    if (note) {
        printf("%-20s   %s\n", "", note);
    }
}

static gan_status list_gpus(const job *j)
{
    gan_error why = {0};
    if (gan_planner_set_ready(j->set, &why) != GAN_OK) {
        fprintf(stderr, "no plan can be made here: %s\n", why.text);
    } else if (!j->json) {
        printf("%s\n", gan_planner_set_libraries(j->set));
    }
    for (int i = 0; i < gan_planner_set_count(j->set); i++) {
        const char *name, *note;
        bool supported;
        const char *id = gan_planner_set_gpu(j->set, i, &name, &supported, &note);
        list_gpu(j, id, name, supported, note);
    }
    return GAN_OK;
}

/* What goes together with --cost, which may do without a GPU. */
static gan_status check_cost_flags(const cli_args *args, job *j)
{
    static const char *const of_cost[] = {"epochs", "steps", "step_ms", "prices"};
    for (size_t i = 0; i < sizeof of_cost / sizeof *of_cost && !j->cost; i++) {
        if (cli_args_get(args, of_cost[i])) {
            snprintf(j->err->text, sizeof j->err->text, "%s is of what a run costs: add --cost",
                     of_cost[i]);
            return GAN_E_USAGE;
        }
    }
    if (j->cost && j->explain) {
        snprintf(j->err->text, sizeof j->err->text, "give --cost or --explain, not both");
        return GAN_E_USAGE;
    }
    if (j->cost && j->options.price > 0 && !j->options.gpu) {
        snprintf(j->err->text, sizeof j->err->text,
                 "--price is of one GPU: say which --gpu it is for");
        return GAN_E_USAGE;
    }
    return GAN_OK;
}

/* What goes together: flags of a plan want a GPU to plan for. */
static gan_status check_flags(const cli_args *args, job *j)
{
    static const char *const of_a_plan[] = {"net",    "batch_size", "precision", "batchnorm",
                                            "images", "price",      "explain"};
    const bool lists =
        !j->table && !j->cost && (!j->options.gpu || strcmp(j->options.gpu, "list") == 0);
    if (j->table && j->options.gpu) {
        snprintf(j->err->text, sizeof j->err->text, "give --gpu or --all, not both");
        return GAN_E_USAGE;
    }
    if (j->explain && (j->table || j->json)) {
        snprintf(j->err->text, sizeof j->err->text, "--explain is for the text of one --gpu%s",
                 j->json ? ": JSON has it all" : "");
        return GAN_E_USAGE;
    }
    for (size_t i = 0; i < sizeof of_a_plan / sizeof *of_a_plan && lists; i++) {
        if (cli_args_get(args, of_a_plan[i])) {
            snprintf(j->err->text, sizeof j->err->text,
                     "%s: say which --gpu to plan for, or --all; `gan plan` alone lists them",
                     of_a_plan[i]);
            return GAN_E_USAGE;
        }
    }
    return GAN_OK;
}

static gan_status run(const cli_args *args, job *j)
{
    const char *net = cli_args_get(args, "net");
    if (args->n_positional > 0) {
        snprintf(j->err->text, sizeof j->err->text, "usage: gan %s", usage);
        return GAN_E_USAGE;
    }
    gan_status status = take_options(args, j);
    if (status == GAN_OK) {
        status = check_flags(args, j);
    }
    if (status == GAN_OK) {
        status = check_cost_flags(args, j);
    }
    if (status == GAN_OK) {
        status = gan_net_load(net ? net : "dcgan-mnist", &j->net, j->err);
    }
    if (status == GAN_OK) {
        status = gan_planner_set_open(cli_args_get(args, "catalogue"), &j->set, j->err);
    }
    if (status != GAN_OK) {
        return status;
    }
    if (j->cost) {
        return cli_plan_cost(args, j->set, j->net, &j->options, &j->n_unplanned, j->err);
    }
    if (j->table) {
        return plan_all(j);
    }
    const char *gpu = j->options.gpu;
    return gpu && strcmp(gpu, "list") != 0 ? plan_one(j, gpu) : list_gpus(j);
}

int cli_plan(int argc, char **argv)
{
    cli_args args;
    gan_error err = {0};
    job j = {.err = &err};
    if (cli_wants_help(argc, argv)) {
        cli_print_help(usage, description, flags, N_FLAGS);
        return 0;
    }
    gan_status status = cli_args_parse(argc, argv, flags, N_FLAGS, &args, &err);
    if (status == GAN_OK) {
        status = run(&args, &j);
    }
    gan_planner_set_close(j.set);
    gan_net_destroy(j.net);
    cli_args_free(&args);
    if (status != GAN_OK) {
        return cli_fail("plan", status, &err);
    }
    return j.n_unplanned > 0 ? gan_status_exit_code(GAN_E_FAILED) : 0;
}
