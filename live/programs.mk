# Real programs under the pager.
live_program_tests = \
	%D%/test/faults-test.sh \
	%D%/test/kernel-run-test.sh \
	%D%/test/nobody-test.sh \
	%D%/test/programs-test.sh
TESTS += $(live_program_tests)
SOAKS += %D%/test/programs-soak.sh
EXTRA_DIST += $(live_program_tests) %D%/test/programs.sh \
	%D%/test/programs-soak.sh \
	%D%/test/bad-disk.c %D%/test/hold.py %D%/test/threads.py

# RUNS runs in a row, each of another program, memory size or policy.
RUNS = 200
soak-live: selfpage $(runlib_PROGRAMS)
	@$(AM_TESTS_ENVIRONMENT) srcdir='$(srcdir)'; export srcdir; \
	sh '$(srcdir)/%D%/test/programs.sh' --runs '$(RUNS)' \
		--frames '75% 50% 33% 20%' --policies \
		'fifo sfifo clock sieve car linux mglru random'
.PHONY: soak-live
