/* stream.cc — streams of the simulated device: queues, and how late and in which order they run.
 * Not instrumented. */
#include "sim/stream_state.h"

#include <stdlib.h>
#include <string.h>

#include "sim/counts.h"
#include "sim/fault.h"
#include "sim/fiber.h"
#include "sim/grid.h"
#include "sim/memory.h"

static std::set<CUstream_st *> streams;
static std::set<const void *> loaded; /* kernels and library calls that have been used */
static CUstream_st *legacy;
static double ticks;
static uint64_t draws;

/* --- order --- */

static const char *order_asked(void)
{
    const char *order = getenv("GAN_SIM_ORDER");
    return order != NULL ? order : "late";
}

uint64_t sim_draw(void)
{
    draws =
        draws * 6364136223846793005ull + 1442695040888963407ull + strtoull(order_asked(), NULL, 10);
    return draws >> 33;
}

static CUstream_st *make_stream(bool with_legacy)
{
    CUstream_st *s = new CUstream_st();
    s->with_legacy = with_legacy;
    s->lane = gan_lane_create();
    streams.insert(s);
    return s;
}

CUstream_st *sim_resolve(cudaStream_t stream)
{
    if (stream != NULL && stream != cudaStreamLegacy) {
        return stream;
    }
    if (legacy == NULL) {
        legacy = make_stream(false);
    }
    return legacy;
}

const std::set<CUstream_st *> &sim_streams(void)
{
    return streams;
}

bool sim_is_legacy(const CUstream_st *s)
{
    return s == legacy;
}

/* --- running --- */

void sim_count(gan_task_kind kind, bool replayed)
{
    int64_t *const queued_counts[] = {
        &gan_sim_now.queued_kernels,       &gan_sim_now.queued_library_calls,
        &gan_sim_now.queued_h2d_copies,    &gan_sim_now.queued_d2h_copies,
        &gan_sim_now.queued_d2d_copies,    &gan_sim_now.queued_memsets,
        &gan_sim_now.queued_host_functions};
    int64_t *const replayed_counts[] = {
        &gan_sim_now.replayed_kernels,       &gan_sim_now.replayed_library_calls,
        &gan_sim_now.replayed_h2d_copies,    &gan_sim_now.replayed_d2h_copies,
        &gan_sim_now.replayed_d2d_copies,    &gan_sim_now.replayed_memsets,
        &gan_sim_now.replayed_host_functions};
    *(replayed ? replayed_counts : queued_counts)[kind] += 1;
}

/* Device memory is open here, but not to a function of the host's. */
void sim_run_work(gan_task_kind kind, const std::string &label, const work_ref &run)
{
    if (gan_sim_strikes(label.c_str())) {
        return;
    }
    if (kind == GAN_TASK_HOST) {
        gan_memory_close();
        (*run)();
        gan_memory_open();
    } else {
        (*run)();
        gan_memory_check(label.c_str());
    }
    ticks += 1.0;
}

static void run_until(const marker_ref &mark);

/* Takes the next entry of a stream's queue; it is the stream's, not the host's, to the end. */
static void run_entry(CUstream_st *s)
{
    gan_order_take(&s->given);
    const queued q = s->queue.front();
    s->queue.pop_front();
    switch (q.kind) {
    case WORK:
        sim_run_work(q.task, q.label, q.run);
        break;
    case GRAPH:
        sim_run_graph(q.graph);
        break;
    case RECORD:
        q.mark->done = true;
        q.mark->when = ticks;
        gan_order_give(&q.mark->order);
        break;
    case WAIT:
        gan_order_take(&q.mark->order);
        break;
    }
    gan_order_give(&s->finished);
}

/* The next entry, and first whatever it waits for. */
static void run_next(CUstream_st *s)
{
    const marker_ref awaited = s->queue.front().kind == WAIT ? s->queue.front().mark : NULL;
    if (awaited != NULL && !awaited->done) {
        run_until(awaited);
    }
    void *left = gan_lane_enter(s->lane);
    run_entry(s);
    gan_lane_enter(left);
}

static void run_until(const marker_ref &mark)
{
    while (!mark->done) {
        if (mark->stream->queue.empty()) {
            gan_sim_violation("a wait for an event that is nowhere queued");
        }
        run_next(mark->stream);
    }
}

void sim_run_one(CUstream_st *s)
{
    gan_memory_open();
    run_next(s);
    gan_memory_close();
}

/* Before a wait: lets other streams run as far as the chosen order says. */
static void run_others(CUstream_st *s)
{
    const char *order = order_asked();
    if (strcmp(order, "late") == 0) {
        return;
    }
    const bool early = strcmp(order, "early") == 0;
    for (CUstream_st *other : streams) {
        while (other != s && !other->queue.empty() && (early || sim_draw() % 4 != 0)) {
            run_next(other);
        }
    }
}

