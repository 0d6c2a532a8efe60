/* steps.c — a training step as a short list of programs. */
#include <assert.h>

#include "program/steps.h"

gan_step_list gan_step_list_of(const gan_build_options *options)
{
    const int64_t n = options->d_steps > 1 ? options->d_steps : 1;
    gan_step_list list = {.rows = {{GAN_STEP_WHOLE, n, n - 1}}, .n = 1};
    if (n > 1) {
        list.rows[list.n++] = (gan_step_row){GAN_STEP_D, 1, 0};
    }
    return list;
}

int gan_step_list_at(const gan_step_list *list, int64_t step)
{
    int row = 0;
    while (row + 1 < list->n && step % list->rows[row].period != list->rows[row].phase) {
        row++;
    }
    return row;
}

/* Of two numbers above 0; the result is. */
static int64_t common_divisor(int64_t a, int64_t b)
{
    while (b != 0) {
        const int64_t rest = a % b;
        a = b;
        b = rest;
    }
    assert(a > 0);
    return a;
}

/* Counted over a whole cycle of all periods. */
double gan_step_list_share(const gan_step_list *list, int row)
{
    int64_t cycle = 1, n = 0;
    for (int i = 0; i < list->n; i++) {
        cycle *= list->rows[i].period / common_divisor(cycle, list->rows[i].period);
    }
    for (int64_t step = 0; step < cycle; step++) {
        n += gan_step_list_at(list, step) == row;
    }
    return (double)n / (double)cycle;
}
