/* test_net_errors.c — every mistake in a description is refused in words that help: the file, the
 * line, the network, the layer, what is wrong and what would be right. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "unit/net_text.h"

/* net_text with `from` replaced by `to` fails with a message that begins with "small.yaml:" and
 * `place`, and has `words` and `advice` in it. */
typedef struct mistake {
    const char *from, *to;
    const char *place, *words, *advice;
} mistake;

static bool is_refused_in_these_words(const mistake *m)
{
    gan_net *net = (gan_net *)&net;
    gan_error err = {0};
    const gan_status status = net_text_parse(m->from, m->to, &net, &err);
    if (status != GAN_E_DATA || err.status != GAN_E_DATA || net != NULL) {
        print_error("'%s' for '%s' gave status %d (%s)\n", m->to, m->from, (int)status, err.text);
        return false;
    }
    const size_t label = strlen("small.yaml:");
    if (strncmp(err.text, "small.yaml:", label) != 0 ||
        strncmp(err.text + label, m->place, strlen(m->place)) != 0 || !strstr(err.text, m->words) ||
        !strstr(err.text, m->advice)) {
        print_error("'%s' for '%s' says\n  %s\nbut small.yaml:%s ... %s ... %s is wanted\n", m->to,
                    m->from, err.text, m->place, m->words, m->advice);
        return false;
    }
    return true;
}

static void check_all(const mistake *mistakes, size_t n)
{
    size_t wrong = 0;
    for (size_t i = 0; i < n; i++) {
        wrong += !is_refused_in_these_words(&mistakes[i]);
    }
    assert_int_equal(wrong, 0);
}

#define CHECK_ALL(mistakes) check_all(mistakes, sizeof(mistakes) / sizeof *(mistakes))

static void test_unknown_words_name_the_nearest(void **state)
{
    static const mistake mistakes[] = {
        {"- batch_norm\n", "- batch_nrom\n", "10:5: generator layer 2:", "'batch_nrom'",
         "'batch_norm'"},
        {"- conv: {", "- cnov: {", "16:5: discriminator layer 1:", "'cnov'", "'conv'"},
        {"kernel: 5", "kernal: 5",
         "13:35: generator layer 5 conv_transpose:", "unknown key 'kernal'", "'kernel'"},
        {"units: 32", "unit: 32", "9:13: generator layer 1 dense:", "'unit'", "'units'"},
        {"dropout: 0.25", "dropout: {rat: 0.25}", "18:15: discriminator layer 3 dropout:", "'rat'",
         "'rate'"},
        {"leaky_relu: 0.2", "leaky_relu: {slop: 0.2}",
         "17:18: discriminator layer 2 leaky_relu:", "'slop'", "'slope'"},
        {"padding: same", "padding: sane",
         "13:66: generator layer 5 conv_transpose padding:", "'sane'", "'same'"},
        {"train:", "tarin:", "21:1:", "'tarin'", "'train'"},
        {"channels: 1}", "chanels: 1}", "2:30: image:", "'chanels'", "'channels'"},
        {"running_variance: biased", "running_variance: biast", "6:64: defaults batch_norm",
         "'biast'", "'biased'"},
        {"momentum:", "momentun:", "6:31: defaults batch_norm", "'momentun'", "'momentum'"},
        {"schedule: simultaneous", "schedule: simultanous",
         "22:13: train schedule:", "'simultanous'", "'simultaneous'"},
        {"epsilon_form: keras", "epsilon_form: kera", "27:75: train adam epsilon_form:", "'kera'",
         "'keras'"},
        {"init: glorot_uniform", "init: glorot_unifrom", "5:9: defaults init:", "'glorot_unifrom'",
         "'glorot_uniform'"},
        {"init: glorot_uniform", "init: {normla: 1}", "5:10: defaults init:", "'normla'",
         "'normal'"},
    };
    (void)state;
    CHECK_ALL(mistakes);
}

static void test_keys_of_other_frameworks_are_listed_against(void **state)
{
    static const mistake mistakes[] = {
        {"conv: {channels", "conv: {dilation: 2, channels",
         "16:12: discriminator layer 1 conv:", "'dilation'", "known here: channels, kernel"},
        {"conv: {channels", "conv: {depth_multiplier: 2, channels",
         "16:12: discriminator layer 1 conv:", "'depth_multiplier'",
         "known here: channels, kernel"},
        {"conv: {channels", "conv: {output_padding: 1, channels",
         "16:12: discriminator layer 1 conv:", "'output_padding'", ""},
        {"padding: same}\n  - tanh", "padding: same, output_padding: 1}\n  - tanh",
         "13:88: generator layer 5 conv_transpose output_padding:", "padding in numbers", "'same'"},
    };
    (void)state;
    CHECK_ALL(mistakes);
}

