/* torch_row.h — what the files of PyTorch's rows share. */
#ifndef GAN_EXCHANGE_TORCH_ROW_H
#define GAN_EXCHANGE_TORCH_ROW_H

#include "exchange/torch.h"

/* A layer where it is applied. */
typedef struct gan_torch_call {
    const gan_stack *stack;
    const gan_layer *layer;
    int index, place;     /* in the stack, in main */
    const char *const *x; /* what it reads, as Python names */
    gan_text *text;
} gan_torch_call;

/* A row: module NULL where no module of torch.nn is meant; apply NULL where the layer is refused;
 * cannot says why a certain one is, and may be NULL. */
typedef struct gan_torch_row {
    void (*module)(const gan_stack *stack, int index, gan_text *text);
    void (*apply)(const gan_torch_call *c);
    const char *(*cannot)(const gan_layer *layer); /* NULL: it can be said */
} gan_torch_row;

/* Appends the commonest call: a module of one thing. */
void gan_torch_apply_module(const gan_torch_call *c);

extern const gan_torch_row gan_torch_max_pool, gan_torch_resample,
    gan_torch_global_pool; /* torch_map_layers.c */

#endif
