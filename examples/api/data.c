/* data.c — data sets: which are known, opening, making, packing, looking for flaws. */
#include "need.h"

#include "gan/gan.h"

static void known(void *ctx, const gan_data_entry *entry)
{
    (void)ctx;
    printf("%s: %s, %lld images%s%s\n", entry->name, entry->what, (long long)entry->n_train,
           entry->path ? "" : "; ", entry->hint);
}

static void flaw(void *ctx, const gan_data_finding *finding)
{
    (void)ctx;
    printf("%s: %s: %s\n", finding->file, gan_data_flaw_text(finding->flaw), finding->text);
}

/* What `gan data get` does; this data set has nothing to download, and says so. */
static void get(const char *name)
{
    const gan_data_get_options options = {.folder = "downloads", .stall_seconds = 10};
    gan_error err = {0};
    char *folder = NULL;
    if (gan_data_get(name, &options, &folder, &err) != GAN_OK) {
        printf("%s\n", err.text);
    }
    free(folder);
}

int main(void)
{
    gan_error err = {0};
    gan_data *digits = NULL, *squares = NULL, *packed = NULL;
    gan_data_info info;
    need(gan_data_list(known, NULL, &err), &err);
    get("digits");

    /* A known name, in another size; first its labels. */
    const gan_data_options small = {.height = 14, .width = 14, .limit = 200};
    need(gan_data_open("digits", &small, &digits, &err), &err);
    const int32_t label = gan_data_labels(digits)[0];
    const char *name = gan_data_class_name(digits, label);
    printf("the first is a %s; its middle pixel: %d\n", name ? name : "?",
           gan_data_pixels(digits)[7 * 14 + 7]);

    /* Images of one's own: here an array, of which nothing is needed afterwards. */
    static uint8_t pixels[3][8][8];
    pixels[1][4][4] = pixels[2][3][3] = 255;
    const gan_data_source source = {
        .name = "dots", .n = 3, .height = 8, .width = 8, .channels = 1, .pixels = &pixels[0][0][0]};
    need(gan_data_make(&source, NULL, &squares, &err), &err);
    printf("%s: %s\n", gan_data_describe(squares)->name, gan_data_describe(squares)->unlabelled);

    /* A file that is mapped and not read: for sets larger than memory. */
    need(gan_data_pack("digits", &small, "small.safetensors", &info, &err), &err);
    need(gan_data_open("small.safetensors", NULL, &packed, &err), &err);
    const gan_data_check_options check = {.finding = flaw};
    gan_data_report report = {0};
    need(gan_data_check("small.safetensors", &check, &report, &err), &err);
    const bool right = report.images == info.n && gan_data_describe(packed)->n == info.n;
    gan_data_close(packed);
    gan_data_close(squares);
    gan_data_close(digits);
    return right ? 0 : 1;
}
