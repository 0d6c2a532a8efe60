/* options.c — settings of a run: from where they come, what they are, how they are kept. */
#include "need.h"

#include "gan/gan.h"

/* What a gan_listener is told. */
static void line(void *ctx, const char *text)
{
    (void)ctx;
    puts(text);
}

static void show_rows(gan_net_kind kind)
{
    for (int i = 0; i < GAN_OPTION_COUNT; i++) {
        const gan_option_id id = (gan_option_id)i;
        const gan_option_row *row = gan_option_describe(id);
        if (gan_option_is_of(id, kind)) {
            printf("%s%s %s\n", row->key, gan_option_is_text(row->type) ? " (text)" : "",
                   row->help);
        }
    }
}

int main(void)
{
    const gan_listener printer = {line, NULL};
    gan_error err = {0};
    gan_options options, again = {0};
    gan_net *net = NULL;
    char *yaml = NULL, *text = NULL;
    int rows = 0, columns = 0;
    need(gan_options_init(&options, &err), &err);
    /* By precedence: a flag, the environment, a file, the network's own. */
    need(gan_options_set(&options, gan_option_find("batch-size"), "16", GAN_FROM_FLAG, &err), &err);
    need(gan_options_from_environment(&options, &err), &err);
    need(gan_options_from_text(&options, "net: tiny\nlr: 2e-4\n", "my settings", GAN_FROM_FILE,
                               &err),
         &err);
    need(gan_net_load(options.net, &net, &err), &err);
    need(gan_options_from_net(&options, net, &err), &err);
    need(gan_options_check(&options, &err), &err);
    gan_net_print(net, &printer);
    show_rows(gan_net_kind_of(net));

    need(gan_grid_parse(options.grid, &rows, &columns, &err), &err);
    need(gan_options_text(&options, GAN_OPTION_ID_lr_g, &text, &err), &err);
    printf("%d x %d samples, lr %s, %s\n", rows, columns, text,
           gan_options_averages(&options) ? "averaged" : "not averaged");

    /* Kept in a file, and read again: the same. */
    need(gan_options_yaml(&options, &yaml, &err), &err);
    FILE *file = fopen("settings.yaml", "w");
    if (!file || fputs(yaml, file) < 0 || fclose(file) != 0) {
        perror("settings.yaml");
        return 1;
    }
    need(gan_options_init(&again, &err), &err);
    need(gan_options_from_file(&again, "settings.yaml", GAN_FROM_FILE, &err), &err);
    const bool same =
        again.batch_size == options.batch_size && again.lr_g.from == options.lr_g.from;
    gan_options_free(&again);
    need(gan_options_copy(&again, &options, &err), &err);
    gan_options_free(&again);
    gan_options_free(&options);
    gan_net_destroy(net);
    free(yaml);
    free(text);
    return same ? 0 : 1;
}
