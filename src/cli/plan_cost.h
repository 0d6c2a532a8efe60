/* plan_cost.h — gan plan --cost. */
#ifndef GAN_CLI_PLAN_COST_H
#define GAN_CLI_PLAN_COST_H

#include "cli/command.h"
#include "gan/plan.h"

/* The flags of --cost, for the table of `gan plan`. */
#define CLI_PLAN_COST_FLAGS                                                                        \
    {"cost", 0, NULL,                                                                              \
     "what a run costs where: an estimate by dated prices (of --gpu, else of all that have one)"}, \
        {"epochs", 0, "N", "--cost: passes over the data (default: the network's own)"},           \
        {"steps", 0, "N", "--cost: training steps, instead of --epochs"},                          \
        {"step_ms", 0, "F",                                                                        \
         "--cost: measured milliseconds of a step on --gpu (`gan bench`); no "                     \
         "plan is made"},                                                                          \
    {                                                                                              \
        "prices", 0, "FILE", "--cost: other prices, in the form of data/gpus.json's \"prices\""    \
    }

/* One estimate for each instance of the GPU, or of all GPUs where options->gpu is NULL, on stdout.
 * options->price > 0 stands for all prices. *n_unplanned: ops without a plan, left out. */
gan_status cli_plan_cost(const cli_args *args, const gan_planner_set *set, const gan_net *net,
                         const gan_plan_options *options, int *n_unplanned, gan_error *err);

#endif
