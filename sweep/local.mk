# Sweeps: many replays, resumable, on one machine or by way of Slurm.
selfpage_SOURCES += \
	%D%/claims.c %D%/claims.h \
	%D%/done.c %D%/done.h \
	%D%/failures.c %D%/failures.h \
	%D%/jobs.c %D%/jobs-file.c %D%/jobs.h \
	%D%/measured.c %D%/measured.h \
	%D%/plan.c %D%/plan.h \
	%D%/plan-files.c %D%/plan-files.h \
	%D%/runner.c %D%/runner.h \
	%D%/section.c %D%/section.h \
	%D%/slurm.c %D%/slurm.h \
	%D%/slurm-call.c %D%/slurm-call.h \
	%D%/slurm-held.c %D%/slurm-held.h \
	%D%/slurm-queue.c %D%/slurm-queue.h \
	%D%/sweep-command.c %D%/sweep-options.c %D%/sweep-options.h \
	%D%/sweep-tell.c %D%/sweep.h \
	%D%/table.h \
	%D%/tasks.c %D%/tasks.h \
	%D%/toml.c %D%/toml.h \
	%D%/units.c %D%/units.h \
	%D%/windows.c %D%/windows.h \
	%D%/worker.c %D%/worker.h

check_PROGRAMS += %D%/test/held-test %D%/test/memory-test %D%/test/scale-test
%C%_test_held_test_SOURCES = %D%/test/held-test.c \
	%D%/slurm-call.c %D%/slurm-held.c
%C%_test_held_test_LDADD = $(CMOCKA_LIBS)
sweep_planner = %D%/done.c %D%/jobs.c %D%/jobs-file.c %D%/measured.c \
	%D%/tasks.c %D%/units.c results/set.c replay/policy-spec.c
%C%_test_memory_test_SOURCES = %D%/test/memory-test.c $(sweep_planner)
%C%_test_memory_test_LDADD = $(%C%_test_scale_test_LDADD)
%C%_test_scale_test_SOURCES = %D%/test/scale-test.c $(sweep_planner)
%C%_test_scale_test_LDADD = replay/libreplay.a tracer/libtracer.a mm/libmm.a \
	cli/libcli.a base/libbase.a $(ZSTD_LIBS) $(XXHASH_LIBS) $(CMOCKA_LIBS) \
	$(PFM_LIBS) -lm
TESTS += %D%/test/held-test %D%/test/memory-test %D%/test/scale-test \
	%D%/test/sweep-test.sh %D%/test/fake-slurm-test.sh \
	%D%/test/slurm-test.sh
EXTRA_DIST += %D%/README.md %D%/test/common.sh %D%/test/sweep-test.sh \
	%D%/test/fake-slurm-test.sh %D%/test/slurm-test.sh %D%/test/slurm.sh

# The version of what counts depend on: a checksum of its sources, so that rows
# of another core are not taken for this one's.
core_sources = $(srcdir)/mm/*.[ch] $(srcdir)/mm/policy/*.[ch] \
	$(srcdir)/replay/*.[ch]
BUILT_SOURCES += %D%/core.h
CLEANFILES += %D%/core.h
%D%/core.h: FORCE
	@$(MKDIR_P) %D% && { \
	sum=`LC_ALL=C; cat $(core_sources) | sha256sum | cut -c 1-12`; \
	echo "#define CORE_VERSION \"$$sum\""; } >$@.part && \
	{ cmp -s $@.part $@ && rm $@.part || mv $@.part $@; }
%D%/jobs.$(OBJEXT): %D%/core.h
