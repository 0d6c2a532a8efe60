/* drawing.c — networks as a drawing: a column a network, a box a layer, from top to bottom.
 *
 * A layer that reads the one before it hangs on it by a short line. What it reads besides, or
 * instead, comes along the right-hand side: each such line has a lane for itself for as far as it
 * goes, the shorter ones nearer to the boxes, so that lines of blocks within blocks do not cross.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "net/net.h"
#include "report/report.h"

enum {
    BOX_WIDTH = 400,
    BOX_HEIGHT = 20,
    STEP = 30, /* from a box to the next */
    LANE = 10, /* between lines at the side */
    TOP = 58,  /* of the first box; the input stands above it */
    GAP = 40   /* between networks */
};

/* A line from one box to a later one; -1 is the input. */
typedef struct arc {
    int from, to, lane;
} arc;

typedef struct drawing {
    gan_text *out;
    gan_error *err;
    const gan_stack *stack;
    arc *arcs;
    int n_arcs, n_lanes;
    int x, row;        /* of the column, and of the next box */
    bool is_open;      /* a column was begun */
    gan_status status; /* the first failure */
} drawing;

static int y_of(int row)
{
    return TOP + row * STEP;
}

static int by_length(const void *a, const void *b)
{
    const arc *one = a, *other = b;
    const int length = (one->to - one->from) - (other->to - other->from);
    return length ? length : one->to - other->to;
}

static bool overlap(const arc *a, const arc *b)
{
    return a->from < b->to && b->from < a->to;
}

/* The lines of a network, each in the first lane that is free for as far as it goes. */
static gan_status lay_out(drawing *d)
{
    int n = 0;
    void *memory = NULL;
    for (int i = 0; i < d->stack->n_layers; i++) {
        n += d->stack->layers[i].n_from;
    }
    GAN_TRY(gan_calloc((size_t)n + 1, sizeof *d->arcs, &memory, d->err));
    d->arcs = memory;
    d->n_arcs = d->n_lanes = 0;
    for (int i = 0; i < d->stack->n_layers; i++) {
        for (int k = 0; k < d->stack->layers[i].n_from; k++) {
            if (d->stack->layers[i].from[k] != i - 1) {
                d->arcs[d->n_arcs++] = (arc){d->stack->layers[i].from[k], i, 0};
            }
        }
    }
    qsort(d->arcs, (size_t)d->n_arcs, sizeof *d->arcs, by_length);
    for (int i = 0; i < d->n_arcs; i++) {
        for (int k = 0; k < i; k++) { /* the longer a line, the farther out: lanes go up */
            if (overlap(&d->arcs[i], &d->arcs[k]) && d->arcs[k].lane >= d->arcs[i].lane) {
                d->arcs[i].lane = d->arcs[k].lane + 1;
            }
        }
        d->n_lanes = d->arcs[i].lane >= d->n_lanes ? d->arcs[i].lane + 1 : d->n_lanes;
    }
    return GAN_OK;
}

static void draw_arc(const drawing *d, const arc *a)
{
    const int right = d->x + BOX_WIDTH, out = right + LANE * (a->lane + 1);
    const int begin = y_of(a->from) + BOX_HEIGHT / 2 + 4, end = y_of(a->to) + BOX_HEIGHT / 2 - 4;
    gan_text_add(d->out, "<path class=\"skip\" d=\"M%d %dH%dQ%d %d %d %dV%dQ%d %d %d %dH%d\"/>\n",
                 right, begin, out - 4, out, begin, out, begin + 4, end - 4, out, end, out - 4, end,
                 right + 6);
    gan_text_add(d->out, "<path class=\"tip\" d=\"M%d %dl7 -4v8z\"/>\n", right, end);
}

/* True if the layer reads the one before it, or the first the input. */
static bool hangs(const gan_layer *layer, int index)
{
    for (int k = 0; k < layer->n_from; k++) {
        if (layer->from[k] == index - 1) {
            return true;
        }
    }
    return false;
}

static void add_shape(gan_text *out, int64_t h, int64_t w, int64_t c)
{
    if (h == 1 && w == 1) {
        gan_text_add(out, "%" PRId64, c);
    } else {
        gan_text_add(out, "%" PRId64 " x %" PRId64 " x %" PRId64, h, w, c);
    }
}

/* 1234567 as 1.23 M. */
static void add_number(gan_text *out, double value)
{
    const char *const units[] = {"", " k", " M", " G", " T"};
    int unit = 0;
    while (value >= 1000 && unit < 4) {
        value /= 1000;
        unit++;
    }
    gan_text_add(out, "%.*f%s",
                 unit == 0 || value >= 100 ? 0
                 : value >= 10             ? 1
                                           : 2,
                 value, units[unit]);
}

static void draw_box(const drawing *d, const gan_layer_facts *f)
{
    const int y = y_of(d->row), x = d->x;
    const char *kind = f->parameters > 0 ? "learned" : f->inputs[0] ? "joint" : "plain";
    gan_text_add(d->out,
                 "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"4\"/>", kind,
                 x, y, BOX_WIDTH, BOX_HEIGHT);
    gan_text_add(d->out, "<text x=\"%d\" y=\"%d\">", x + 8, y + 14);
    gan_html_text(d->out, f->name);
    gan_text_add(d->out, "</text><text x=\"%d\" y=\"%d\">", x + 150, y + 14);
    add_shape(d->out, f->height, f->width, f->channels);
    gan_text_add(d->out, "</text><text class=\"number\" x=\"%d\" y=\"%d\">", x + 318, y + 14);
    if (f->parameters > 0) {
        add_number(d->out, (double)f->parameters);
    }
    gan_text_add(d->out, "</text><text class=\"number\" x=\"%d\" y=\"%d\">", x + 392, y + 14);
    if (f->flops > 0) {
        add_number(d->out, f->flops);
    }
    gan_text_add(d->out, "</text>\n");
    if (hangs(&d->stack->layers[d->row], d->row)) {
        gan_text_add(d->out, "<path d=\"M%d %dv%d\"/>\n", x + 20, y - (STEP - BOX_HEIGHT),
                     STEP - BOX_HEIGHT);
    }
}