void sim_wait_for(const marker_ref &mark)
{
    gan_memory_open();
    run_others(mark->stream);
    run_until(mark);
    gan_memory_close();
    gan_order_take(&mark->order);
}

void gan_stream_finish(cudaStream_t stream)
{
    CUstream_st *s = sim_resolve(stream);
    if (!s->queue.empty()) {
        gan_memory_open();
        run_others(s);
        while (!s->queue.empty()) {
            run_next(s);
        }
        gan_memory_close();
    }
    gan_order_take(&s->finished);
}

void gan_device_finish(void)
{
    for (CUstream_st *s : streams) {
        gan_stream_finish(s);
    }
}

void sim_push(CUstream_st *s, const queued &entry)
{
    s->queue.push_back(entry);
    gan_order_give(&s->given);
}

marker_ref sim_mark_tail(CUstream_st *s)
{
    marker_ref mark(new marker{false, 0.0, s, 0});
    sim_push(s, {RECORD, GAN_TASK_HOST, "", NULL, mark, NULL});
    return mark;
}

/* The legacy stream and the streams made to go with it wait for each other. */
void sim_order_with_legacy(CUstream_st *s)
{
    if (s == legacy) {
        for (CUstream_st *other : streams) {
            if (other->with_legacy && !other->queue.empty()) {
                sim_push(s, {WAIT, GAN_TASK_HOST, "", NULL, sim_mark_tail(other), NULL});
            }
        }
    } else if (s->with_legacy && legacy != NULL && !legacy->queue.empty()) {
        sim_push(s, {WAIT, GAN_TASK_HOST, "", NULL, sim_mark_tail(legacy), NULL});
    }
}

cudaError_t gan_stream_queue(cudaStream_t stream, gan_task_kind kind, const char *label,
                             const void *key, std::function<void()> run)
{
    CUstream_st *s = sim_resolve(stream);
    work_ref work(new std::function<void()>(run));
    if (s->into != NULL) {
        return key != NULL && loaded.count(key) == 0
                   ? sim_spoil(s->into) /* its first use would load it */
                   : sim_add_node(s, kind, label, work);
    }
    if (s == legacy && gan_capture_refuses() != cudaSuccess) {
        return cudaErrorStreamCaptureImplicit;
    }
    if (key != NULL) {
        loaded.insert(key);
    }
    sim_order_with_legacy(s);
    sim_count(kind, false);
    sim_push(s, {WORK, kind, label, work, NULL, NULL});
    return cudaSuccess;
}

/* --- the runtime's functions: streams --- */

static cudaError_t create_stream(cudaStream_t *out, unsigned flags)
{
    *out = make_stream(flags != cudaStreamNonBlocking);
    return cudaSuccess;
}

extern "C" {

cudaError_t cudaStreamCreate(cudaStream_t *out)
{
    return create_stream(out, cudaStreamDefault);
}

cudaError_t cudaStreamCreateWithFlags(cudaStream_t *out, unsigned flags)
{
    return create_stream(out, flags);
}

cudaError_t cudaStreamCreateWithPriority(cudaStream_t *out, unsigned flags, int priority)
{
    (void)priority;
    return create_stream(out, flags);
}

cudaError_t cudaStreamDestroy(cudaStream_t stream)
{
    if (streams.count(stream) == 0) {
        return cudaErrorInvalidResourceHandle;
    }
    while (!stream->queue.empty()) { /* CUDA lets the work finish */
        sim_run_one(stream);
    }
    streams.erase(stream);
    gan_lane_destroy(stream->lane);
    delete stream;
    return cudaSuccess;
}

cudaError_t cudaStreamSynchronize(cudaStream_t stream)
{
    if (gan_stream_capturing(stream)) {
        return gan_capture_spoil(stream);
    }
    gan_sim_now.synchronizations += 1;
    gan_stream_finish(stream);
    return gan_sim_fate(cudaSuccess);
}

cudaError_t cudaStreamQuery(cudaStream_t stream)
{
    if (gan_stream_capturing(stream)) {
        return gan_capture_spoil(stream);
    }
    CUstream_st *s = sim_resolve(stream);
    gan_sim_now.queries += 1;
    if (s->queue.empty()) {
        gan_order_take(&s->finished);
        return gan_sim_fate(cudaSuccess);
    }
    sim_run_one(s); /* a poll that is repeated comes to an end */
    return gan_sim_fate(cudaErrorNotReady);
}

} /* extern "C" */
