/* forecast.c — what a session takes, before anything is allocated. */
#include "session/forecast.h"

#include <string.h>

#include "base/memory.h"
#include "base/number.h"
#include "program/cost.h"
#include "session/session.h"

/* What a session takes on its device, whatever its batch is. */
typedef struct forecast {
    const gan_session *session;
    int64_t sample_bytes; /* of the program that makes samples, or classifies the images that a
                           * classifier is tested with, beside what it shares */
} forecast;

/* Bytes of a program's stored buffers that another does not have. */
static int64_t own_bytes(const gan_program *program, const gan_program *other)
{
    int64_t bytes = 0;
    for (int i = 0; i < program->n_buffers; i++) {
        const gan_buffer *b = &program->buffers[i];
        if (b->base == i && gan_buffer_class_stored(b->cls) &&
            gan_program_find(other, b->name) < 0) {
            bytes += b->count * (int64_t)gan_dtype_size(b->type);
        }
    }
    return bytes;
}

/* The other program of a session: what it is looked at by. */
static gan_status build_shown(const gan_session *s, gan_program **out, gan_error *err)
{
    if (s->net->kind == GAN_NET_KIND_GAN) {
        const gan_statistics statistics = gan_steady_of_options(&s->options);
        return gan_build_sample(s->net, GAN_SAMPLE_CHUNK, s->build.ema,
                                gan_steady_is_wanted(s->net, &statistics), out, err);
    }
    const char *const last[] = {gan_stack_last_output(s->net->single)};
    return gan_build_forward(s->net->single, GAN_TEST_CHUNK, s->build.ema, last, 1, out, NULL, err);
}

static gan_status count_program(const gan_session *s, gan_program *program, int64_t *bytes,
                                gan_error *err)
{
    gan_memory_report report = {0};
    GAN_TRY(s->backend->forecast(s->device, program, &report, err));
    *bytes += own_bytes(program, s->program) + report.arena_bytes + report.workspace_bytes +
              report.compile_bytes;
    return GAN_OK;
}

/* That program, and the one that measures what it normalizes by. */
static gan_status count_samples(forecast *f, gan_error *err)
{
    const gan_session *s = f->session;
    const gan_statistics statistics = gan_steady_of_options(&s->options);
    gan_program *program = NULL, *estimate = NULL;
    gan_status status = GAN_OK;
    f->sample_bytes = 0;
    GAN_TRY_DONE(build_shown(s, &program, err));
    GAN_TRY_DONE(count_program(s, program, &f->sample_bytes, err));
    if (gan_steady_is_wanted(s->net, &statistics)) {
        GAN_TRY_DONE(gan_build_estimate(s->net, statistics.batch, s->build.ema, &estimate, err));
        GAN_TRY_DONE(count_program(s, estimate, &f->sample_bytes, err));
    }
done:
    gan_program_destroy(program);
    gan_program_destroy(estimate);
    return status;
}

/* A step that is compiled gives memory back before the first samples are made. */
static gan_status plan_program(const forecast *f, const gan_program *program, gan_session_plan *out,
                               gan_error *err)
{
    const gan_backend *backend = f->session->backend;
    gan_memory_report report = {0};
    int64_t memory[GAN_BUFFER_CLASS_COUNT];
    GAN_TRY(backend->forecast(f->session->device, program, &report, err));
    gan_program_memory(program, memory);
    gan_cost cost = gan_program_cost(program);
    const int64_t passing =
        report.compile_bytes > f->sample_bytes ? report.compile_bytes : f->sample_bytes;
    /* where device memory is host memory, the data set is there already */
    const int64_t borrowed = backend->adopt ? memory[GAN_DATA] : 0;
    *out = (gan_session_plan){
        .state_bytes = memory[GAN_PARAM] + memory[GAN_MOMENT] + memory[GAN_STAT],
        .data_bytes = memory[GAN_DATA],
        .arena_bytes = report.arena_bytes,
        .workspace_bytes = report.workspace_bytes + passing,
        .needed_bytes =
            report.store_bytes + report.arena_bytes + report.workspace_bytes + passing - borrowed,
        .available_bytes = backend->available ? backend->available(f->session->device) : -1,
        .operations = gan_program_launches(program),
        .flops = cost.flops,
        .bytes_moved = cost.bytes_read + cost.bytes_written};
    return GAN_OK;
}

/* The other programs of the list: work by how often they run, an arena as large as the largest, and
 * the workspaces that are larger than the one that they would borrow. */
