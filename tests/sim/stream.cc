/* stream.cc — see stream.h. Not instrumented. */
#include "sim/stream.h"

#include <stdlib.h>
#include <string.h>

#include <deque>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "sim/counts.h"
#include "sim/fiber.h"
#include "sim/grid.h"
#include "sim/memory.h"

/* A point in a stream. */
struct marker {
    bool done;
    double when; /* ticks */
    CUstream_st *stream;
    char order;
};

typedef std::shared_ptr<marker> marker_ref;
typedef std::shared_ptr<std::function<void()>> work_ref;

enum queued_kind { WORK, RECORD, WAIT, GRAPH };

struct queued {
    queued_kind kind;
    gan_task_kind task; /* WORK */
    std::string label;
    work_ref run;
    marker_ref mark; /* RECORD, WAIT */
    CUgraphExec_st *graph;
};

struct CUgraphNode_st {
    gan_task_kind kind;
    std::string label;
    work_ref run;
    std::vector<size_t> after; /* indices of nodes */
};

struct CUgraph_st {
    std::vector<CUgraphNode_st> nodes;
};

struct CUgraphExec_st {
    std::vector<CUgraphNode_st> nodes;
};

struct capture {
    cudaStreamCaptureMode mode;
    CUstream_st *origin;
    CUgraph_st *graph;
    bool spoilt;
    std::set<CUstream_st *> streams;
};

struct CUstream_st {
    std::deque<queued> queue;
    bool with_legacy; /* in order with the legacy stream */
    capture *into;    /* NULL: not captured */
    std::vector<size_t> tail; /* captured nodes that the next one comes after */
    void *lane;
    char given, finished; /* tokens: host to stream, stream to host */
};

struct CUevent_st {
    marker_ref mark;          /* of the last record; NULL: never */
    capture *into;            /* recorded in a capture */
    std::vector<size_t> tail;
    bool timed;
};

static std::set<CUstream_st *> streams;
static std::vector<capture *> captures;
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

