# Faults at every size in one pass.
replay_libreplay_a_SOURCES += \
	%D%/lru-depth.c %D%/lru-depth.h \
	%D%/opt-depth.c %D%/opt-depth.h \
	%D%/opt-node.h %D%/opt-tree.c %D%/opt-tree.h

replay_curve_tests = %D%/test/depth-test
check_PROGRAMS += $(replay_curve_tests)
TESTS += $(replay_curve_tests)
%C%_test_depth_test_SOURCES = %D%/test/depth-test.c %D%/test/lab.h
%C%_test_depth_test_LDADD = $(replay_libs)
