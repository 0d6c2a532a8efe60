/* capture.cc — capture and graphs of the simulated device. Not instrumented. */
#include "sim/counts.h"
#include "sim/fault.h"
#include "sim/fiber.h"
#include "sim/grid.h"
#include "sim/stream_state.h"

static std::vector<capture *> captures;

/* Nodes in some order that their edges allow. */
void sim_run_graph(const CUgraphExec_st *graph)
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
        const size_t chosen = ready[sim_draw() % ready.size()];
        sim_count(graph->nodes[chosen].kind, true);
        sim_run_work(graph->nodes[chosen].kind, graph->nodes[chosen].label,
                     graph->nodes[chosen].run);
        done[chosen] = true;
    }
}

cudaError_t sim_spoil(capture *c)
{
    c->spoilt = true;
    gan_sim_now.refused_in_capture += 1;
    return cudaErrorStreamCaptureUnsupported;
}

cudaError_t gan_capture_refuses(void)
{
    for (capture *c : captures) {
        if (c->mode != cudaStreamCaptureModeRelaxed) {
            return sim_spoil(c);
        }
    }
    return cudaSuccess;
}

bool gan_stream_capturing(cudaStream_t stream)
{
    return sim_resolve(stream)->into != NULL;
}

cudaError_t gan_capture_spoil(cudaStream_t stream)
{
    return sim_spoil(sim_resolve(stream)->into);
}

cudaError_t sim_add_node(CUstream_st *s, gan_task_kind kind, const char *label, const work_ref &run)
{
    capture *c = s->into;
    if (c->spoilt) {
        return cudaErrorStreamCaptureInvalidated;
    }
    c->graph->nodes.push_back({kind, label, run, s->tail});
    s->tail = {c->graph->nodes.size() - 1};
    return cudaSuccess;
}

extern "C" {

cudaError_t cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode mode)
{
    CUstream_st *s = sim_resolve(stream);
    if (sim_is_legacy(s)) {
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
    CUstream_st *s = sim_resolve(stream);
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
    const capture *c = sim_resolve(stream)->into;
    *status = c == NULL   ? cudaStreamCaptureStatusNone
              : c->spoilt ? cudaStreamCaptureStatusInvalidated
                          : cudaStreamCaptureStatusActive;
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
    CUstream_st *s = sim_resolve(stream);
    if (s->into != NULL) {
        return gan_capture_spoil(stream);
    }
    gan_sim_now.graph_launches += 1;
    sim_order_with_legacy(s);
    sim_push(s, {GRAPH, GAN_TASK_HOST, "", NULL, NULL, graph});
    return gan_sim_fate(cudaSuccess);
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
    for (CUstream_st *s : sim_streams()) {
        bool queued_here = true;
        while (queued_here) {
            queued_here = false;
            for (const queued &q : s->queue) {
                queued_here = queued_here || q.graph == graph;
            }
            if (queued_here) {
                sim_run_one(s);
            }
        }
    }
    delete graph;
    return cudaSuccess;
}

} /* extern "C" */
