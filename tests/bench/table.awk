# The guests' lines, one file per kernel, as one table. Exit 1: a bound is exceeded, or
# what every kernel has could not be measured.
BEGIN {
	FS = "\t"
	MOST_TIMES = 2.0	# counting, in empty probes, on BOUND_KERNEL
	BOUND_KERNEL = "6.12-amd64"
	MOST_KIB = 16384	# resident, with 10000 tasks
	MOST_TEE_TIMES = 3.0	# limen stat tee, in empty probes at the same places
	# limen stat stage2, per cent of a fault for a new page. The aim is 5: README.md.
	most_percent["6.12-amd64"] = 6.5
	most_percent["6.12-arm64"] = 10.5
	clock_step["arm64"] = 16	# nanoseconds: the guest's counter has 62.5 MHz

	row("empty_fentry",   "empty fentry (the floor)")
	row("empty_fexit",    "empty fexit")
	row("empty_kprobe",   "empty kprobe")
	row("empty_multi",    "empty kprobe.multi")
	row("current_task",   "fentry: which task")
	row("storage",        "  + its storage found")
	row("storage_count",  "  + counted there, by size")
	row("cpu_count",      "fentry: counted per CPU")
	row("global_count",   "fentry: counted in a global")
	row("count",          "limen stat -a")
	row("followed",       "limen stat -p, that task")
	row("other",          "limen stat -p, another task")
	row("count_alternate", "limen stat -a, tasks take turns")
	row("other_alternate", "limen stat -p, others take turns")
	row("fentry",         "limen stat -a, by fentry")
	row("kprobe",         "limen stat -a, by kprobe")
	row("multi",          "limen stat -a, by kprobe.multi")
	row("violations",     "limen watch (violations)")
	row("filter_1",       "limen watch, 1 filter, no match")
	row("filter_64",      "limen watch, 64 filters by task")
	row("filter_64_size", "limen watch, 64 filters by size")
	row("event",          "limen watch, event to the ring")
	row("event_stack",    "  with a stack")
	row("event_printed",  "  read and printed on this CPU")
	row("exact",          "limen stat --exact -p")
	row("exact_other",    "  another task")
	row("bpftrace",       "bpftrace, same aggregate")
	row("tee_copy",       "limen stat tee (a copy)")
	rows_of_copies = rows
	row("empty_tee_alloc",   "SHM_ALLOC + close: empty probes")
	row("stat_tee_alloc",    "  limen stat tee")
	row("violations_tee_alloc", "  limen watch tee, violations")
	row("watch_tee_alloc",   "  limen watch tee, each step")
	row("empty_tee_invoke",  "INVOKE: empty probes")
	row("stat_tee_invoke",   "  limen stat tee")
	row("violations_tee_invoke", "  limen watch tee, violations")
	row("watch_tee_invoke",  "  limen watch tee, each step")
	rows_of_cost = rows
	fault_rows("write",    "write of a new page")
	fault_rows("read",     "read of a new page")
	fault_rows("copy",     "write after read: 2 faults, a copy")
	fault_rows("mmio",     "MMIO exit")
	fault_rows("huge",     "write of a new page of 2 MiB")
	fault_rows("slots_1",  "write of a new page, 1 memslot")
	fault_rows("slots_64", "write of a new page, 64 memslots")
	fault_rows("run",      "KVM_RUN without a fault")
	rows_of_faults = rows
	# Every kernel has these.
	nr_needed = split("count followed other violations filter_1 filter_64 " \
		"filter_64_size event event_stack", needed, " ")
	row("time_limen",     "limen, start to attached, ms")
	row("cpu_limen",      "  million instructions of it")
	row("time_bpftrace",  "bpftrace, the same, ms")
	row("cpu_bpftrace",   "  million instructions of it")
	row("rss_stat",       "limen stat, 10000 tasks, KiB")
	row("peak_stat",      "  its most until it has printed")
	row("rss_top",        "limen top -b, 10000 tasks, KiB")
	row("peak_top",       "  its most")
	row("start_stat",     "limen's most while starting, KiB")
	row("slab",           "kernel slabs per task, bytes")
	row("maps_stat",      "limen's maps, with the records, KiB")
}

