# What recorded traces foretell.
TESTS += %D%/test/predict-test.sh
EXTRA_DIST += %D%/test/predict-test.sh