static uint64_t draw(void)
{
    draws = draws * 6364136223846793005ull + 1442695040888963407ull +
            strtoull(order_asked(), NULL, 10);
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

static CUstream_st *resolve(cudaStream_t stream)
{
    if (stream != NULL && stream != cudaStreamLegacy) {
        return stream;
    }
    if (legacy == NULL) {
        legacy = make_stream(false);
    }
    return legacy;
}

/* --- running --- */

static void count(gan_task_kind kind, bool replayed)
{
    int64_t *const queued_counts[] = {
        &gan_sim_now.queued_kernels,    &gan_sim_now.queued_library_calls,
        &gan_sim_now.queued_h2d_copies, &gan_sim_now.queued_d2h_copies,
        &gan_sim_now.queued_d2d_copies, &gan_sim_now.queued_memsets,
        &gan_sim_now.queued_host_functions};
    int64_t *const replayed_counts[] = {
        &gan_sim_now.replayed_kernels,    &gan_sim_now.replayed_library_calls,
        &gan_sim_now.replayed_h2d_copies, &gan_sim_now.replayed_d2h_copies,
        &gan_sim_now.replayed_d2d_copies, &gan_sim_now.replayed_memsets,
        &gan_sim_now.replayed_host_functions};
    *(replayed ? replayed_counts : queued_counts)[kind] += 1;
}

/* Device memory is open here, but not to a function of the host's. */
static void run_work(gan_task_kind kind, const std::string &label, const work_ref &run)
{
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

/* Nodes in some order that their edges allow. */
static void run_graph(const CUgraphExec_st *graph)
{
    const size_t n = graph->nodes.size();
    std::vector<bool> done(n, false);
    for (size_t finished = 0; finished < n; finished++) {
        std::vector<size_t> ready;
        for (size_t i = 0; i < n; i++) {
            bool free_to_run = !done[i];
            for (const size_t before : graph->nodes[i].after) {
                free_to_run = free_to_run && done[before];
            }
            if (free_to_run) {
                ready.push_back(i);
            }
        }
        const size_t chosen = ready[draw() % ready.size()];
        count(graph->nodes[chosen].kind, true);
        run_work(graph->nodes[chosen].kind, graph->nodes[chosen].label, graph->nodes[chosen].run);
        done[chosen] = true;
    }
}

static void run_until(const marker_ref &mark);

/* The next entry of a stream's queue, and first whatever it waits for. */
static void run_next(CUstream_st *s)
{
    const queued q = s->queue.front();
    if (q.kind == WAIT && !q.mark->done) {
        run_until(q.mark);
    }
    s->queue.pop_front();
    void *left = gan_lane_enter(s->lane);
    gan_order_take(&s->given);
    switch (q.kind) {
    case WORK:
        run_work(q.task, q.label, q.run);
        break;
    case GRAPH:
        run_graph(q.graph);
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

static void run_one(CUstream_st *s)
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
        while (other != s && !other->queue.empty() && (early || draw() % 4 != 0)) {
            run_next(other);
        }
    }
}

void gan_stream_finish(cudaStream_t stream)
{
    CUstream_st *s = resolve(stream);
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

/* --- capture --- */

static cudaError_t spoil(capture *c)
{
    c->spoilt = true;
    gan_sim_now.refused_in_capture += 1;
    return cudaErrorStreamCaptureUnsupported;
}

cudaError_t gan_capture_refuses(void)
{
    for (capture *c : captures) {
        if (c->mode != cudaStreamCaptureModeRelaxed) {
            return spoil(c);
        }
    }
    return cudaSuccess;
}

bool gan_stream_capturing(cudaStream_t stream)
{
    return resolve(stream)->into != NULL;
}

cudaError_t gan_capture_spoil(cudaStream_t stream)
{
    return spoil(resolve(stream)->into);
}

static cudaError_t add_node(CUstream_st *s, gan_task_kind kind, const char *label, const void *key,
                            work_ref run)
{
    capture *c = s->into;
    if (c->spoilt) {
        return cudaErrorStreamCaptureInvalidated;
    }
    if (key != NULL && loaded.count(key) == 0) {
        return spoil(c); /* its first use would load it */
    }
    c->graph->nodes.push_back({kind, label, run, s->tail});
    s->tail = {c->graph->nodes.size() - 1};
    return cudaSuccess;
}

static void push(CUstream_st *s, queued q)
{
    s->queue.push_back(q);
    gan_order_give(&s->given);
}

static marker_ref mark_tail(CUstream_st *s)
{
    marker_ref mark(new marker{false, 0.0, s, 0});
    push(s, {RECORD, GAN_TASK_HOST, "", NULL, mark, NULL});
    return mark;
}

/* The legacy stream and the streams made to go with it wait for each other. */
static void order_with_legacy(CUstream_st *s)
{
    if (s == legacy) {
        for (CUstream_st *other : streams) {
            if (other->with_legacy && !other->queue.empty()) {
                push(s, {WAIT, GAN_TASK_HOST, "", NULL, mark_tail(other), NULL});
            }
        }
    } else if (s->with_legacy && legacy != NULL && !legacy->queue.empty()) {
        push(s, {WAIT, GAN_TASK_HOST, "", NULL, mark_tail(legacy), NULL});
    }
}

cudaError_t gan_stream_queue(cudaStream_t stream, gan_task_kind kind, const char *label,
                             const void *key, std::function<void()> run)
{
    CUstream_st *s = resolve(stream);
    work_ref work(new std::function<void()>(run));
    if (s->into != NULL) {
        return add_node(s, kind, label, key, work);
    }
    if (s == legacy && gan_capture_refuses() != cudaSuccess) {
        return cudaErrorStreamCaptureImplicit;
    }
    if (key != NULL) {
        loaded.insert(key);
    }
    order_with_legacy(s);
    count(kind, false);
    push(s, {WORK, kind, label, work, NULL, NULL});
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
        run_one(stream);
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
    return cudaSuccess;
}

cudaError_t cudaStreamQuery(cudaStream_t stream)
{
    if (gan_stream_capturing(stream)) {
        return gan_capture_spoil(stream);
    }
    CUstream_st *s = resolve(stream);
    gan_sim_now.queries += 1;
    if (s->queue.empty()) {
        gan_order_take(&s->finished);
        return cudaSuccess;
    }
    run_one(s); /* a poll that is repeated comes to an end */
    return cudaErrorNotReady;
}

cudaError_t cudaStreamWaitEvent(cudaStream_t stream, cudaEvent_t event, unsigned flags)
{
    (void)flags;
    CUstream_st *s = resolve(stream);
    if (event->into != NULL) {
        if (s->into != NULL && s->into != event->into) {
            return cudaErrorStreamCaptureMerge;
        }
        s->into = event->into; /* the stream joins the capture */
        s->into->streams.insert(s);
        for (const size_t node : event->tail) {
            s->tail.push_back(node);
        }
        return cudaSuccess;
    }
    if (s->into != NULL) {
        spoil(s->into);
        return cudaErrorStreamCaptureIsolation;
    }
    if (event->mark != NULL) {
        push(s, {WAIT, GAN_TASK_HOST, "", NULL, event->mark, NULL});
    }
    return cudaSuccess;
}

/* --- events --- */

cudaError_t cudaEventCreateWithFlags(cudaEvent_t *out, unsigned flags)
{
    *out = new CUevent_st{NULL, NULL, {}, (flags & cudaEventDisableTiming) == 0};
    return cudaSuccess;
}

cudaError_t cudaEventCreate(cudaEvent_t *out)
{
    return cudaEventCreateWithFlags(out, cudaEventDefault);
}

cudaError_t cudaEventDestroy(cudaEvent_t event)
{
    delete event;
    return cudaSuccess;
}

cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream)
{
    CUstream_st *s = resolve(stream);
    event->into = s->into;
    if (s->into != NULL) {
        event->tail = s->tail;
        event->mark = NULL;
    } else {
        event->mark = mark_tail(s);
    }
    return cudaSuccess;
}

cudaError_t cudaEventQuery(cudaEvent_t event)
{
    if (event->into != NULL) {
        spoil(event->into);
        return cudaErrorCapturedEvent;
    }
    gan_sim_now.queries += 1;
    if (event->mark == NULL || event->mark->done) {
        if (event->mark != NULL) {
            gan_order_take(&event->mark->order);
        }
        return cudaSuccess;
    }
    run_one(event->mark->stream);
    return cudaErrorNotReady;
}

cudaError_t cudaEventSynchronize(cudaEvent_t event)
{
    if (event->into != NULL) {
        spoil(event->into);
        return cudaErrorCapturedEvent;
    }
    gan_sim_now.synchronizations += 1;
    if (event->mark != NULL) {
        gan_memory_open();
        run_others(event->mark->stream);
        run_until(event->mark);
        gan_memory_close();
        gan_order_take(&event->mark->order);
    }
    return cudaSuccess;
}

/* One tick, whatever the operation, is a microsecond. */
cudaError_t cudaEventElapsedTime(float *ms, cudaEvent_t start, cudaEvent_t end)
{
    if (!start->timed || !end->timed || start->mark == NULL || end->mark == NULL) {
        return cudaErrorInvalidResourceHandle;
    }
    if (!start->mark->done || !end->mark->done) {
        return cudaErrorNotReady;
    }
    *ms = (float)((end->mark->when - start->mark->when) * 1e-3);
    return cudaSuccess;
}

/* --- capture and graphs --- */

cudaError_t cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode mode)
{
    CUstream_st *s = resolve(stream);
    if (s == legacy) {
        return cudaErrorStreamCaptureUnsupported;
    }
    if (s->into != NULL) {
        return cudaErrorIllegalState;
    }
    capture *c = new capture{mode, s, new CUgraph_st(), false, {s}};
    captures.push_back(c);
    s->into = c;
    s->tail.clear();
    return cudaSuccess;
}

cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t *out)
{
    CUstream_st *s = resolve(stream);
    capture *c = s->into;
    *out = NULL;
    if (c == NULL) {
        return cudaErrorIllegalState;
    }
    if (c->origin != s) {
        return cudaErrorStreamCaptureUnmatched;
    }
    cudaError_t code = c->spoilt ? cudaErrorStreamCaptureInvalidated : cudaSuccess;
    /* every forked stream's last node must be one that the origin came to wait for */
    std::set<size_t> reached(s->tail.begin(), s->tail.end());
    for (size_t i = c->graph->nodes.size(); i-- > 0;) {
        if (reached.count(i) != 0) {
            reached.insert(c->graph->nodes[i].after.begin(), c->graph->nodes[i].after.end());
        }
    }
    for (CUstream_st *other : c->streams) {
        for (const size_t node : other->tail) {
            if (code == cudaSuccess && reached.count(node) == 0) {
                code = cudaErrorStreamCaptureUnjoined;
            }
        }
        other->into = NULL;
        other->tail.clear();
    }
    for (size_t i = 0; i < captures.size(); i++) {
        if (captures[i] == c) {
            captures.erase(captures.begin() + (ptrdiff_t)i);
        }
    }
    if (code == cudaSuccess) {
        *out = c->graph;
    } else {
        delete c->graph;
    }
    delete c;
    return code;
}