static void test_wrong_types(void **state)
{
    static const mistake mistakes[] = {
        {"kernel: 5", "kernel: five", "13:43: generator layer 5 conv_transpose kernel:", "'five'",
         "whole number"},
        {"kernel: 5", "kernel: 1.5", "13:43:", "'1.5'", "whole number"},
        {"kernel: 5", "kernel: '5'", "13:43:", "quote", ""},
        {"kernel: 5", "kernel: {h: 5}", "13:43:", "a map", ""},
        {"kernel: 5", "kernel: null", "13:43:", "nothing", "whole number"},
        {"kernel: 5", "kernel: [5]", "13:43:", "a list of 1", "[height, width]"},
        {"kernel: 5", "kernel: [3, 4, 5]", "13:43:", "a list of 3", "[height, width]"},
        {"padding: same", "padding: [1, 2, 3]", "13:66:", "a list of 3",
         "[top, left, bottom, right]"},
        {"bias: false", "bias: maybe", "9:30: generator layer 1 dense bias:", "'maybe'",
         "true or false"},
        {"reshape: [4, 4, 2]", "reshape: 32",
         "12:14: generator layer 4 reshape:", "a list is wanted", ""},
        {"reshape: [4, 4, 2]", "reshape: [32]", "12:14: generator layer 4 reshape:", "a list of 1",
         "[height, width, channels]"},
        {"- flatten", "- flatten: 2", "19:14: discriminator layer 4 flatten:", "takes no keys", ""},
        {"- tanh", "- relu: 0.1", "14:11: generator layer 6 relu:", "takes no keys", ""},
        {"- tanh", "- conv", "14:5: generator layer 6:", "conv alone", "kernel: 5"},
        {"- tanh", "- dropout", "14:5: generator layer 6:", "dropout alone", "dropout: 0.3"},
        {"- tanh", "- [tanh]", "14:5: generator layer 6:", "a map of one key", ""},
        {"- tanh", "-", "14:4: generator layer 6:", "a map of one key", ""},
        {"- dense: 1\n", "- dense:\n    units: 1\n",
         "20:5: discriminator layer 5:", "this one has 2", "indent"},
        {"- batch_norm\n", "- batch_norm: 0.9\n", "10:17: generator layer 2 batch_norm:", "a map",
         ""},
        {"leaky_relu: {slope: 0.3}", "leaky_relu: []", "7:15: defaults leaky_relu:", "a map", ""},
        {"loss: bce", "loss: [bce]", "23:9: train loss:", "a list", ""},
        {"{height: 8, width: 8, channels: 1}", "8", "2:8: image:", "a map", ""},
        {"channels: 3", "channels: 3, init: {normal: [1, 2, 3]}",
         "16:40: discriminator layer 1 conv init normal:", "a list of 3", "[mean, deviation]"},
        {"channels: 3", "channels: 3, init: {normal: 1, uniform: 1}",
         "16:31: discriminator layer 1 conv init:", "one of", "2"},
        {"channels: 3", "channels: 3, init: {}",
         "16:31: discriminator layer 1 conv init:", "one of", "0"},
        {"channels: 3", "channels: 3, bias_init: he_normal",
         "16:36: discriminator layer 1 conv bias_init:", "fans", "zeros"},
        {"- batch_norm\n", "- batch_norm: {gamma_init: glorot_uniform}\n",
         "10:30: generator layer 2 batch_norm gamma_init:", "fans", "ones"},
    };
    (void)state;
    CHECK_ALL(mistakes);
}

