/* network.h — a network that turns pictures into features, on a device of its own. */
#ifndef GAN_EVAL_NETWORK_H
#define GAN_EVAL_NETWORK_H

#include "eval/extractor.h"
#include "net/net.h"

enum { GAN_FEATURE_CHUNK = 64 }; /* pictures per run of the program; the last run is padded */

typedef struct gan_feature_network gan_feature_network;

/* spec and errors as in gan_extractor_open(). */
gan_status gan_feature_network_open(const char *spec, const gan_extractor_options *options,
                                    gan_feature_network **out, gan_error *err);
void gan_feature_network_close(gan_feature_network *network); /* NULL is fine */

const char *gan_feature_network_name(const gan_feature_network *network);
const char *gan_feature_network_hash(const gan_feature_network *network);
gan_dims3 gan_feature_network_input(const gan_feature_network *network);
int64_t gan_feature_network_features(const gan_feature_network *network);
int64_t gan_feature_network_classes(const gan_feature_network *network);

/* n <= GAN_FEATURE_CHUNK pictures (n,h,w,c) in [-1,1]. logits is not looked at where there are no
 * classes. */
gan_status gan_feature_network_run(gan_feature_network *network, const float *x, int64_t n,
                                   float *features, float *logits, gan_error *err);

#endif
