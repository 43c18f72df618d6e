# The Valgrind tool: its own executables, under their own licence.  Nothing
# else is linked with them; the headers are shared.
EXTRA_DIST += %D%/COPYING %D%/LICENSE %D%/README.md %D%/anon-name.h \
	%D%/ask.h %D%/mark.h %D%/protocol.h

install-data-hook: install-mark
install-mark: $(srcdir)/%D%/mark.h
	$(MKDIR_P) '$(DESTDIR)$(includedir)'
	$(INSTALL_DATA) '$(srcdir)/%D%/mark.h' \
		'$(DESTDIR)$(includedir)/selfpage-mark.h'
uninstall-hook: uninstall-mark
uninstall-mark:
	rm -f '$(DESTDIR)$(includedir)/selfpage-mark.h'
.PHONY: install-mark uninstall-mark

if HAVE_PAGETRACE
pkglibexec_PROGRAMS += %D%/pagetrace-amd64-linux %D%/pagetrace-launch

%C%_pagetrace_launch_SOURCES = %D%/launch.c

%C%_pagetrace_amd64_linux_SOURCES = \
	%D%/instrument.c \
	%D%/main.c \
	%D%/mark.h \
	%D%/marks.c \
	%D%/names.c \
	%D%/protocol.h \
	%D%/regions.c \
	%D%/ring.c \
	%D%/system.h \
	%D%/tool.h
%C%_pagetrace_amd64_linux_CPPFLAGS = -I$(srcdir) $(VALGRIND_TOOL_CFLAGS)
# Without a C library: nothing that gcc would call one for, or keep in
# %fs; and no sanitizers, whatever the rest is built with.
%C%_pagetrace_amd64_linux_CFLAGS = -std=gnu17 -O2 $(VALGRIND_TOOL_WARNINGS) \
	-fno-stack-protector -fno-strict-aliasing -fno-builtin -fno-pie \
	-fno-sanitize=all -fomit-frame-pointer
# Valgrind's libraries need each other in this order, and a place in the
# address space where programs have nothing.
%C%_pagetrace_amd64_linux_LINK = $(CC) -static -nodefaultlibs -nostartfiles \
	-no-pie -u _start -Wl,-Ttext-segment=$(VALGRIND_TOOL_ADDRESS) \
	-Wl,--build-id=none -o $@
%C%_pagetrace_amd64_linux_LDADD = \
	$(VALGRIND_TOOL_LIBDIR)/libcoregrind-amd64-linux.a \
	$(VALGRIND_TOOL_LIBDIR)/libvex-amd64-linux.a -lgcc \
	$(VALGRIND_TOOL_LIBDIR)/libgcc-sup-amd64-linux.a

# What it does is to be recorded: no sanitizer's runtime beside it.
check_PROGRAMS += %D%/test/behave
%C%_test_behave_CFLAGS = -std=gnu17 -Wall -Wextra -fno-sanitize=all
%C%_test_behave_LDFLAGS =
%C%_test_behave_LDADD = -lpthread
TESTS += %D%/test/same-test.sh %D%/test/process-test.sh
endif
EXTRA_DIST += %D%/test/common.sh %D%/test/same-test.sh \
	%D%/test/process-test.sh %D%/test/trace-bench.sh

# Whole programs, some minutes: not among the other benchmarks.
bench-trace: all
	@$(AM_TESTS_ENVIRONMENT) srcdir='$(srcdir)'; export srcdir; \
	'$(srcdir)/%D%/test/trace-bench.sh'
.PHONY: bench-trace