static void test_missing_keys(void **state)
{
    static const mistake mistakes[] = {
        {"name: small\n", "", "1:1:", "'name' is missing", ""},
        {"latent: 4\n", "", "1:1:", "'latent' is missing", ""},
        {"image: {height: 8, width: 8, channels: 1}\n", "", "1:1:", "'image' is missing", ""},
        {"height: 8, ", "", "2:8: image:", "'height' is missing", ""},
        {"channels: 1, ", "", "13:21: generator layer 5 conv_transpose:", "'channels' is missing",
         ""},
        {"kernel: 5, ", "", "13:21: generator layer 5 conv_transpose:", "'kernel' is missing", ""},
        {"units: 32, ", "", "9:12: generator layer 1 dense:", "'units' is missing", ""},
        {"dropout: 0.25", "dropout: {}",
         "18:14: discriminator layer 3 dropout:", "'rate' is missing", ""},
        {"dropout: 0.25", "reshape: {}",
         "18:14: discriminator layer 3 reshape:", "'shape' is missing", ""},
        {"generator:\n  - dense: {units: 32, bias: false}\n  - batch_norm\n  - leaky_relu\n"
         "  - reshape: [4, 4, 2]\n"
         "  - conv_transpose: {channels: 1, kernel: 5, stride: 2, padding: same}\n  - tanh\n",
         "generator: []\n", "8:12: generator:", "no layers", ""},
        {"generator:\n  - dense: {units: 32, bias: false}\n  - batch_norm\n  - leaky_relu\n"
         "  - reshape: [4, 4, 2]\n"
         "  - conv_transpose: {channels: 1, kernel: 5, stride: 2, padding: same}\n  - tanh\n",
         "", "1:1:", "'generator' is missing", ""},
    };
    (void)state;
    CHECK_ALL(mistakes);
}

static void test_sizes_out_of_range(void **state)
{
    static const mistake mistakes[] = {
        {"kernel: 5", "kernel: 0",
         "13:43: generator layer 5 conv_transpose kernel:", "0 is too small", "at least 1"},
        {"kernel: 5", "kernel: -3", "13:43:", "-3 is too small", "at least 1"},
        {"kernel: 5", "kernel: [3, 0]",
         "13:47: generator layer 5 conv_transpose kernel item 2:", "0 is too small", ""},
        {"stride: 2", "stride: 0", "13:54:", "0 is too small", ""},
        {"padding: same", "padding: -1", "13:66:", "-1 is too small", "at least 0"},
        {"channels: 1, k", "channels: 0, k", "13:32:", "0 is too small", ""},
        {"units: 32", "units: -32", "9:20:", "-32 is too small", ""},
        {"units: 32", "units: 99999999999999999999", "9:20:", "too large", ""},
        {"units: 32", "units: 1073741825", "9:20:", "too large", "1073741824"},
        {"latent: 4", "latent: 0", "3:9: latent:", "0 is too small", ""},
        {"height: 8", "height: 0", "2:17: image height:", "0 is too small", ""},
        {"height: 8, width: 8", "height: 65536, width: 65536",
         "2:8: image:", "65536 x 65536 x 1 is too large", ""},
        {"batch_size: 4", "batch_size: 0", "25:15: train batch_size:", "0 is too small", ""},
        {"epochs: 1", "epochs: 0", "26:11: train epochs:", "0 is too small", ""},
        {"reshape: [4, 4, 2]", "reshape: [4, 4, 0]", "12:21:", "0 is too small", ""},
    };
    (void)state;
    CHECK_ALL(mistakes);
}

static void test_products_too_large(void **state)
{
    static const mistake mistakes[] = {
        {"units: 32", "units: 1000000000",
         "9:5: generator layer 1: dense0:", "kernel of 4 x 1000000000", "2147483647"},
        {"- dense: 1\n", "- dense: 40000000\n  - dense: 40000000\n",
         "21:5: discriminator layer 6: dense1:", "kernel of 40000000 x 40000000", "discriminator"},
        {"- dense: 1\n", "- dense: 30000\n  - dense: 30000\n  - dense: 30000\n  - dense: 30000\n",
         "23:5: discriminator layer 8: dense3:", "kernel of 30000 x 30000", "2147483647"},
        {"reshape: [4, 4, 2]", "reshape: [1073741824, 1073741824, 1073741824]",
         "12:5: generator layer 4: reshape0:", "more than 2147483647 elements", ""},
        {"kernel: 5, stride: 2", "kernel: 5, stride: 100000",
         "13:5: generator layer 5: conv_transpose0:", "400000 x 400000 x 1", "2147483647"},
        {"kernel: 5, stride: 2", "kernel: 5, stride: 1000000000",
         "13:5: generator layer 5: conv_transpose0:", "output height 4000000000", "1073741824"},
        {"channels: 3, kernel: 5", "channels: 1073741824, kernel: 5",
         "16:5: discriminator layer 1: conv0:", "kernel of 1073741824 x 5 x 5 x 1", ""},
        {"channels: 3, kernel: 5, stride: 2, padding: same",
         "channels: 1073741824, kernel: 1, bias: false",
         "16:5: discriminator layer 1: conv0:", "8 x 8 x 1073741824", "2147483647"},
    };
    (void)state;
    CHECK_ALL(mistakes);
}

