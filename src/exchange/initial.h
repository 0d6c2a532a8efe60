/* initial.h — the values that a run begins with, where they come from files: --init.
 *
 * Parameters and moving statistics, found by name and shape as gan_import() finds them. What a file
 * does not have, or has in another shape, keeps its initial value, and that is said. Optimizer and
 * counters begin anew. The averaged network begins with the file's average, where it is a
 * checkpoint that has one, else with the network itself. */
#ifndef GAN_EXCHANGE_INITIAL_H
#define GAN_EXCHANGE_INITIAL_H

#include "gan/listener.h"
#include "session/session.h"

/* One tensor of the networks, and what it begins with. */
typedef struct gan_initial_value {
    const gan_stack *stack;
    const gan_param *param;
    float *x, *average; /* owned; NULL: not from a file */
    char *source;       /* the tensor's name there, or why there is none; owned */
} gan_initial_value;

typedef struct gan_initial {
    gan_initial_value *values; /* of every tensor, network by network */
    size_t n;
    char *hashes; /* SHA-256 of the files, with commas between; NULL where there are none */
} gan_initial;

/* Reads what options->init names: a checkpoint, a run's folder, a file of gan_import()'s kinds;
 * "g=FILE", "d=FILE" or both with a comma between for files of one network. options->init_only, if
 * it is set, says which tensors must be found there, and no other is taken.
 *
 *  net       borrowed for the life of *out
 *  listener  told what comes from where and what does not, a line each; may be NULL
 *
 * GAN_OK with an empty *out where no file is named. GAN_E_USAGE: the others without init, a file of
 * one network without g= or d=, a pattern that fits no tensor; GAN_E_DATA: damaged, nothing fits, a
 * tensor that must be found does not, or the file's hash is not options->init_sha256;
 * GAN_E_NO_INPUT, GAN_E_UNSUPPORTED, GAN_E_IO, GAN_E_MEMORY. Free with gan_initial_free(), after a
 * failure too. */
gan_status gan_initial_read(const gan_net *net, const gan_options *options,
                            const gan_listener *listener, gan_initial *out, gan_error *err);
void gan_initial_free(gan_initial *initial);

/* Writes them over a new session's initial values, and the hashes into its options. */
gan_status gan_initial_write(const gan_initial *initial, gan_session *session, gan_error *err);

/* The network of the checkpoint that options->init names, and what its run called it, both owned by
 * the caller; NULL where it names none. Errors as above. */
gan_status gan_initial_net(const gan_options *options, const gan_listener *listener, gan_net **out,
                           char **name, gan_error *err);

#endif
