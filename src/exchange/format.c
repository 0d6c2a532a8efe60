/* format.c — the table of formats: which one is meant, and who writes it. */
#include "exchange/format.h"

#include <stdio.h>
#include <string.h>

#include "base/nearest.h"
#include "base/path.h"
#include "net/stack.h"

typedef struct row {
    gan_exchange_format format;
    gan_exchange_writer *write;
} row;

/* Of two with one ending, the first is meant where no format is named. */
static const row rows[] = {
    {{"pytorch", ".safetensors", "state_dict of a torch.nn module, and its code as FILE.py beside"},
     gan_export_pytorch},
    {{"safetensors", ".safetensors", "tensors by gan.c's own names and in its own order of axes"},
     gan_export_safetensors},
    {{"onnx", ".onnx", "a graph for onnxruntime and others, of any batch size"}, gan_export_onnx},
    {{"keras", ".keras", "a functional Keras 3 model, of stock layers"}, gan_export_keras},
    {{"keras-weights", ".weights.h5", "its weights alone, for load_weights()"},
     gan_export_keras_weights},
    {{"npz", ".npz", "the same as one NumPy archive"}, gan_export_npz},
    {{"npy", "/", "the same as a folder of NumPy arrays"}, gan_export_npy},
};

enum { N_ROWS = sizeof rows / sizeof rows[0] };

const gan_exchange_format *gan_exchange_format_at(int i)
{
    return i >= 0 && i < N_ROWS ? &rows[i].format : NULL;
}

/* "pytorch, safetensors, npz" or ".safetensors, .npz" for a message, each once. */
static void list(char *text, size_t size, bool endings)
{
    size_t used = 0;
    text[0] = '\0';
    for (int i = 0; i < N_ROWS; i++) {
        const char *word = endings ? rows[i].format.ending : rows[i].format.name;
        if (strstr(text, word) && endings) {
            continue;
        }
        const int n = snprintf(text + used, size - used, "%s%s", used ? ", " : "", word);
        used += n > 0 && used + (size_t)n < size ? (size_t)n : 0;
    }
}

static gan_status find_named(const char *name, const row **out, gan_error *err)
{
    const char *names[N_ROWS];
    char hint[64], all[160];
    for (int i = 0; i < N_ROWS; i++) {
        names[i] = rows[i].format.name;
        if (strcmp(names[i], name) == 0) {
            *out = &rows[i];
            return GAN_OK;
        }
    }
    gan_nearest_hint(name, names, N_ROWS, hint, sizeof hint);
    list(all, sizeof all, false);
    return gan_fail(err, GAN_E_USAGE, "unknown format '%s'%s. The formats are %s", name, hint, all);
}

static gan_status find_row(const char *output, const char *format, const row **out, gan_error *err)
{
    char all[160];
    *out = NULL;
    if (format) {
        GAN_TRY(find_named(format, out, err));
        const char *ending = (*out)->format.ending;
        return strcmp(ending, "/") == 0 || gan_path_ends(output, ending)
                   ? GAN_OK
                   : gan_fail(err, GAN_E_USAGE, "%s: a file of the format %s ends in %s", output,
                              format, ending);
    }
    for (int i = 0; i < N_ROWS; i++) {
        if (gan_path_ends(output, rows[i].format.ending)) {
            *out = &rows[i];
            return GAN_OK;
        }
    }
    list(all, sizeof all, true);
    return gan_fail(err, GAN_E_USAGE, "%s: the ending says no format: it is one of %s", output,
                    all);
}

gan_status gan_export(const char *path, const char *output, const gan_export_options *options,
                      gan_export_result *result, gan_error *err)
{
    static const gan_export_options defaults = {0};
    gan_export_result unread = {0}, *counts = result ? result : &unread;
    gan_weights weights = {0};
    const row *found = NULL;
    options = options ? options : &defaults;
    GAN_TRY(find_row(output, options->format, &found, err));
    if ((options->bytes || options->opset) && found->write != gan_export_onnx) {
        return gan_fail(err, GAN_E_USAGE,
                        "%s: an opset and an output of bytes are for the format onnx", output);
    }
    gan_status status = gan_weights_load(path, options, &weights, err);
    if (status == GAN_OK) {
        *counts = (gan_export_result){.format = found->format.name,
                                      .step = weights.step,
                                      .network = gan_stack_name(weights.stack),
                                      .averaged = weights.averaged,
                                      .precise_bn = weights.precise};
        const gan_export_job job = {&weights, output, options, counts};
        status = found->write(&job, err);
    }
    gan_weights_free(&weights);
    return status;
}