static void test_reals_out_of_range(void **state)
{
    static const mistake mistakes[] = {
        {"dropout: 0.25", "dropout: 1",
         "18:14: discriminator layer 3 dropout:", "1 is out of range", "below 1"},
        {"leaky_relu: 0.2", "elu: -1", "17:10: discriminator layer 2 elu:", "-1 is out of range",
         ""},
        {"leaky_relu: 0.2", "repeat: {n: 2000000, layers: [tanh]}", "17:5:", "more than", "layers"},
        {"leaky_relu: 0.2", "repeat: {n: 0, layers: [tanh]}", "17:17:", "0 is too small", ""},
        {"leaky_relu: 0.2", "gelu: 1", "17:11: discriminator layer 2 gelu:", "word alone", ""},
        {"dropout: 0.25", "dropout: 0.99999999999", "18:14:", "out of range", "below 1"},
        {"dropout: 0.25", "dropout: -0.1", "18:14:", "out of range", "at least 0"},
        {"dropout: 0.25", "dropout: .nan", "18:14:", "'.nan'", "number"},
        {"leaky_relu: 0.2", "leaky_relu: -0.2",
         "17:17: discriminator layer 2 leaky_relu:", "-0.2 is out of range", "from 0"},
        {"slope: 0.3", "slope: -1", "7:23: defaults leaky_relu slope:", "-1 is out of range", ""},
        {"epsilon: 1e-3", "epsilon: 0", "6:25: defaults batch_norm epsilon:", "more than 0", ""},
        {"epsilon: 1e-3", "epsilon: 1e-60", "6:25:", "more than 0", ""},
        {"momentum: 0.9", "momentum: 1.01", "6:41: defaults batch_norm momentum:", "from 0 to 1",
         ""},
        {"momentum: 0.9", "momentum: -0.01", "6:41:", "from 0 to 1", ""},
        {"lr: 1e-4", "lr: 0", "27:14: train adam lr:", "more than 0", ""},
        {"lr: 1e-4", "lr: -1e-4", "27:14: train adam lr:", "more than 0", ""},
        {"lr: 1e-4", "lr: nan", "27:14: train adam lr:", "'nan'", "number"},
        {"lr: 1e-4", "lr: .inf", "27:14: train adam lr:", "'.inf'", "number"},
        {"lr: 1e-4", "lr: 0,1", "27:16: train adam:", "unknown key '1'", "lr"},
        {"lr: 1e-4", "lr_g: 0", "27:16: train adam lr_g:", "more than 0", ""},
        {"lr: 1e-4", "lr_d: 0", "27:16: train adam lr_d:", "more than 0", ""},
        {"beta1: 0.9", "beta1: 1", "27:27: train adam beta1:", "below 1", ""},
        {"beta2: 0.999", "beta2: 1", "27:39: train adam beta2:", "below 1", ""},
        {"epsilon: 1e-7", "epsilon: -1e-7", "27:55: train adam epsilon:", "more than 0", ""},
        {"ema: 0", "ema: 1", "28:8: train ema:", "below 1", ""},
        {"ema: 0", "ema_warmup: 1", "28:15: train ema_warmup:", "'1'", ""},
        {"label_smoothing: 0", "r1: -1", "24:7: train r1:", "from 0 to a million", ""},
        {"label_smoothing: 0", "label_smoothing: 1", "24:20: train label_smoothing:", "below 1",
         ""},
        {"init: glorot_uniform", "init: {normal: -0.02}",
         "5:18: defaults init normal:", "out of range", ""},
        {"init: glorot_uniform", "init: {uniform: 0}",
         "5:19: defaults init uniform:", "more than 0", ""},
        {"init: glorot_uniform", "init: {constant: 1e30}",
         "5:20: defaults init constant:", "out of range", ""},
    };
    (void)state;
    CHECK_ALL(mistakes);
}