cudaError_t cudaStreamIsCapturing(cudaStream_t stream, cudaStreamCaptureStatus *status)
{
    const capture *c = resolve(stream)->into;
    *status = c == NULL ? cudaStreamCaptureStatusNone
              : c->spoilt ? cudaStreamCaptureStatusInvalidated : cudaStreamCaptureStatusActive;
    return cudaSuccess;
}

cudaError_t cudaGraphInstantiate(cudaGraphExec_t *out, cudaGraph_t graph, unsigned long long flags)
{
    (void)flags;
    *out = new CUgraphExec_st{graph->nodes};
    return cudaSuccess;
}

cudaError_t cudaGraphInstantiateWithFlags(cudaGraphExec_t *out, cudaGraph_t graph,
                                          unsigned long long flags)
{
    return cudaGraphInstantiate(out, graph, flags);
}

cudaError_t cudaGraphUpload(cudaGraphExec_t graph, cudaStream_t stream)
{
    (void)graph;
    (void)stream;
    return cudaSuccess;
}

cudaError_t cudaGraphLaunch(cudaGraphExec_t graph, cudaStream_t stream)
{
    CUstream_st *s = resolve(stream);
    if (s->into != NULL) {
        return gan_capture_spoil(stream);
    }
    gan_sim_now.graph_launches += 1;
    order_with_legacy(s);
    push(s, {GRAPH, GAN_TASK_HOST, "", NULL, NULL, graph});
    return cudaSuccess;
}

