/* args.c — taking a command line apart. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/nearest.h"
#include "base/number.h"
#include "base/text.h"
#include "cli/command.h"

static gan_status fail(gan_error *err, const char *before, const char *word, const char *after)
{
    if (err) {
        err->status = GAN_E_USAGE;
        snprintf(err->text, sizeof err->text, "%s'%s'%s", before, word, after);
    }
    return GAN_E_USAGE;
}

/* True if the n characters of text are the flag's name, dashes and underscores alike. */
static bool is_named(const cli_flag *flag, const char *text, size_t n)
{
    if (strlen(flag->name) != n) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        char c = text[i] == '_' ? '-' : text[i];
        if ((flag->name[i] == '_' ? '-' : flag->name[i]) != c) {
            return false;
        }
    }
    return true;
}

static int find_long(const cli_args *args, const char *text, size_t n, bool *negated)
{
    for (int pass = 0; pass < 2; pass++) {
        *negated = pass == 1;
        if (pass == 1) {
            if (n < 4 || strncmp(text, "no-", 3) != 0) {
                return -1;
            }
            text += 3;
            n -= 3;
        }
        for (int i = 0; i < args->n_flags; i++) {
            if (is_named(&args->flags[i], text, n) && (pass == 0 || !args->flags[i].argument)) {
                return i;
            }
        }
    }
    return -1;
}

static gan_status unknown_flag(const cli_args *args, const char *word, gan_error *err)
{
    const char **names = calloc((size_t)args->n_flags + 1, sizeof *names);
    char hint[128] = "";
    for (int i = 0; names && i < args->n_flags; i++) {
        names[i] = args->flags[i].name;
    }
    if (names) {
        size_t n = strcspn(word + 2, "=");
        char plain[64];
        snprintf(plain, sizeof plain, "%.*s", (int)(n < sizeof plain ? n : sizeof plain - 1),
                 word + 2);
        const char *near = gan_nearest(plain, names, (size_t)args->n_flags);
        if (near) {
            snprintf(hint, sizeof hint, " (did you mean --%s?)", near);
            for (char *c = hint; *c; c++) {
                *c = *c == '_' ? '-' : *c;
            }
        }
    }
    free(names);
    return fail(err, "unknown flag ", word, hint);
}

static int find_short(const cli_args *args, char letter)
{
    for (int i = 0; i < args->n_flags; i++) {
        if (args->flags[i].letter == letter) {
            return i;
        }
    }
    return -1;
}

/* Takes the flag at argv[*i], and its value, which may be the next word. */
static gan_status take_flag(cli_args *args, int argc, char **argv, int *i, gan_error *err)
{
    const char *word = argv[*i];
    bool is_long = word[1] == '-', negated = false;
    size_t n = is_long ? strcspn(word + 2, "=") : 1;
    const char *value = is_long && word[2 + n] == '=' ? word + 3 + n : NULL;
    int flag = is_long ? find_long(args, word + 2, n, &negated) : find_short(args, word[1]);
    if (flag < 0 || (!is_long && word[2] && !args->flags[flag].argument)) {
        return is_long ? unknown_flag(args, word, err) : fail(err, "unknown flag ", word, "");
    }
    if (!args->flags[flag].argument) {
        if (value && (negated || (strcmp(value, "true") != 0 && strcmp(value, "false") != 0))) {
            return fail(err, "flag ", word, " takes no value");
        }
        args->values[flag] = value ? value : negated ? "false" : "true";
        return GAN_OK;
    }
    if (!is_long && word[2]) {
        value = word + 2;
    }
    if (!value && *i + 1 >= argc) {
        return fail(err, "flag ", word, " needs a value");
    }
    args->values[flag] = value ? value : argv[++*i];
    return GAN_OK;
}

gan_status cli_args_parse(int argc, char **argv, const cli_flag *flags, int n_flags, cli_args *out,
                          gan_error *err)
{
    *out = (cli_args){.flags = flags, .n_flags = n_flags};
    out->values = calloc((size_t)n_flags + 1, sizeof *out->values);
    out->positional = calloc((size_t)argc + 1, sizeof *out->positional);
    if (!out->values || !out->positional) {
        if (err) {
            snprintf(err->text, sizeof err->text, "no memory for the arguments");
        }
        return GAN_E_MEMORY;
    }
    bool flags_over = false;
    for (int i = 1; i < argc; i++) {
        if (!flags_over && strcmp(argv[i], "--") == 0) {
            flags_over = true;
        } else if (!flags_over && argv[i][0] == '-' && argv[i][1]) {
            gan_status status = take_flag(out, argc, argv, &i, err);
            if (status != GAN_OK) {
                return status;
            }
        } else {
            out->positional[out->n_positional++] = argv[i];
        }
    }
    return GAN_OK;
}

