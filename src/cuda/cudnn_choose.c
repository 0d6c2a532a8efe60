/* cudnn_choose.c — which of cuDNN's engines computes a graph: static rules, no stopwatch. */
#include "cuda/cudnn_choose.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "cuda/cudnn_reason.h"

enum { NOTES_MAX = 32, GENERIC_ENGINE = 0 };

static const struct {
    char letter;
    cudnnBackendHeurMode_t mode;
} modes[] = {{'A', CUDNN_HEUR_MODE_A}, {'B', CUDNN_HEUR_MODE_B}, {'F', CUDNN_HEUR_MODE_FALLBACK}};

/* The configurations that one mode of the heuristics lists. */
typedef struct config_list {
    cudnnBackendDescriptor_t *items;
    int64_t n_made, n;
} config_list;

/* One search: what it looks for, what it found. */
typedef struct search {
    const gan_cudnn_target *target;
    const gan_cudnn_rules *rules;
    cudnnBackendDescriptor_t plan;    /* NULL until something passed */
    cudnnBackendDescriptor_t generic; /* a plan of engine 0, in hand */
    gan_cudnn_choice choice, generic_choice;
    int skipped; /* configurations that passed and were passed over */
} search;

static void destroy_list(config_list *list)
{
    for (int64_t i = 0; i < list->n_made; i++) {
        (void)cudnnBackendDestroyDescriptor(list->items[i]);
    }
    free(list->items);
    *list = (config_list){0};
}

static void destroy_descriptor(cudnnBackendDescriptor_t *d)
{
    if (*d) {
        (void)cudnnBackendDestroyDescriptor(*d);
        *d = NULL;
    }
}

/* *supported is false when cuDNN has nothing for such a graph on such a device. */
static gan_status make_heuristics(const gan_cudnn_target *target, cudnnBackendDescriptor_t graph,
                                  cudnnBackendHeurMode_t mode, cudnnBackendDescriptor_t *out,
                                  bool *supported, gan_error *err)
{
    CUDNN_TRY(cudnnBackendCreateDescriptor(CUDNN_BACKEND_ENGINEHEUR_DESCRIPTOR, out));
    GAN_TRY(gan_cudnn_set_descriptor(*out, CUDNN_ATTR_ENGINEHEUR_OPERATION_GRAPH, graph, err));
    GAN_TRY(gan_cudnn_set(*out, CUDNN_ATTR_ENGINEHEUR_MODE, CUDNN_TYPE_HEUR_MODE, 1, &mode, err));
    if (target->description) {
        GAN_TRY(gan_cudnn_set_descriptor(*out, CUDNN_ATTR_ENGINEHEUR_DEVICEPROP,
                                         target->description, err));
    }
    cudnnStatus_t code = cudnnBackendFinalize(*out);
    *supported = code == CUDNN_STATUS_SUCCESS;
    return *supported || CUDNN_STATUS_CATEGORY(code) == CUDNN_STATUS_NOT_SUPPORTED
               ? GAN_OK
               : gan_cudnn_fail(err, code, GAN_CUDA_PLACE(cudnnBackendFinalize(*out)));
}

/* Asks one mode. An empty list is no failure. */
static gan_status list_configs(const gan_cudnn_target *target, cudnnBackendDescriptor_t graph,
                               cudnnBackendHeurMode_t mode, config_list *list, gan_error *err)
{
    cudnnBackendDescriptor_t heuristics = NULL;
    int64_t n = 0;
    bool supported = false;
    gan_status status = make_heuristics(target, graph, mode, &heuristics, &supported, err);
    if (status != GAN_OK || !supported) {
        goto done;
    }
    CUDNN_TRY_DONE(cudnnBackendGetAttribute(heuristics, CUDNN_ATTR_ENGINEHEUR_RESULTS,
                                            CUDNN_TYPE_BACKEND_DESCRIPTOR, 0, &n, NULL));
    if (n <= 0) {
        goto done;
    }
    GAN_TRY_DONE(gan_calloc((size_t)n, sizeof *list->items, (void **)&list->items, err));
    for (; list->n_made < n; list->n_made++) {
        CUDNN_TRY_DONE(cudnnBackendCreateDescriptor(CUDNN_BACKEND_ENGINECFG_DESCRIPTOR,
                                                    &list->items[list->n_made]));
    }
    CUDNN_TRY_DONE(cudnnBackendGetAttribute(heuristics, CUDNN_ATTR_ENGINEHEUR_RESULTS,
                                            CUDNN_TYPE_BACKEND_DESCRIPTOR, n, &list->n,
                                            list->items));
done:
    destroy_descriptor(&heuristics);
    if (status != GAN_OK) {
        destroy_list(list);
    }
    return status;
}

