/* json.c — one flat JSON object per line, by jansson. */
#include "cli/json.h"

#include <jansson.h>
#include <math.h>

cli_json cli_json_begin(FILE *to)
{
    fputc('{', to);
    return (cli_json){to, false};
}

/* Prints a value under its key and lets go of it; NULL (no memory, not UTF-8) is printed as null.
 */
static void put(cli_json *json, const char *key, json_t *value)
{
    fprintf(json->to, json->started ? ", \"%s\": " : "\"%s\": ", key);
    json->started = true;
    if (!value || json_dumpf(value, json->to, JSON_ENCODE_ANY | JSON_REAL_PRECISION(9)) != 0) {
        fputs("null", json->to);
    }
    json_decref(value);
}

void cli_json_string(cli_json *json, const char *key, const char *value)
{
    put(json, key, value ? json_string(value) : NULL);
}

void cli_json_integer(cli_json *json, const char *key, int64_t value)
{
    put(json, key, json_integer(value));
}

void cli_json_real(cli_json *json, const char *key, double value)
{
    put(json, key, isfinite(value) ? json_real(value) : NULL);
}

void cli_json_bool(cli_json *json, const char *key, bool value)
{
    put(json, key, json_boolean(value));
}

void cli_json_end(cli_json *json)
{
    fputs("}\n", json->to);
}
