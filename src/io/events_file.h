/* events_file.h — an event file under construction, for the two files that write it. */
#ifndef GAN_IO_EVENTS_FILE_H
#define GAN_IO_EVENTS_FILE_H

#include "io/events.h"
#include "io/protobuf.h"

struct gan_events {
    char *path;
    int fd;
    gan_text summary; /* of the event under construction */
    gan_status fault; /* of its values, but for memory */
};

#endif
