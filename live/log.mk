# Logs, and what recorded traces foretell.
live_log_tests = %D%/test/log-test.sh %D%/test/predict-test.sh
TESTS += $(live_log_tests)
EXTRA_DIST += $(live_log_tests)
