/* network.c — a run's network, what a step of it costs, and its measured profile. */
#include <stdlib.h>

#include "net/net.h"
#include "program/build.h"
#include "program/cost.h"
#include "program/precision.h"
#include "report/report.h"
#include "session/session.h"

enum {
    MOST_OPS = 20,
    SOME_IMAGES = 1 << 16 /* how many there are makes no difference to a cost */
};

static void take_line(void *ctx, const char *line)
{
    gan_html_text(ctx, line);
    gan_text_add(ctx, "\n");
}

/* An operation and what it is sorted by. */
typedef struct ranked {
    int op;
    double weight;
} ranked;

static int compare_ranked(const void *a, const void *b)
{
    const ranked *one = a, *other = b;
    return one->weight != other->weight ? (one->weight < other->weight ? 1 : -1)
                                        : one->op - other->op;
}

static void add_share(gan_text *html, double share)
{
    gan_text_add(html,
                 "<td class=\"number\">%.1f %%</td><td class=\"bar\"><span style=\"width:%.1f%%\">"
                 "</span></td></tr>\n",
                 100 * share, 100 * share);
}

/* The heaviest operations of a step, by their arithmetic. */
static void add_costs(gan_text *html, const gan_program *program, ranked *order)
{
    const gan_cost sum = gan_program_cost(program);
    int64_t memory[GAN_BUFFER_CLASS_COUNT];
    gan_program_memory(program, memory);
    for (int i = 0; i < program->n_ops; i++) {
        order[i] = (ranked){i, gan_op_cost(program, &program->ops[i]).flops};
    }
    qsort(order, (size_t)program->n_ops, sizeof *order, compare_ranked);
    gan_text_add(html,
                 "<p>A step: %d operations, %.2f GFLOP, at least %.1f MB moved. Memory: parameters "
                 "%.1f MB, moments %.1f MB, statistics %.1f MB, activations and gradients %.1f MB."
                 "</p>\n",
                 gan_program_launches(program), sum.flops / 1e9,
                 (sum.bytes_read + sum.bytes_written) / 1e6, (double)memory[GAN_PARAM] / 1e6,
                 (double)memory[GAN_MOMENT] / 1e6, (double)memory[GAN_STAT] / 1e6,
                 (double)memory[GAN_ACTIVATION] / 1e6);
    gan_text_add(html, "<details><summary>the operations with the most arithmetic</summary><div "
                       "class=\"wide\"><table><thead><tr><th>operation</th><th>of</th>"
                       "<th>MFLOP</th><th colspan=\"2\">share</th></tr></thead><tbody>\n");
    for (int i = 0; i < program->n_ops && i < MOST_OPS && order[i].weight > 0; i++) {
        const gan_op *op = &program->ops[order[i].op];
        gan_text_add(html, "<tr><th scope=\"row\">%s</th><td>", gan_op_describe(op->kind)->name);
        gan_html_text(html, op->label);
        gan_text_add(html, "</td><td class=\"number\">%.2f</td>", order[i].weight / 1e6);
        add_share(html, order[i].weight / sum.flops);
    }
    gan_text_add(html, "</tbody></table></div></details>\n");
}

/* The training step as any device is given it. */
static gan_status build_step(const gan_report_run *run, gan_program **out, gan_error *err)
{
    gan_options resolved = {0};
    gan_build_options build;
    gan_precision precision;
    gan_status status = GAN_OK;
    GAN_TRY(gan_session_resolve(run->net, &run->options, &resolved, err));
    GAN_TRY_DONE(gan_precision_find(resolved.precision, &precision, err));
    GAN_TRY_DONE(gan_session_build_options(run->net, &resolved, SOME_IMAGES, &build, err));
    GAN_TRY_DONE(gan_precision_build(&precision, run->net, build, true, out, NULL, err));
done:
    gan_options_free(&resolved);
    return status;
}

gan_status gan_report_network(gan_text *html, const gan_report_run *run, gan_error *err)
{
    gan_program *program = NULL;
    const gan_listener listener = {take_line, html};
    if (!run->net) {
        return GAN_OK;
    }
    gan_text_add(html, "<pre tabindex=\"0\" class=\"table\">");
    gan_net_print(run->net, &listener);
    gan_text_add(html, "</pre>\n<details><summary>drawn</summary><div class=\"wide\">\n");
    GAN_TRY(gan_report_draw(html, run->net, false, err));
    gan_text_add(html, "</div></details>\n");
    gan_error why = {0};
    const gan_status status = build_step(run, &program, &why);
    if (status == GAN_E_MEMORY) {
        return gan_fail(err, status, "%s", why.text);
    }
    if (status != GAN_OK) { /* a network of a kind that is not trained so */
        gan_text_add(html, "<p>What a step costs is not known: ");
        gan_html_text(html, why.text);
        gan_text_add(html, "</p>\n");
        return GAN_OK;
    }
    ranked *order = calloc((size_t)program->n_ops + 1, sizeof *order);
    if (order) {
        add_costs(html, program, order);
    }
    free(order);
    gan_program_destroy(program);
    return order ? GAN_OK : gan_fail(err, GAN_E_MEMORY, "no memory for the operations of a step");
}

void gan_report_profile(gan_text *html, const gan_report_run *run)
{
    const size_t n = json_array_size(run->profile);
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        sum += json_number_value(json_object_get(json_array_get(run->profile, i), "ms"));
    }
    if (!(sum > 0)) {
        return;
    }
    gan_text_add(
        html,
        "<details><summary>where a step's time goes: %.3f ms, measured by <code>gan bench "
        "--profile</code></summary><div class=\"wide\"><table><thead><tr><th>operation</th>"
        "<th>of</th><th>how</th><th>ms</th><th colspan=\"2\">share</th></tr></thead>"
        "<tbody>\n",
        sum);
    for (size_t i = 0; i < n; i++) {
        const json_t *op = json_array_get(run->profile, i);
        static const char *const keys[] = {"kind", "label", "how"};
        const double ms = json_number_value(json_object_get(op, "ms"));
        gan_text_add(html, "<tr>");
        for (int k = 0; k < 3; k++) {
            const char *text = json_string_value(json_object_get(op, keys[k]));
            gan_text_add(html, k == 0 ? "<th scope=\"row\">" : "<td>");
            gan_html_text(html, text ? text : "");
            gan_text_add(html, k == 0 ? "</th>" : "</td>");
        }
        gan_text_add(html, "<td class=\"number\">%.4f</td>", ms);
        add_share(html, ms / sum);
    }
    gan_text_add(html, "</tbody></table></div></details>\n");
}
