/* report.h — a run as a report reads it, and the parts of the page. */
#ifndef GAN_REPORT_REPORT_H
#define GAN_REPORT_REPORT_H

#include <jansson.h>

#include "base/text.h"
#include "gan/net.h"
#include "gan/options.h"
#include "gan/report.h"

/* One run folder. Zero-initialize. */
typedef struct gan_report_run {
    char *folder;     /* as it was named, without a slash at the end */
    const char *name; /* the last part of it */
    gan_options options;
    gan_net *net;    /* of the newest checkpoint, else of the settings; NULL = not known */
    char *device;    /* "" = not known */
    char *version;   /* of gan.c that wrote the checkpoint */
    int64_t step;    /* of the newest checkpoint; -1 = none */
    json_t *lines;   /* of stats.jsonl and metrics.jsonl, in the order of their steps */
    json_t *quality; /* of metrics.jsonl, as they are */
    json_t *profile; /* of profile.jsonl: an operation each */
} gan_report_run;

gan_status gan_report_read(const char *folder, const gan_listener *listener, gan_report_run *out,
                           gan_error *err);
void gan_report_free(gan_report_run *run);

/* The last number of that key in a run's lines; NAN where there is none. */
double gan_report_last(const gan_report_run *run, const char *key);

/* Appends text for HTML, < > & " ' as entities. */
void gan_html_text(gan_text *html, const char *text);

/* Each appends a part of the page; failures are kept in html but for those that are returned. */
void gan_report_curves(gan_text *html, const gan_report_run *runs, int n);
gan_status gan_report_pictures(gan_text *html, const gan_report_run *run, int index,
                               gan_error *err);
void gan_report_settings(gan_text *html, const gan_report_run *runs, int n);
void gan_report_commands(gan_text *html, const gan_report_run *run);
gan_status gan_report_network(gan_text *html, const gan_report_run *run, gan_error *err);
/* A network's drawing as an svg element (drawing.c). alone: of a file of its own, which names what
 * SVG is. */
gan_status gan_report_draw(gan_text *html, const gan_net *net, bool alone, gan_error *err);
/* Adds the measures of quality lines to lines, as "Metrics/<key>". GAN_E_DATA, GAN_E_MEMORY. */
gan_status gan_report_add_quality(const json_t *quality, json_t *lines, gan_error *err);
void gan_report_quality(gan_text *html, const gan_report_run *run);
void gan_report_profile(gan_text *html, const gan_report_run *run);

/* src/report/page.css and page.js, made into zero-terminated strings by mk/embed.sh. */
extern const unsigned char gan_report_style[], gan_report_script[];

#endif
