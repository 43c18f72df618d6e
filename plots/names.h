/* Names by number, in the order they first come in. */
#ifndef PLOTS_NAMES_H
#define PLOTS_NAMES_H

struct names {
	char **name; /* [count] each once */
	unsigned count;
	unsigned last; /* that was looked up */
};

/* The number of NAME, which is added if it is not there. 0 or -ENOMEM. */
int names_find(struct names *names, const char *name, unsigned *number_out);
void names_free(struct names *names);

/*
 * What traces of these names are called in figures and in files: without
 * folder and .spt, each once ("sort", "sort-2").  [count], for names_free.
 * 0 or -ENOMEM.
 */
int names_shorten(const struct names *names, struct names *out);

#endif
