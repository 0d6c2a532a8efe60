/* bench_plot.c — throughput against batch size as an SVG file.
 *
 * The picture paints its own background and follows the reader's preference for light or dark, so
 * it can be read on any page. */
#include <math.h>
#include <stdio.h>

#include "base/file.h"
#include "base/text.h"
#include "bench/bench.h"

enum { WIDTH = 720, HEIGHT = 400, LEFT = 76, RIGHT = 24, TOP = 56, BOTTOM = 56, TICKS_MOST = 6 };

static const char style[] = "<style>\n"
                            "text { font: 13px system-ui, sans-serif; fill: #24292f }\n"
                            ".title { font-size: 15px; font-weight: 600 }\n"
                            ".note { fill: #57606a }\n"
                            ".back { fill: #ffffff }\n"
                            ".grid { stroke: #d0d7de; stroke-width: 1 }\n"
                            ".line, .bar { stroke: #0969da; stroke-width: 2; fill: none }\n"
                            ".point { stroke: #0969da; stroke-width: 2; fill: #0969da }\n"
                            ".disturbed { fill: #ffffff }\n"
                            "@media (prefers-color-scheme: dark) {\n"
                            "text { fill: #e6edf3 }\n"
                            ".note { fill: #9198a1 }\n"
                            ".back { fill: #0d1117 }\n"
                            ".grid { stroke: #3d444d }\n"
                            ".line, .bar, .point { stroke: #4493f8 }\n"
                            ".point { fill: #4493f8 }\n"
                            ".disturbed { fill: #0d1117 }\n"
                            "}\n"
                            "</style>\n";

/* From values to places on the picture. */
typedef struct frame {
    double x_low, x_high; /* log2 of batch sizes */
    double y_high, y_tick;
} frame;

/* The first of 1, 2, 5, 10, 20, ... that divides high into few enough parts. */
static double round_tick(double high)
{
    double tick = pow(10, floor(log10(high / TICKS_MOST)));
    static const double steps[] = {2, 2.5, 2};
    for (int i = 0; tick * TICKS_MOST < high; i = (i + 1) % 3) {
        tick *= steps[i];
    }
    return tick;
}

static frame make_frame(const gan_bench_row *rows, int n)
{
    frame f = {.x_low = HUGE_VAL, .x_high = -HUGE_VAL};
    double high = 0;
    for (int i = 0; i < n; i++) {
        f.x_low = fmin(f.x_low, log2((double)rows[i].batch));
        f.x_high = fmax(f.x_high, log2((double)rows[i].batch));
        high = fmax(high, rows[i].fastest);
    }
    f.x_low -= 0.3;
    f.x_high += 0.3;
    f.y_tick = round_tick(high > 0 ? high : 1);
    f.y_high = f.y_tick * ceil(1.02 * high / f.y_tick);
    return f;
}

static double place_x(const frame *f, double batch)
{
    return LEFT + (WIDTH - LEFT - RIGHT) * (log2(batch) - f->x_low) / (f->x_high - f->x_low);
}

static double place_y(const frame *f, double img_per_s)
{
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * img_per_s / f->y_high;
}

/* Text as XML shows it. */
static void add_escaped(gan_text *svg, const char *text)
{
    for (; *text; text++) {
        switch (*text) {
        case '<':
            gan_text_add(svg, "&lt;");
            break;
        case '&':
            gan_text_add(svg, "&amp;");
            break;
        default:
            gan_text_add_bytes(svg, text, 1);
        }
    }
}

static void add_text(gan_text *svg, double x, double y, const char *anchor, const char *class,
                     const char *text)
{
    char clean[GAN_TEXT_CLEAN_SIZE];
    gan_text_add(svg, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" class=\"%s\">", x, y, anchor,
                 class);
    add_escaped(svg, gan_text_clean(text, clean));
    gan_text_add(svg, "</text>\n");
}

static void add_line(gan_text *svg, const char *class, double x1, double y1, double x2, double y2)
{
    gan_text_add(svg, "<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>\n",
                 class, x1, y1, x2, y2);
}

