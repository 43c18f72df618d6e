# Makes pages of the manual out of the public header: one a group of calls, and
# for each call one that leads to its group's.  FOLDER is where they go.
#
# A group starts with a line "==== NAME: SUMMARY ====" in a comment.  What is
# between blank lines belongs together: a comment, and the declarations that
# it speaks of.

function roff(text)
{
	gsub(/\\/, "\\e", text)
	gsub(/-/, "\\-", text)
	sub(/^[.']/, "\\\\\\&&", text)
	return text
}

# The names that CODE declares, and a page for each that is a call.
function heading(code, names, rest, name)
{
	names = ""
	rest = code
	while (match(rest, /selfpage_[a-z_]+\(/)) {
		name = substr(rest, RSTART, RLENGTH - 1)
		rest = substr(rest, RSTART + RLENGTH)
		names = names (names == "" ? "" : ", ") name
		calls = calls (calls == "" ? "" : ", ") name
		if (name != group)
			print ".so man3/" group ".3" >(folder "/" name ".3")
	}
	if (names == "" && match(code, /(struct|enum) selfpage_[a-z_]+/))
		names = substr(code, RSTART, RLENGTH)
	return names == "" ? "Constants" : names
}

function end_block()
{
	if (code != "") {
		synopsis = synopsis (synopsis == "" ? "" : "\n") code
		head = heading(code)
		if (text != "")
			description = description ".SS " roff(head) "\n" text
	} else if (text != "") {
		description = description ".PP\n" text
	}
	code = text = ""
}

function end_group(page)
{
	end_block()
	if (group == "")
		return
	page = folder "/" group ".3"
	printf ".TH %s 3 \"\" \"selfpage %s\" selfpage\n", toupper(group),
		version >page
	print ".SH NAME" >page
	# a page of its own name is found by it too
	print (index(", " calls ",", ", " group ",") ? "" : group ", ") calls \
		" \\- " roff(summary) >page
	print ".SH SYNOPSIS\n.nf\n#include <selfpage.h>\n" >page
	printf "%s.fi\n.SH DESCRIPTION\n%s", roff_code(synopsis),
		description >page
	print ".SH SEE ALSO\n.BR selfpage (3)" >page
	close(page)
	synopsis = description = calls = group = ""
}

function roff_code(lines, count, i, out, part)
{
	count = split(lines, part, "\n")
	for (i = 1; i < count; i++)
		out = out roff(part[i]) "\n"
	return out
}

function add_text(line)
{
	sub(/^ ?\*\/? ?/, "", line)
	sub(/ *\*\/$/, "", line)
	text = text (line == "" ? ".PP" : roff(line)) "\n"
}

/^\/\* ==== / {
	end_group()
	sub(/^\/\* ==== /, "")
	sub(/ ==== \*\/$/, "")
	group = summary = $0
	sub(/:.*/, "", group)
	sub(/^[^:]*: */, "", summary)
	next
}
/^#ifdef __cplusplus/ { end_group() }
group == "" { next }
/^$/ && !comment { end_block(); next }
/^\/\*$/ { comment = 1; next }
/^\/\* / { comment = 1; sub(/^\/\* ?/, " * ") }
comment {
	if ($0 != " */")
		add_text($0)
	if (/\*\/$/)
		comment = 0
	next
}
{ code = code $0 "\n" }