/* Bit i of *set is note i. */
static gan_status read_notes(cudnnBackendDescriptor_t engine, cudnnBackendAttributeName_t name,
                             cudnnBackendAttributeType_t type, uint32_t *set, gan_error *err)
{
    int32_t notes[NOTES_MAX] = {0}; /* cuDNN's enums of notes are C enums: 32 bits */
    int64_t n = 0;
    CUDNN_TRY(cudnnBackendGetAttribute(engine, name, type, NOTES_MAX, &n, notes));
    *set = 0;
    for (int64_t i = 0; i < n && i < NOTES_MAX; i++) {
        *set |= (uint32_t)1 << notes[i];
    }
    return GAN_OK;
}

/* Engine number and notes of a configuration. *narrows: it gives up digits that its types have. */
static gan_status read_engine(cudnnBackendDescriptor_t config, gan_cudnn_choice *choice,
                              bool *narrows, gan_error *err)
{
    cudnnBackendDescriptor_t engine = NULL;
    gan_status status = GAN_OK;
    int64_t n = 0;
    uint32_t numeric = 0, behavior = 0;
    CUDNN_TRY_DONE(cudnnBackendCreateDescriptor(CUDNN_BACKEND_ENGINE_DESCRIPTOR, &engine));
    CUDNN_TRY_DONE(cudnnBackendGetAttribute(config, CUDNN_ATTR_ENGINECFG_ENGINE,
                                            CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &n, &engine));
    CUDNN_TRY_DONE(cudnnBackendGetAttribute(engine, CUDNN_ATTR_ENGINE_GLOBAL_INDEX,
                                            CUDNN_TYPE_INT64, 1, &n, &choice->engine));
    GAN_TRY_DONE(read_notes(engine, CUDNN_ATTR_ENGINE_NUMERICAL_NOTE, CUDNN_TYPE_NUMERICAL_NOTE,
                            &numeric, err));
    GAN_TRY_DONE(read_notes(engine, CUDNN_ATTR_ENGINE_BEHAVIOR_NOTE, CUDNN_TYPE_BEHAVIOR_NOTE,
                            &behavior, err));
    choice->tensor_core = numeric >> CUDNN_NUMERICAL_NOTE_TENSOR_CORE & 1;
    choice->deterministic = !(numeric >> CUDNN_NUMERICAL_NOTE_NONDETERMINISTIC & 1);
    choice->runtime_compiled = behavior >> CUDNN_BEHAVIOR_NOTE_RUNTIME_COMPILATION & 1;
    *narrows = (numeric >> CUDNN_NUMERICAL_NOTE_DOWN_CONVERT_INPUTS & 1) ||
               (numeric >> CUDNN_NUMERICAL_NOTE_REDUCED_PRECISION_REDUCTION & 1);
done:
    destroy_descriptor(&engine);
    return status;
}

/* False when a rule rules the configuration out; the rule's counter goes up. */
static bool passes(const gan_cudnn_rules *rules, const gan_cudnn_choice *candidate, bool narrows,
                   gan_cudnn_choice *counters)
{
    if (narrows) {
        counters->n_narrow++;
        return false;
    }
    if (rules->deterministic && !candidate->deterministic) {
        counters->n_nondeterministic++;
        return false;
    }
    if (rules->strict && candidate->tensor_core) {
        counters->n_tensor_core++;
        return false;
    }
    if (!rules->runtime_compiled && candidate->runtime_compiled) {
        counters->n_runtime++;
        return false;
    }
    if (gan_cudnn_engine_in(&rules->barred, candidate->engine)) {
        counters->n_barred++;
        return false;
    }
    return true;
}

