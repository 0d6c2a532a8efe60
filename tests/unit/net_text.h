/* net_text.h — a small network description for tests, and edited copies of it. */
#ifndef TESTS_UNIT_NET_TEXT_H
#define TESTS_UNIT_NET_TEXT_H

#include "gan/net.h"

/* A correct description, 28 lines; its label in messages is "small.yaml". */
extern const char net_text[];

/* The text with the first `from` replaced by `to`; free() it. The test fails if `from` is not in
 * it. */
char *net_text_edit(const char *from, const char *to);

/* Parses the edited text, as small.yaml. */
gan_status net_text_parse(const char *from, const char *to, gan_net **out, gan_error *err);

/* The same where it must be correct: the test fails with the message if it is not. */
gan_net *net_text_load(const char *from, const char *to);

#endif
