/* planner_set.h — what files of this room ask an opened catalogue for. */
#ifndef GAN_PLAN_PLANNER_SET_H
#define GAN_PLAN_PLANNER_SET_H

#include "gan/plan.h"
#include "plan/catalogue.h"

/* Lives with the set. */
const gan_catalogue *gan_planner_set_catalogue(const gan_planner_set *set);

#endif
