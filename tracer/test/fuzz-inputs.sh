#!/bin/sh
# make fuzz-inputs: every harness under libFuzzer, one after the other, each
# for SECONDS.  What was learnt stays in ./fuzz-inputs/NAME and is gone on
# with; an input that breaks a promise is ./fuzz-inputs/NAME-crash-*.
#
#	fuzz-inputs.sh SECONDS [HARNESS...]
#
# In the environment, from the Makefile: CLANG, CPPFLAGS, LIBS, SOURCES.
seconds=$1
shift
harnesses=${*:-import input trace perf}
folder=fuzz-inputs

${CLANG:-clang} --version >/dev/null 2>&1 || {
	echo "libFuzzer comes with clang: apt-get install clang" \
		"libclang-rt-14-dev" >&2
	exit 1
}
mkdir -p "$folder" || exit 1
sources=
for source in $SOURCES; do
	case $source in
	*.c) sources="$sources $srcdir/$source" ;;
	esac
done
libraries=
for library in $LIBS; do
	case $library in
	*.a) ;;
	*) libraries="$libraries $library" ;;
	esac
done
echo "building $folder/fuzzer"
# shellcheck disable=SC2086  # lists of words
${CLANG:-clang} -std=gnu17 -g -O1 -fno-omit-frame-pointer \
	-fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined \
	$CPPFLAGS -o "$folder/fuzzer" \
	"$srcdir/tracer/test/input-libfuzzer.c" $sources $libraries || exit 1
./tracer/test/input-fuzz --seeds "$folder" || exit 1
failed=
for harness in $harnesses; do
	echo "== $harness, $seconds s"
	HARNESS=$harness "$folder/fuzzer" -max_total_time="$seconds" \
		-max_len=16384 -timeout=20 -rss_limit_mb=1024 \
		-malloc_limit_mb=512 -print_final_stats=1 \
		-artifact_prefix="$folder/$harness-" \
		"$folder/$harness" >"$folder/$harness.log" 2>&1 ||
		failed="$failed $harness"
	grep -E 'ERROR|SUMMARY|not so:|stat::number_of_executed_units' \
		"$folder/$harness.log"
	tail -n 1 "$folder/$harness.log" | grep -q . &&
		grep -E '^#[0-9]+.*DONE' "$folder/$harness.log"
done
test -z "$failed" || { echo "failed:$failed" >&2; exit 1; }
