# Draws FIGURE as PICTURE.png and so on, for each of FORMATS, WIDTH x HEIGHT
# units of UNIT_MM.  They take their names when they are whole: that is for
# the caller to see.

# A unit in dots of a picture of 300 dots an inch, and in points of a 72nd of
# an inch.
dots = unit_mm / 25.4 * 300
points_of = unit_mm / 25.4 * 72

do for [format in formats] {
	if (format eq 'png') {
		eval sprintf("set terminal pngcairo noenhanced size %d,%d \
background 'white' font 'DejaVu Sans,11' fontscale %g linewidth %g \
pointscale %g", width * dots, height * dots, dots, dots, dots)
	}
	if (format eq 'svg') {
		eval sprintf("set terminal svg noenhanced size %d,%d dynamic \
background 'white' font 'DejaVu Sans,11' mouse standalone", width, height)
	}
	if (format eq 'pdf') {
		# its letters are counted in dots of 96 an inch
		eval sprintf("set terminal pdfcairo noenhanced size %gcm,%gcm \
background 'white' font 'DejaVu Sans,11' fontscale %g linewidth %g \
pointscale %g", width * unit_mm / 10, height * unit_mm / 10, \
			points_of * 72 / 96, points_of, points_of)
	}
	reset
	load scripts.'/look.gp'
	set output picture.'.'.format.'.part'
	load scripts.'/'.figure
	unset output
}
