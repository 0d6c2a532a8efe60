/* net.c — networks: loaded by name, read from text, changed, described. */
#include "need.h"

#include <string.h>

#include "gan/gan.h"

static void count(void *ctx, const gan_layer_facts *facts)
{
    int64_t *parameters = ctx;
    *parameters += facts->name ? facts->parameters : 0;
}

int main(void)
{
    gan_error err = {0};
    gan_net *shipped = NULL, *own = NULL, *wide = NULL;
    need(gan_net_load("tiny", &shipped, &err), &err);
    /* The text of a network is all of it: change that, and parse it again. */
    need(gan_net_parse(gan_net_text(shipped), "own.yaml", &own, &err), &err);
    need(gan_net_with_latent(own, 64, &wide, &err), &err);
    const gan_net_summary a = gan_net_summarize(shipped), b = gan_net_summarize(wide);
    printf("%s: z of %lld, G has %lld parameters; with z of %lld: %lld\n", gan_net_name(own),
           (long long)a.latent, (long long)a.generator_params, (long long)b.latent,
           (long long)b.generator_params);
    /* Layer by layer, and as a drawing. */
    int64_t parameters = 0;
    need(gan_net_layers(shipped, count, &parameters, &err), &err);
    need(gan_net_draw(shipped, "tiny.svg", &err), &err);
    /* A mistake is told with file, line and the nearest word. */
    gan_net *wrong = NULL;
    if (gan_net_parse("name: x\nimage: {hight: 8}\n", "wrong.yaml", &wrong, &err) != GAN_OK) {
        printf("%s\n", err.text);
    }
    const bool right = parameters == a.generator_params + a.discriminator_params &&
                       b.latent == 64 && !wrong && strstr(err.text, "height") &&
                       gan_net_kind_of(wide) == GAN_NET_KIND_GAN;
    gan_net_destroy(wide);
    gan_net_destroy(own);
    gan_net_destroy(shipped);
    return right ? 0 : 1;
}
