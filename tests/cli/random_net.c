/* random_net.c — prints a network description drawn at random from a seed: random_net SEED */
#include "unit/random_net.h"

#include <stdio.h>
#include <stdlib.h>

enum { TEXT_SIZE = 8192 }; /* as random_net.h asks */

int main(int argc, char **argv)
{
    char yaml[TEXT_SIZE] = "";
    if (argc != 2) {
        fprintf(stderr, "usage: random_net SEED\n");
        return 2;
    }
    const unsigned long long seed = strtoull(argv[1], NULL, 10);
    random_net(seed, seed % 3 == 0, yaml, sizeof yaml);
    return fputs(yaml, stdout) < 0 || fflush(stdout) != 0;
}