/* *plan stays NULL when cuDNN refuses the configuration or it wants too much workspace. */
static gan_status try_plan(search *s, cudnnBackendDescriptor_t config, gan_cudnn_choice *candidate,
                           cudnnBackendDescriptor_t *plan, gan_error *err)
{
    gan_status status = GAN_OK;
    int64_t n = 0;
    CUDNN_TRY_DONE(cudnnBackendCreateDescriptor(CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR, plan));
    GAN_TRY_DONE(
        gan_cudnn_set_descriptor(*plan, CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG, config, err));
    if (s->target->description) {
        GAN_TRY_DONE(gan_cudnn_set_descriptor(*plan, CUDNN_ATTR_EXECUTION_PLAN_DEVICEPROP,
                                              s->target->description, err));
    } else {
        GAN_TRY_DONE(gan_cudnn_set(*plan, CUDNN_ATTR_EXECUTION_PLAN_HANDLE, CUDNN_TYPE_HANDLE, 1,
                                   &s->target->handle, err));
    }
    if (cudnnBackendFinalize(*plan) != CUDNN_STATUS_SUCCESS) { /* listed is not compiled */
        s->choice.n_refused++;
        destroy_descriptor(plan);
        goto done;
    }
    CUDNN_TRY_DONE(cudnnBackendGetAttribute(*plan, CUDNN_ATTR_EXECUTION_PLAN_WORKSPACE_SIZE,
                                            CUDNN_TYPE_INT64, 1, &n, &candidate->workspace));
    if (!(candidate->workspace <= s->rules->workspace_cap)) {
        s->choice.n_workspace++;
        destroy_descriptor(plan);
    }
done:
    if (status != GAN_OK) {
        destroy_descriptor(plan);
    }
    return status;
}

/* Copies what a candidate is into where the counters are kept. */
static void accept(gan_cudnn_choice *into, const gan_cudnn_choice *candidate)
{
    into->mode = candidate->mode;
    into->rank = candidate->rank;
    into->engine = candidate->engine;
    into->tensor_core = candidate->tensor_core;
    into->deterministic = candidate->deterministic;
    into->runtime_compiled = candidate->runtime_compiled;
    into->workspace = candidate->workspace;
}

static bool is_wished(const gan_cudnn_wish *wish, const gan_cudnn_choice *candidate)
{
    return wish->mode == 0 || (wish->mode == candidate->mode && wish->rank == candidate->rank &&
                               wish->engine == candidate->engine);
}

/* Judges one configuration; s->plan is set when it is the one. */
static gan_status judge(search *s, cudnnBackendDescriptor_t config, char mode, int rank,
                        gan_error *err)
{
    gan_cudnn_choice candidate = {.mode = mode, .rank = rank};
    bool narrows = false;
    GAN_TRY(read_engine(config, &candidate, &narrows, err));
    if (!is_wished(&s->rules->wish, &candidate) ||
        !passes(s->rules, &candidate, narrows, &s->choice)) {
        return GAN_OK;
    }
    bool generic = candidate.engine == GENERIC_ENGINE;
    if (generic && s->generic) {
        return GAN_OK; /* one in hand is enough: FALLBACK lists it again */
    }
    cudnnBackendDescriptor_t plan = NULL;
    GAN_TRY(try_plan(s, config, &candidate, &plan, err));
    if (!plan) {
        return GAN_OK;
    }
    if (generic) {
        s->generic = plan;
        s->generic_choice = candidate;
    } else if (s->skipped < s->rules->skip) {
        s->skipped++;
        destroy_descriptor(&plan);
    } else {
        s->plan = plan;
        accept(&s->choice, &candidate);
    }
    return GAN_OK;
}