static void draw_heading(const drawing *d, const gan_layer_facts *f)
{
    const gan_dims3 in = d->stack->in;
    gan_text_add(d->out, "<text class=\"name\" x=\"%d\" y=\"14\">%s</text>", d->x, f->network);
    gan_text_add(d->out,
                 "<text class=\"number dim\" x=\"%d\" y=\"14\">parameters</text><text "
                 "class=\"number dim\" x=\"%d\" y=\"14\">FLOP</text>",
                 d->x + 318, d->x + 392);
    gan_text_add(d->out,
                 "<text class=\"dim\" x=\"%d\" y=\"42\">input</text><text class=\"dim\" "
                 "x=\"%d\" y=\"42\">",
                 d->x + 8, d->x + 150);
    add_shape(d->out, in.h, in.w, in.c);
    gan_text_add(d->out, "</text>\n");
}

static void draw_sum(const drawing *d, const gan_layer_facts *f)
{
    const int y = y_of(d->row) + 14;
    gan_text_add(d->out, "<text class=\"dim\" x=\"%d\" y=\"%d\">all</text>", d->x + 8, y);
    gan_text_add(d->out, "<text class=\"number dim\" x=\"%d\" y=\"%d\">", d->x + 318, y);
    add_number(d->out, (double)f->parameters);
    gan_text_add(d->out, "</text><text class=\"number dim\" x=\"%d\" y=\"%d\">", d->x + 392, y);
    add_number(d->out, f->flops);
    gan_text_add(d->out, "</text>\n");
}

static void take_layer(void *ctx, const gan_layer_facts *facts)
{
    drawing *d = ctx;
    if (!d->is_open) {
        d->status = d->status == GAN_OK ? lay_out(d) : d->status;
        draw_heading(d, facts);
        d->is_open = true;
    }
    if (d->status != GAN_OK) {
        return;
    }
    if (facts->name) {
        draw_box(d, facts);
        d->row++;
        return;
    }
    draw_sum(d, facts);
    for (int i = 0; i < d->n_arcs; i++) {
        draw_arc(d, &d->arcs[i]);
    }
    d->x += BOX_WIDTH + LANE * (d->n_lanes + 1) + GAP;
    d->row = 0;
    d->is_open = false;
    free(d->arcs);
    d->arcs = NULL;
    d->stack++;
}

static const char style[] =
    "<style>.gan-net text{font:12px system-ui,sans-serif;fill:#1f2328}.gan-net .name{font-weight:"
    "600}.gan-net .number{text-anchor:end;font-variant-numeric:tabular-nums}.gan-net .dim{fill:"
    "#57606a}.gan-net rect{stroke:#d0d7de;fill:#f6f8fa}.gan-net .learned{fill:#ddf4ff;stroke:"
    "#54aeff}.gan-net .joint{fill:#fff1e5;stroke:#fb8f44}.gan-net path{fill:none;stroke:#57606a}"
    ".gan-net .skip{stroke:#bc4c00}.gan-net .tip{fill:#bc4c00;stroke:none}"
    "@media (prefers-color-scheme:dark){.gan-net text{fill:#e6edf3}.gan-net .dim{fill:#9198a1}"
    ".gan-net rect{stroke:#30363d;fill:#161b22}.gan-net .learned{fill:#0c2d6b;stroke:#1f6feb}"
    ".gan-net .joint{fill:#3d1300;stroke:#bd561d}.gan-net path{stroke:#9198a1}.gan-net .skip{"
    "stroke:#f0883e}.gan-net .tip{fill:#f0883e;stroke:none}}</style>\n";

gan_status gan_report_draw(gan_text *html, const gan_net *net, bool alone, gan_error *err)
{
    gan_text body = {0};
    drawing d = {.out = &body, .err = err, .stack = net->stacks, .x = 4};
    char *shapes = NULL;
    int height = 0;
    for (int i = 0; i < net->n_stacks; i++) {
        const int below = y_of(net->stacks[i].n_layers) + STEP;
        height = below > height ? below : height;
    }
    gan_status status = gan_net_layers(net, take_layer, &d, err);
    status = status == GAN_OK ? d.status : status;
    free(d.arcs);
    if (status != GAN_OK) {
        gan_text_free(&body);
        return status;
    }
    GAN_TRY(gan_text_take(&body, &shapes, err));
    gan_text_add(html,
                 "<svg%s class=\"gan-net\" role=\"img\" "
                 "aria-label=\"the layers of ",
                 alone ? " xmlns=\"http://www.w3.org/2000/svg\"" : "");
    gan_html_text(html, gan_net_name(net));
    gan_text_add(html, "\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\">\n%s%s</svg>\n", d.x,
                 height, d.x, height, style, shapes);
    free(shapes);
    return gan_text_check(html, err);
}

gan_status gan_net_draw(const gan_net *net, const char *path, gan_error *err)
{
    gan_text svg = {0};
    char *text = NULL;
    gan_status status = gan_report_draw(&svg, net, true, err);
    if (status != GAN_OK) {
        gan_text_free(&svg);
        return status;
    }
    GAN_TRY(gan_text_take(&svg, &text, err));
    status = gan_file_write_whole(path, text, strlen(text), err);
    free(text);
    return status;
}
