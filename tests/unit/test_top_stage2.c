// SPDX-License-Identifier: GPL-2.0-or-later
/* src/output/top_stage2.c: rows of two readings, their order, and lines that fit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/stage2.h"
#include "output/top.h"
#include "output/top_stage2.h"

#define MOST	4	/* lines of a table */

/* A reading, as stage2_tables_read() leaves it. */
struct reading {
	struct stage2_vm_line vms[MOST];
	struct stage2_vcpu_line vcpus[MOST];
	struct stage2_slot_line slots[MOST];
	struct stage2_tables t;
};

static struct reading before, now;

static void begin(struct reading *r)
{
	memset(r, 0, sizeof(*r));
	r->t.vms = r->vms;
	r->t.vcpus = r->vcpus;
	r->t.slots = r->slots;
}

static int setup(void **state)
{
	begin(&before);
	begin(&now);
	return 0;
}

static __u32 vms_of(const struct reading *r, __u32 pid)
{
	__u32 n = 0;
	size_t i;

	for (i = 0; i < r->t.nr_vms; i++)
		n += r->vms[i].vm.pid == pid;
	return n;
}

static __u64 seen_of(const struct reading *r, __u32 number)
{
	size_t i;

	for (i = 0; i < r->t.nr_vms; i++)
		if (r->vms[i].number == number)
			return r->vms[i].vm.seen_ns;
	return 0;
}

static struct limen_s2_vm *vm(struct reading *r, __u64 number, __u32 pid, __u64 seen,
			      __u64 faults)
{
	struct stage2_vm_line *line = &r->vms[r->t.nr_vms++];

	assert_true(r->t.nr_vms <= MOST);
	line->number = number;
	line->vm = (struct limen_s2_vm){
		.kvm = 0x1000 * number, .pid = pid, .order = vms_of(r, pid) + 1, .seen_ns = seen,
		.comm = "qemu-system-x86",
		.sums.faults[LIMEN_S2_TRANSLATION] = faults, .sums.access[LIMEN_S2_READ] = faults,
		.sums.latency[4] = faults, .sums.latency_ns = faults * 10000,
	};
	return &line->vm;
}

static struct limen_s2_vcpu *vcpu(struct reading *r, __u64 number, __u32 of, __u32 id,
				  __u64 faults)
{
	struct stage2_vcpu_line *line = &r->vcpus[r->t.nr_vcpus++];

	assert_true(r->t.nr_vcpus <= MOST);
	line->number = number;
	line->vcpu = (struct limen_s2_vcpu){
		.vcpu = 0x100 * number, .kvm = 0x1000 * of, .vm = of, .id = id,
		.vm_seen_ns = seen_of(r, of),
		.sums.faults[LIMEN_S2_PERMISSION] = faults,
	};
	return &line->vcpu;
}

static struct limen_s2_slot *slot(struct reading *r, __u64 number, __u32 of, __u16 id,
				  __u64 faults)
{
	struct stage2_slot_line *line = &r->slots[r->t.nr_slots++];

	assert_true(r->t.nr_slots <= MOST);
	line->number = number;
	line->slot = (struct limen_s2_slot){
		.kvm = 0x1000 * of, .vm = of, .id = id, .start = 0x40000000, .bytes = 2 << 20,
		.vm_seen_ns = seen_of(r, of),
		.faults[LIMEN_S2_READONLY] = faults,
	};
	return &line->slot;
}

static __u64 advance(void)
{
	struct limen_s2_sums delta;

	top_stage2_advance(&before.t, &now.t, &delta);
	return stage2_faults(delta.faults);
}

static struct top_stage2_row *rows_of(struct top_stage2_view view, long wanted)
{
	struct top_stage2_row *rows;

	assert_int_equal(top_stage2_rows(&before.t, &now.t, &view, &rows), wanted);
	return rows;
}

static struct top_stage2_row *rows_by(enum top_stage2_by by, long wanted)
{
	return rows_of((struct top_stage2_view){.by = by}, wanted);
}

static __u64 delta_of(const struct top_stage2_row *row)
{
	return stage2_faults(row->delta.faults);
}

/* --- two readings --- */

