/* transfer.c — a GET request with range, stall limit, progress and cancelling.
 *
 * libcurl's options are set one by one and each answer is checked: an option that an old libcurl
 * does not know must not silently be left out. */
#define _GNU_SOURCE /* strncasecmp */
#include "data/transfer.h"

#include <curl/curl.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/signals.h"

enum { MAX_REDIRECTS = 5, SLOWEST_BYTES = 1024 /* a second */ };

typedef struct request {
    const gan_transfer *transfer;
    CURL *curl;
    int64_t written;
    bool too_long, cancelled, stalled, slow, is_page;
    double start_seconds;
    double mark_seconds; /* when, and at how many bytes, the last stretch of time began */
    int64_t mark_bytes;
    gan_status write_status;
    gan_error *err;
    char why[CURL_ERROR_SIZE];
} request;

/* A login page of a network or a page of a proxy comes with status 200, in place of any file. */
static bool is_web_page(const request *r)
{
    static const char html[] = "text/html";
    const char *type = NULL;
    return curl_easy_getinfo(r->curl, CURLINFO_CONTENT_TYPE, &type) == CURLE_OK && type &&
           strncasecmp(type, html, sizeof html - 1) == 0;
}

static size_t take_bytes(char *bytes, size_t size, size_t n, void *ctx)
{
    request *r = ctx;
    const gan_transfer *t = r->transfer;
    size_t n_bytes = size * n;
    r->is_page = r->written == 0 && is_web_page(r);
    if (r->is_page) {
        return 0;
    }
    if ((int64_t)n_bytes > t->most - t->from - r->written) {
        r->too_long = true;
        return 0;
    }
    r->write_status = gan_file_write_fd(t->fd, bytes, n_bytes, t->path, r->err);
    if (r->write_status != GAN_OK) {
        return 0;
    }
    r->written += (int64_t)n_bytes;
    return n_bytes;
}

/* libcurl's own limit looks at a mean of several seconds, and not at a connection that is silent
 * from the start. Here each stretch of stall_seconds must bring its bytes. */
static bool is_stalled(request *r)
{
    const int64_t due = (int64_t)SLOWEST_BYTES * r->transfer->stall_seconds;
    double now = gan_clock_seconds();
    if (r->written - r->mark_bytes >= due) {
        r->mark_bytes = r->written;
        r->mark_seconds = now;
    }
    return now - r->mark_seconds > r->transfer->stall_seconds;
}

/* At the mean speed since the start, after long enough to know it. */
static bool is_slow(const request *r)
{
    const gan_transfer *t = r->transfer;
    const double took = gan_clock_seconds() - r->start_seconds;
    const double left = (double)(t->most - t->from - r->written);
    return t->patience_seconds > 0 && took > 2 * t->stall_seconds &&
           left * took > (double)r->written * t->patience_seconds;
}

static int tell_progress(void *ctx, curl_off_t total, curl_off_t done, curl_off_t up_total,
                         curl_off_t up_done)
{
    request *r = ctx;
    const gan_transfer *t = r->transfer;
    (void)up_total;
    (void)up_done;
    r->cancelled = gan_signals_read(t->cancel) != 0;
    r->stalled = is_stalled(r);
    r->slow = is_slow(r);
    if (r->cancelled || r->stalled || r->slow) {
        return 1;
    }
    if (t->progress && done > 0) {
        t->progress(t->progress_ctx, t->from + done, total > 0 ? t->from + total : 0);
    }
    return 0;
}

static CURLcode limit_protocols(CURL *curl)
{
#if LIBCURL_VERSION_NUM >= 0x075500
    CURLcode code = curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    return code ? code : curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
#else
    const long both = CURLPROTO_HTTP | CURLPROTO_HTTPS;
    CURLcode code = curl_easy_setopt(curl, CURLOPT_PROTOCOLS, both);
    return code ? code : curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS, both);
#endif
}

#define SET(option, value)                                                                         \
    do {                                                                                           \
        CURLcode code_ = curl_easy_setopt(curl, option, (value));                                  \
        if (code_ != CURLE_OK) {                                                                   \
            return code_;                                                                          \
        }                                                                                          \
    } while (0)

static CURLcode set_options(CURL *curl, request *r)
{
    const gan_transfer *t = r->transfer;
    SET(CURLOPT_ERRORBUFFER, r->why);
    SET(CURLOPT_URL, t->url);
    SET(CURLOPT_USERAGENT, "gan.c");
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_FAILONERROR, 1L);
    SET(CURLOPT_FOLLOWLOCATION, 1L);
    SET(CURLOPT_MAXREDIRS, (long)MAX_REDIRECTS);
    SET(CURLOPT_CONNECTTIMEOUT, (long)t->connect_seconds);
    SET(CURLOPT_RESUME_FROM_LARGE, (curl_off_t)t->from);
    SET(CURLOPT_WRITEFUNCTION, take_bytes);
    SET(CURLOPT_WRITEDATA, r);
    SET(CURLOPT_NOPROGRESS, 0L);
    SET(CURLOPT_XFERINFOFUNCTION, tell_progress);
    SET(CURLOPT_XFERINFODATA, r);
    return limit_protocols(curl);
}

