/* pickle.c — runs the stack machine that a pickle is a program of.
 *
 * Each opcode is a row of a table, by its byte; a row without a function is refused by its name.
 * Values are on a stack; a mark on it is where the items of a tuple, list or dictionary begin; the
 * memo keeps values by number, for references to them. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "io/pickle_machine.h"

enum { PROTOCOL_MAX = 5 };

/* --- names and calls: the reader's --- */

static gan_status push_global(gan_pickle_machine *m, const gan_pickle_value *module,
                              const gan_pickle_value *name)
{
    gan_pickle_value *value = NULL;
    GAN_TRY(gan_pickle_push_new(m, GAN_PICKLE_GLOBAL, &value));
    return m->reader->global(m->reader->ctx, module, name, value, m->err);
}

gan_status gan_pickle_op_global(gan_pickle_machine *m)
{
    gan_pickle_value module, name;
    GAN_TRY(gan_pickle_take_line(m, &module));
    GAN_TRY(gan_pickle_take_line(m, &name));
    return push_global(m, &module, &name);
}

gan_status gan_pickle_op_stack_global(gan_pickle_machine *m)
{
    gan_pickle_value *module = NULL, *name = NULL;
    GAN_TRY(gan_pickle_pop(m, &name));
    GAN_TRY(gan_pickle_pop(m, &module));
    return module->kind == GAN_PICKLE_TEXT && name->kind == GAN_PICKLE_TEXT
               ? push_global(m, module, name)
               : gan_pickle_fail(m, "a name that is no text");
}

gan_status gan_pickle_op_reduce(gan_pickle_machine *m)
{
    gan_pickle_value *callee = NULL, *args = NULL, *value = NULL;
    GAN_TRY(gan_pickle_pop(m, &args));
    GAN_TRY(gan_pickle_pop(m, &callee));
    if (callee->kind != GAN_PICKLE_GLOBAL || args->kind != GAN_PICKLE_TUPLE) {
        return gan_pickle_fail(m, "a call of what is no function, or with what are no arguments");
    }
    GAN_TRY(m->reader->call(m->reader->ctx, callee, args, &value, m->err));
    return gan_pickle_push(m, value);
}

gan_status gan_pickle_op_persistent(gan_pickle_machine *m)
{
    gan_pickle_value *id = NULL, *value = NULL;
    GAN_TRY(gan_pickle_pop(m, &id));
    GAN_TRY(m->reader->persistent(m->reader->ctx, id, &value, m->err));
    return gan_pickle_push(m, value);
}

/* Attributes of a dictionary, as a state_dict has its _metadata: left out. */
gan_status gan_pickle_op_build(gan_pickle_machine *m)
{
    gan_pickle_value *state = NULL, *value = NULL;
    GAN_TRY(gan_pickle_pop(m, &state));
    GAN_TRY(gan_pickle_look(m, 0, &value));
    return value->kind == GAN_PICKLE_DICT
               ? GAN_OK
               : gan_pickle_fail(m, "it sets attributes of what is no dictionary");
}

gan_status gan_pickle_op_protocol(gan_pickle_machine *m)
{
    uint64_t protocol = 0;
    GAN_TRY(gan_pickle_take_number(m, 1, &protocol));
    return protocol <= PROTOCOL_MAX ? GAN_OK : gan_pickle_fail(m, "a protocol that is not known");
}

gan_status gan_pickle_op_frame(gan_pickle_machine *m)
{
    uint64_t bytes = 0;
    return gan_pickle_take_number(m, 8, &bytes);
}

gan_status gan_pickle_op_stop(gan_pickle_machine *m)
{
    m->stopped = true;
    return GAN_OK;
}

/* By the byte; what has no function is refused. */
static const struct {
    const char *name;
    gan_status (*run)(gan_pickle_machine *m);
} opcodes[256] = {
#define OPCODE(byte, name, run) [byte] = {#name, run},
#include "io/pickle_opcodes.def"
#undef OPCODE
};

static gan_status step(gan_pickle_machine *m)
{
    const uint8_t *byte = NULL;
    char what[96];
    m->opcode_at = m->at;
    GAN_TRY(gan_pickle_take(m, 1, &byte));
    if (opcodes[*byte].run) {
        return opcodes[*byte].run(m);
    }
    if (!opcodes[*byte].name) {
        snprintf(what, sizeof what, "%d is no opcode", *byte);
        return gan_pickle_fail(m, what);
    }
    return gan_fail(
        m->err, GAN_E_DATA,
        "%s: byte %zu of its pickle: the opcode %s is not read, for nothing of a pickle "
        "is run",
        m->reader->label, m->opcode_at, opcodes[*byte].name);
}

gan_status gan_pickle_read(gan_pickle *pickle, const gan_pickle_reader *reader,
                           const uint8_t *bytes, size_t n, size_t *used, gan_pickle_value **out,
                           gan_error *err)
{
    gan_pickle_machine m = {.pickle = pickle, .reader = reader, .bytes = bytes, .n = n, .err = err};
    gan_status status = GAN_OK;
    *out = NULL;
    while (!m.stopped && status == GAN_OK) {
        status = step(&m);
    }
    if (status == GAN_OK) {
        status = gan_pickle_pop(&m, out);
    }
    *used = m.at;
    free(m.stack);
    free(m.memo);
    return status;
}
