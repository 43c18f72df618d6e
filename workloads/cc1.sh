# The C compiler proper (gcc would start it as a child): a large program
# text, trees and lists from its own allocators.
about='cc1 -O0, a C file without headers'
needs='gcc:gcc'
seed=3
case $size in
small) level=-fsyntax-only count=1 ;;
real) level=-O0 count=1 ;;
full) level=-O2 count=60 ;;
esac
make_input() { generate source --seed $seed --count $count >source.c; }
run() { "$@" "$(gcc -print-prog-name=cc1)" -quiet $level source.c -o source.s; }
