/* report.h — runs as one HTML file: curves, sample grids, settings, network, machine. */
#ifndef GAN_REPORT_H
#define GAN_REPORT_H

#include "gan/listener.h"
#include "gan/status.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* gan_report_write() — writes the HTML file `output` about n >= 1 run folders, which are only read
 * and may be written to meanwhile by a run.
 *
 *  listener  told what was left out, and why; may be NULL
 *
 * The file holds all that it shows and asks for nothing on a network. Curves of long runs are
 * thinned to a few thousand points by means; sample grids to as many as fit into 24 MB a run,
 * evenly spaced, the first and the last among them. Beside what every run
 * writes, it shows metrics.jsonl (lines as of stats.jsonl) and profile.jsonl (`gan bench --profile
 * --json`) of a run folder. The file is replaced as a whole. GAN_E_NO_INPUT: not a run folder;
 * GAN_E_DATA: its config.yaml is none; GAN_E_CREATE, GAN_E_IO, GAN_E_MEMORY. */
gan_status gan_report_write(const char *const *runs, int n, const char *output,
                            const gan_listener *listener, gan_error *err);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
