/* isa.h — which instructions own kernels may use: those of the processor that oneDNN's limit
 * (ONEDNN_MAX_CPU_ISA) allows, so that one setting holds all that computes to a set. */
#ifndef GAN_CPU_ISA_H
#define GAN_CPU_ISA_H

#include <stdbool.h>

#include "transform/transform.h"

/* The fastest set that a transform with such products may choose. */
gan_transform_isa gan_cpu_isa_limit(gan_transform_type products);

/* Whether bf16 products are faster than those of fp32 here, and allowed. */
bool gan_cpu_bf16_pays(void);

/* Whether tiles are here, and allowed. */
bool gan_cpu_has_amx(void);

#endif
