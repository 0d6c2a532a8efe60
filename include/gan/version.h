/* version.h — which gan.c this is. */
#ifndef GAN_VERSION_H
#define GAN_VERSION_H

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* Of this header, as MAJOR.MINOR.PATCH: the one place where the version is written. While MAJOR is
 * 0, a new MINOR may change what is public, and the shared library's name changes with it. */
#define GAN_VERSION "0.1.0"

/* GAN_VERSION of the library that is linked. */
const char *gan_version(void);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
