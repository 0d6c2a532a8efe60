/* course.c — what a run remembers of its evaluations. */
#include "run/course.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/yaml.h"

/* Every number by its key: those of the list, and those of the last evaluation. */
typedef struct entry {
    const char *key;
    size_t offset;
} entry;

#define OF_COURSE(field, before) {#field, offsetof(gan_course, field)},
#define OF_STREAK(id, ...) {"streak_" #id, offsetof(gan_course, streak[GAN_ALARM_##id])},
#define OF_LAST(field, key, tag, digits) {"last_" #field, offsetof(gan_course, last.field)},
static const entry entries[] = {GAN_COURSE_LIST(OF_COURSE) GAN_ALARM_LIST(OF_STREAK)
                                    GAN_QUALITY_LIST(OF_LAST)};
#undef OF_COURSE
#undef OF_STREAK
#undef OF_LAST
enum { N_ENTRIES = sizeof entries / sizeof *entries };

static double *number_of(gan_course *course, int i)
{
    return (double *)(void *)((char *)course + entries[i].offset);
}

gan_course gan_course_begin(void)
{
#define BEFORE(field, before) .field = (double)(before),
#define UNKNOWN(field, key, tag, digits) .field = (double)NAN,
    return (gan_course){GAN_COURSE_LIST(BEFORE).last = {GAN_QUALITY_LIST(UNKNOWN)}};
#undef BEFORE
#undef UNKNOWN
}

/* Keys of a later version are passed over. */
gan_status gan_course_read(const char *text, gan_course *out, gan_error *err)
{
    gan_yaml *yaml = NULL;
    gan_status status = GAN_OK;
    *out = gan_course_begin();
    if (!text || !*text) {
        return GAN_OK;
    }
    GAN_TRY(gan_yaml_parse("the course of the checkpoint", text, strlen(text), &yaml, err));
    for (int i = 0; i < N_ENTRIES && status == GAN_OK; i++) {
        status = gan_yaml_get_double(gan_yaml_root(yaml), entries[i].key, number_of(out, i), err);
    }
    gan_yaml_destroy(yaml);
    return status;
}

gan_status gan_course_text(const gan_course *course, char **out, gan_error *err)
{
    gan_course copy = *course;
    gan_text text = {0};
    *out = NULL;
    for (int i = 0; i < N_ENTRIES; i++) {
        const double value = *number_of(&copy, i);
        if (isfinite(value)) { /* what is not known is left out */
            gan_text_add(&text, "%s: %.17g\n", entries[i].key, value);
        }
    }
    const gan_status status = gan_text_check(&text, err);
    if (status != GAN_OK) {
        gan_text_free(&text);
        return status;
    }
    *out = text.data;
    return GAN_OK;
}

bool gan_course_take(gan_course *course, const gan_quality_values *values, int64_t step)
{
    const bool better = isfinite(values->fd) && !(values->fd >= course->best);
    course->last = *values;
    course->measured_step = (double)step;
    course->since_best = better ? 0 : course->since_best + 1;
    if (better) {
        course->best = values->fd;
        course->best_step = (double)step;
    }
    return better;
}

void gan_course_move(gan_course *course, int64_t step)
{
    if (course->best_step != (double)step) {
        course->best = (double)NAN;
        course->best_step = -1;
    }
}

void gan_course_calm(gan_course *course)
{
    memset(course->streak, 0, sizeof course->streak);
    course->told = 0;
    course->since_best = 0;
}
