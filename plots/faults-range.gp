# What of trace T is drawn: from FROM per cent of its pages on, BOTTOM to TOP
# faults per million references, LOG_RATES if that is on a logarithmic axis.
# FIRST is what no policy can do without: every page comes in once.

first = 1e6 * pages[t] / references[t]
# With less than a hundredth of its pages a program does nothing but fault.
from = 1.
if (replayed[t] ne '') {
	stats $rows using (of_replay(t, 0, column(column_share))) \
		name 'rows' nooutput
	from = rows_min < from ? rows_min : from
}
stats $rows using (of(t, 0, column(column_share))) name 'share' nooutput
from = share_min > from || share_max < 4 * from ? share_min : from
seen(value) = column(column_share) > from * 0.999 ? value : NaN

stats $rows using (of(t, 0, seen(column(column_faults)))) \
	name 'faults' nooutput
# Policies that are no good for it, as MRU often, would press all others
# together.
lru = number_of('lru')
opt = number_of('opt')
usual(value) = column(column_policy) == lru || \
	column(column_policy) == opt ? value : NaN
usual_max = 0
if (has(replayed[t].curved[t], lru) || has(replayed[t].curved[t], opt)) {
	stats $rows using (of(t, 0, seen(usual(column(column_faults))))) \
		name 'usual' nooutput
}
bottom = faults_min < first ? faults_min : first
top = usual_max > 0 && faults_max > 2 * usual_max ? 2 * usual_max : faults_max
top = top > first ? top : first
top = top > 0 ? top : 1
log_rates = wants_log(bottom, top)
bottom = log_rates ? bottom / 1.5 : 0
top = log_rates ? top * 1.5 : top * 1.05
