/* control.h — the small buffers that every training program shares, element by element: what the
 * host writes once, the operations at the end of a step change, and every backend reads. */
#ifndef GAN_PROGRAM_CONTROL_H
#define GAN_PROGRAM_CONTROL_H

#include "gan/metrics.h"

/* The networks of a GAN by their index (gan_stack), as every control buffer that has an element for
 * each counts them; the first is also the one network of a description that has no more. Where fp16
 * is trained, a device stores "loss_scale" f32 and "loss_growth" i32, the steps since that scale
 * changed, of each. */
enum { GAN_NET_G, GAN_NET_D, GAN_NET_COUNT };

/* "counters" i64: the steps done, then the updates of each network, which are Adam's t. */
enum { GAN_COUNTER_STEP, GAN_COUNTER_T, GAN_COUNTER_COUNT = GAN_COUNTER_T + GAN_NET_COUNT };

/* "rates" f64: the decay of the average, the rates of each network, the weights of the penalties
 * on D's gradient at real and at generated images. */
typedef enum gan_rate { GAN_RATE_LR, GAN_RATE_BETA1, GAN_RATE_BETA2, GAN_RATES_OF_NET } gan_rate;
enum {
    GAN_RATE_EMA,
    GAN_RATE_NETS,
    GAN_RATE_R1 = GAN_RATE_NETS + GAN_NET_COUNT * GAN_RATES_OF_NET,
    GAN_RATE_R2,
    GAN_RATE_COUNT
};
#define gan_counter_of(net) (GAN_COUNTER_T + (net))
#define gan_rate_at(net, rate) (GAN_RATE_NETS + (net)*GAN_RATES_OF_NET + (rate))

/* A row of "metrics" f32 is GAN_METRIC_LIST (gan/metrics.h). */

#endif
