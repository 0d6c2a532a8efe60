/* pickle.h — Python's pickles, of protocols 2 to 5, as data: numbers, texts, tuples, lists and
 * dictionaries. Nothing is run: what a pickle asks for by name (a class, a function) its reader
 * knows or refuses, and what calling it with arguments gives is the reader's to say.
 *
 * The opcodes are those of Python's Lib/pickletools.py. A pickle of n bytes takes memory of the
 * order of n. */
#ifndef GAN_IO_PICKLE_H
#define GAN_IO_PICKLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

typedef enum gan_pickle_kind {
    GAN_PICKLE_NONE,
    GAN_PICKLE_BOOL,
    GAN_PICKLE_INT,
    GAN_PICKLE_BIG_INT, /* beyond 64 bits: its value is not kept */
    GAN_PICKLE_REAL,
    GAN_PICKLE_TEXT,   /* also bytes */
    GAN_PICKLE_TUPLE,  /* also a frozen set */
    GAN_PICKLE_LIST,   /* also a set */
    GAN_PICKLE_DICT,   /* items: key, value, key, value, ... in the order they were put in */
    GAN_PICKLE_GLOBAL, /* a name that the reader knows */
    GAN_PICKLE_OBJECT  /* what the reader made */
} gan_pickle_kind;

typedef struct gan_pickle_value gan_pickle_value;
struct gan_pickle_value {
    gan_pickle_kind kind;
    int64_t integer; /* BOOL, INT; GLOBAL: which, by the reader's numbers */
    double real;
    const char *text; /* TEXT: n_text bytes, inside the pickle, no zero byte after them */
    size_t n_text;
    gan_pickle_value **items; /* TUPLE, LIST, DICT */
    size_t n_items, capacity;
    void *object; /* OBJECT: the reader's */
};

typedef struct gan_pickle_block gan_pickle_block;

/* Every value of some pickles. Zero-initialize; gan_pickle_free() frees them. */
typedef struct gan_pickle {
    gan_pickle_block *blocks;
} gan_pickle;

/* A value for the reader's functions to give; kind NONE. GAN_E_MEMORY. */
gan_status gan_pickle_make(gan_pickle *pickle, gan_pickle_value **out, gan_error *err);
void gan_pickle_free(gan_pickle *pickle);

/* Puts an item behind the last. GAN_E_MEMORY. */
gan_status gan_pickle_add(gan_pickle_value *to, gan_pickle_value *item, gan_error *err);

/* The value under a key of a DICT; NULL where there is none, or value is no DICT. */
const gan_pickle_value *gan_pickle_find(const gan_pickle_value *value, const char *key);

/* Who knows what the names mean. Each function refuses with GAN_E_DATA; what it gives comes from
 * gan_pickle_make(), or is a value that it was given. */
typedef struct gan_pickle_reader {
    void *ctx;
    const char *label; /* the file, for messages */
    /* A class or a function: fills *out, which is a GLOBAL. */
    gan_status (*global)(void *ctx, const gan_pickle_value *module, const gan_pickle_value *name,
                         gan_pickle_value *out, gan_error *err);
    /* callee(*args); args is a TUPLE. */
    gan_status (*call)(void *ctx, gan_pickle_value *callee, gan_pickle_value *args,
                       gan_pickle_value **out, gan_error *err);
    /* What is kept outside of the pickle under an id. */
    gan_status (*persistent)(void *ctx, gan_pickle_value *id, gan_pickle_value **out,
                             gan_error *err);
} gan_pickle_reader;

/* Reads the pickle that bytes begin with; *used is how many of the n are it. bytes must outlive the
 * values. GAN_E_DATA with the byte where it is wrong, and, for an opcode that is not read, its
 * name; GAN_E_MEMORY; what the reader returns. */
gan_status gan_pickle_read(gan_pickle *pickle, const gan_pickle_reader *reader,
                           const uint8_t *bytes, size_t n, size_t *used, gan_pickle_value **out,
                           gan_error *err);

#endif