/* By itself, or where it was asked for a tunnel. */
static bool is_refused_by_proxy(CURL *curl, long http)
{
    enum { PROXY_LOGIN = 407 };
    long tunnel = 0;
    (void)curl_easy_getinfo(curl, CURLINFO_HTTP_CONNECTCODE, &tunnel);
    return http == PROXY_LOGIN || tunnel == PROXY_LOGIN;
}

/* Sorts curl's answers by what the caller can do about them. */
static gan_transfer_end judge(request *r, CURLcode code, gan_error *err)
{
    const gan_transfer *t = r->transfer;
    long http = 0;
    (void)curl_easy_getinfo(r->curl, CURLINFO_RESPONSE_CODE, &http);
    if (r->cancelled) {
        gan_fail(err, GAN_E_INTERRUPTED,
                 "interrupted; what was loaded stays in %s and is continued "
                 "with the next time",
                 t->path);
        return GAN_TRANSFER_FAILED;
    }
    if (r->write_status != GAN_OK) {
        return GAN_TRANSFER_FAILED;
    }
    if (r->too_long) {
        gan_fail(err, GAN_E_DATA, "%s: sends more than the file's %lld bytes", t->url,
                 (long long)t->most);
        return GAN_TRANSFER_WRONG;
    }
    if (r->is_page || (http == 200 && is_web_page(r))) {
        gan_fail(err, GAN_E_IO,
                 "%s: answers with a web page, not with the file: this network may "
                 "want a login (open any page in a browser), or a proxy is in between",
                 t->url);
        return GAN_TRANSFER_BROKEN;
    }
    if (code == CURLE_RANGE_ERROR || (code == CURLE_OK && t->from > 0 && http != 206)) {
        gan_fail(err, GAN_E_IO, "%s: gives no parts of a file", t->url);
        return GAN_TRANSFER_NO_RANGE;
    }
    if (code == CURLE_OK) {
        return GAN_TRANSFER_ENDED;
    }
    if (is_refused_by_proxy(r->curl, http)) {
        gan_fail(err, GAN_E_IO,
                 "%s: the proxy wants a name and a password (407): put them into "
                 "its address, https_proxy=http://NAME:PASSWORD@HOST:PORT, and http_proxy alike",
                 t->url);
        return GAN_TRANSFER_BROKEN;
    }
    if (r->slow) {
        const double took = gan_clock_seconds() - r->start_seconds;
        gan_fail(err, GAN_E_IO, "%s: too slow, %.1f kB a second", t->url,
                 (double)r->written / took / 1e3);
        return GAN_TRANSFER_SLOW;
    }
    if (r->stalled) {
        gan_fail(err, GAN_E_IO, "%s: fewer than %d bytes a second for %d seconds", t->url,
                 SLOWEST_BYTES, t->stall_seconds);
        return GAN_TRANSFER_BROKEN;
    }
    bool no_memory = code == CURLE_OUT_OF_MEMORY;
    gan_fail(err, no_memory ? GAN_E_MEMORY : GAN_E_IO, "%s: %s", t->url,
             *r->why ? r->why : curl_easy_strerror(code));
    return no_memory ? GAN_TRANSFER_FAILED : GAN_TRANSFER_BROKEN;
}

gan_transfer_end gan_transfer_run(const gan_transfer *transfer, gan_error *err)
{
    request r = {.transfer = transfer, .curl = curl_easy_init(), .err = err};
    r.start_seconds = r.mark_seconds = gan_clock_seconds();
    if (!r.curl) {
        gan_fail(err, GAN_E_MEMORY, "libcurl cannot be started");
        return GAN_TRANSFER_FAILED;
    }
    CURLcode code = set_options(r.curl, &r);
    gan_transfer_end end = GAN_TRANSFER_FAILED;
    if (code == CURLE_OK) {
        end = judge(&r, curl_easy_perform(r.curl), err);
    } else {
        gan_fail(err, GAN_E_IO, "libcurl refuses an option: %s", curl_easy_strerror(code));
    }
    curl_easy_cleanup(r.curl);
    return end;
}

gan_status gan_transfer_start(gan_error *err)
{
    CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);
    return code == CURLE_OK ? GAN_OK
                            : gan_fail(err, GAN_E_FAILED, "libcurl cannot be started: %s",
                                       curl_easy_strerror(code));
}

void gan_transfer_stop(void)
{
    curl_global_cleanup();
}
