/* table.h — a table of short texts, printed for a terminal or as Markdown. */
#ifndef GAN_CLI_TABLE_H
#define GAN_CLI_TABLE_H

#include <stdbool.h>

enum { CLI_TABLE_COLUMNS = 12, CLI_TABLE_CELL = 96 };

typedef struct cli_table {
    const char *const *titles; /* borrowed */
    int n_columns, n_rows;
    bool left[CLI_TABLE_COLUMNS]; /* columns of words; the others are numbers, set to the right */
    bool hidden[CLI_TABLE_COLUMNS];
    char (*cells)[CLI_TABLE_COLUMNS][CLI_TABLE_CELL];
} cli_table;

/* Room for n_rows rows of empty cells, freed by cli_table_free; false if there is no memory. */
bool cli_table_begin(cli_table *table, const char *const *titles, int n_columns, int n_rows);
void cli_table_free(cli_table *table);

/* Sets a cell, by printf; cut if too long. */
void cli_table_set(cli_table *table, int row, int column, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Prints on stdout. A '|' in a Markdown cell is escaped. */
void cli_table_print(const cli_table *table, bool markdown);

#endif
