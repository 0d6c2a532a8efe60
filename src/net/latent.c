/* latent.c — a network with another latent size, as --nz asks for. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "net/net.h"

/* Where the line "latent: ..." of the top level begins in the text; NULL if there is none. */
static const char *find_line(const char *text)
{
    static const char key[] = "latent:";
    const char *line = text;
    while (line && strncmp(line, key, sizeof key - 1) != 0) {
        line = strchr(line, '\n');
        line = line ? line + 1 : NULL;
    }
    return line;
}

gan_status gan_net_with_latent(const gan_net *net, int64_t latent, gan_net **out, gan_error *err)
{
    const char *line = find_line(net->text);
    *out = NULL;
    if (!line) {
        return gan_fail(err, GAN_E_USAGE,
                        "nz: %s has no line 'latent: N' at its top level to change", net->label);
    }
    gan_text text = {0};
    char *changed = NULL;
    size_t comment = strcspn(line, "#\n"), end = strcspn(line, "\n");
    gan_text_add_bytes(&text, net->text, (size_t)(line - net->text));
    gan_text_add(&text, "latent: %lld", (long long)latent);
    if (comment < end) {
        gan_text_add(&text, " ");
        gan_text_add_bytes(&text, line + comment, end - comment);
    }
    gan_text_add(&text, "%s", line + end);
    gan_status status = gan_text_take(&text, &changed, err);
    if (status == GAN_OK) {
        status = gan_net_parse(changed, net->label, out, err);
    }
    free(changed);
    return status;
}