static void what_was_in_the_interval(void **state)
{
	struct top_stage2_row *rows;

	vm(&before, 1, 100, 7, 10);
	before.t.sums.faults[LIMEN_S2_TRANSLATION] = 10;
	vcpu(&before, 1, 1, 0, 4);
	slot(&before, 1, 1, 3, 5);
	vm(&now, 1, 100, 7, 25);
	vcpu(&now, 1, 1, 0, 6);
	vcpu(&now, 2, 1, 1, 9);		/* has come */
	slot(&now, 1, 1, 3, 6);
	assert_int_equal(advance(), 15);
	assert_int_equal(stage2_faults(now.t.sums.faults), 25);
	rows = rows_by(TOP_STAGE2_VM, 1);
	assert_int_equal(delta_of(&rows[0]), 15);
	assert_int_equal(rows[0].delta.access[LIMEN_S2_READ], 15);
	assert_int_equal(rows[0].delta.latency[4], 15);
	assert_int_equal(rows[0].delta.latency_ns, 150000);
	assert_int_equal(rows[0].total.faults[LIMEN_S2_TRANSLATION], 25);
	assert_true(rows[0].active);
	free(rows);
	rows = rows_by(TOP_STAGE2_VCPU, 2);
	assert_int_equal(rows[0].vcpu->vcpu.id, 1);
	assert_int_equal(delta_of(&rows[0]), 9);
	assert_int_equal(delta_of(&rows[1]), 2);
	free(rows);
	rows = rows_by(TOP_STAGE2_SLOT, 1);
	assert_int_equal(rows[0].delta.faults[LIMEN_S2_READONLY], 1);
	assert_int_equal(rows[0].total.faults[LIMEN_S2_READONLY], 6);
	free(rows);
}

static void a_row_without_faults_stays(void **state)
{
	struct top_stage2_row *rows;

	vm(&before, 1, 100, 7, 10);
	vm(&now, 1, 100, 7, 10);
	assert_int_equal(advance(), 0);
	rows = rows_by(TOP_STAGE2_VM, 1);
	assert_false(rows[0].active);
	free(rows);
}

static void a_number_that_another_vm_has_now(void **state)
{
	struct top_stage2_row *rows;

	vm(&before, 1, 100, 7, 10);
	before.t.sums.faults[LIMEN_S2_TRANSLATION] = 10;
	vcpu(&before, 1, 1, 0, 4);
	slot(&before, 1, 1, 0, 4);
	vm(&now, 1, 200, 8, 3);
	vcpu(&now, 1, 1, 0, 2);
	slot(&now, 1, 1, 0, 1);
	assert_int_equal(advance(), 3);
	assert_int_equal(stage2_faults(now.t.sums.faults), 13);	/* the other's stay */
	rows = rows_by(TOP_STAGE2_VM, 1);
	assert_int_equal(delta_of(&rows[0]), 3);
	free(rows);
	rows = rows_by(TOP_STAGE2_VCPU, 1);
	assert_int_equal(delta_of(&rows[0]), 2);
	free(rows);
	rows = rows_by(TOP_STAGE2_SLOT, 1);
	assert_int_equal(delta_of(&rows[0]), 1);
	free(rows);
}

/* The same number, addresses and more faults: another VM all the same. */
static void another_vm_with_more_faults(void **state)
{
	struct top_stage2_row *rows;

	vm(&before, 1, 100, 7, 10);
	vcpu(&before, 1, 1, 0, 4);
	slot(&before, 1, 1, 0, 4);
	vm(&now, 1, 100, 8, 30);
	vcpu(&now, 1, 1, 0, 20);
	slot(&now, 1, 1, 0, 21);
	assert_int_equal(advance(), 30);
	rows = rows_by(TOP_STAGE2_VCPU, 1);
	assert_int_equal(delta_of(&rows[0]), 20);
	free(rows);
	rows = rows_by(TOP_STAGE2_SLOT, 1);
	assert_int_equal(delta_of(&rows[0]), 21);
	free(rows);
}

