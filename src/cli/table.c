/* table.c — a table of short texts, printed for a terminal or as Markdown. */
#include "cli/table.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool cli_table_begin(cli_table *table, const char *const *titles, int n_columns, int n_rows)
{
    *table = (cli_table){.titles = titles, .n_columns = n_columns, .n_rows = n_rows};
    table->cells = calloc((size_t)n_rows + 1, sizeof *table->cells);
    return table->cells != NULL;
}

void cli_table_free(cli_table *table)
{
    free(table->cells);
    table->cells = NULL;
}

void cli_table_set(cli_table *table, int row, int column, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(table->cells[row][column], CLI_TABLE_CELL, format, args);
    va_end(args);
}

static void print_padded(const char *text, int width, bool left, bool last)
{
    if (last && left) {
        printf("%s\n", text);
    } else {
        printf("%*s%s", left ? -width : width, text, last ? "\n" : "  ");
    }
}

static int last_column(const cli_table *table)
{
    int last = 0;
    for (int c = 0; c < table->n_columns; c++) {
        last = table->hidden[c] ? last : c;
    }
    return last;
}

static void print_text(const cli_table *table)
{
    int last = last_column(table);
    for (int r = -1; r < table->n_rows; r++) {
        for (int c = 0; c < table->n_columns; c++) {
            size_t width = strlen(table->titles[c]);
            for (int i = 0; i < table->n_rows; i++) {
                size_t n = strlen(table->cells[i][c]);
                width = n > width ? n : width;
            }
            if (!table->hidden[c]) {
                print_padded(r < 0 ? table->titles[c] : table->cells[r][c], (int)width,
                             table->left[c], c == last);
            }
        }
    }
}

static void print_markdown_cell(const char *text)
{
    printf("| ");
    for (; *text; text++) {
        printf(*text == '|' ? "\\%c" : "%c", *text);
    }
    printf(" ");
}

static void print_markdown(const cli_table *table)
{
    for (int r = -2; r < table->n_rows; r++) {
        for (int c = 0; c < table->n_columns; c++) {
            if (table->hidden[c]) {
                continue;
            }
            if (r == -1) {
                printf(table->left[c] ? "|---" : "|---:");
            } else {
                print_markdown_cell(r < 0 ? table->titles[c] : table->cells[r][c]);
            }
        }
        printf("|\n");
    }
}

void cli_table_print(const cli_table *table, bool markdown)
{
    if (markdown) {
        print_markdown(table);
    } else {
        print_text(table);
    }
}
