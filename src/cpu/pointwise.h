/* pointwise.h — ops whose output element depends on the same element of one or two inputs. */
#ifndef GAN_CPU_POINTWISE_H
#define GAN_CPU_POINTWISE_H

#include "cpu/step.h"

/* out[i] = f(a[i], b[i]) for n elements; b is NULL where the op has one input. out may be a or b.
 */
typedef void (*gan_pointwise)(const float *a, const float *b, int64_t n, float *out);

/* Runs f over the first output's elements by all threads; each operand is fp32 or bf16. */
void gan_pointwise_run(const gan_cpu_step *step, gan_pointwise f);

#endif
