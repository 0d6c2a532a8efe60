/* net_text.c — a small network description for tests, and edited copies of it. */
#include "unit/net_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

const char net_text[] =
    "name: small\n"                                                                      /* 1 */
    "image: {height: 8, width: 8, channels: 1}\n"                                        /* 2 */
    "latent: 4\n"                                                                        /* 3 */
    "defaults:\n"                                                                        /* 4 */
    "  init: glorot_uniform\n"                                                           /* 5 */
    "  batch_norm: {epsilon: 1e-3, momentum: 0.9, running_variance: biased}\n"           /* 6 */
    "  leaky_relu: {slope: 0.3}\n"                                                       /* 7 */
    "generator:\n"                                                                       /* 8 */
    "  - dense: {units: 32, bias: false}\n"                                              /* 9 */
    "  - batch_norm\n"                                                                   /* 10 */
    "  - leaky_relu\n"                                                                   /* 11 */
    "  - reshape: [4, 4, 2]\n"                                                           /* 12 */
    "  - conv_transpose: {channels: 1, kernel: 5, stride: 2, padding: same}\n"           /* 13 */
    "  - tanh\n"                                                                         /* 14 */
    "discriminator:\n"                                                                   /* 15 */
    "  - conv: {channels: 3, kernel: 5, stride: 2, padding: same}\n"                     /* 16 */
    "  - leaky_relu: 0.2\n"                                                              /* 17 */
    "  - dropout: 0.25\n"                                                                /* 18 */
    "  - flatten\n"                                                                      /* 19 */
    "  - dense: 1\n"                                                                     /* 20 */
    "train:\n"                                                                           /* 21 */
    "  schedule: simultaneous\n"                                                         /* 22 */
    "  loss: bce\n"                                                                      /* 23 */
    "  label_smoothing: 0\n"                                                             /* 24 */
    "  batch_size: 4\n"                                                                  /* 25 */
    "  epochs: 1\n"                                                                      /* 26 */
    "  adam: {lr: 1e-4, beta1: 0.9, beta2: 0.999, epsilon: 1e-7, epsilon_form: keras}\n" /* 27 */
    "  ema: 0\n";                                                                        /* 28 */

char *net_text_edit(const char *from, const char *to)
{
    const char *at = strstr(net_text, from);
    if (!at) {
        fail_msg("'%s' is not in the test's description", from);
    }
    const size_t size = strlen(net_text) + strlen(to) + 1;
    char *edited = malloc(size);
    assert_non_null(edited);
    snprintf(edited, size, "%.*s%s%s", (int)(at - net_text), net_text, to, at + strlen(from));
    return edited;
}

gan_status net_text_parse(const char *from, const char *to, gan_net **out, gan_error *err)
{
    char *edited = net_text_edit(from, to);
    const gan_status status = gan_net_parse(edited, "small.yaml", out, err);
    free(edited);
    return status;
}

gan_net *net_text_load(const char *from, const char *to)
{
    gan_net *net = NULL;
    gan_error err = {0};
    if (net_text_parse(from, to, &net, &err) != GAN_OK) {
        fail_msg("'%s' for '%s': %s", to, from, err.text);
    }
    return net;
}
