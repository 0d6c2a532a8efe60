/* test_net_load.c — where a network's file is looked for, and what is said when it is not there. */
#define _GNU_SOURCE /* mkdtemp, setenv */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "unit/net_text.h"

/* A folder of its own for each test; the tests run in it, so ./data/nets is theirs. */
typedef struct place {
    char folder[PATH_MAX], before[PATH_MAX];
} place;

static void write_file(const char *path, const char *text, size_t n)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, n, file), n);
    assert_int_equal(fclose(file), 0);
}

static void write_net(const char *path, const char *name)
{
    char line[64];
    snprintf(line, sizeof line, "name: %s", name);
    char *text = net_text_edit("name: small", line);
    write_file(path, text, strlen(text));
    free(text);
}

static int enter(void **state)
{
    const char *root = getenv("TMPDIR");
    place *p = calloc(1, sizeof *p);
    if (!p || !getcwd(p->before, sizeof p->before)) {
        return -1;
    }
    snprintf(p->folder, sizeof p->folder, "%s/gan-net-XXXXXX", root && *root ? root : "/tmp");
    *state = p;
    unsetenv("GAN_NETS");
    return mkdtemp(p->folder) && chdir(p->folder) == 0 ? 0 : -1;
}

static int leave(void **state)
{
    static const char *const files[] = {"data/nets/one.yaml",
                                        "data/nets/dcgan.yaml",
                                        "data/nets/notes.txt",
                                        "data/nets",
                                        "data",
                                        "own/one.yaml",
                                        "own/two.yaml",
                                        "own",
                                        "plain.yaml",
                                        "nul.yaml",
                                        "big.yaml"};
    place *p = *state;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        (void)remove(files[i]); /* not every test made it */
    }
    const int status = chdir(p->before) == 0 && rmdir(p->folder) == 0 ? 0 : -1;
    unsetenv("GAN_NETS");
    free(p);
    return status;
}

static void make_nets(void)
{
    assert_int_equal(mkdir("data", 0700), 0);
    assert_int_equal(mkdir("data/nets", 0700), 0);
    assert_int_equal(mkdir("own", 0700), 0);
    write_net("data/nets/one.yaml", "one-of-data");
    write_net("data/nets/dcgan.yaml", "dcgan");
    write_file("data/nets/notes.txt", "x", 1);
    write_net("own/one.yaml", "one-of-own");
    write_net("own/two.yaml", "two");
}

static void expect_name(const char *asked, const char *want)
{
    gan_net *net = NULL;
    gan_error err = {0};
    if (gan_net_load(asked, &net, &err) != GAN_OK) {
        fail_msg("%s: %s", asked, err.text);
    }
    assert_string_equal(gan_net_name(net), want);
    gan_net_destroy(net);
}

static void expect_failure(const char *asked, gan_status want, const char *words)
{
    gan_net *net = (gan_net *)&net;
    gan_error err = {0};
    const gan_status status = gan_net_load(asked, &net, &err);
    if (status != want || err.status != want || net || !strstr(err.text, words)) {
        fail_msg("%s: status %d, '%s'; want %d and '%s'", asked, (int)status, err.text, (int)want,
                 words);
    }
}

static void test_names_are_searched_in_order(void **state)
{
    (void)state;
    make_nets();
    expect_name("one", "one-of-data");
    expect_name("dcgan", "dcgan");
    setenv("GAN_NETS", "own", 1);
    expect_name("one", "one-of-own");
    expect_name("two", "two");
    expect_name("dcgan", "dcgan"); /* not in GAN_NETS: the next folder */
    setenv("GAN_NETS", "", 1);
    expect_name("one", "one-of-data");
}

/* Copies this very program to path. */
static void copy_self(const char *path)
{
    char block[1 << 16];
    size_t n = 0;
    FILE *from = fopen("/proc/self/exe", "rb"), *to = fopen(path, "wb");
    assert_true(from && to);
    while ((n = fread(block, 1, sizeof block, from)) > 0) {
        assert_int_equal(fwrite(block, 1, n, to), n);
    }
    assert_int_equal(fclose(from) | fclose(to), 0);
    assert_int_equal(chmod(path, 0700), 0);
}

/* What the copy does: 0 if it finds "beside" and the network in it has that name. */
static int load_beside(void)
{
    gan_net *net = NULL;
    const gan_status status = gan_net_load("beside", &net, NULL);
    const int result = status == GAN_OK && strcmp(gan_net_name(net), "beside") == 0 ? 0 : 1;
    gan_net_destroy(net);
    return result;
}

