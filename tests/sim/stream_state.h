/* stream_state.h — what streams, events, captures and graphs are made of: shared by stream.cc
 * (queues and how they run), event.cc and capture.cc. */
#ifndef GAN_SIM_STREAM_STATE_H
#define GAN_SIM_STREAM_STATE_H

#include <deque>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "sim/stream.h"

/* A point in a stream. */
struct marker {
    bool done;
    double when; /* ticks */
    CUstream_st *stream;
    char order; /* token */
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
    bool with_legacy;         /* in order with the legacy stream */
    capture *into;            /* NULL: not captured */
    std::vector<size_t> tail; /* captured nodes that the next one comes after */
    void *lane;
    char given, finished; /* tokens: host to stream, stream to host */
};

struct CUevent_st {
    marker_ref mark; /* of the last record; NULL: never */
    capture *into;   /* recorded in a capture */
    std::vector<size_t> tail;
    bool timed;
};

/* --- stream.cc --- */

const std::set<CUstream_st *> &sim_streams(void);
CUstream_st *sim_resolve(cudaStream_t stream); /* NULL and the legacy handle are one stream */
bool sim_is_legacy(const CUstream_st *stream);

void sim_push(CUstream_st *stream, const queued &entry);
marker_ref sim_mark_tail(CUstream_st *stream);
void sim_order_with_legacy(CUstream_st *stream);

void sim_run_one(CUstream_st *stream);     /* the next entry of a queue that has one */
void sim_wait_for(const marker_ref &mark); /* as the host's own wait */
uint64_t sim_draw(void);                   /* decides between what may come next */
void sim_run_work(gan_task_kind kind, const std::string &label, const work_ref &run);
void sim_count(gan_task_kind kind, bool replayed);

/* --- capture.cc --- */

cudaError_t sim_spoil(capture *c);
cudaError_t sim_add_node(CUstream_st *stream, gan_task_kind kind, const char *label,
                         const work_ref &run);
void sim_run_graph(const CUgraphExec_st *graph);

#endif
