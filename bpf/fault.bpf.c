// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Short copies: the kernel touched a user address that does not answer and
 * the exception table ended the copy (fixup_exception()). Copies that ran
 * with page faults disabled are left out: their caller tries again.
 */
#include "limen.bpf.h"
#include "usercopy.bpf.h"

#define X86_TRAP_GP	13
#define X86_TRAP_PF	14
#define X86_PF_WRITE	2
#define CALL_WORDS	18	/* of the user's registers: arguments, pc, sp */

struct fault {
	__u64 ip;
	__u64 sp;
	__u64 caller;		/* of the copy routine, if ip lies in one */
	__u64 addr;
	__u32 addr_flag;	/* LIMEN_COPY_ADDR_KNOWN, _NEAR or 0 */
	bool to_user;
	bool dir_known;
};

/* Index of the assembly copy routine that holds ip, or -1. */
static __always_inline int copy_routine(__u64 ip)
{
	int i;

	for (i = 0; i < 4; i++)
		if (in_range(ip, &limen_layout.copy_routines[i]))
			return i;
	return -1;
}

/*
 * One number for the copy that is being made: the kernel stack it runs on and
 * the system call with its arguments.
 */
static __always_inline __u64 copy_key(struct task_struct *task, const struct fault *f)
{
	struct pt_regs *user = (struct pt_regs *)bpf_task_pt_regs(task);
	__u64 words[CALL_WORDS] = {};
	__u64 key = f->sp ^ f->caller;
	int i;

	bpf_probe_read_kernel(words, sizeof(words), user);
	for (i = 0; i < CALL_WORDS; i++)
		key = (key ^ words[i]) * 0x9e3779b97f4a7c15ULL;
	return key;
}

/*
 * The copy routines try the rest of a faulted copy once more, byte by byte,
 * and then fault a second time: same copy, same routine, another instruction.
 * That is not another short copy. Repeated identical calls fault at the same
 * instructions again, and are told apart by that.
 */
static __always_inline bool second_fixup(struct limen_record *rec, struct task_struct *task,
					 const struct fault *f)
{
	__u64 key = copy_key(task, f);
	bool again;

	again = !(rec->flags & LIMEN_TASK_SHORT_TAIL) && rec->short_key == key &&
		rec->short_ip != f->ip && copy_routine(f->ip) >= 0 &&
		copy_routine(f->ip) == copy_routine(rec->short_ip);
	if (again)
		rec->flags |= LIMEN_TASK_SHORT_TAIL;
	else
		rec->flags &= ~LIMEN_TASK_SHORT_TAIL;
	rec->short_ip = f->ip;
	rec->short_key = key;
	return again;
}

static __always_inline int copy_cut_short(void *ctx, const struct fault *f)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct limen_record *rec;
	struct limen_copy_event *e;
	__u64 mask;

	if (task->pagefault_disabled)
		return 0;
	rec = current_record();
	if (!rec || second_fixup(rec, task, f))
		return 0;
	rec->counts.shorts++;
	if (!limen_send_shorts || !event_wanted(task, rec, 0, f->to_user, &mask))
		return 0;
	e = copy_event_begin(LIMEN_EVENT_SHORT, task, rec, limen_send_stacks);
	if (!e)
		return 0;
	e->mask = mask;
	e->ip = f->ip;
	e->user_addr = f->addr;
	e->direction = f->to_user;
	e->flags = f->addr_flag | (f->dir_known ? LIMEN_COPY_DIR_KNOWN : 0);
	copy_event_send(ctx, e, limen_send_stacks);
	return 0;
}

#if defined(__TARGET_ARCH_x86)

/* fixup_exception(regs, trapnr, error_code, fault_addr) */
static __always_inline int fixup(void *ctx, struct pt_regs *regs, __u32 trap, __u64 error,
				 __u64 addr)
{
	struct fault f = {.addr = addr, .to_user = error & X86_PF_WRITE};

	bpf_probe_read_kernel(&f.ip, sizeof(f.ip), &regs->ip);
	bpf_probe_read_kernel(&f.sp, sizeof(f.sp), &regs->sp);
	bpf_probe_read_kernel(&f.caller, sizeof(f.caller), (void *)f.sp);
	if (trap == X86_TRAP_PF && addr < limen_layout.user_end) {
		f.addr_flag = LIMEN_COPY_ADDR_KNOWN;
		f.dir_known = true;
	} else if (trap != X86_TRAP_GP || copy_routine(f.ip) < 0) {
		return 0;	/* no user address: an MSR, a kernel probe read */
	}
	return copy_cut_short(ctx, &f);
}

SEC("fentry/fixup_exception")
int usercopy_fixup_fentry(unsigned long long *ctx)
{
	return fixup(ctx, (struct pt_regs *)ctx[0], ctx[1], ctx[2], ctx[3]);
}

static __always_inline int usercopy_fixup_regs(struct pt_regs *ctx)
{
	return fixup(ctx, (struct pt_regs *)PT_REGS_PARM1(ctx), PT_REGS_PARM2(ctx),
		     PT_REGS_PARM3(ctx), PT_REGS_PARM4(ctx));
}

#else

/*
 * fixup_exception(regs) has no address. The copy routines keep the user
 * pointer in a register (arch/arm64/lib/copy_to_user.S: dst is x6,
 * copy_from_user.S: src is x1), where the failing access began. Other users
 * of the exception table (get_user(), futex) cannot be told apart here and
 * are left out. Routines in limen_layout: 0 to user, 1 from user, 2 clear.
 */
static __always_inline int fixup(void *ctx, struct pt_regs *regs)
{
	struct fault f = {.dir_known = true, .addr_flag = LIMEN_COPY_ADDR_NEAR};
	int routine;

	f.ip = BPF_CORE_READ(regs, pc);
	routine = copy_routine(f.ip);
	if (routine < 0)
		return 0;
	f.to_user = routine != 1;
	f.sp = BPF_CORE_READ(regs, sp);
	f.caller = BPF_CORE_READ(regs, regs[30]);
	if (routine == 0)
		f.addr = BPF_CORE_READ(regs, regs[6]);
	else if (routine == 1)
		f.addr = BPF_CORE_READ(regs, regs[1]);
	else
		f.addr = BPF_CORE_READ(regs, regs[0]);
	return copy_cut_short(ctx, &f);
}

SEC("fentry/fixup_exception")
int usercopy_fixup_fentry(unsigned long long *ctx)
{
	return fixup(ctx, (struct pt_regs *)ctx[0]);
}

static __always_inline int usercopy_fixup_regs(struct pt_regs *ctx)
{
	return fixup(ctx, (struct pt_regs *)PT_REGS_PARM1(ctx));
}

#endif

KPROBES("kprobe", usercopy_fixup, "fixup_exception")

char LICENSE[] SEC("license") = "GPL";
