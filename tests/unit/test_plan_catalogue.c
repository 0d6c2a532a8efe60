/* test_plan_catalogue.c — data/gpus.json is whole, its peaks are those of the data sheets, and
 * every damage to a catalogue is refused by the GPU's and the field's name. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/file.h"
#include "gan/cost.h"
#include "plan/catalogue.h"

static const char path[] = "data/gpus.json";

static gan_catalogue load(void)
{
    gan_catalogue catalogue;
    gan_error err = {0};
    if (gan_catalogue_load(path, &catalogue, &err) != GAN_OK) {
        fail_msg("%s", err.text);
    }
    return catalogue;
}

static const gan_gpu *find(const gan_catalogue *catalogue, const char *id)
{
    const gan_gpu *gpu = NULL;
    assert_int_equal(gan_catalogue_find(catalogue, id, &gpu, NULL), GAN_OK);
    return gpu;
}

static void test_shipped_catalogue_loads(void **state)
{
    (void)state;
    gan_catalogue c = load();
    assert_int_equal(c.n_gpus, 14);
    for (int i = 0; i < c.n_gpus; i++) {
        assert_true(c.gpus[i].n_providers > 0);
        assert_non_null(strstr(c.gpus[i].device, c.gpus[i].name));
    }
    gan_catalogue_free(&c);
}

/* Two transfers a clock: the width of the memory's bus agrees with its bandwidth. */
static void test_bus_widths(void **state)
{
    (void)state;
    gan_catalogue c = load();
    for (int i = 0; i < c.n_gpus; i++) {
        const char *clock = strstr(c.gpus[i].device, "\"memClockRateKHz\":");
        const char *width = strstr(c.gpus[i].device, "\"memoryBusWidth\":");
        assert_non_null(clock);
        assert_non_null(width);
        double bandwidth = 2.0 * strtod(strchr(clock, ':') + 1, NULL) * 1e3 *
                           strtod(strchr(width, ':') + 1, NULL) / 8.0;
        assert_true(fabs(bandwidth / c.gpus[i].bandwidth - 1.0) <= 0.07);
    }
    gan_catalogue_free(&c);
}

static void test_ids_are_found_by_their_beginning(void **state)
{
    (void)state;
    gan_catalogue c = load();
    assert_string_equal(find(&c, "l4")->id, "l4");   /* not l40s */
    assert_string_equal(find(&c, "a10")->id, "a10"); /* not a100-40, which comes before it */
    assert_string_equal(find(&c, "a100")->id, "a100-40");
    assert_string_equal(find(&c, "b2")->id, "b200");
    const gan_gpu *gpu = NULL;
    gan_error err = {0};
    assert_int_equal(gan_catalogue_find(&c, "h10O", &gpu, &err), GAN_E_USAGE);
    assert_non_null(strstr(err.text, "h100"));
    assert_int_equal(gan_catalogue_find(&c, "", &gpu, &err), GAN_E_USAGE);
    gan_catalogue_free(&c);
}

/* Tera-operations a second that NVIDIA's data sheets give, dense, at the clocks they assume; ours
 * are at the highest clock. */