static gan_status add_programs(const forecast *f, gan_session_plan *out, gan_error *err)
{
    const gan_session *s = f->session;
    const gan_session_plan whole = *out;
    gan_memory_report first = {0};
    GAN_TRY(s->backend->forecast(s->device, s->program, &first, err));
    out->flops = out->bytes_moved = 0;
    for (int i = 0; i < s->list.n; i++) {
        const double share = gan_step_list_share(&s->list, i);
        const gan_cost cost = gan_program_cost(s->programs[i]);
        gan_memory_report report = {0};
        out->flops += share * cost.flops;
        out->bytes_moved += share * (cost.bytes_read + cost.bytes_written);
        GAN_TRY(s->backend->forecast(s->device, s->programs[i], &report, err));
        const bool borrows = report.workspace_bytes <= first.workspace_bytes;
        out->workspace_bytes += borrows ? 0 : report.workspace_bytes;
        out->arena_bytes =
            report.arena_bytes > out->arena_bytes ? report.arena_bytes : out->arena_bytes;
    }
    out->needed_bytes += out->arena_bytes - whole.arena_bytes;
    out->needed_bytes += out->workspace_bytes - whole.workspace_bytes;
    return GAN_OK;
}

gan_status gan_forecast_session(const gan_session *session, gan_session_plan *out, gan_error *err)
{
    forecast f = {.session = session};
    GAN_TRY(count_samples(&f, err));
    GAN_TRY(plan_program(&f, session->program, out, err));
    return session->list.n > 1 ? add_programs(&f, out, err) : GAN_OK;
}

/* The plan of the session with another batch; false if it cannot be made. */
static bool plan_batch(const forecast *f, int64_t batch, gan_session_plan *out)
{
    const gan_session *s = f->session;
    gan_build_options options = s->build;
    gan_program *program = NULL;
    options.batch = batch;
    gan_status status =
        gan_precision_build(&s->precision, s->net, options, true, &program, NULL, NULL);
    if (status == GAN_OK) {
        status = plan_program(f, program, out, NULL);
    }
    gan_program_destroy(program);
    return status == GAN_OK;
}

/* A batch, and what it needs. */
typedef struct trial {
    int64_t batch, bytes;
} trial;

/* Between two others: where the straight line through them meets `bytes`, for memory grows nearly
 * so; every third time in the middle, for a step in it. */
static int64_t next_batch(const trial *low, const trial *high, int64_t bytes, int n_tried)
{
    const double share = (double)(bytes - low->bytes) / (double)(high->bytes - low->bytes);
    const double width = (double)(high->batch - low->batch);
    int64_t batch = low->batch + (int64_t)(n_tried % 3 == 2 ? width / 2 : share * width);
    batch = batch <= low->batch ? low->batch + 1 : batch;
    return batch >= high->batch ? high->batch - 1 : batch;
}

/* The largest batch below `high` that fits; 0 if there is none, with what one image needs. */
static int64_t largest_batch(const forecast *f, const gan_session_plan *plan, int64_t *least)
{
    trial low = {0}, high = {f->session->build.batch, plan->needed_bytes};
    gan_session_plan tried = *plan;
    for (int n = 0; high.batch - low.batch > 1; n++) {
        /* the first try is one image: it tells what does not grow with the batch */
        const int64_t batch = n == 0 ? 1 : next_batch(&low, &high, plan->available_bytes, n);
        const bool made = plan_batch(f, batch, &tried);
        if (made && tried.needed_bytes <= plan->available_bytes) {
            low = (trial){batch, tried.needed_bytes};
        } else {
            high = (trial){batch, made ? tried.needed_bytes : high.bytes};
        }
    }
    *least = high.bytes;
    return low.batch;
}

/* Not even one image fits: what else can be done about it. */
static gan_status refuse_one_image(const forecast *f, const gan_session_plan *plan, int64_t least,
                                   const char *have, gan_error *err)
{
    const gan_session *s = f->session;
    char need[GAN_NUMBER_TEXT_SIZE];
    const bool streaming_helps = !s->backend->adopt &&
                                 strcmp(s->options.data_store, "stream") != 0 &&
                                 least - plan->data_bytes <= plan->available_bytes;
    gan_number_bytes(least, need);
    return gan_fail(err, GAN_E_MEMORY, "one image a step needs %s but only %s is available%s", need,
                    have,
                    streaming_helps ? "; --data-store stream leaves the data set on the host" : "");
}

gan_status gan_forecast_check(const gan_session *session, const gan_session_plan *plan,
                              gan_error *err)
{
    char need[GAN_NUMBER_TEXT_SIZE], have[GAN_NUMBER_TEXT_SIZE];
    forecast f = {.session = session};
    int64_t least = 0;
    if (plan->available_bytes < 0 || plan->needed_bytes <= plan->available_bytes) {
        return GAN_OK;
    }
    GAN_TRY(count_samples(&f, err));
    const int64_t fits = largest_batch(&f, plan, &least);
    gan_number_bytes(plan->needed_bytes, need);
    gan_number_bytes(plan->available_bytes, have);
    if (fits < 1) {
        return refuse_one_image(&f, plan, least, have, err);
    }
    return gan_fail(err, GAN_E_MEMORY,
                    "batch size %lld needs %s but only %s is available; the largest that fits is "
                    "--batch-size %lld",
                    (long long)session->build.batch, need, have, (long long)fits);
}