static void test_layers_that_do_not_meet(void **state)
{
    static const mistake mistakes[] = {
        {"reshape: [4, 4, 2]", "reshape: [4, 4, 3]",
         "12:5: generator layer 4: reshape0:", "4 x 4 x 3 has 48", "32"},
        {"  - reshape: [4, 4, 2]\n", "",
         "12:5: generator layer 4: conv_transpose0:", "a vector of 32", "add reshape"},
        {"  - flatten\n", "", "19:5: discriminator layer 4: dense0:", "a map of 4 x 4 x 3",
         "add flatten"},
        {"  - dense: 1\n", "  - conv: {channels: 1, kernel: 1}\n",
         "20:5: discriminator layer 5: conv1:", "a vector of 48", "add reshape"},
        {"channels: 3, kernel: 5, stride: 2, padding: same", "channels: 3, kernel: 9",
         "16:5: discriminator layer 1: conv0:", "kernel height 9 is larger", "8 + 0 + 0"},
        {"channels: 3, kernel: 5, stride: 2, padding: same",
         "channels: 3, kernel: [1, 13], padding: [0, 2]", "16:5:", "kernel width 13 is larger",
         "8 + 2 + 2"},
        {"channels: 3, kernel: 5, stride: 2, padding: same", "channels: 3, kernel: 3, padding: 3",
         "16:5:", "padding 3 of the height is not smaller", "kernel, 3"},
        {"kernel: 5, stride: 2, padding: same",
         "kernel: 2, stride: 1, padding: 1, "
         "output_padding: 1",
         "13:5: generator layer 5: conv_transpose0:",
         "output_padding 1 of the height is not smaller", "stride, 1"},
        {"reshape: [4, 4, 2]\n  - conv_transpose: {channels: 1, kernel: 5, stride: 2, padding: "
         "same}",
         "reshape: [1, 32, 1]\n  - conv_transpose: {channels: 1, kernel: 4, padding: 3}",
         "13:5: generator layer 5: conv_transpose0:", "output height is (1 - 1) * 1 - 3 - 3 + 4",
         "= -2, not positive"},
        {"reshape: [4, 4, 2]\n  - conv_transpose: {channels: 1, kernel: 5, stride: 2, padding: "
         "same}",
         "reshape: [1, 32, 1]\n  - conv_transpose: {channels: 1, kernel: 4, padding: 2}",
         "13:5:", "output height is", "= 0, not positive"},
        {"channels: 3, kernel: 5,", "channels: 3, groups: 3, kernel: 5,",
         "16:5: discriminator layer 1: conv0:", "the input's 1 channels do not make 3 groups",
         "divides 1 and 3"},
        {"channels: 1, kernel: 5,", "channels: 1, groups: 2, kernel: 5,",
         "13:5: generator layer 5: conv_transpose0:",
         "the output's 1 channels do not make 2 groups", "divides 2 and 1"},
        {"channels: 1, kernel: 5,", "channels: 1, groups: depthwise, kernel: 5,",
         "13:5: generator layer 5: conv_transpose0:", "depthwise, 2 channels of the input",
         "multiple of that, and not 1"},
        {"channels: 3, kernel: 5,", "channels: 3, groups: depthwize, kernel: 5,",
         "16:", "'depthwize'", "'depthwise'"},
        {"channels: 3, kernel: 5,", "channels: 3, groups: 0, kernel: 5,", "16:", "groups", "0"},
        {"reshape: [4, 4, 2]", "constant: {shape: [4, 4, 2], scaled: true}",
         "12:5: generator layer 4: constant0:", "takes a number for each of 2 channels",
         "put dense: 2 before it"},
        {"reshape: [4, 4, 2]", "constant",
         "12:5: generator layer 4:", "constant alone says too little", "constant: [4, 4, 512]"},
    };
    (void)state;
    CHECK_ALL(mistakes);
}

static void test_networks_that_do_not_meet(void **state)
{
    static const mistake mistakes[] = {
        {"stride: 2, padding: same}\n  - tanh", "stride: 1, padding: same}\n  - tanh",
         "14:5: generator layer 6:", "ends with 4 x 4 x 1, but an image is 8 x 8 x 1",
         "stride 2 in layer 5 (conv_transpose)"},
        {"channels: 1, kernel: 5, stride: 2, padding: same",
         "channels: 1, kernel: 5, stride: 2, padding: 1",
         "14:5: generator layer 6:", "ends with 9 x 9 x 1", "kernel 4 in layer 5"},
        {"channels: 1, kernel: 5, stride: 2", "channels: 2, kernel: 5, stride: [2, 1]",
         "14:5: generator layer 6:", "ends with 8 x 4 x 2",
         "stride 2 and channels 1 in layer 5 (conv_transpose)"},
        {"channels: 1, kernel: 5, stride: 2", "channels: 3, kernel: 5, stride: 2",
         "14:5: generator layer 6:", "ends with 8 x 8 x 3", ": channels 1 in layer 5"},
        {"height: 8, width: 8", "height: 7, width: 5", "14:5: generator layer 6:",
         "ends with 8 x 8 x 1, but an image is 7 x 5 x 1", "padding [2, 3] in layer 5"},
        {"  - tanh\n", "  - flatten\n", "14:5: generator layer 6:", "ends with 1 x 1 x 64",
         "add reshape: [8, 8, 1] at the end"},
        {"  - tanh\n", "  - flatten\n  - dense: 9\n", "15:5: generator layer 7:",
         "ends with 1 x 1 x 9", "change its strides, kernels or reshape"},
        {"  - flatten\n  - dense: 1\n", "",
         "18:5: discriminator layer 3:", "ends with a map of 4 x 4 x 3", "add flatten"},
        {"  - dense: 1\n", "  - dense: 1\n  - sigmoid\n",
         "21:5: discriminator layer 6:", "ends with sigmoid", "remove it"},
    };
    (void)state;
    CHECK_ALL(mistakes);
}

