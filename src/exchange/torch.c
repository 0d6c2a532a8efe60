/* torch.c — the pytorch format: a state_dict as safetensors, and the code of the module it is for.
 */
#include "exchange/torch.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/path.h"
#include "exchange/format.h"
#include "exchange/layers.h"
#include "gan/version.h"
#include "io/json.h"

/* --- the weights --- */

static gan_status list_tensors(const gan_weights *w, gan_tensors *list, gan_error *err)
{
    for (int i = 0; i < w->stack->n_layers; i++) {
        const gan_layer *layer = &w->stack->layers[i];
        const int place = gan_torch_place(w->stack, i);
        const gan_param *param = NULL;
        for (int k = 0; (param = gan_layer_param(w->stack, layer, k)) != NULL; k++) {
            GAN_TRY(gan_tensors_add(list, param, gan_weights_at(w, param), &gan_axes_pytorch, err,
                                    "main.%d.%s", place, gan_torch_role(param->role)));
        }
        if (layer->moving_mean >= 0) {
            GAN_TRY(
                gan_tensors_add_integer(list, w->step, err, "main.%d.num_batches_tracked", place));
        }
    }
    return GAN_OK;
}

/* --- the code --- */

/* Whether every layer reads the one before it alone. */
static bool is_chain(const gan_stack *stack)
{
    bool chain = true;
    for (int i = 0; i < stack->n_layers; i++) {
        chain = chain && stack->layers[i].n_from == 1 && stack->layers[i].from[0] == i - 1;
    }
    return chain;
}

typedef struct word {
    char text[32];
} word;

/* The Python name of what a layer gives; "x" is what the network is given. */
static word name_of(const gan_stack *stack, int index)
{
    word name = {"x"};
    if (index != GAN_NET_INPUT && !is_chain(stack)) {
        snprintf(name.text, sizeof name.text, "h%d", index);
    }
    return name;
}

static gan_status add_layer(const gan_stack *stack, int index, gan_text *text, gan_error *err)
{
    const gan_layer *layer = &stack->layers[index];
    void *words = NULL, *names = NULL;
    gan_status status = GAN_OK;
    GAN_TRY_DONE(gan_calloc((size_t)layer->n_from, sizeof(word), &words, err));
    GAN_TRY_DONE(gan_calloc((size_t)layer->n_from, sizeof(char *), &names, err));
    const char **x = names;
    for (int i = 0; i < layer->n_from; i++) {
        word *w = (word *)words + i;
        *w = name_of(stack, layer->from[i]);
        x[i] = w->text;
    }
    gan_text_add(text, "        %s = ", name_of(stack, index).text);
    gan_torch_add_call(stack, index, x, text);
    gan_text_add(text, "\n");
done:
    free(words);
    free(names);
    return status;
}

static void add_modules(const gan_stack *stack, gan_text *text)
{
    gan_text_add(text, "    def __init__(self):\n        super().__init__()\n"
                       "        self.main = nn.ModuleList([\n");
    for (int i = 0; i < stack->n_layers; i++) {
        if (gan_torch_place(stack, i) >= 0) {
            gan_text_add(text, "            ");
            gan_torch_add_module(stack, i, text);
            gan_text_add(text, ",  # %s\n", stack->layers[i].name);
        }
    }
    gan_text_add(text, "        ])\n\n");
}

static gan_status add_forward(const gan_stack *stack, gan_text *text, gan_error *err)
{
    const bool is_generator = stack->network == GAN_NETWORK_GENERATOR;
    const int last = stack->n_layers - 1;
    const bool vector = gan_layer_gives_vector(stack, last);
    gan_text_add(text, "    def forward(self, %s):\n", is_generator ? "z" : "images");
    gan_text_add(text, "        x = %s\n", is_generator ? "z.flatten(1)" : "images");
    for (int i = 0; i < stack->n_layers; i++) {
        GAN_TRY(add_layer(stack, i, text, err));
    }
    const bool is_discriminator = stack->network == GAN_NETWORK_DISCRIMINATOR;
    const char *shape = is_generator && vector        ? "[:, :, None, None]"
                        : is_discriminator && !vector ? ".flatten(1)"
                                                      : "";
    gan_text_add(text, "        return %s%s\n", name_of(stack, last).text, shape);
    return GAN_OK;
}

/* What goes in and comes out, in a sentence. */
static void add_contract(const gan_net *net, const gan_stack *stack, gan_text *text)
{
    if (stack->network == GAN_NETWORK_GENERATOR) {
        gan_text_add(text, "z (N, %" PRId64 "), normal(0, 1) -> images", net->latent);
    } else {
        gan_text_add(text, "images");
    }
    gan_text_add(text, " (N, %" PRId64 ", %" PRId64 ", %" PRId64 ")", net->image.c, net->image.h,
                 net->image.w);
    if (stack->network == GAN_NETWORK_DISCRIMINATOR) {
        gan_text_add(text, " -> logits (N, %" PRId64 "), real above 0",
                     stack->out.h * stack->out.w * stack->out.c);
    }
}

