/* forward_layers.h — a network on its way into a program, and the step by a layer. */
#ifndef GAN_PROGRAM_FORWARD_LAYERS_H
#define GAN_PROGRAM_FORWARD_LAYERS_H

#include "program/forward.h"

typedef struct gan_forward {
    gan_program *program;
    const gan_side *side;
    gan_pass *pass;
    int64_t rows;
    int input;     /* the network's */
    int *outputs;  /* [n_layers] what each layer so far gives */
    int x;         /* what the layer at hand reads first, and then what it gives */
    int into;      /* what the last op writes; -1 = a new buffer */
    int last;      /* layer whose op is the last one */
    int n_dropout; /* dropout layers so far */
    gan_error *err;
} gan_forward;

/* Appends the ops of layer `index`, whose inputs are among f->outputs or the network's; its result
 * is f->x. GAN_E_USAGE where the batch does not suit it. */
gan_status gan_forward_layer(gan_forward *f, int index);

#endif
