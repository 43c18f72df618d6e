# What of selfpage.1.in belongs to a page: with page=NAME the sections that say
# they are in NAME's, as help2man includes them; without, all others.

# A section's first line waits for the next one, which tells whose it is.
function settle(line, names)
{
	owned = line ~ /^\.\\" in: /
	names = " " substr(line, 8) " "
	wanted = page == "" ? !owned : owned && index(names, " " page " ")
	if (wanted) {
		if (page != "") {
			sub(/^\.SH /, "", section)
			section = "[" section "]"
		}
		print section
	}
	section = ""
	return owned
}

BEGIN { wanted = page == "" }
section != "" && settle($0) { next }
/^\.SH / { section = $0; next }
wanted { print }
