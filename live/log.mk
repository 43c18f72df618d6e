# Logs, and what recorded traces foretell.
live_log_tests = %D%/test/hinted-test.sh %D%/test/log-test.sh \
	%D%/test/names-test.sh \
	%D%/test/predict-test.sh \
	%D%/test/thrash-test.sh
TESTS += $(live_log_tests)
EXTRA_DIST += $(live_log_tests)

# What is run paged: no sanitizer's runtime beside it.
check_PROGRAMS += %D%/test/named %D%/test/thrash
%C%_test_named_CFLAGS = -std=gnu17 -Wall -Wextra -fno-sanitize=all
%C%_test_named_LDFLAGS =
%C%_test_thrash_CFLAGS = -std=gnu17 -Wall -Wextra -fno-sanitize=all
%C%_test_thrash_LDFLAGS =
