/* run.c — whole runs with a folder: what one would do, one that ends when it is told to, one that
 * resumes it, a classifier's; and the report about them. */
#include "need.h"

#include "gan/gan.h"

static void line(void *ctx, const char *text)
{
    (void)ctx;
    puts(text);
}

static volatile sig_atomic_t stop, save; /* a signal handler may set them */

/* Called from gan_train(): enough is enough at step 6. */
static void event(void *ctx, const gan_event *event)
{
    (void)ctx;
    if (event->kind == GAN_EVENT_PROGRESS && event->step == 3) {
        save = 1;
    } else if (event->kind == GAN_EVENT_PROGRESS && event->step == 6) {
        stop = SIGTERM;
    } else if (event->kind == GAN_EVENT_SAVE || event->kind == GAN_EVENT_SAMPLE) {
        printf("step %lld: %s\n", (long long)event->step, event->path);
    }
}

static void fill(gan_options *options, const char *net, const char *steps, gan_error *err)
{
    const char *const wanted[][2] = {{"net", net},     {"data", "digits"},  {"limit", "128"},
                                     {"steps", steps}, {"batch_size", "8"}, {"outdir", "runs"}};
    need(gan_options_init(options, err), err);
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        const gan_option_id id = gan_option_find(wanted[i][0]);
        need(gan_options_set(options, id, wanted[i][1], GAN_FROM_FLAG, err), err);
    }
}

int main(void)
{
    static gan_train_result first, second, classifier;
    const gan_listener printer = {line, NULL};
    gan_error err = {0};
    gan_options options;
    char *json = NULL;
    gan_pulse pulse = {0};
    double longest = 0;
    fill(&options, "tiny", "8", &err);
    gan_pulse_begin(&pulse); /* around what may hang, for a thread that watches */
    need(gan_train_plan(GAN_NET_KIND_GAN, &options, false, &printer, &err), &err);
    gan_pulse_end(&pulse);
    need(gan_train_plan_json(GAN_NET_KIND_GAN, &options, NULL, &json, &err), &err);
    puts(json);
    free(json);

    const gan_train_callbacks callbacks = {
        .event = event, .stop = &stop, .save = &save, .pulse = &pulse};
    if (gan_train(&options, &callbacks, &first, &err) != GAN_E_INTERRUPTED) {
        return 1; /* it stops at step 6, and all is saved */
    }
    printf("%s; now computing: %s\n", err.text,
           gan_pulse_read(&pulse, &longest) > 0 ? "yes" : "no");
    need(gan_options_set(&options, GAN_OPTION_ID_resume, first.folder, GAN_FROM_FLAG, &err), &err);
    need(gan_train(&options, NULL, &second, &err), &err);
    gan_options_free(&options);

    fill(&options, "mnist-classifier", "2", &err);
    need(gan_classify(&options, NULL, &classifier, &err), &err);
    gan_options_free(&options);

    const char *const runs[] = {second.folder, classifier.folder};
    need(gan_report_write(runs, 2, "report.html", &printer, &err), &err);
    return first.step == 6 && second.step == 8 && classifier.step == 2 ? 0 : 1;
}