static const char *class_of(const gan_stack *stack)
{
    static const char *const names[GAN_NETWORK_COUNT] = {
        [GAN_NETWORK_GENERATOR] = "Generator",
        [GAN_NETWORK_DISCRIMINATOR] = "Discriminator",
        [GAN_NETWORK_SINGLE] = "Network",
    };
    return names[stack->network];
}

/* A number per channel, which torch.nn has no module for. */
static void add_class(const char *name, const char *parameter, const char *start, char op,
                      gan_text *text)
{
    gan_text_add(text,
                 "\n\nclass %s(nn.Module):\n"
                 "    def __init__(self, channels):\n"
                 "        super().__init__()\n"
                 "        self.%s = nn.Parameter(torch.%s(channels))\n\n"
                 "    def forward(self, x):\n"
                 "        return x %c self.%s.reshape(-1, *[1] * (x.ndim - 2))\n",
                 name, parameter, start, op, parameter);
}

/* What the code names, and no more. */
static void add_imports(const char *body, gan_text *text)
{
    const bool scale = strstr(body, " Scale("), bias = strstr(body, " Bias(");
    gan_text_add(text, "%simport os\n\n%sfrom torch import nn\n%s",
                 strstr(body, "math.") ? "import math\n" : "",
                 scale || bias || strstr(body, " torch.") ? "import torch\n" : "",
                 strstr(body, "F.") ? "from torch.nn import functional as F\n" : "");
    if (scale) {
        add_class("Scale", "weight", "ones", '*', text);
    }
    if (bias) {
        add_class("Bias", "bias", "zeros", '+', text);
    }
}

static gan_status make_code(const gan_weights *w, const char *weights_name, gan_text *text,
                            gan_error *err)
{
    const gan_stack *stack = w->stack;
    const char *class_name = class_of(stack);
    gan_text body = {0};
    gan_status status = GAN_OK;
    add_modules(stack, &body);
    GAN_TRY_DONE(add_forward(stack, &body, err));
    GAN_TRY_DONE(gan_text_check(&body, err));
    gan_text_add(text,
                 "\"\"\"%s of %s after %" PRId64 " steps%s, written by gan.c %s.\n\n"
                 "load() gives it with its weights, ready to evaluate: ",
                 class_name, w->net->name, w->step, w->averaged ? ", averaged weights" : "",
                 gan_version());
    add_contract(w->net, stack, text);
    gan_text_add(text, "\n\"\"\"\n");
    add_imports(body.data, text);
    gan_text_add(text, "\n\nclass %s(nn.Module):\n", class_name);
    gan_text_add_bytes(text, body.data, body.length);
    gan_text_add(text, "\n\ndef load(path=os.path.join(os.path.dirname(__file__), ");
    gan_json_quote(text, weights_name);
    gan_text_add(text,
                 ")):\n    from safetensors.torch import load_file\n\n    network = %s()\n"
                 "    network.load_state_dict(load_file(path))\n    return network.eval()\n",
                 class_name);
done:
    gan_text_free(&body);
    return status == GAN_OK ? gan_text_check(text, err) : status;
}

/* FILE.py of FILE.safetensors. */
static gan_status write_code(const gan_export_job *job, gan_error *err)
{
    const size_t stem = strlen(job->output) - strlen(".safetensors");
    char *path = NULL;
    gan_text text = {0};
    gan_status status = GAN_OK;
    GAN_TRY_DONE(gan_format(&path, err, "%.*s.py", (int)stem, job->output));
    GAN_TRY_DONE(make_code(job->weights, gan_path_base(job->output), &text, err));
    GAN_TRY_DONE(gan_file_write_whole(path, text.data, text.length, err));
    gan_export_wrote(job, path);
done:
    gan_text_free(&text);
    free(path);
    return status;
}

gan_status gan_export_pytorch(const gan_export_job *job, gan_error *err)
{
    static const gan_safetensors_meta metadata[] = {{"format", "pt"}}; /* what PyTorch's own say */
    gan_tensors list = {0};
    gan_status status = GAN_OK;
    GAN_TRY_DONE(gan_torch_check(job->weights->stack, err));
    GAN_TRY_DONE(list_tensors(job->weights, &list, err));
    GAN_TRY_DONE(gan_tensors_write_safetensors(&list, job->output, metadata, 1, err));
    gan_export_count(job, &list);
    gan_export_wrote(job, job->output);
    GAN_TRY_DONE(write_code(job, err));
done:
    gan_tensors_free(&list);
    return status;
}
