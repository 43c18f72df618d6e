/* Functions by address, from the symbol table of an ELF file. */
#ifndef LIVE_SYMBOLS_H
#define LIVE_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The name of the function in the file PATH in which ADDRESS lies, as the file
 * counts addresses; cut to BYTES bytes.  False: the file has none there, or
 * can't be read.  Reads the whole table.
 */
bool symbols_find(
	const char *path, uint64_t address, char *name_out, size_t bytes);

#endif
