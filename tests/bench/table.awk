# The guests' lines, one file per kernel, as one table. Exit 1: a bound is exceeded, or
# what every kernel has could not be measured.
BEGIN {
	FS = "\t"
	MOST_TIMES = 2.0	# counting, in empty probes, on BOUND_KERNEL
	BOUND_KERNEL = "6.12-amd64"
	MOST_KIB = 16384	# resident, with 10000 tasks
	MOST_TEE_TIMES = 3.0	# limen stat tee, in empty probes at the same places

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

FNR == 1 { kernel = FILENAME; kernels[++nr] = kernel }
$1 == "note" && $2 == "kernel" { next }
$1 == "note" { notes[++nr_notes] = sprintf("%s: %s: %s", kernel, \
	$2 in labels ? labels[$2] : $2, $3) }
# The least is exact; where other tasks take part, the median.
$1 == "cost" { value[kernel, $2] = $2 ~ /_(alternate|printed)$/ ? $4 : $3 }
$1 == "memory" { value[kernel, $2] = $3 }
$1 == "start" {
	value[kernel, "time_" $2] = $3 / 1e6
	value[kernel, "cpu_" $2] = $4 / 1e6
}

# What the row is held against: the two tasks' turns are no part of the cost.
function set_of(name)
{
	return match(name, /_(alternate|tee_alloc|tee_invoke)$/) ? substr(name, RSTART) : ""
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
	for (i = 1; i <= nr; i++) {
		any = any || (kernels[i], name) in value
		if (from == "cost")
			text = text cell(kernels[i], name)
		else if ((kernels[i], name) in value)
			text = text sprintf("%16.0f", value[kernels[i], name])
		else
			text = text sprintf("%16s", "-")
	}
	if (any)
		print text
}

function fault(kernel, name, what)
{
	printf "failure: %s: %s: %s\n", kernel, labels[name], what >"/dev/stderr"
	failed = 1
}

function bound(kernel, name, most, is, unit)
{
	if (is > most)
		fault(kernel, name, sprintf("%.2f%s, at most %.1f%s allowed", is, unit, most, unit))
}

END {
	printf "%-36s", "instructions added per copy"
	for (i = 1; i <= nr; i++)
		printf "%16s", kernels[i]
	printf "\n%-36s", "the system call itself"
	for (i = 1; i <= nr; i++) {
		k = kernels[i]
		printf "%16.0f", value[k, "base"]
		if ((k, "slab_stat") in value)
			value[k, "slab"] = (value[k, "slab_stat"] - value[k, "slab_none"]) * 1024 / 10000
	}
	print ""
	for (i = 1; i <= rows_of_copies; i++)
		line(names[i], "cost")
	printf "\n%-36s\n", "instructions added per call of a TEE"
	for (; i <= rows_of_cost; i++)
		line(names[i], "cost")
	print ""
	for (; i <= rows; i++)
		line(names[i])
	for (i = 1; i <= nr_notes; i++)
		print (i == 1 ? "\n" : "") notes[i]

	fflush()
	for (i = 1; i <= nr; i++) {
		k = kernels[i]
		only_tee = !((k, "count") in value)	# as asked for; bound() makes entries
		if (k == BOUND_KERNEL) {
			bound(k, "count", MOST_TIMES, times(k, "count"), " empty probes")
			bound(k, "stat_tee_alloc", MOST_TEE_TIMES, times(k, "stat_tee_alloc"),
			      " empty probes")
			bound(k, "stat_tee_invoke", MOST_TEE_TIMES, times(k, "stat_tee_invoke"),
			      " empty probes")
			bound(k, "tee_copy", 0, added(k, "tee_copy"), " instructions")
		}
		for (j = 1; j <= nr_needed && !only_tee; j++)
			if (!((k, needed[j]) in value))
				fault(k, needed[j], "could not be measured")
		bound(k, "rss_stat", MOST_KIB, value[k, "rss_stat"], " KiB")
		bound(k, "peak_stat", MOST_KIB, value[k, "peak_stat"], " KiB")
		bound(k, "rss_top", MOST_KIB, value[k, "rss_top"], " KiB")
		bound(k, "peak_top", MOST_KIB, value[k, "peak_top"], " KiB")
	}
	exit failed
}
