/* share.h — where the files are that come with gan.c: networks, GPUs, features. */
#ifndef GAN_BASE_SHARE_H
#define GAN_BASE_SHARE_H

#include "base/path.h"

/* The folder of the running program and, where this code is in a shared library, that of the
 * library: one or two names, absolute but where the loader was given a relative one. Overwritten;
 * freed by gan_path_names_free(). Where the system does not tell, there are none. GAN_E_MEMORY. */
gan_status gan_share_code_folders(gan_path_names *folders, gan_error *err);

/* The folders to look in for what comes along, in this order: data (of a checkout, from its root),
 * what belongs to the code's folders (of a build, or of an installation at any PREFIX, moved or
 * not), and the PREFIX that was built for. They need not exist. As above. */
gan_status gan_share_folders(gan_path_names *folders, gan_error *err);

/* The first of them that has the file `name` ("gpus.json", "nets/tiny.yaml"), joined with it in a
 * new string (free()); NULL where none has. */
gan_status gan_share_find(const char *name, char **path, gan_error *err);

/* Adds a name at the end, copied. GAN_E_MEMORY: names is as before. */
gan_status gan_path_names_add(gan_path_names *names, const char *name, gan_error *err);

#endif