/* Read while it ended: without what its vCPUs had. */
static void a_short_reading_is_made_good(void **state)
{
	struct top_stage2_row *rows;

	vm(&before, 1, 100, 7, 50);
	before.t.sums.faults[LIMEN_S2_TRANSLATION] = 50;
	vm(&now, 1, 100, 7, 0);
	assert_int_equal(advance(), 0);
	assert_int_equal(stage2_faults(now.t.sums.faults), 50);
	rows = rows_by(TOP_STAGE2_VM, 1);
	assert_int_equal(delta_of(&rows[0]), 0);
	assert_int_equal(stage2_faults(rows[0].total.faults), 50);
	free(rows);
	before = now;
	before.t.vms = before.vms;
	begin(&now);
	vm(&now, 1, 100, 7, 55)->ended = 1;
	assert_int_equal(advance(), 5);
	assert_int_equal(stage2_faults(now.t.sums.faults), 55);
	rows = rows_by(TOP_STAGE2_VM, 1);
	assert_int_equal(delta_of(&rows[0]), 5);
	free(rows);
}

static void an_ended_vm_leaves_after_its_interval(void **state)
{
	struct top_stage2_row *rows;

	vm(&before, 1, 100, 7, 10);
	slot(&before, 1, 1, 0, 10);
	vm(&now, 1, 100, 7, 10)->ended = 1;
	slot(&now, 1, 1, 0, 10);
	advance();
	rows = rows_by(TOP_STAGE2_VM, 1);
	assert_true(rows[0].active);	/* that it ended is news */
	free(rows);
	rows = rows_by(TOP_STAGE2_SLOT, 1);
	assert_false(rows[0].active);
	free(rows);
	before.vms[0].vm.ended = 1;
	free(rows_by(TOP_STAGE2_VM, 0));
	free(rows_by(TOP_STAGE2_SLOT, 0));
	assert_int_equal(advance(), 0);
}

static void a_vm_of_one_interval_is_shown(void **state)
{
	struct top_stage2_row *rows;

	vm(&now, 1, 100, 7, 10)->ended = 1;
	assert_int_equal(advance(), 10);
	rows = rows_by(TOP_STAGE2_VM, 1);
	assert_int_equal(delta_of(&rows[0]), 10);
	free(rows);
}

static void what_is_beyond_the_table_of_vms(void **state)
{
	vcpu(&before, 1, 0, 0, 4);
	vcpu(&now, 1, 0, 0, 9);
	assert_int_equal(advance(), 5);
	vcpu(&now, 2, 3, 0, 9);		/* its VM came after the VMs were read */
	assert_int_equal(advance(), 5);
	free(rows_by(TOP_STAGE2_VCPU, 0));
}

/* The old VM's slot, whose number a VM at another address has now. */
static void a_slot_of_no_vm_that_there_is(void **state)
{
	vm(&now, 1, 100, 7, 10);
	slot(&now, 1, 1, 0, 4)->kvm = 0xdead;
	advance();
	free(rows_by(TOP_STAGE2_SLOT, 0));
}

static void only_some_processes(void **state)
{
	pid_t pids[] = {300, 100};
	struct top_stage2_row *rows;

	vm(&now, 1, 100, 7, 10);
	vm(&now, 2, 200, 7, 20);
	vm(&now, 3, 100, 8, 30);
	vcpu(&now, 1, 1, 0, 1);
	vcpu(&now, 2, 2, 0, 2);
	vcpu(&now, 3, 0, 0, 4);
	slot(&now, 1, 2, 0, 1);
	slot(&now, 2, 3, 0, 1);
	stage2_tables_only(&now.t, pids, 2);
	assert_int_equal(stage2_faults(now.t.sums.faults), 40);
	assert_int_equal(now.t.nr_vms, 2);
	assert_int_equal(now.t.nr_vcpus, 1);
	assert_int_equal(now.t.nr_slots, 1);
	assert_int_equal(advance(), 40);
	rows = rows_by(TOP_STAGE2_VM, 2);
	assert_int_equal(rows[0].rank, 2);
	assert_int_equal(rows[1].rank, 1);
	free(rows);
	free(rows_by(TOP_STAGE2_VCPU, 1));
	free(rows_by(TOP_STAGE2_SLOT, 1));
}

