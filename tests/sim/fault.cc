/* fault.cc — see fault.h. Not instrumented. */
#include "sim/fault.h"

#include <stdlib.h>
#include <string.h>

#include <string>

static bool lost;
static long n_met; /* of the name in GAN_SIM_FAULT */

bool gan_sim_strikes(const char *name)
{
    const char *asked = getenv("GAN_SIM_FAULT");
    if (lost || asked == NULL) {
        return lost;
    }
    const char *colon = strchr(asked, ':');
    const std::string wanted(asked, colon != NULL ? (size_t)(colon - asked) : strlen(asked));
    if (strstr(name, wanted.c_str()) != NULL) {
        n_met += 1;
        lost = n_met == (colon != NULL ? atol(colon + 1) : 1);
    }
    return lost;
}

cudaError_t gan_sim_fate(cudaError_t code)
{
    const char *asked = getenv("GAN_SIM_FAULT_CODE");
    const cudaError_t fault = asked != NULL ? (cudaError_t)atoi(asked) : cudaErrorIllegalAddress;
    return lost ? fault : code;
}
