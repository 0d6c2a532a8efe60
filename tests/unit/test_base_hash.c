/* test_base_hash.c — SHA-256 (FIPS 180-4, both ways of folding) and MD5 (RFC 1321). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/md5.h"
#include "base/sha256.h"

typedef struct vector {
    const char *text;
    int repeat;
    const char *digest;
} vector;

/* The examples of FIPS 180-4's SHA-256, and the empty message. */
static const vector sha256_vectors[] = {
    {"", 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {"abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
     "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    {"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmno"
     "ijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
     1, "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"},
    {"a", 1000000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
};

/* RFC 1321, section A.5. */
static const vector md5_vectors[] = {
    {"", 1, "d41d8cd98f00b204e9800998ecf8427e"},
    {"a", 1, "0cc175b9c0f1b6a831c399e269772661"},
    {"abc", 1, "900150983cd24fb0d6963f7d28e17f72"},
    {"message digest", 1, "f96b697d7cb7938d525a2f31aaf161d0"},
    {"abcdefghijklmnopqrstuvwxyz", 1, "c3fcd3d76192e4007dfb496cca67e13b"},
    {"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", 1,
     "d174ab98d277d9f5a5611c2c9f419d9f"},
    {"1234567890", 8, "57edf4a22be3c955ac49da2e2107b67a"},
};

static void sha256_of(const vector *v, gan_sha256_fold *fold, char text[GAN_SHA256_TEXT])
{
    gan_sha256 hash;
    gan_sha256_init(&hash);
    hash.fold = fold;
    for (int i = 0; i < v->repeat; i++) {
        gan_sha256_update(&hash, v->text, strlen(v->text));
    }
    gan_sha256_final_text(&hash, text);
}

static void sha256_gives_the_standard_digests(void **state)
{
    (void)state;
    gan_sha256_fold *folds[2] = {gan_sha256_fold_portable, gan_sha256_fold_fast()};
    for (int f = 0; f < 2; f++) {
        for (size_t i = 0; folds[f] && i < sizeof sha256_vectors / sizeof *sha256_vectors; i++) {
            char text[GAN_SHA256_TEXT];
            sha256_of(&sha256_vectors[i], folds[f], text);
            assert_string_equal(text, sha256_vectors[i].digest);
        }
    }
}

static void sha256_uses_the_fast_way_where_there_is_one(void **state)
{
    (void)state;
    gan_sha256 hash;
    gan_sha256_init(&hash);
    gan_sha256_fold *fast = gan_sha256_fold_fast();
    assert_ptr_equal((void *)(uintptr_t)hash.fold,
                     (void *)(uintptr_t)(fast ? fast : gan_sha256_fold_portable));
}

/* Every length around the block size, in one piece and in pieces, folded in both ways. */
static void sha256_does_not_depend_on_the_pieces(void **state)
{
    (void)state;
    uint8_t bytes[300];
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (uint8_t)(i * 7 + i / 5);
    }
    for (size_t n = 0; n < sizeof bytes; n++) {
        char whole[GAN_SHA256_TEXT], pieces[GAN_SHA256_TEXT];
        gan_sha256 a, b;
        gan_sha256_init(&a);
        gan_sha256_update(&a, bytes, n);
        gan_sha256_final_text(&a, whole);
        gan_sha256_init(&b);
        b.fold = gan_sha256_fold_portable;
        for (size_t at = 0, part = 1; at < n; at += part, part = part * 2 + n % 3) {
            gan_sha256_update(&b, bytes + at, n - at < part ? n - at : part);
        }
        gan_sha256_final_text(&b, pieces);
        assert_string_equal(whole, pieces);
    }
}

static void sha256_copies_go_their_own_ways(void **state)
{
    (void)state;
    char text[GAN_SHA256_TEXT];
    gan_sha256 hash;
    gan_sha256_init(&hash);
    gan_sha256_update(&hash, "ab", 2);
    gan_sha256 other = hash;
    gan_sha256_update(&other, "xyz", 3);
    gan_sha256_update(&hash, "c", 1);
    gan_sha256_final_text(&hash, text);
    assert_string_equal(text, sha256_vectors[1].digest);
}

static void md5_gives_the_standard_digests(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof md5_vectors / sizeof *md5_vectors; i++) {
        char text[GAN_MD5_TEXT];
        gan_md5 hash;
        gan_md5_init(&hash);
        for (int k = 0; k < md5_vectors[i].repeat; k++) {
            gan_md5_update(&hash, md5_vectors[i].text, strlen(md5_vectors[i].text));
        }
        gan_md5_final_text(&hash, text);
        assert_string_equal(text, md5_vectors[i].digest);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sha256_gives_the_standard_digests),
        cmocka_unit_test(sha256_uses_the_fast_way_where_there_is_one),
        cmocka_unit_test(sha256_does_not_depend_on_the_pieces),
        cmocka_unit_test(sha256_copies_go_their_own_ways),
        cmocka_unit_test(md5_gives_the_standard_digests),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
