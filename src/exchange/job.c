/* job.c — what every format tells of an export. */
#include "base/say.h"
#include "exchange/format.h"
#include "net/stack.h"

void gan_export_wrote(const gan_export_job *job, const char *path)
{
    gan_say(job->options->wrote, "%s", path);
}

void gan_export_count(const gan_export_job *job, const gan_tensors *tensors)
{
    job->result->tensors = (int64_t)tensors->n;
    job->result->parameters = 0;
    for (size_t i = 0; i < tensors->n; i++) {
        job->result->parameters += tensors->at[i].x ? tensors->at[i].count : 0;
    }
}

const char *gan_export_network(const gan_export_job *job)
{
    return gan_stack_name(job->weights->stack);
}
