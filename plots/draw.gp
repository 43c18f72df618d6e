# Draws FIGURE as PICTURE.png and PICTURE.svg, WIDTH x HEIGHT points.  They
# take their names when they are whole: that is for the caller to see.
eval sprintf("set terminal pngcairo noenhanced size %d,%d background 'white' \
font 'DejaVu Sans,11' fontscale 2 linewidth 2 pointscale 2", \
	2 * width, 2 * height)
set output picture.'.png.part'
load scripts.'/'.figure
unset output

eval sprintf("set terminal svg noenhanced size %d,%d dynamic \
background 'white' font 'DejaVu Sans,11' mouse standalone", width, height)
set output picture.'.svg.part'
load scripts.'/'.figure
unset output
