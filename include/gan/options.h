/* options.h — the settings of a training run, from flags, environment, config files and networks.
 *
 * Precedence: flag, then environment, then config file, then the network's `train:` section, then
 * the default of options.def. A value remembers where it came from. */
#ifndef GAN_OPTIONS_H
#define GAN_OPTIONS_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

#include "gan/net.h"
#include "gan/rate.h"
#include "gan/status.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* How often: every `value` steps, epochs or seconds; value 0 = never, but for "auto": as often as
 * costs little, of what has such a default. */
typedef enum gan_cadence_unit {
    GAN_EVERY_STEPS,
    GAN_EVERY_EPOCHS,
    GAN_EVERY_SECONDS,
    GAN_EVERY_AUTO
} gan_cadence_unit;
typedef struct gan_cadence {
    double value;
    gan_cadence_unit unit;
} gan_cadence;

typedef enum gan_option_source {
    GAN_FROM_DEFAULT,
    GAN_FROM_MACHINE, /* decided by what it has */
    GAN_FROM_NET,
    GAN_FROM_CHECKPOINT,
    GAN_FROM_FILE,
    GAN_FROM_ENVIRONMENT,
    GAN_FROM_FLAG
} gan_option_source;

typedef enum gan_option_type {
    GAN_OPTION_string,
    GAN_OPTION_choice,
    GAN_OPTION_loss,
    GAN_OPTION_device,
    GAN_OPTION_grid,
    GAN_OPTION_rule,
    GAN_OPTION_integer,
    GAN_OPTION_seed,
    GAN_OPTION_real,
    GAN_OPTION_rate,
    GAN_OPTION_duration,
    GAN_OPTION_flag,
    GAN_OPTION_cadence
} gan_option_type;

typedef enum gan_option_resume {
    GAN_RESUME_same,
    GAN_RESUME_text,
    GAN_RESUME_content,
    GAN_RESUME_free,
    GAN_RESUME_note,
    GAN_RESUME_elsewhere,
    GAN_RESUME_found,
    GAN_RESUME_unsaved
} gan_option_resume;

typedef enum gan_option_id {
#define GAN_OPTION(field, type, def, lowest, highest, on_resume, argument, help)                   \
    GAN_OPTION_ID_##field,
#include "gan/options.def"
#undef GAN_OPTION
    GAN_OPTION_COUNT
} gan_option_id;

typedef char *gan_option_c_string;
typedef char *gan_option_c_choice;
typedef char *gan_option_c_loss;
typedef char *gan_option_c_device;
typedef char *gan_option_c_grid;
typedef char *gan_option_c_rule;
typedef int64_t gan_option_c_integer;
typedef uint64_t gan_option_c_seed;
typedef double gan_option_c_real;
typedef gan_rate_setting gan_option_c_rate;
typedef double gan_option_c_duration; /* seconds */
typedef bool gan_option_c_flag;
typedef gan_cadence gan_option_c_cadence;

/* One field per row of options.def. Strings are owned. `from` tells where each value came from, by
 * gan_option_id; a value from GAN_FROM_DEFAULT whose default is "" is not known yet. */
typedef struct gan_options {
#define GAN_OPTION(field, type, def, lowest, highest, on_resume, argument, help)                   \
    gan_option_c_##type field;
#include "gan/options.def"
#undef GAN_OPTION
    gan_option_source from[GAN_OPTION_COUNT];
} gan_options;

typedef struct gan_option_row {
    const char *key; /* "batch_size" */
    gan_option_type type;
    const char *def;
    double lowest, highest;
    gan_option_resume on_resume;
    const char *argument, *help;
    const char *words; /* of a choice, "auto|direct|dft"; else NULL */
} gan_option_row;

/* Whether an average of a network is kept: by a decay a step, or by a half-life. */
bool gan_options_averages(const gan_options *options);

/* The row of an id that is below GAN_OPTION_COUNT; never NULL, and it lives for ever. */
const gan_option_row *gan_option_describe(gan_option_id id);

/* Whether a training of that kind of network has the setting: a network alone has none of a
 * generator's or of two networks, nor pictures. Its learning rate is the field lr_g. */
bool gan_option_is_of(gan_option_id id, gan_net_kind kind);

/* True for types whose field is a string. */
bool gan_option_is_text(gan_option_type type);

/* The row of that key, written with dashes or underscores; GAN_OPTION_COUNT if there is none. */
gan_option_id gan_option_find(const char *key);

/* Every field at its default. GAN_E_MEMORY. Free with gan_options_free (zeroed structs are fine).
 */
gan_status gan_options_init(gan_options *options, gan_error *err);
void gan_options_free(gan_options *options);
gan_status gan_options_copy(gan_options *to, const gan_options *from, gan_error *err);

/* Sets one field from text, if nothing of higher precedence has set it. GAN_E_USAGE names the
 * setting as it was written ("--log-every" where source is a flag, else "log_every"), the value,
 * and what it must be, of a word the nearest; no value may be empty. */
gan_status gan_options_set(gan_options *options, gan_option_id id, const char *text,
                           gan_option_source source, gan_error *err);

/* Takes every GAN_<KEY> of the environment. An empty one counts as unset. */
gan_status gan_options_from_environment(gan_options *options, gan_error *err);

/* Takes a YAML map of keys, as config.yaml of a run folder holds it. GAN_E_DATA with file and line,
 * and the nearest key for an unknown one; GAN_E_NO_INPUT. */
gan_status gan_options_from_file(gan_options *options, const char *path, gan_option_source source,
                                 gan_error *err);
gan_status gan_options_from_text(gan_options *options, const char *yaml, const char *label,
                                 gan_option_source source, gan_error *err);

/* Takes the network's `train:` section for what is not set. --lr sets both rates that --lr-g and
 * --lr-d did not. */
gan_status gan_options_from_net(gan_options *options, const gan_net *net, gan_error *err);

/* The value as text, as a flag would take it, owned by the caller; "" for an unset one. */
gan_status gan_options_text(const gan_options *options, gan_option_id id, char **out,
                            gan_error *err);

/* All set fields but those that are unsaved on resume (options.def) as YAML, one
 * "key: value" a line, in the order of options.def; owned by the caller. It reads back with
 * gan_options_from_text to the same values. */
gan_status gan_options_yaml(const gan_options *options, char **out, gan_error *err);

/* Cross-field rules: --epochs and --steps of one source exclude each other (of two, the one of
 * higher precedence holds; so do --budget and either), words of choice fields, grid, label
 * smoothing of a loss that has no labels; flags that other settings leave without effect. */
gan_status gan_options_check(const gan_options *options, gan_error *err);

/* "4x4" as numbers, both in [1, 1000]. GAN_E_USAGE. */
gan_status gan_grid_parse(const char *text, int *rows, int *columns, gan_error *err);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
