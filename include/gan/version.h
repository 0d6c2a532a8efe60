/* version.h — which gan.c this is. */
#ifndef GAN_VERSION_H
#define GAN_VERSION_H

#ifdef __cplusplus
extern "C" {
#endif

/* "0.1.0"; of the library, not of the header. */
const char *gan_version(void);

#ifdef __cplusplus
}
#endif
#endif
