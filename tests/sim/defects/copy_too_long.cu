/* copy_too_long.cu — a copy is longer than the memory that it goes to.
 * caught: cudaErrorInvalidValue
 * builds: plain */
#include "sim/defects/defect.h"

static int run(void)
{
    float values[5] = {1.0f, 2.0f, 3.0f, 4.0f, 5.0f};
    float *x = (float *)device_memory(4 * sizeof *x);
    MUST(cudaMemcpy(x, values, PLANT(5, 4) * sizeof *x, cudaMemcpyHostToDevice));
    expect(x, values, 4, 0.0f);
    MUST(cudaFree(x));
    return 0;
}