static void test_peaks_are_those_of_the_data_sheets(void **state)
{
    static const struct {
        const char *id;
        gan_gpu_unit unit;
        double tera;
    } sheets[] = {
        {"t4", GAN_UNIT_FP32, 8.1},       {"t4", GAN_UNIT_FP16, 65},
        {"a100-40", GAN_UNIT_FP32, 19.5}, {"a100-40", GAN_UNIT_TF32, 156},
        {"a100-40", GAN_UNIT_BF16, 312},  {"a10", GAN_UNIT_FP32, 31.2},
        {"a10", GAN_UNIT_FP16, 125},      {"a10g", GAN_UNIT_FP16, 70},
        {"l4", GAN_UNIT_FP32, 30.3},      {"l4", GAN_UNIT_FP16, 121},
        {"l40s", GAN_UNIT_TF32, 183},     {"h100", GAN_UNIT_FP32, 67},
        {"h100", GAN_UNIT_BF16, 989},     {"b200", GAN_UNIT_BF16, 2250},
        {"rtx4090", GAN_UNIT_FP16, 165},  {"rtx5090", GAN_UNIT_FP32, 104.8},
    };
    (void)state;
    gan_catalogue c = load();
    for (size_t i = 0; i < sizeof sheets / sizeof sheets[0]; i++) {
        const double ours = find(&c, sheets[i].id)->flops[sheets[i].unit] / 1e12;
        if (!(fabs(ours / sheets[i].tera - 1) <= 0.10)) {
            fail_msg("%s unit %d: %g against the sheet's %g", sheets[i].id, (int)sheets[i].unit,
                     ours, sheets[i].tera);
        }
    }
    assert_true(find(&c, "t4")->flops[GAN_UNIT_BF16] == 0);
    assert_true(find(&c, "t4")->flops[GAN_UNIT_TF32] == 0);
    gan_catalogue_free(&c);
}

static bool rents(const gan_gpu *gpu, const gan_price *price)
{
    for (int i = 0; i < gpu->n_providers; i++) {
        for (int k = 0; k < gpu->providers[i].n_instances; k++) {
            const char *name = gpu->providers[i].instances[k];
            const size_t n = strcspn(name, "*( "); /* "n1-standard-* + nvidia-tesla-t4" */
            if (strcmp(gpu->providers[i].name, price->provider) == 0 &&
                strncmp(name, price->instance, n) == 0) {
                return true;
            }
        }
    }
    return false;
}

/* Spot machines cost less than those on demand, and what is priced is an instance of its GPU. */
static void test_prices_are_of_instances_that_are_listed(void **state)
{
    (void)state;
    gan_catalogue c = load();
    gan_planner_set *set = NULL;
    gan_prices *prices = NULL;
    assert_int_equal(gan_planner_set_open(path, &set, NULL), GAN_OK);
    assert_int_equal(gan_prices_open(set, NULL, &prices, NULL), GAN_OK);
    assert_true(gan_prices_count(prices) > 20);
    for (int i = 0; i < gan_prices_count(prices); i++) {
        const gan_price *price = gan_prices_at(prices, i);
        if (!rents(find(&c, price->gpu), price)) {
            fail_msg("%s of %s is not an instance of %s", price->instance, price->provider,
                     price->gpu);
        }
        assert_true(isnan(price->spot) || price->spot < price->on_demand);
    }
    gan_prices_close(prices);
    gan_planner_set_close(set);
    gan_catalogue_free(&c);
}

/* A run's last batch may be of fewer images than are left, and nothing overflows. */
static void test_length_of_a_run(void **state)
{
    static const struct {
        gan_run_options run;
        int64_t steps;
        double epochs;
        gan_status status;
    } cases[] = {
        {{.batch = 64, .images = 130, .epochs = 1}, 3, 1, GAN_OK},
        {{.batch = 64, .images = 130, .epochs = 2}, 5, 2, GAN_OK},
        {{.batch = 64, .images = 128, .steps = 5}, 5, 2.5, GAN_OK},
        {{.batch = 1, .images = INT64_MAX, .epochs = INT64_MAX}, 1000000000000000, 9.2e18, GAN_OK},
        {{.epochs = 1, .steps = 1}, 0, 0, GAN_E_USAGE},
        {{.steps = -1}, 0, 0, GAN_E_USAGE},
    };
    (void)state;
    gan_net *net = NULL;
    assert_int_equal(gan_net_load("tiny", &net, NULL), GAN_OK);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t steps = 0, batch = 0;
        double epochs = 0;
        assert_int_equal(gan_run_length(net, &cases[i].run, &steps, &batch, &epochs, NULL),
                         cases[i].status);
        assert_int_equal(steps, cases[i].steps);
        assert_true(fabs(epochs - cases[i].epochs) <= 0.01 * cases[i].epochs);
    }
    gan_net_destroy(net);
}

