/* pictures.c — the sample grids of a run as the frames of a slider, PNG files as they are. */
#define _GNU_SOURCE /* stat */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/path.h"
#include "report/report.h"

enum { MOST_BYTES = 24000000 /* of a run's grids */, MOST_FRAMES = 200 };

/* Base64 (RFC 4648, section 4). */
static void add_base64(gan_text *html, const unsigned char *bytes, size_t n)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < n; i += 3) {
        const unsigned long next = i + 1 < n ? bytes[i + 1] : 0,
                            last = i + 2 < n ? bytes[i + 2] : 0;
        const unsigned long three = (unsigned long)bytes[i] << 16 | next << 8 | last;
        const char four[] = {digits[three >> 18], digits[three >> 12 & 63],
                             i + 1 < n ? digits[three >> 6 & 63] : '=',
                             i + 2 < n ? digits[three & 63] : '='};
        gan_text_add_bytes(html, four, sizeof four);
    }
}

/* An image element; nothing of a file that has gone meanwhile. */
static gan_status add_image(gan_text *html, const char *path, const char *alt, const char *more,
                            gan_error *err)
{
    char *bytes = NULL;
    size_t n = 0;
    const gan_status status = gan_file_read_whole(path, MOST_BYTES, &bytes, &n, err);
    if (status != GAN_OK) {
        return status == GAN_E_NO_INPUT || status == GAN_E_DATA ? GAN_OK : status;
    }
    gan_text_add(html, "<img alt=\"");
    gan_html_text(html, alt);
    gan_text_add(html, "\"%s src=\"data:image/png;base64,", more);
    add_base64(html, (const unsigned char *)bytes, n);
    gan_text_add(html, "\">\n");
    free(bytes);
    return GAN_OK;
}

/* The step of a sample grid's name, or -1. */
static long long step_of(const char *name)
{
    long long step = -1;
    char end[8] = "";
    return sscanf(name, "step-%15lld.%4s", &step, end) == 2 && strcmp(end, "png") == 0 ? step : -1;
}

static int64_t size_of(const char *folder, const char *name)
{
    struct stat st;
    char *path = NULL;
    int64_t size = 0;
    if (gan_path_join(folder, name, &path, NULL) == GAN_OK && stat(path, &st) == 0) {
        size = (int64_t)st.st_size;
    }
    free(path);
    return size;
}

/* Every how many of the grids are shown: as few as fit. */
static size_t choose_stride(const char *folder, const gan_path_names *names)
{
    size_t every = names->n > MOST_FRAMES ? (names->n + MOST_FRAMES - 1) / MOST_FRAMES : 1;
    for (;; every++) {
        int64_t sum = 0;
        for (size_t i = 0; i < names->n; i++) {
            sum += (names->n - 1 - i) % every == 0 ? size_of(folder, names->name[i]) : 0;
        }
        if (sum <= MOST_BYTES || every >= names->n) {
            return every;
        }
    }
}

static gan_status add_frames(gan_text *html, const char *folder, const gan_path_names *names,
                             size_t *shown, gan_error *err)
{
    const size_t every = names->n > 0 ? choose_stride(folder, names) : 1;
    for (size_t i = 0; i < names->n; i++) {
        const long long step = step_of(names->name[i]);
        char *path = NULL, alt[96], more[96];
        if (step < 0 || (i > 0 && (names->n - 1 - i) % every != 0)) {
            continue;
        }
        snprintf(alt, sizeof alt, "samples at step %lld", step);
        snprintf(more, sizeof more, " data-step=\"%lld\"", step);
        GAN_TRY(gan_path_join(folder, names->name[i], &path, err));
        gan_status status = add_image(html, path, alt, more, err);
        free(path);
        GAN_TRY(status);
        *shown += 1;
    }
    return GAN_OK;
}

/* The grids behind a slider; a run that drew none has no slider. */
static gan_status add_slider(gan_text *html, const char *folder, const gan_path_names *names,
                             gan_error *err)
{
    gan_text frames = {0};
    size_t shown = 0;
    gan_status status = add_frames(&frames, folder, names, &shown, err);
    if (status == GAN_OK) {
        status = gan_text_check(&frames, err);
    }
    if (status == GAN_OK && shown > 0) {
        gan_text_add(html, "<div class=\"frames\">\n");
        gan_text_add_bytes(html, frames.data, frames.length);
        gan_text_add(html, "</div>\n<div class=\"controls\"><button type=\"button\" "
                           "aria-label=\"play\">&#9654;</button><input type=\"range\" min=\"0\" "
                           "value=\"0\" aria-label=\"step of the sample grid\"></div>\n");
        if (shown < names->n) {
            gan_text_add(html, "<p>%zu of the run's %zu grids</p>\n", shown, names->n);
        }
    }
    gan_text_free(&frames);
    return status;
}

gan_status gan_report_pictures(gan_text *html, const gan_report_run *run, int index, gan_error *err)
{
    char *folder = NULL, *reals = NULL;
    gan_path_names names = {0};
    gan_status status = GAN_OK;
    GAN_TRY_DONE(gan_path_join(run->folder, "samples", &folder, err));
    if (gan_path_list(folder, &names, err) != GAN_OK) {
        names = (gan_path_names){0}; /* a run that has drawn none */
    }
    gan_text_add(html, "<figure class=\"run run%d samples\"><figcaption><b>", index % 6);
    gan_html_text(html, run->name);
    gan_text_add(html, "</b> <output></output></figcaption>\n");
    GAN_TRY_DONE(add_slider(html, folder, &names, err));
    gan_text_add(html, "<details><summary>real images</summary>\n");
    GAN_TRY_DONE(gan_path_join(run->folder, "reals.png", &reals, err));
    GAN_TRY_DONE(add_image(html, reals, "images of the data set", "", err));
    gan_text_add(html, "</details></figure>\n");
done:
    gan_path_names_free(&names);
    free(folder);
    free(reals);
    return status;
}
