# Policies of variable space.
replay_libreplay_a_SOURCES += \
	%D%/variable.c %D%/variable.h \
	%D%/variable-pff.c %D%/variable-vmin.c %D%/variable-ws.c \
	%D%/window-curve.c %D%/window-curve.h \
	%D%/window-fit.c %D%/window-fit.h

replay_variable_tests = %D%/test/variable-fuzz %D%/test/variable-test
check_PROGRAMS += $(replay_variable_tests)
TESTS += $(replay_variable_tests) %D%/test/window-test.sh
EXTRA_DIST += %D%/test/window-test.sh
%C%_test_variable_test_SOURCES = %D%/test/variable-test.c %D%/test/lab.h \
	%D%/test/naive.h %D%/test/naive-variable.h \
	mm/test/policy-drive.h mm/test/policy-models/row.h \
	mm/test/policy-models/wsclock.h
%C%_test_variable_test_LDADD = $(replay_libs)
FUZZES += %D%/test/variable-fuzz=1000000
%C%_test_variable_fuzz_SOURCES = %D%/test/variable-fuzz.c
%C%_test_variable_fuzz_LDADD = replay/libreplay.a mm/libmm.a base/libbase.a
