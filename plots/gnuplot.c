/* Pieces of programs for gnuplot.  See gnuplot.h. */
#include "plots/gnuplot.h"

void gnuplot_string(FILE *stream, const char *text)
{
	putc('\'', stream);
	for (; *text; text++) {
		if (*text == '\'')
			putc('\'', stream);
		putc((unsigned char)*text < ' ' ? '?' : *text, stream);
	}
	putc('\'', stream);
}

void gnuplot_set(FILE *stream, const char *variable, const char *text)
{
	fprintf(stream, "%s = ", variable);
	gnuplot_string(stream, text);
	putc('\n', stream);
}

void gnuplot_names(FILE *stream, const char *name, const struct names *names)
{
	/* gnuplot knows no array of nothing */
	fprintf(stream, "array %s[%u]\n", name, names->count + !names->count);
	for (unsigned i = 0; i < names->count; i++) {
		fprintf(stream, "%s[%u] = ", name, i + 1);
		gnuplot_string(stream, names->name[i]);
		putc('\n', stream);
	}
}
