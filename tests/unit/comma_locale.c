/* comma_locale.c — a locale with a decimal comma, made on the spot. */
#define _GNU_SOURCE /* setenv */
#include "unit/comma_locale.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit/data_files.h"

static const char source[] = "LC_NUMERIC\n"
                             "decimal_point \"<U002C>\"\n"
                             "thousands_sep \"<U002E>\"\n"
                             "grouping 3;3\n"
                             "END LC_NUMERIC\n";

bool comma_locale_set(void)
{
    data_folder folder;
    char command[1024], number[32] = "";
    data_folder_make(&folder);
    data_write(data_at(&folder, "source"), source, sizeof source - 1);
    snprintf(command, sizeof command, "localedef -c -i %s/source %s/comma_COMMA >/dev/null 2>&1",
             folder.path, folder.path);
    const int ran = system(command); /* 1 for the categories that are not there: judged below */
    setenv("LOCPATH", folder.path, 1);
    const bool set = ran != -1 && setlocale(LC_NUMERIC, "comma_COMMA") != NULL;
    unsetenv("LOCPATH");
    data_folder_remove(&folder);
    snprintf(number, sizeof number, "%.1f", 1.5);
    if (!set || strcmp(number, "1,5") != 0) {
        printf("skipped: no locale with a decimal comma (localedef gave %d)\n", ran);
        comma_locale_reset();
        return false;
    }
    return true;
}

void comma_locale_reset(void)
{
    setlocale(LC_NUMERIC, "C");
}
