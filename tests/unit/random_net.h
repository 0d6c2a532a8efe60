/* random_net.h — a network description drawn at random, as YAML. */
#ifndef TESTS_UNIT_RANDOM_NET_H
#define TESTS_UNIT_RANDOM_NET_H

#include <stdint.h>

/* YAML of a small network, a function of seed: image 3..14 pixels a side and 1..3 channels, 1..3
 * convolutional layers a side with kernels 1..5, strides 1..3, any padding, with and without bias,
 * batch norm (in D only if d_batch_norm), LeakyReLU, dropout; tanh or sigmoid at the end. Written
 * into out; size bytes are enough with 8192. */
void random_net(uint64_t seed, int d_batch_norm, char *out, int size);

#endif
