/* event.cc — events of the simulated device. Not instrumented. */
#include "sim/counts.h"
#include "sim/fault.h"
#include "sim/fiber.h"
#include "sim/stream_state.h"

extern "C" {

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
    CUstream_st *s = sim_resolve(stream);
    event->into = s->into;
    if (s->into != NULL) {
        event->tail = s->tail;
        event->mark = NULL;
    } else {
        event->mark = sim_mark_tail(s);
    }
    return gan_sim_fate(cudaSuccess);
}

cudaError_t cudaEventQuery(cudaEvent_t event)
{
    if (event->into != NULL) {
        sim_spoil(event->into);
        return cudaErrorCapturedEvent;
    }
    gan_sim_now.queries += 1;
    if (event->mark == NULL || event->mark->done) {
        if (event->mark != NULL) {
            gan_order_take(&event->mark->order);
        }
        return gan_sim_fate(cudaSuccess);
    }
    sim_run_one(event->mark->stream);
    return gan_sim_fate(cudaErrorNotReady);
}

cudaError_t cudaEventSynchronize(cudaEvent_t event)
{
    if (event->into != NULL) {
        sim_spoil(event->into);
        return cudaErrorCapturedEvent;
    }
    gan_sim_now.synchronizations += 1;
    if (event->mark != NULL) {
        sim_wait_for(event->mark);
    }
    return gan_sim_fate(cudaSuccess);
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

cudaError_t cudaStreamWaitEvent(cudaStream_t stream, cudaEvent_t event, unsigned flags)
{
    (void)flags;
    CUstream_st *s = sim_resolve(stream);
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
        sim_spoil(s->into);
        return cudaErrorStreamCaptureIsolation;
    }
    if (event->mark != NULL) {
        sim_push(s, {WAIT, GAN_TASK_HOST, "", NULL, event->mark, NULL});
    }
    return cudaSuccess;
}

} /* extern "C" */
