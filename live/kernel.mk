# A program under the kernel's own reclaim, beside the pager's.
live_kernel = \
	%D%/cgroup.c %D%/cgroup.h \
	%D%/kernel.c %D%/kernel.h \
	%D%/swap-file.c %D%/swap-file.h
selfpage_SOURCES += $(live_kernel) %D%/kernel-run.c %D%/kernel-run.h

check_PROGRAMS += %D%/test/kernel-test
TESTS += %D%/test/kernel-test
%C%_test_kernel_test_SOURCES = %D%/test/kernel-test.c $(live_kernel)
%C%_test_kernel_test_LDADD = base/libbase.a $(CMOCKA_LIBS)