cudaError_t cudaGraphGetNodes(cudaGraph_t graph, cudaGraphNode_t *nodes, size_t *n)
{
    if (nodes != NULL) {
        for (size_t i = 0; i < *n; i++) {
            nodes[i] = i < graph->nodes.size() ? &graph->nodes[i] : NULL;
        }
    }
    *n = nodes == NULL || *n > graph->nodes.size() ? graph->nodes.size() : *n;
    return cudaSuccess;
}

/* A library call shows as a kernel node: on hardware it is one or several. */
cudaError_t cudaGraphNodeGetType(cudaGraphNode_t node, cudaGraphNodeType *type)
{
    switch (node->kind) {
    case GAN_TASK_KERNEL:
    case GAN_TASK_LIBRARY:
        *type = cudaGraphNodeTypeKernel;
        break;
    case GAN_TASK_MEMSET:
        *type = cudaGraphNodeTypeMemset;
        break;
    case GAN_TASK_HOST:
        *type = cudaGraphNodeTypeHost;
        break;
    default:
        *type = cudaGraphNodeTypeMemcpy;
    }
    return cudaSuccess;
}

cudaError_t cudaGraphDestroy(cudaGraph_t graph)
{
    delete graph;
    return cudaSuccess;
}

/* Launches that are still queued finish first, as CUDA lets them. */
cudaError_t cudaGraphExecDestroy(cudaGraphExec_t graph)
{
    for (CUstream_st *s : streams) {
        bool queued_here = true;
        while (queued_here) {
            queued_here = false;
            for (const queued &q : s->queue) {
                queued_here = queued_here || q.graph == graph;
            }
            if (queued_here) {
                run_one(s);
            }
        }
    }
    delete graph;
    return cudaSuccess;
}

} /* extern "C" */
