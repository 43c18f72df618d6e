/* Where a program is. */
#ifndef TRACER_RECORD_FIND_H
#define TRACER_RECORD_FIND_H

/* Looks NAME up as a shell does; *PATH_OUT (free it) is where it is.
 * 0 or an errno. */
int find_program(const char *name, char **path_out);

#endif
