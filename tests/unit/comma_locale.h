/* comma_locale.h — a locale with a decimal comma, made on the spot: machines have none. */
#ifndef TESTS_UNIT_COMMA_LOCALE_H
#define TESTS_UNIT_COMMA_LOCALE_H

#include <stdbool.h>

/* Compiles a locale whose numbers look like 1.234,5 by localedef(1) and sets it for the process.
 * False, with a line that says why, where there is no localedef. */
bool comma_locale_set(void);

/* Back to the C locale. */
void comma_locale_reset(void);

#endif
