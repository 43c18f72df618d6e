# A plotting program: numbers are read, sorted and drawn, and a surface is laid
# through some of them.  Half of it is the program's own start.
about='gnuplot, scattered points and a surface through them'
needs='gnuplot:gnuplot-nox'
seed=17
case $size in
small) count=50 ;;
real) count=1500 ;;
full) count=300000 ;;
esac
make_input()
{
	generate points --seed $seed --count $count >points.txt
	cat >points.gp <<-END
	set terminal svg size 800,480
	set output 'points.svg'
	plot 'points.txt' using 1:3, '' using 1:3 smooth unique
	set output 'surface.svg'
	set dgrid3d 24,24 qnorm
	set hidden3d
	splot 'points.txt' every ::::300 with lines
	END
}
run() { "$@" gnuplot points.gp; }
