/* torch.h — a network as PyTorch has it: state_dict names and the code of an nn.Module.
 *
 * The module holds its layers in one list, `main`, as PyTorch's DCGAN example does: entry k is the
 * k-th layer that is a torch.nn module. So the names are main.0.weight, main.1.running_mean and so
 * on, and where the network is the example's, they are the example's. */
#ifndef GAN_EXCHANGE_TORCH_H
#define GAN_EXCHANGE_TORCH_H

#include "base/text.h"
#include "net/net.h"

/* The place of layer `index` in main; -1 if it is no torch.nn module. */
int gan_torch_place(const gan_stack *stack, int index);

/* "weight", "running_var": how state_dict calls a parameter of that role. */
const char *gan_torch_role(gan_param_role role);

/* GAN_E_UNSUPPORTED names the first layer that cannot be said. */
gan_status gan_torch_check(const gan_stack *stack, gan_error *err);

/* Appends the constructor of a layer's torch.nn module ("nn.Linear(100, 12544, bias=False)"). */
void gan_torch_add_module(const gan_stack *stack, int index, gan_text *text);

/* Appends the expression that applies a layer. x are the Python names of what it reads, one for
 * each of layer->from. */
void gan_torch_add_call(const gan_stack *stack, int index, const char *const *x, gan_text *text);

#endif