/* The catalogue's text with the first `from` replaced by `to`, in new memory. */
static char *damaged(const char *text, const char *from, const char *to)
{
    const char *at = strstr(text, from);
    assert_non_null(at);
    const size_t before = (size_t)(at - text);
    char *copy = malloc(strlen(text) + strlen(to) + 1);
    assert_non_null(copy);
    memcpy(copy, text, before);
    strcpy(copy + before, to);
    strcat(copy, at + strlen(from));
    return copy;
}

static void test_damage_is_refused_by_name(void **state)
{
    static const struct {
        const char *from, *to, *words;
    } damages[] = {
        {"\"gpus\": [", "\"gpu\": [", "\"gpus\" must be a list"},
        {"\"name\": \"Tesla T4\"", "\"name\": 4", "t4: name must be a text"},
        {"\"sm\": 75", "\"sm\": \"75\"", "t4: sm must be a number"},
        {"\"sm\": 75", "\"sm\": 80", "t4: deviceVer is not ten times sm"},
        {"\"memory_bandwidth_gbs\": 320", "\"memory_bandwidth_gbs\": -1",
         "t4: memory_bandwidth_gbs is out of range"},
        {"\"fp16\": 1024", "\"fp61\": 1024", "t4: fp16 must be a number"},
        {"{\"fp32\": 128", "{\"fp32\": 0", "t4: fp32 must not be 0"},
        {"\"warpSize\": 32", "\"warpsize\": 32", "t4: warpSize must be a whole number"},
        {"\"isTccDriver\": 0", "\"isTccDriver\": false", "t4: isTccDriver must be a whole number"},
        {"[1024, 1024, 64]", "[1024, 1024]", "t4: maxBlockSize must be three whole numbers"},
        {"\"instances\": {", "\"instances\": 3, \"x\": {", "t4: instances must be an object"},
        {"\"gcp\": [\"n1", "\"gcp\": [7, \"n1", "t4: gcp must be a list of instance names"},
        {"\"id\": \"v100\"", "\"id\": \"t4\"", "two GPUs have the id t4"},
        {"\"totalGlobalMem\": 15843721216", "\"totalGlobalMem\": 0", "totalGlobalMem is out of"},
        {"{\n", "\n", "not JSON"},
    };
    (void)state;
    char *text = NULL;
    size_t n = 0;
    assert_int_equal(gan_file_read_whole(path, 1 << 20, &text, &n, NULL), GAN_OK);
    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
        char *copy = damaged(text, damages[i].from, damages[i].to);
        gan_catalogue c;
        gan_error err = {0};
        const gan_status status = gan_catalogue_parse(copy, "label", &c, &err);
        if (status != GAN_E_DATA || !strstr(err.text, damages[i].words) ||
            strncmp(err.text, "label", 5) != 0 || c.n_gpus != 0 || c.gpus) {
            fail_msg("'%s' gave status %d: %s", damages[i].to, (int)status, err.text);
        }
        free(copy);
    }
    free(text);
}

static void test_missing_file_is_no_input(void **state)
{
    (void)state;
    gan_catalogue c;
    assert_int_equal(gan_catalogue_load("data/no-such.json", &c, NULL), GAN_E_NO_INPUT);
    assert_int_equal(c.n_gpus, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shipped_catalogue_loads),
        cmocka_unit_test(test_bus_widths),
        cmocka_unit_test(test_prices_are_of_instances_that_are_listed),
        cmocka_unit_test(test_length_of_a_run),
        cmocka_unit_test(test_ids_are_found_by_their_beginning),
        cmocka_unit_test(test_peaks_are_those_of_the_data_sheets),
        cmocka_unit_test(test_damage_is_refused_by_name),
        cmocka_unit_test(test_missing_file_is_no_input),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