/* --- order --- */

/* Numbers of the VMs' lines in the order of the rows. */
static void order_is(struct top_stage2_view view, const char *wanted)
{
	struct top_stage2_row *rows = rows_of(view, 3);
	char got[4] = "";
	int i;

	for (i = 0; i < 3; i++)
		got[i] = '0' + rows[i].vm->number;
	free(rows);
	assert_string_equal(got, wanted);
}

static void order(void **state)
{
	vm(&before, 1, 300, 7, 900);
	vm(&now, 1, 300, 7, 901);
	vm(&now, 2, 100, 7, 5)->sums.faults[LIMEN_S2_PERMISSION] = 1;
	vm(&now, 3, 100, 8, 5)->sums.latency[20] = 5;
	now.vms[0].vm.sums.faults[LIMEN_S2_MMIO_KERNEL] = 2;
	now.vms[1].vm.sums.faults[LIMEN_S2_MMIO_USER] = 3;
	order_is((struct top_stage2_view){.key = TOP_STAGE2_FAULTS}, "231");
	order_is((struct top_stage2_view){.key = TOP_STAGE2_FAULTS, .reverse = true}, "132");
	order_is((struct top_stage2_view){.key = TOP_STAGE2_FAULTS, .totals = true}, "123");
	order_is((struct top_stage2_view){.key = TOP_STAGE2_TRANSLATION}, "231");
	order_is((struct top_stage2_view){.key = TOP_STAGE2_PERMISSION}, "231");
	order_is((struct top_stage2_view){.key = TOP_STAGE2_MMIO}, "213");
	order_is((struct top_stage2_view){.key = TOP_STAGE2_LATENCY}, "321");
	order_is((struct top_stage2_view){.key = TOP_STAGE2_NAME}, "231");
	order_is((struct top_stage2_view){.key = TOP_STAGE2_NAME, .reverse = true}, "132");
}

static void slots_have_no_times(void **state)
{
	int key;

	for (key = 0; key < TOP_STAGE2_KEYS; key++) {
		assert_true(top_stage2_has_key(TOP_STAGE2_VM, key));
		assert_true(top_stage2_has_key(TOP_STAGE2_VCPU, key));
		assert_int_equal(top_stage2_has_key(TOP_STAGE2_SLOT, key),
				 key != TOP_STAGE2_MMIO && key != TOP_STAGE2_LATENCY);
		assert_non_null(top_stage2_key_names[key]);
	}
	assert_null(top_stage2_key_names[TOP_STAGE2_KEYS]);
	assert_null(top_stage2_by_names[TOP_STAGE2_BYS]);
}

/* --- lines --- */

/* The widest there can be. */
static void wide(void)
{
	struct limen_s2_vm *v = vm(&now, 1, 4194303, 7, 1ULL << 62);
	int i;

	v->ended = 1;
	memset(v->comm, '\n', sizeof(v->comm));
	v->sums.latency[LIMEN_S2_BUCKETS - 1] = 1ULL << 61;
	vcpu(&now, 1, 1, 65535, 99999);
	slot(&now, 1, 1, 65535, 99999)->start = 0xfffffffffffffULL & ~0xfffULL;
	now.slots[0].slot.bytes = 1023ULL << 40;
	for (i = 0; i < LIMEN_S2_CLASSES; i++)
		now.vms[0].vm.sums.faults[i] = 99999;
	advance();
}

static void lines_fit_the_width(void **state)
{
	struct top_stage2_view view = {};
	struct top_stage2_row *rows;
	char line[TOP_LINE], head[TOP_LINE];
	int width, key, form;

	wide();
	for (width = 40; width <= 250; width++) {
		for (form = 0; form < 6; form++) {
			for (key = 0; key < TOP_STAGE2_KEYS; key++) {
				view.by = form / 2;
				view.totals = form & 1;
				view.key = key;
				rows = rows_of(view, 1);
				top_stage2_heading(&view, width, head);
				top_stage2_row_text(&rows[0], &view, 1.0, width, line);
				free(rows);
				assert_in_range(top_columns(head), 30, width);
				assert_int_equal(top_columns(line), top_columns(head));
				assert_null(strchr(line, '\n'));
			}
		}
	}
}

