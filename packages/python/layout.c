/* layout.c — what gan_c/_layout.py is made of: sizes and places of the structures of include/gan
 * that Python fills or reads, and the lists that the headers have as macros. Printed as Python. */
#include <stddef.h>
#include <stdio.h>

#include "gan/gan.h"

#define SIZE(type) printf("    \"%s\": %zu,\n", #type, sizeof(type));
#define FIELD(type, field)                                                                         \
    printf("    (\"%s\", \"%s\"): %zu,\n", #type, #field, offsetof(type, field));
#define NAME(id, field, key, tag, label, digits) printf("    \"%s\",\n", #field);
#define STATUS(name, exit_code, text) printf("    \"%s\",\n", #name);

int main(void)
{
    puts("\"\"\"Made by layout.c from the headers of this build: not to be edited.\"\"\"");
    printf("VERSION = \"%s\"\n", GAN_VERSION);
    printf("OPTIONS = %d\n", (int)GAN_OPTION_COUNT);
    puts("SIZES = {");
    SIZE(gan_error)
    SIZE(gan_options)
    SIZE(gan_listener)
    SIZE(gan_metrics)
    SIZE(gan_event)
    SIZE(gan_train_callbacks)
    SIZE(gan_train_result)
    SIZE(gan_generator_options)
    SIZE(gan_net_summary)
    SIZE(gan_data_options)
    SIZE(gan_data_source)
    SIZE(gan_data_info)
    puts("}\nPLACES = {");
    FIELD(gan_error, text)
    FIELD(gan_event, metrics)
    FIELD(gan_event, metric_steps)
    FIELD(gan_event, eta)
    FIELD(gan_train_callbacks, stop)
    FIELD(gan_train_callbacks, data)
    FIELD(gan_train_result, checkpoint)
    FIELD(gan_train_result, test_accuracy)
    FIELD(gan_generator_options, averaging)
    FIELD(gan_generator_options, listener)
    FIELD(gan_net_summary, latent)
    FIELD(gan_data_options, split)
    FIELD(gan_data_options, limit)
    FIELD(gan_data_options, listener)
    FIELD(gan_data_source, pixels)
    FIELD(gan_data_source, image)
    FIELD(gan_data_info, n)
    FIELD(gan_data_info, n_classes)
    puts("}\nMETRICS = (");
    GAN_ALL_METRIC_LIST(NAME)
    puts(")\nSTATUSES = (");
    GAN_STATUS_LIST(STATUS)
    puts(")");
    return 0;
}