function row(name, label) { names[++rows] = name; labels[name] = label }

function fault_rows(kind, label)
{
	row("base_s2_" kind, label)
	row("empty_s2_" kind, "  empty probes")
	row("stat_s2_" kind, "  limen stat stage2")
	row("pages_s2_" kind, "  limen stat --pages stage2")
	row("watch_s2_" kind, "  limen watch stage2")
}

FNR == 1 { kernel = FILENAME; kernels[++nr] = kernel }
$1 == "note" && $2 == "kernel" { next }
$1 == "note" && $2 == "base_s2_write" { no_stage2[kernel] }
$1 == "note" { notes[++nr_notes] = sprintf("%s: %s: %s", kernel, \
	$2 in labels ? labels[$2] : $2, $3) }
# The least is exact; where other tasks take part, the median.
$1 == "cost" { value[kernel, $2] = $2 ~ /_(alternate|printed)$/ ? $4 : $3 }
$1 == "fault" {
	value[kernel, $2] = $3
	repeat[kernel, $2] = $4
	touches[kernel, $2] = $5
}
$1 == "memory" { value[kernel, $2] = $3 }
$1 == "start" {
	value[kernel, "time_" $2] = $3 / 1e6
	value[kernel, "cpu_" $2] = $4 / 1e6
}

# What the row is held against: the two tasks' turns are no part of the cost.
function set_of(name)
{
	return match(name, /_(alternate|tee_alloc|tee_invoke|s2_.*)$/) ? substr(name, RSTART) : ""
}

# The empty probe, or probes, of the row's set.
function floor_of(name, set)
{
	set = set_of(name)
	if (!set)
		return "empty_fentry"
	return (set == "_alternate" ? "fentry" : "empty") set
}

function added(kernel, name)
{
	return value[kernel, name] - value[kernel, "base" set_of(name)]
}

function times(kernel, name, floor)
{
	floor = floor_of(name)
	return (kernel, floor) in value ? added(kernel, name) / added(kernel, floor) : 0
}

# Of the fault's own instructions.
function percent(kernel, name)
{
	return added(kernel, name) * 100 / value[kernel, "base" set_of(name)]
}

function fault_cell(kernel, name)
{
	if (!((kernel, name) in value))
		return sprintf("%16s", "-")
	if (name ~ /^base/)
		return sprintf("%8.0f        ", value[kernel, name])
	# Rounded first: no "-0".
	return sprintf("%8.0f %6.2f%%", sprintf("%.0f", added(kernel, name)) + 0,
		       sprintf("%.2f", percent(kernel, name)) + 0)
}

function cell(kernel, name)
{
	if (!((kernel, name) in value))
		return sprintf("%16s", "-")
	if (!times(kernel, name))
		return sprintf("%8.0f        ", added(kernel, name))
	return sprintf("%8.0f %6.2fx", added(kernel, name), times(kernel, name))
}

function line(name, from, i, text, any)
{
	text = sprintf("%-36s", labels[name])
	for (i = 1; i <= columns; i++) {
		any = any || (column[i], name) in value
		if (from == "cost")
			text = text cell(column[i], name)
		else if (from == "fault")
			text = text fault_cell(column[i], name)
		else if ((column[i], name) in value)
			text = text sprintf("%16.0f", value[column[i], name])
		else
			text = text sprintf("%16s", "-")
	}
	if (any)
		print text
}

# The kernels that have the row, and a line with their names.
function head(title, name, i)
{
	columns = 0
	for (i = 1; i <= nr; i++)
		if ((kernels[i], name) in value)
			column[++columns] = kernels[i]
	if (!columns)
		return 0
	printf "%-36s", title
	for (i = 1; i <= columns; i++)
		printf "%16s", column[i]
	print ""
	return columns
}

function fault(kernel, name, what)
{
	printf "failure: %s: %s: %s\n", kernel, (name ~ /_s2_/ && name !~ /^base/ ? \
		labels["base" set_of(name)] ":" : "") labels[name], what >"/dev/stderr"
	failed = 1
}

function bound(kernel, name, most, is, unit)
{
	if (is > most)
		fault(kernel, name, sprintf("%.2f%s, at most %.1f%s allowed", is, unit, most, unit))
}