void cli_args_free(cli_args *args)
{
    free(args->values);
    free(args->positional);
    *args = (cli_args){0};
}

const char *cli_args_get(const cli_args *args, const char *name)
{
    for (int i = 0; i < args->n_flags; i++) {
        if (strcmp(args->flags[i].name, name) == 0) {
            return args->values[i];
        }
    }
    return NULL;
}

gan_status cli_args_integer(const cli_args *args, const char *name, int64_t lowest, int64_t highest,
                            int64_t *out, gan_error *err)
{
    const char *text = cli_args_get(args, name);
    char flag[64];
    int64_t value = 0;
    if (!text) {
        return GAN_OK;
    }
    if (gan_number_int64(text, &value, NULL) != GAN_OK || value < lowest || value > highest) {
        snprintf(flag, sizeof flag, "%s", name);
        for (char *c = flag; *c; c++) {
            *c = *c == '_' ? '-' : *c;
        }
        return gan_fail(err, GAN_E_USAGE, "--%s: '%s' is not a whole number from %lld to %lld",
                        flag, text, (long long)lowest, (long long)highest);
    }
    *out = value;
    return GAN_OK;
}

bool cli_args_is_on(const cli_args *args, const char *name)
{
    const char *value = cli_args_get(args, name);
    return value && strcmp(value, "true") == 0;
}

bool cli_wants_help(int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            return true;
        }
    }
    return false;
}

void cli_print_help(const char *usage, const char *description, const cli_flag *flags, int n_flags)
{
    printf("usage: gan %s\n\n%s\n", usage, description);
    for (int i = 0; i < n_flags; i++) {
        char name[64], left[96];
        snprintf(name, sizeof name, "%s", flags[i].name);
        for (char *c = name; *c; c++) {
            *c = *c == '_' ? '-' : *c;
        }
        const char *argument = flags[i].argument ? flags[i].argument : "";
        if (flags[i].letter) {
            snprintf(left, sizeof left, "-%c, --%s %s", flags[i].letter, name, argument);
        } else {
            snprintf(left, sizeof left, "--%s %s", name, argument);
        }
        printf("  %-38s %s\n", left, flags[i].help);
    }
}

/* Those of ASCII, and U+0080 to U+009F, which are C2 80 to C2 9F in UTF-8. */
void cli_print_clean(FILE *to, const char *text)
{
    for (; *text; text++) {
        const unsigned char c = (unsigned char)text[0], next = (unsigned char)text[1];
        const bool is_long = c == 0xc2 && next >= 0x80 && next < 0xa0;
        fputc(c < ' ' || c == 0x7f || is_long ? '?' : c, to);
        text += is_long;
    }
}

int cli_fail(const char *command, gan_status status, const gan_error *err)
{
    const char *text = err && err->text[0] ? err->text : gan_status_text(status);
    fprintf(stderr, "gan%s%s: ", *command ? " " : "", command);
    cli_print_clean(stderr, text);
    fputc('\n', stderr);
    return gan_status_exit_code(status);
}

void cli_print_quoted(FILE *to, const char *path)
{
    gan_text word = {0};
    gan_text_add_word(&word, path);
    fputs(gan_text_check(&word, NULL) == GAN_OK ? word.data : path, to);
    gan_text_free(&word);
}

static void print_note(void *ctx, const char *line)
{
    (void)ctx;
    cli_print_note(line);
}

static void print_line(void *ctx, const char *line)
{
    (void)ctx;
    cli_print_clean(stdout, line);
    putchar('\n');
}

const gan_listener cli_notes = {print_note, NULL}, cli_lines = {print_line, NULL};

void cli_print_note(const char *line)
{
    cli_print_clean(stderr, line);
    fputc('\n', stderr);
}

gan_status cli_args_statistics(const cli_args *args, gan_statistics *out, gan_error *err)
{
    const char *precise = cli_args_get(args, "precise_bn");
    *out = (gan_statistics){.moving = precise && strcmp(precise, "false") == 0};
    const gan_status status =
        cli_args_integer(args, "bn_batches", 1, 1000000000, &out->batches, err);
    return status == GAN_OK ? cli_args_integer(args, "bn_batch", 2, 1048576, &out->batch, err)
                            : status;
}
