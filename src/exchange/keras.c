/* keras.c — the keras and keras-weights formats.
 *
 * A .keras file is a zip of config.json (the layers and what each reads), metadata.json and
 * model.weights.h5 (HDF5: one group a layer, its arrays numbered); a .weights.h5 file is the last
 * of them alone, for a model that a program of its own builds. */
#include "exchange/keras.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/memory.h"
#include "exchange/format.h"
#include "io/hdf5.h"
#include "io/zip.h"

static const char metadata[] = "{\"keras_version\": \"3.0.0\", "
                               "\"date_saved\": \"1980-01-01@00:00:00\"}";

/* --- config.json --- */

static void add_shape(const gan_keras_layer *layer, gan_text *json)
{
    gan_text_add(json, "[null");
    for (int i = 0; i < layer->rank; i++) {
        gan_text_add(json, ", %" PRId64, layer->shape[i]);
    }
    gan_text_add(json, "]");
}

static void add_tensor(const gan_keras_layer *from, gan_text *json)
{
    gan_text_add(json, "{\"class_name\": \"__keras_tensor__\", \"config\": {\"shape\": ");
    add_shape(from, json);
    gan_text_add(json, ", \"dtype\": \"float32\", \"keras_history\": [\"%s\", 0, 0]}}", from->name);
}

/* How a layer is called: its inputs, in a list where there are several. */
static void add_node(const gan_keras *k, const gan_keras_layer *layer, gan_text *json)
{
    if (layer->n_inputs == 0) {
        return;
    }
    gan_text_add(json, "{\"args\": [%s", layer->n_inputs > 1 ? "[" : "");
    for (int i = 0; i < layer->n_inputs; i++) {
        gan_text_add(json, "%s", i ? ", " : "");
        add_tensor(&k->layers[layer->inputs[i]], json);
    }
    gan_text_add(json, "%s], \"kwargs\": {}}", layer->n_inputs > 1 ? "]" : "");
}

static void add_layer(const gan_keras *k, const gan_keras_layer *layer, gan_text *json)
{
    gan_text_add(json,
                 "{\"module\": \"keras.layers\", \"class_name\": \"%s\", "
                 "\"config\": {\"name\": \"%s\", \"dtype\": \"float32\"%s",
                 layer->class_name, layer->name, layer->config);
    if (layer->n_inputs == 0) {
        gan_text_add(json, ", \"batch_shape\": ");
        add_shape(layer, json);
    }
    gan_text_add(json, "}, \"registered_name\": null, \"name\": \"%s\", \"inbound_nodes\": [",
                 layer->name);
    add_node(k, layer, json);
    gan_text_add(json, "]}");
}

static gan_status make_config(const gan_keras *k, const char *name, gan_text *json, gan_error *err)
{
    gan_text_add(json,
                 "{\"module\": \"keras.src.models.functional\", \"class_name\": \"Functional\", "
                 "\"config\": {\"name\": \"%s\", \"trainable\": true, \"layers\": [",
                 name);
    for (size_t i = 0; i < k->n; i++) {
        gan_text_add(json, "%s", i ? ", " : "");
        add_layer(k, &k->layers[i], json);
    }
    gan_text_add(json,
                 "], \"input_layers\": [\"%s\", 0, 0], \"output_layers\": [\"%s\", 0, 0]}, "
                 "\"registered_name\": \"Functional\"}",
                 k->layers[0].name, k->layers[k->n - 1].name);
    return gan_text_check(json, err);
}

/* --- the weights --- */

static gan_status list_tensors(const gan_weights *w, const gan_keras *k, gan_tensors *list,
                               gan_error *err)
{
    for (size_t i = 0; i < k->n; i++) {
        const gan_param *param = NULL;
        for (int j = 0; k->layers[i].layer &&
                        (param = gan_layer_param(w->stack, k->layers[i].layer, j)) != NULL;
             j++) {
            char *path = NULL;
            GAN_TRY(gan_keras_path(&k->layers[i], j, &path, err));
            gan_status status = gan_tensors_add(list, param, gan_weights_at(w, param),
                                                &gan_axes_keras, err, "%s", path);
            free(path);
            GAN_TRY(status);
        }
    }
    return GAN_OK;
}

static gan_status make_weights(const gan_tensors *list, void **bytes, size_t *size, gan_error *err)
{
    void *memory = NULL;
    GAN_TRY(gan_calloc(list->n, sizeof(gan_hdf5_array), &memory, err));
    gan_hdf5_array *arrays = memory;
    for (size_t i = 0; i < list->n; i++) {
        const gan_tensor *t = &list->at[i];
        arrays[i] = (gan_hdf5_array){t->name, t->dims, t->rank, t->x};
    }
    gan_status status = gan_hdf5_write(arrays, list->n, bytes, size, err);
    free(memory);
    return status;
}

/* Either file: the weights alone, or the whole model. */
static gan_status export(const gan_export_job *job, bool whole, gan_error *err)
{
    gan_keras keras = {0};
    gan_tensors list = {0};
    gan_text config = {0};
    void *weights = NULL;
    size_t size = 0;
    gan_status status = GAN_OK;
    GAN_TRY_DONE(gan_keras_make(job->weights->stack, &keras, err));
    GAN_TRY_DONE(list_tensors(job->weights, &keras, &list, err));
    GAN_TRY_DONE(make_weights(&list, &weights, &size, err));
    GAN_TRY_DONE(make_config(&keras, gan_export_network(job), &config, err));
    const gan_zip_entry entries[] = {{"metadata.json", metadata, sizeof metadata - 1},
                                     {"config.json", config.data, config.length},
                                     {"model.weights.h5", weights, size}};
    GAN_TRY_DONE(whole ? gan_zip_write(job->output, entries, 3, err)
                       : gan_file_write_whole(job->output, weights, size, err));
    gan_export_count(job, &list);
    gan_export_wrote(job, job->output);
done:
    free(weights);
    gan_text_free(&config);
    gan_tensors_free(&list);
    gan_keras_free(&keras);
    return status;
}

gan_status gan_export_keras(const gan_export_job *job, gan_error *err)
{
    return export(job, true, err);
}

gan_status gan_export_keras_weights(const gan_export_job *job, gan_error *err)
{
    return export(job, false, err);
}