# What a figure may be off: runs of the same differ, and the clock has its steps.
function slack(kernel, name, arch)
{
	arch = kernel
	sub(/.*-/, "", arch)
	return repeat[kernel, name] + \
	       (arch in clock_step ? clock_step[arch] * 2 / touches[kernel, name] : 0)
}

# What is added where there is nothing to do, or more of it with many memslots: nothing.
function nothing_added(kernel, tool, run, one, many, is)
{
	run = tool "_s2_run"
	is = added(kernel, run)
	if (is > slack(kernel, run) + slack(kernel, "base_s2_run"))
		fault(kernel, run, sprintf("%.2f instructions added to KVM_RUN without a fault", is))
	one = tool "_s2_slots_1"
	many = tool "_s2_slots_64"
	is = added(kernel, many) - added(kernel, one)
	if ((is < 0 ? -is : is) > slack(kernel, one) + slack(kernel, many) + \
	    slack(kernel, "base_s2_slots_1") + slack(kernel, "base_s2_slots_64"))
		fault(kernel, many, sprintf("%.2f instructions more added than with 1 memslot", is))
}

function stage2_bounds(kernel, i, missing)
{
	if (kernel in no_stage2)
		fault(kernel, "base_s2_write", "could not be measured")
	if (!((kernel, "base_s2_write") in value))
		return
	for (i = rows_of_cost + 1; i <= rows_of_faults; i++)
		if (names[i] !~ /^empty/ && !((kernel, names[i]) in value)) {
			fault(kernel, names[i], "could not be measured")
			missing = 1
		}
	if (missing)
		return
	nothing_added(kernel, "stat")
	nothing_added(kernel, "pages")
	nothing_added(kernel, "watch")
	if (kernel in most_percent)
		bound(kernel, "stat_s2_write", most_percent[kernel], percent(kernel, "stat_s2_write"), " %")
}

END {
	if (head("instructions added per copy", "base")) {
		printf "%-36s", "the system call itself"
		for (i = 1; i <= columns; i++) {
			k = column[i]
			printf "%16.0f", value[k, "base"]
			if ((k, "slab_stat") in value)
				value[k, "slab"] = (value[k, "slab_stat"] - value[k, "slab_none"]) * \
						   1024 / 10000
		}
		print ""
		for (i = 1; i <= rows_of_copies; i++)
			line(names[i], "cost")
		printf "\n%-36s\n", "instructions added per call of a TEE"
		for (; i <= rows_of_cost; i++)
			line(names[i], "cost")
		print ""
		for (i = rows_of_faults + 1; i <= rows; i++)
			line(names[i])
		print ""
	}
	if (head("instructions of a second-stage fault", "base_s2_write"))
		for (i = rows_of_cost + 1; i <= rows_of_faults; i++)
			line(names[i], "fault")
	for (i = 1; i <= nr_notes; i++)
		print (i == 1 ? "\n" : "") notes[i]

	fflush()
	for (i = 1; i <= nr; i++) {
		k = kernels[i]
		stage2_bounds(k)
		only_some = !((k, "count") in value)	# as asked for; bound() makes entries
		if (k == BOUND_KERNEL) {
			bound(k, "count", MOST_TIMES, times(k, "count"), " empty probes")
			bound(k, "stat_tee_alloc", MOST_TEE_TIMES, times(k, "stat_tee_alloc"),
			      " empty probes")
			bound(k, "stat_tee_invoke", MOST_TEE_TIMES, times(k, "stat_tee_invoke"),
			      " empty probes")
			bound(k, "tee_copy", 0, added(k, "tee_copy"), " instructions")
		}
		for (j = 1; j <= nr_needed && !only_some; j++)
			if (!((k, needed[j]) in value))
				fault(k, needed[j], "could not be measured")
		bound(k, "rss_stat", MOST_KIB, value[k, "rss_stat"], " KiB")
		bound(k, "peak_stat", MOST_KIB, value[k, "peak_stat"], " KiB")
		bound(k, "rss_top", MOST_KIB, value[k, "rss_top"], " KiB")
		bound(k, "peak_top", MOST_KIB, value[k, "peak_top"], " KiB")
	}
	exit failed
}
