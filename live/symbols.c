/* Functions by address: see symbols.h. */
#include <config.h>

#include "live/symbols.h"

#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct file {
	const char *data;
	uint64_t bytes;
};

static bool map_file(const char *path, struct file *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat status;
	void *data = MAP_FAILED;

	if (fd < 0)
		return false;
	if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) &&
		status.st_size >= (off_t)sizeof(Elf64_Ehdr))
		data = mmap(NULL, (size_t)status.st_size, PROT_READ,
			MAP_PRIVATE, fd, 0);
	close(fd);
	if (data == MAP_FAILED)
		return false;
	*out = (struct file){data, (uint64_t)status.st_size};
	return true;
}

/* COUNT records of SIZE bytes at OFFSET; NULL: they are not all in the file. */
static const void *take(
	const struct file *file, uint64_t offset, uint64_t count, uint64_t size)
{
	uint64_t bytes, end;

	if (__builtin_mul_overflow(count, size, &bytes) ||
		__builtin_add_overflow(offset, bytes, &end) ||
		end > file->bytes || offset % 8 != 0)
		return NULL;
	return file->data + offset;
}

/* The section of KIND and that of its names. */
static bool find_table(const struct file *file, uint32_t kind,
	const Elf64_Shdr **table_out, const Elf64_Shdr **names_out)
{
	const Elf64_Ehdr *head = (const Elf64_Ehdr *)file->data;
	const Elf64_Shdr *section =
		take(file, head->e_shoff, head->e_shnum, sizeof(*section));

	if (memcmp(head->e_ident, ELFMAG, SELFMAG) != 0 ||
		head->e_ident[EI_CLASS] != ELFCLASS64 ||
		head->e_shentsize != sizeof(*section) || section == NULL)
		return false;
	for (unsigned i = 0; i < head->e_shnum; i++) {
		if (section[i].sh_type != kind ||
			section[i].sh_entsize != sizeof(Elf64_Sym) ||
			section[i].sh_link >= head->e_shnum)
			continue;
		*table_out = &section[i];
		*names_out = &section[section[i].sh_link];
		return true;
	}
	return false;
}

static bool is_function_at(const Elf64_Sym *symbol, uint64_t address)
{
	unsigned type = ELF64_ST_TYPE(symbol->st_info);

	return (type == STT_FUNC || type == STT_GNU_IFUNC) &&
	       symbol->st_shndx != SHN_UNDEF &&
	       address - symbol->st_value < symbol->st_size;
}

static bool find_in(const struct file *file, uint32_t kind, uint64_t address,
	char *name_out, size_t bytes)
{
	const Elf64_Shdr *table, *names;
	const Elf64_Sym *symbol;
	uint64_t count, length;

	if (!find_table(file, kind, &table, &names))
		return false;
	count = table->sh_size / sizeof(*symbol);
	symbol = take(file, table->sh_offset, count, sizeof(*symbol));
	if (symbol == NULL || names->sh_offset > file->bytes ||
		names->sh_size > file->bytes - names->sh_offset)
		return false;
	for (uint64_t i = 0; i < count; i++, symbol++) {
		if (!is_function_at(symbol, address) ||
			symbol->st_name >= names->sh_size)
			continue;
		length = names->sh_size - symbol->st_name;
		snprintf(name_out, bytes, "%.*s",
			(int)(length < bytes ? length : bytes),
			file->data + names->sh_offset + symbol->st_name);
		return true;
	}
	return false;
}

bool symbols_find(
	const char *path, uint64_t address, char *name_out, size_t bytes)
{
	struct file file;
	bool found;

	if (!map_file(path, &file))
		return false;
	found = find_in(&file, SHT_SYMTAB, address, name_out, bytes) ||
		find_in(&file, SHT_DYNSYM, address, name_out, bytes);
	munmap((void *)file.data, file.bytes);
	return found;
}