static void add_axes(gan_text *svg, const frame *f, const gan_bench_row *rows, int n)
{
    char label[32];
    for (int i = 0; i * f->y_tick <= f->y_high * 1.001; i++) {
        double value = i * f->y_tick, y = place_y(f, value);
        add_line(svg, "grid", LEFT, y, WIDTH - RIGHT, y);
        snprintf(label, sizeof label, "%g", value);
        add_text(svg, LEFT - 8, y + 4, "end", "note", label);
    }
    for (int i = 0; i < n; i++) {
        double x = place_x(f, (double)rows[i].batch);
        add_line(svg, "grid", x, HEIGHT - BOTTOM, x, HEIGHT - BOTTOM + 5);
        snprintf(label, sizeof label, "%lld", (long long)rows[i].batch);
        add_text(svg, x, HEIGHT - BOTTOM + 21, "middle", "note", label);
    }
    add_text(svg, (LEFT + WIDTH - RIGHT) / 2.0, HEIGHT - 14, "middle", "note", "batch size");
    gan_text_add(svg,
                 "<text transform=\"translate(18 %d) rotate(-90)\" text-anchor=\"middle\" "
                 "class=\"note\">images per second</text>\n",
                 (TOP + HEIGHT - BOTTOM) / 2);
}

/* The line through the medians, left to right whatever the order of the rows. */
static void add_curve(gan_text *svg, const frame *f, const gan_bench_row *rows, int n)
{
    int64_t after = 0;
    gan_text_add(svg, "<polyline class=\"line\" points=\"");
    for (int k = 0; k < n; k++) {
        const gan_bench_row *next = NULL;
        for (int i = 0; i < n; i++) {
            if (rows[i].batch > after && (!next || rows[i].batch < next->batch)) {
                next = &rows[i];
            }
        }
        if (!next) {
            break;
        }
        gan_text_add(svg, "%.1f,%.1f ", place_x(f, (double)next->batch),
                     place_y(f, next->all.img_per_s));
        after = next->batch;
    }
    gan_text_add(svg, "\"/>\n");
}

static void add_points(gan_text *svg, const frame *f, const gan_bench_row *rows, int n)
{
    for (int i = 0; i < n; i++) {
        const gan_bench_row *r = &rows[i];
        double x = place_x(f, (double)r->batch), low = place_y(f, r->slowest);
        double high = place_y(f, r->fastest);
        add_line(svg, "bar", x, low, x, high);
        add_line(svg, "bar", x - 5, low, x + 5, low);
        add_line(svg, "bar", x - 5, high, x + 5, high);
        gan_text_add(svg, "<circle class=\"point%s\" cx=\"%.1f\" cy=\"%.1f\" r=\"4\"/>\n",
                     r->disturbed ? " disturbed" : "", x, place_y(f, r->all.img_per_s));
    }
}

gan_status gan_bench_plot(const gan_bench *bench, const gan_bench_row *rows, int n_rows,
                          const char *path, gan_error *err)
{
    gan_text svg = {0}, title = {0};
    const frame f = make_frame(rows, n_rows);
    bool disturbed = false;
    for (int i = 0; i < n_rows; i++) {
        disturbed = disturbed || rows[i].disturbed;
    }
    const gan_bench_about about = gan_bench_describe(bench);
    gan_text_add(&title, "%s, %s: training step", about.net, about.precision);
    gan_text_add(&svg,
                 "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" "
                 "width=\"%d\" height=\"%d\" role=\"img\">\n",
                 WIDTH, HEIGHT, WIDTH, HEIGHT);
    gan_text_add(&svg, "%s", style);
    gan_text_add(&svg, "<rect class=\"back\" width=\"%d\" height=\"%d\"/>\n", WIDTH, HEIGHT);
    add_text(&svg, LEFT, 24, "start", "title", title.data ? title.data : "");
    add_text(&svg, LEFT, 42, "start", "note", about.device);
    add_axes(&svg, &f, rows, n_rows);
    add_curve(&svg, &f, rows, n_rows);
    add_points(&svg, &f, rows, n_rows);
    if (disturbed) {
        add_text(&svg, WIDTH - RIGHT, 24, "end", "note", "hollow: the machine was disturbed");
    }
    gan_text_add(&svg, "</svg>\n");
    gan_status status = gan_text_check(&svg, err);
    if (status == GAN_OK) {
        status = gan_file_write_whole(path, svg.data, svg.length, err);
    }
    gan_text_free(&title);
    gan_text_free(&svg);
    return status;
}
