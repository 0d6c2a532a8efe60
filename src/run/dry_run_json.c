/* dry_run_json.c — what a run will do, as one JSON object. */
#include <jansson.h>
#include <stdlib.h>

#include "base/error.h"
#include "gan/train.h"
#include "net/net.h"
#include "run/dry_run.h"

/* null for none, and for what is not UTF-8. */
static json_t *text_json(const char *text)
{
    json_t *value = text ? json_string(text) : NULL;
    return value ? value : json_null();
}

static int64_t count_of_layer(const gan_param *params, int n, int layer)
{
    int64_t count = 0;
    for (int i = 0; i < n; i++) {
        count += params[i].layer == layer ? params[i].count : 0;
    }
    return count;
}

/* The names of the layers that it reads. */
static json_t *inputs_json(const gan_stack *stack, const gan_layer *layer)
{
    json_t *inputs = json_array();
    for (int k = 0; k < layer->n_from; k++) {
        const int from = layer->from[k];
        json_array_append_new(
            inputs, json_string(from == GAN_NET_INPUT ? "input" : stack->layers[from].name));
    }
    return inputs;
}

/* NULL for a network that the description does not hold. */
static json_t *stack_json(const gan_stack *stack, int64_t total, int64_t trained)
{
    if (!stack) {
        return NULL;
    }
    json_t *layers = json_array();
    for (int i = 0; i < stack->n_layers; i++) {
        const gan_layer *layer = &stack->layers[i];
        const int64_t count = count_of_layer(stack->params, stack->n_params, i) +
                              count_of_layer(stack->stats, stack->n_stats, i);
        json_array_append_new(layers,
                              json_pack("{s:s, s:o, s:[I,I,I], s:I}", "layer", layer->name, "from",
                                        inputs_json(stack, layer), "output",
                                        (json_int_t)layer->out.h, (json_int_t)layer->out.w,
                                        (json_int_t)layer->out.c, "parameters", (json_int_t)count));
    }
    return json_pack("{s:o, s:I, s:I}", "layers", layers, "parameters", (json_int_t)total,
                     "trained", (json_int_t)trained);
}

/* A setting as what it is: a number or a truth value, else its text. */
static json_t *setting_json(const gan_options *options, gan_option_id id)
{
    const gan_option_type type = gan_option_describe(id)->type;
    char *text = NULL;
    json_t *value = NULL;
    if (gan_options_text(options, id, &text, NULL) == GAN_OK) {
        if (!gan_option_is_text(type) && type != GAN_OPTION_cadence) {
            value = json_loads(text, JSON_DECODE_ANY, NULL);
        }
        value = value ? value : text_json(text); /* a seed may be larger than JSON's integers */
    }
    free(text);
    return value ? value : json_null();
}

/* The settings that a config.yaml would have. */
static json_t *settings_json(const gan_options *options)
{
    json_t *object = json_object();
    for (int i = 0; i < GAN_OPTION_COUNT; i++) {
        const gan_option_id id = (gan_option_id)i;
        const gan_option_row *row = gan_option_describe(id);
        if ((options->from[i] != GAN_FROM_DEFAULT || *row->def) &&
            (row->on_resume != GAN_RESUME_unsaved || id == GAN_OPTION_ID_tune_file)) {
            json_object_set_new(object, row->key, setting_json(options, id));
        }
    }
    return object;
}

static json_t *memory_json(const gan_session_plan *plan)
{
    json_t *available =
        plan->available_bytes >= 0 ? json_integer(plan->available_bytes) : json_null();
    return json_pack("{s:I, s:I, s:I, s:I, s:o}", "state_bytes", (json_int_t)plan->state_bytes,
                     "arena_bytes", (json_int_t)plan->arena_bytes, "workspace_bytes",
                     (json_int_t)plan->workspace_bytes, "data_bytes", (json_int_t)plan->data_bytes,
                     "available_bytes", available);
}

static json_t *data_json(const gan_data_info *info)
{
    return json_pack("{s:o, s:I, s:I, s:I, s:I, s:o}", "name", text_json(info->name), "images",
                     (json_int_t)info->n, "height", (json_int_t)info->height, "width",
                     (json_int_t)info->width, "channels", (json_int_t)info->channels, "path",
                     text_json(info->path));
}

static json_t *outlook_json(const gan_outlook *outlook, const gan_session_plan *plan)
{
    const gan_net *net = outlook->start.net;
    const gan_net_summary sum = gan_net_summarize(net);
    return json_pack(
        "{s:o, s:[I,I,I], s:o*, s:o*, s:o*, s:o*, s:o, s:o, s:o, s:I, s:o, s:i, s:f, s:f}", "net",
        text_json(gan_net_name(net)), "image", (json_int_t)sum.height, (json_int_t)sum.width,
        (json_int_t)sum.channels, "latent", net->generator ? json_integer(sum.latent) : NULL,
        "generator", stack_json(net->generator, sum.generator_params, sum.generator_trained),
        "discriminator",
        stack_json(net->discriminator, sum.discriminator_params, sum.discriminator_trained),
        "network", stack_json(net->single, sum.single_params, sum.single_trained), "checkpoint",
        text_json(outlook->start.checkpoint), "settings", settings_json(&outlook->start.options),
        "data", data_json(gan_data_describe(outlook->data)), "steps", (json_int_t)outlook->steps,
        "memory", memory_json(plan), "operations", plan->operations, "flops", plan->flops,
        "bytes_moved", plan->bytes_moved);
}

gan_status gan_train_plan_json(gan_net_kind kind, const gan_options *options,
                               const gan_listener *listener, char **out, gan_error *err)
{
    gan_outlook outlook;
    gan_session_plan plan = {0};
    *out = NULL;
    GAN_TRY(gan_outlook_open(kind, options, listener, &outlook, err));
    gan_status status = gan_session_forecast(outlook.start.net, gan_data_describe(outlook.data)->n,
                                             &outlook.start.options, &plan, err);
    if (status == GAN_OK) {
        json_t *root = outlook_json(&outlook, &plan);
        *out = root ? json_dumps(root, 0) : NULL;
        json_decref(root);
        status = *out ? GAN_OK : gan_fail(err, GAN_E_MEMORY, "no memory for the plan's JSON");
    }
    gan_outlook_close(&outlook);
    return status;
}
