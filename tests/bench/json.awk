# The guests' lines, one file per kernel, as JSON: an array, one object per kernel.
BEGIN { FS = "\t"; printf "[" }

function string(s)
{
	gsub(/\\/, "\\\\", s)
	gsub(/"/, "\\\"", s)
	return "\"" s "\""
}

# entry SECTION NAME VALUE
function entry(section, name, v)
{
	text[section] = text[section] (text[section] ? ", " : "") string(name) ": " v
}

function flush_kernel(section, i, n, order)
{
	if (!kernel)
		return
	printf "%s\n{\"kernel\": %s", separator, string(kernel)
	n = split("cost fault memory start note", order, " ")
	for (i = 1; i <= n; i++)
		printf ",\n \"%s\": {%s}", order[i], text[order[i]]
	printf "}"
	separator = ","
	split("", text)
}

FNR == 1 { flush_kernel(); kernel = FILENAME; split("", bases); split("", floors); split("", faults) }
$1 == "cost" {
	set = $2 ~ /_alternate$/
	if ($2 ~ /^base/)
		bases[set] = $3
	if ($2 == "empty_fentry" || $2 == "fentry_alternate")
		floors[set] = $3 - bases[set]
	base = bases[set]
	empty = floors[set]
	entry("cost", $2, sprintf("{\"least\": %s, \"median\": %s, \"most\": %s, \"added\": %.1f%s}", \
		$3, $4, $5, $3 - base, \
		empty ? sprintf(", \"times_empty\": %.3f", ($3 - base) / empty) : ""))
}
$1 == "fault" {
	# "_s2_write", of the tool and of nothing
	kind = substr($2, index($2, "_"))
	if ($2 ~ /^base/)
		faults[kind] = $3
	entry("fault", $2, sprintf("{\"instructions\": %s, \"repeat\": %s, \"added\": %.2f}", \
		$3, $4, $3 - faults[kind]))
}
$1 == "memory" { entry("memory", $2, $3) }
$1 == "start" { entry("start", $2, sprintf("{\"wall_ns\": %s, \"cpu_ns\": %s}", $3, $4)) }
$1 == "note" { entry("note", $2, string($3)) }

END { flush_kernel(); print "\n]" }