static void test_names_are_found_beside_the_program(void **state)
{
    static const char *const folders[] = {"a/data", "data", "a/share/gan"};
    (void)state;
    assert_int_equal(mkdir("a", 0700) | mkdir("a/b", 0700) | mkdir("a/share", 0700), 0);
    assert_int_equal(mkdir("elsewhere", 0700), 0);
    copy_self("a/b/program");
    setenv("NET_LOAD_CHILD", "1", 1);
    const char *run = "cd elsewhere && ../a/b/program";
    assert_int_not_equal(system(run), 0);
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        char nets[64], file[96];
        snprintf(nets, sizeof nets, "%s/nets", folders[i]);
        snprintf(file, sizeof file, "%s/beside.yaml", nets);
        assert_int_equal(mkdir(folders[i], 0700) | mkdir(nets, 0700), 0);
        write_net(file, "beside");
        assert_int_equal(system(run), 0);
        assert_int_equal(remove(file) | rmdir(nets) | rmdir(folders[i]), 0);
    }
    unsetenv("NET_LOAD_CHILD");
    assert_int_equal(remove("a/b/program") | rmdir("a/b") | rmdir("a/share") | rmdir("a"), 0);
    assert_int_equal(rmdir("elsewhere"), 0);
}

static void test_paths_are_taken_as_they_are(void **state)
{
    (void)state;
    make_nets();
    write_net("plain.yaml", "plain");
    expect_name("plain.yaml", "plain");
    expect_name("./plain.yaml", "plain");
    expect_name("own/two.yaml", "two");
    expect_failure("own/three.yaml", GAN_E_NO_INPUT, "own/three.yaml");
    setenv("GAN_NETS", ".", 1);
    expect_failure("own/two", GAN_E_NO_INPUT, "own/two"); /* a path: no suffix is added */
}

static void test_unknown_names_are_helped(void **state)
{
    (void)state;
    make_nets();
    expect_failure("dcgna", GAN_E_NO_INPUT, "'dcgna' (did you mean 'dcgan'?)");
    expect_failure("dcgan.yaml", GAN_E_NO_INPUT, "known networks: dcgan, one");
    expect_failure("zzzzzzzzz", GAN_E_NO_INPUT, "known networks: dcgan, one");
    expect_failure("notes", GAN_E_NO_INPUT, "known networks: dcgan, one");
    expect_failure("", GAN_E_NO_INPUT, "known networks: dcgan, one");
    expect_failure("a\nb", GAN_E_NO_INPUT, "'a?b'");
    setenv("GAN_NETS", "own", 1);
    expect_failure("onne", GAN_E_NO_INPUT,
                   "(did you mean 'one'?); known networks: one, two, dcgan");
    gan_net *net = NULL;
    gan_error err = {0};
    (void)gan_net_load("onne", &net, &err);
    assert_null(strstr(err.text, "dcgan, one")); /* it is in two folders, and named once */
}

static void test_files_that_are_no_networks(void **state)
{
    (void)state;
    make_nets();
    write_file("nul.yaml", "name: a\0b\n", 10);
    expect_failure("nul.yaml", GAN_E_DATA, "nul.yaml: a zero byte at offset 7");
    expect_failure("./own", GAN_E_NO_INPUT, "own");
    expect_failure("own", GAN_E_NO_INPUT, "own");
    write_file("plain.yaml", "\n\nname: x\nimagee: 1\n", 20);
    expect_failure("plain.yaml", GAN_E_DATA, "plain.yaml:4:1: unknown key 'imagee'");
    FILE *big = fopen("big.yaml", "wb");
    assert_non_null(big);
    assert_int_equal(fseek(big, 8L << 20, SEEK_SET), 0);
    assert_int_equal(fputc('x', big), 'x');
    assert_int_equal(fclose(big), 0);
    expect_failure("big.yaml", GAN_E_DATA, "big.yaml");
}

int main(void)
{
    if (getenv("NET_LOAD_CHILD")) {
        return load_beside();
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_names_are_searched_in_order, enter, leave),
        cmocka_unit_test_setup_teardown(test_names_are_found_beside_the_program, enter, leave),
        cmocka_unit_test_setup_teardown(test_paths_are_taken_as_they_are, enter, leave),
        cmocka_unit_test_setup_teardown(test_unknown_names_are_helped, enter, leave),
        cmocka_unit_test_setup_teardown(test_files_that_are_no_networks, enter, leave),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
