/* replay.c — runs a fuzz harness over saved files instead of a fuzzer's: its main.
 *   fuzz_NAME FILE|FOLDER...    exit 1 when one cannot be read; a failed check aborts */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/path.h"

enum { MAX_BYTES = 16 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay_file(const char *path)
{
    gan_error err = {0};
    char *bytes = NULL;
    size_t n = 0;
    if (gan_file_read_whole(path, MAX_BYTES, &bytes, &n, &err) != GAN_OK) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    fprintf(stderr, "%s\n", path);          /* the last line before an abort says which */
    uint8_t *exact = malloc(n > 0 ? n : 1); /* so that a sanitizer sees a read beyond the end */
    if (!exact) {
        fprintf(stderr, "%s: no memory\n", path);
        free(bytes);
        return 1;
    }
    for (size_t i = 0; i < n; i++) {
        exact[i] = (uint8_t)bytes[i];
    }
    free(bytes);
    (void)LLVMFuzzerTestOneInput(exact, n);
    free(exact);
    return 0;
}

static int replay(const char *path)
{
    gan_path_names names;
    int failed = 0;
    if (!gan_path_is_folder(path)) {
        return replay_file(path);
    }
    if (gan_path_list(path, &names, NULL) != GAN_OK) {
        fprintf(stderr, "%s: cannot be listed\n", path);
        return 1;
    }
    for (size_t i = 0; i < names.n; i++) {
        char *inner = NULL;
        const int found = gan_path_join(path, names.name[i], &inner, NULL) == GAN_OK;
        failed |= found ? replay(inner) : 1;
        free(inner);
    }
    gan_path_names_free(&names);
    return failed;
}

int main(int argc, char **argv)
{
    int failed = argc < 2;
    for (int i = 1; i < argc; i++) {
        failed |= replay(argv[i]);
    }
    return failed;
}
