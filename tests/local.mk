# Tests of the source tree itself.
tree_tests = \
	%D%/layout-test.sh \
	%D%/lengths-test.sh \
	%D%/rules-test.sh \
	%D%/packages-test.sh \
	%D%/bootstrap-test.sh
TESTS += $(tree_tests)
EXTRA_DIST += $(tree_tests) %D%/common.sh %D%/sources.sh %D%/README.md
