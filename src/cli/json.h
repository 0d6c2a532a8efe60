/* json.h — one flat JSON object per line, written to a stream: results of --json. */
#ifndef GAN_CLI_JSON_H
#define GAN_CLI_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

typedef struct cli_json {
    FILE *to;
    bool started;
} cli_json;

cli_json cli_json_begin(FILE *to);
void cli_json_string(cli_json *json, const char *key, const char *value); /* NULL gives null */
void cli_json_integer(cli_json *json, const char *key, int64_t value);
void cli_json_real(cli_json *json, const char *key, double value); /* not finite gives null */
void cli_json_bool(cli_json *json, const char *key, bool value);
void cli_json_end(cli_json *json);

#endif