static void sum_lines_fit_the_width(void **state)
{
	struct limen_s2_sums delta = {};
	char line[TOP_LINE];
	int width, i;

	top_stage2_sum_line(1, &now.t, &delta, 1.0, false, 0, 80, line);
	assert_string_equal(line, "no fault yet");
	wide();
	for (width = 40; width <= 250; width++) {
		for (i = 0; i < 4; i++) {
			top_stage2_sum_line(i & 1, &now.t, &now.t.sums, 0.1, i & 2, ~0ULL, width, line);
			assert_in_range(top_columns(line), 1, width);
		}
	}
	top_stage2_sum_line(1, &now.t, &now.t.sums, 1.0, true, 0, 250, line);
	for (i = 0; i < LIMEN_S2_CLASSES; i++)
		assert_non_null(strstr(line, stage2_class_names[i]));
}

static void the_sorted_column_is_shown_and_marked(void **state)
{
	static const char *const titles[TOP_STAGE2_KEYS] = {
		">FAULTS/s", ">TRANS/s", ">PERM/s", ">MMIO-U/s", ">P99", "VM<",
	};
	struct top_stage2_view view = {};
	char line[TOP_LINE];
	int key;

	for (key = 0; key < TOP_STAGE2_KEYS; key++) {
		view.key = key;
		top_stage2_heading(&view, 40, line);
		assert_non_null(strstr(line, titles[key]));
	}
	view.reverse = true;
	top_stage2_heading(&view, 40, line);
	assert_non_null(strstr(line, "VM>"));
	view.key = TOP_STAGE2_FAULTS;
	view.totals = true;
	top_stage2_heading(&view, 40, line);
	assert_non_null(strstr(line, "<FAULTS"));
}

static void at_80_columns(void **state)
{
	struct top_stage2_view view = {};
	struct top_stage2_row *rows;
	char line[TOP_LINE];

	vm(&before, 1, 431, 7, 100);
	vm(&now, 1, 431, 7, 130)->sums.faults[LIMEN_S2_MMIO_USER] = 5;
	advance();
	rows = rows_of(view, 1);
	top_stage2_heading(&view, 80, line);
	assert_string_equal(line, "VM          COMM         "
			    ">FAULTS/s TOTAL TRANS/s PERM/s MMIO-U/s MMIO-K/s    P99");
	top_stage2_row_text(&rows[0], &view, 10, 80, line);
	assert_string_equal(line, "431.1       qemu-system- "
			    "      3.5   135       3      0      0.5        0 8.0 us");
	top_stage2_row_text(&rows[0], &view, 0, 80, line);	/* no interval yet */
	assert_null(strstr(line, "inf"));
	view.totals = true;
	top_stage2_row_text(&rows[0], &view, 10, 80, line);
	assert_string_equal(line, "431.1       qemu-system- "
			    "      135   3.5     130      0        5        0 8.0 us");
	free(rows);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(what_was_in_the_interval, setup),
		cmocka_unit_test_setup(a_row_without_faults_stays, setup),
		cmocka_unit_test_setup(a_number_that_another_vm_has_now, setup),
		cmocka_unit_test_setup(another_vm_with_more_faults, setup),
		cmocka_unit_test_setup(a_short_reading_is_made_good, setup),
		cmocka_unit_test_setup(an_ended_vm_leaves_after_its_interval, setup),
		cmocka_unit_test_setup(a_vm_of_one_interval_is_shown, setup),
		cmocka_unit_test_setup(what_is_beyond_the_table_of_vms, setup),
		cmocka_unit_test_setup(a_slot_of_no_vm_that_there_is, setup),
		cmocka_unit_test_setup(only_some_processes, setup),
		cmocka_unit_test_setup(order, setup),
		cmocka_unit_test(slots_have_no_times),
		cmocka_unit_test_setup(lines_fit_the_width, setup),
		cmocka_unit_test_setup(sum_lines_fit_the_width, setup),
		cmocka_unit_test(the_sorted_column_is_shown_and_marked),
		cmocka_unit_test_setup(at_80_columns, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
