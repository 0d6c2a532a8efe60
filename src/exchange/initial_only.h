/* initial_only.h — the tensors that --init-only names.
 *
 * Patterns as shells have them, with commas between. One names the tensors that it fits, and those
 * of a layer ("g.conv0") or a network ("g") that it fits; behind a ! it takes them away. */
#ifndef GAN_EXCHANGE_INITIAL_ONLY_H
#define GAN_EXCHANGE_INITIAL_ONLY_H

#include <stdbool.h>

#include "net/net.h"

/* Whether the tensor is one of them: a pattern names it, or all patterns take away, and none takes
 * it away. Of "", every one is. GAN_E_MEMORY. */
gan_status gan_initial_wants(const char *patterns, const char *name, bool *wanted, gan_error *err);

/* GAN_E_USAGE at a pattern that names no tensor of the network; GAN_E_MEMORY. */
gan_status gan_initial_check_patterns(const char *patterns, const gan_net *net, gan_error *err);

#endif