/* The sentence for an empty search. */
static gan_status fail_empty(const search *s, gan_error *err)
{
    const gan_cudnn_choice *c = &s->choice;
    char reasons[400] = "";
    gan_cudnn_last_reasons(reasons, sizeof reasons);
    if (c->listed == 0) {
        return gan_fail(err, GAN_E_UNSUPPORTED, "cuDNN lists no engine%s%s", reasons[0] ? ": " : "",
                        reasons);
    }
    return gan_fail(err, GAN_E_UNSUPPORTED,
                    "none of cuDNN's %d configurations passes: %d of narrower sums, %d "
                    "nondeterministic, %d on tensor cores, %d compiled at run time, %d above the "
                    "workspace cap of %lld bytes, %d refused by cuDNN%s%s%s, %d by the device; "
                    "another precision or a larger workspace may help",
                    c->listed, c->n_narrow, c->n_nondeterministic, c->n_tensor_core, c->n_runtime,
                    c->n_workspace, (long long)s->rules->workspace_cap, c->n_refused,
                    c->n_refused ? " (" : "", c->n_refused ? reasons : "", c->n_refused ? ")" : "",
                    c->n_barred);
}

/* Engines that are compiled take a second each, and where a driver cannot load the first few it
 * loads none. */
static bool has_enough(const search *s)
{
    const int most = s->rules->most_refused;
    return s->plan || (most > 0 && s->choice.n_refused >= most);
}

static gan_status run_search(search *s, cudnnBackendDescriptor_t graph, gan_error *err)
{
    for (size_t m = 0; m < sizeof modes / sizeof modes[0] && !has_enough(s); m++) {
        config_list list = {0};
        GAN_TRY(list_configs(s->target, graph, modes[m].mode, &list, err));
        s->choice.listed += (int)list.n;
        gan_status status = GAN_OK;
        for (int64_t i = 0; i < list.n && !has_enough(s) && status == GAN_OK; i++) {
            status = judge(s, list.items[i], modes[m].letter, (int)i, err);
        }
        destroy_list(&list);
        GAN_TRY(status);
    }
    return GAN_OK;
}

void gan_cudnn_engine_add(gan_cudnn_engine_set *set, int64_t engine)
{
    if (engine >= 0 && engine < GAN_CUDNN_ENGINES) {
        set->bits[engine / 64] |= (uint64_t)1 << engine % 64;
    }
}

bool gan_cudnn_engine_in(const gan_cudnn_engine_set *set, int64_t engine)
{
    return engine >= 0 && engine < GAN_CUDNN_ENGINES &&
           (set->bits[engine / 64] >> engine % 64 & 1) != 0;
}

gan_status gan_cudnn_choose(const gan_cudnn_target *target, cudnnBackendDescriptor_t graph,
                            const gan_cudnn_rules *rules, gan_cudnn_pool *pool,
                            cudnnBackendDescriptor_t *plan, gan_cudnn_choice *choice,
                            gan_error *err)
{
    search s = {.target = target, .rules = rules};
    gan_status status = run_search(&s, graph, err);
    if (status == GAN_OK && !s.plan && s.generic && s.skipped == rules->skip) {
        s.plan = s.generic;
        s.generic = NULL;
        accept(&s.choice, &s.generic_choice);
    }
    destroy_descriptor(&s.generic);
    if (status == GAN_OK && !s.plan) {
        status = fail_empty(&s, err);
    }
    if (status == GAN_OK) {
        gan_cudnn_keep(pool, s.plan);
        *plan = s.plan;
        *choice = s.choice;
    }
    return status;
}

gan_status gan_cudnn_describe_device(gan_cudnn_pool *pool, const char *json,
                                     cudnnBackendDescriptor_t *out, gan_error *err)
{
    GAN_TRY(gan_cudnn_make(pool, CUDNN_BACKEND_DEVICEPROP_DESCRIPTOR, out, err));
    gan_status status = gan_cudnn_set(*out, CUDNN_ATTR_DEVICEPROP_JSON_REPRESENTATION,
                                      CUDNN_TYPE_CHAR, (int64_t)strlen(json), json, err);
    if (status == GAN_OK) {
        status = gan_cudnn_finalize(*out, err);
    }
    return status == GAN_OK ? GAN_OK
                            : gan_fail_in(err, GAN_E_DATA, "cuDNN refuses the device description");
}