static void test_blocks(void **state)
{
    static const mistake mistakes[] = {
        {"- leaky_relu: 0.2\n", "- residual: [conv: {channels: 5, kernel: 3}]\n",
         "17:5: discriminator layer 2", "its layers give 2 x 2 x 5 and its shortcut 4 x 4 x 3",
         "channels: 5, kernel: 1"},
        {"- leaky_relu: 0.2\n", "- residual: {layer: [tanh]}\n", "17:16: discriminator layer 2",
         "'layer'", "'layers'"},
        {"- leaky_relu: 0.2\n", "- residual: {shortcut: [tanh]}\n", "17:", "layers", ""},
        {"- leaky_relu: 0.2\n", "- residual: []\n", "17:15: discriminator layer 2", "has no layers",
         ""},
        {"- leaky_relu: 0.2\n", "- residual\n", "17:5: discriminator layer 2",
         "residual alone says too little", "residual: [conv:"},
        {"- leaky_relu: 0.2\n", "- residual: [tanh, {dense: 3}]\n", "17:", "dense",
         "add flatten before it"},
        {"- leaky_relu: 0.2\n", "- add\n", "17:5: discriminator layer 2", "'add'", ""},
    };
    (void)state;
    CHECK_ALL(mistakes);
}

static void test_names_and_files(void **state)
{
    static const mistake mistakes[] = {
        {"name: small", "name: a/b", "1:7: name:", "'a/b' cannot be a name", "letters"},
        {"name: small", "name: .hidden", "1:7: name:", "'.hidden' cannot be a name", "letters"},
        {"name: small", "name: \"a\\nb\"", "1:7: name:", "'a?b' cannot be a name", "letters"},
        {"name: small", "name: ''", "1:7: name:", "cannot be a name", "letters"},
        {"bias: false", "bias: false, bias: true", "9:37: ", "'bias' is here twice", "line 9"},
        {"latent: 4", "latent: [4", "", "", ""},
        {"latent: 4", "latent: \xff", "3:9:", "UTF-8", ""},
    };
    (void)state;
    CHECK_ALL(mistakes);
}

static void test_not_a_description(void **state)
{
    static const char *const texts[] = {"",     "# only a comment\n",      "42\n", "[1, 2]\n",
                                        "{}\n", "name: x\n--- \nname: y\n"};
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        gan_net *net = NULL;
        gan_error err = {0};
        if (gan_net_parse(texts[i], "other.yaml", &net, &err) != GAN_E_DATA || net ||
            strncmp(err.text, "other.yaml:", 11) != 0) {
            fail_msg("'%s' gave: %s", texts[i], err.text);
        }
    }
    assert_int_equal(gan_net_parse("{}", "x", &(gan_net *){NULL}, NULL), GAN_E_DATA);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_unknown_words_name_the_nearest),
        cmocka_unit_test(test_keys_of_other_frameworks_are_listed_against),
        cmocka_unit_test(test_wrong_types),
        cmocka_unit_test(test_missing_keys),
        cmocka_unit_test(test_sizes_out_of_range),
        cmocka_unit_test(test_products_too_large),
        cmocka_unit_test(test_reals_out_of_range),
        cmocka_unit_test(test_layers_that_do_not_meet),
        cmocka_unit_test(test_networks_that_do_not_meet),
        cmocka_unit_test(test_blocks),
        cmocka_unit_test(test_names_and_files),
        cmocka_unit_test(test_not_a_description),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
