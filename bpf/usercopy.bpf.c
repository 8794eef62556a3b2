// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The usercopy boundary. __check_object_size() is where every copy of a size
 * not known at compile time passes (include/linux/thread_info.h,
 * check_object_size()); the copy functions themselves take no probe on
 * distribution kernels. usercopy_abort() is the kernel's refusal,
 * fixup_exception() the end of a copy that met a bad user address.
 *
 * Logic first, one thin adapter per kind of probe at the end.
 */
#include "limen.bpf.h"
#include "emit.bpf.h"
#include "filter.bpf.h"
#include "object.bpf.h"
#include "usercopy.bpf.h"

#define TRACE_WORDS	12	/* how far above the arguments the trampoline's frame ends */

/* A matched copy on its way through the kernel's check. */
struct pending {
	__u64 ptr;
	__u64 length;
	__u64 mask;
	__u8 to_user;
	__u8 sample;
	__u8 pad[6];
};

/*
 * Key: thread. Bound: one matched copy per running thread. Deleted when the
 * check has returned or refused. Full: the match is counted in no_pending.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8192);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, struct pending);
} limen_pending SEC(".maps");

/*
 * Is the check's caller strncpy_from_user()? It passes its buffer's capacity,
 * not a size. A fentry program does not get its caller, but the trampoline's
 * frame lies right above the arguments: the address in the traced function,
 * which is recognised, and behind it the caller's (arch_prepare_bpf_trampoline;
 * on arm64 with the frame pointer in between).
 */
COLD bool fentry_from_strncpy(void *ctx)
{
	__u64 words[TRACE_WORDS] = {};
	__u32 i;

	if (bpf_probe_read_kernel(words, sizeof(words), ctx + 3 * sizeof(__u64)))
		return false;
	for (i = 0; i + 2 < TRACE_WORDS; i++) {
		if (!in_range(words[i], &limen_layout.check_object_size))
			continue;
#if defined(__TARGET_ARCH_arm64)
		return in_range(words[i + 2], &limen_layout.strncpy_from_user);
#else
		return in_range(words[i + 1], &limen_layout.strncpy_from_user);
#endif
	}
	return false;
}

static __always_inline bool kprobe_from_strncpy(struct pt_regs *ctx)
{
	__u64 caller = 0;

#if defined(__TARGET_ARCH_arm64)
	caller = ((struct user_pt_regs *)ctx)->regs[30];
#else
	bpf_probe_read_kernel(&caller, sizeof(caller), (void *)ctx->sp);
#endif
	return in_range(caller, &limen_layout.strncpy_from_user);
}

static __always_inline void send_copy(void *ctx, struct task_struct *task,
				      struct limen_record *rec, const struct pending *p,
				      const struct object *o, struct limen_slab *slab)
{
	struct limen_copy_event *e;

	e = copy_event_begin(LIMEN_EVENT_COPY, task, rec, limen_send_stacks || o->class);
	if (!e)
		return;
	e->length = p->length;
	e->ptr = p->ptr;
	e->mask = p->mask;
	e->direction = p->to_user;
	e->offset = o->offset;
	e->class = o->class;
	e->object = o->kind;
	e->flags = LIMEN_COPY_PTR_KNOWN | LIMEN_COPY_DIR_KNOWN;
	if (p->sample)
		e->flags |= LIMEN_COPY_SAMPLE;
	if (slab) {
		e->slab = *slab;
		e->flags |= LIMEN_COPY_SLAB_KNOWN | LIMEN_COPY_WINDOW_KNOWN;
	}
	copy_event_send(ctx, e, limen_send_stacks || o->class);
}

/*
 * Where the kernel refuses what limen would call a violation, the refusal is
 * the event: one copy makes one. Only written rodata the kernel lets pass.
 */
static __always_inline bool wanted(const struct pending *p, __u8 class)
{
	if (class && class != LIMEN_CLASS_RODATA && limen_kernel_checks)
		return false;
	if (p->mask)
		return mask_wants_class(p->mask, class);
	return p->sample || (limen_classify_all && class);
}

/*
 * A copy that a filter, the sampling or classification of all asked for. An
 * object in the direct map is decided when the check went by
 * __check_heap_object() or returned; all others by their address, here.
 */
static __always_inline void match_copy(void *ctx, struct task_struct *task,
				       struct limen_record *rec, __u64 ptr, __u64 n, bool to_user)
{
	struct pending p = {.ptr = ptr, .length = n, .to_user = to_user};
	struct object o;
	__u32 tid;

	if ((__u32)task->tgid == limen_self)
		return;
	p.mask = task_mask(rec, task);
	if (p.mask)
		p.mask = mask_of_size(p.mask, n, to_user);
	if (limen_sample && (p.mask || !limen_nr_filters)) {
		p.sample = ++this_cpu()->sample % limen_sample == 0;
		if (!p.sample)	/* sampling thins out what the filters match */
			p.mask = 0;
	}
	if (!p.mask && !p.sample && !limen_classify_all)
		return;

	find_object(&o, task, ptr, n, to_user);
	if (!o.direct_map || !limen_heap_hook) {
		if (wanted(&p, o.class))
			send_copy(ctx, task, rec, &p, &o, NULL);
		return;
	}
	tid = task->pid;
	if (!bpf_map_update_elem(&limen_pending, &tid, &p, BPF_NOEXIST)) {
		__sync_fetch_and_add(&limen_matches, 1);
		return;
	}
	__sync_fetch_and_add(&this_cpu()->no_pending, 1);
}

/* The current task's matched copy. Most of the time there is none at all. */
static __always_inline struct pending *find_pending(__u32 tid)
{
	return limen_matches ? bpf_map_lookup_elem(&limen_pending, &tid) : NULL;
}

static __always_inline void drop_pending(__u32 tid)
{
	if (!bpf_map_delete_elem(&limen_pending, &tid))
		__sync_fetch_and_add(&limen_matches, -1);
}

COLD int filter_fentry(void *ctx, struct limen_record *rec, __u64 n, bool to_user)
{
	__u64 ptr = 0;

	bpf_get_func_arg(ctx, 0, &ptr);
	match_copy(ctx, bpf_get_current_task_btf(), rec, ptr, n, to_user);
	return 0;
}

COLD int filter_kprobe(struct pt_regs *ctx, struct limen_record *rec, __u64 n, bool to_user)
{
	match_copy(ctx, bpf_get_current_task_btf(), rec, PT_REGS_PARM1(ctx), n, to_user);
	return 0;
}

/*
 * From user space, of a size that a name's buffer may have. What is seldom is
 * kept in subprograms: the counting path then has few registers to save.
 */
COLD int count_name_or_copy(void *ctx, struct limen_record *rec, const bool kprobe, __u64 n,
			    __u32 class)
{
	if (kprobe ? kprobe_from_strncpy(ctx) : fentry_from_strncpy(ctx)) {
		if (class & LIMEN_SIZE_NAME)	/* not the rest of a long one */
			rec->counts.names++;
		return 0;
	}
	count_record(rec, n, class & LIMEN_SIZE_BUCKET, false);
	if (limen_filtering)
		return kprobe ? filter_kprobe(ctx, rec, n, false) :
				filter_fentry(ctx, rec, n, false);
	return 0;
}

/* __check_object_size(ptr, n, to_user); of the bool only the lowest byte is passed. */
static __always_inline int count_copy(void *ctx, const bool kprobe)
{
	struct limen_record *rec = current_record();
	bool to_user;
	__u32 class;
	__u64 n;

	if (!rec)
		return 0;
	/* Read here, not before: they need not survive the helpers' calls. */
	n = kprobe ? PT_REGS_PARM2((struct pt_regs *)ctx) : ((__u64 *)ctx)[1];
	to_user = (kprobe ? PT_REGS_PARM3((struct pt_regs *)ctx) : ((__u64 *)ctx)[2]) & 1;
	class = size_class(n);
	if (__builtin_expect(class & ~LIMEN_SIZE_BUCKET, 0)) {
		if (!to_user)
			return count_name_or_copy(ctx, rec, kprobe, n, class);
		class &= LIMEN_SIZE_BUCKET;
	}
	count_record(rec, n, class, to_user);
	if (limen_filtering)
		return kprobe ? filter_kprobe(ctx, rec, n, to_user) :
				filter_fentry(ctx, rec, n, to_user);
	return 0;
}

/* The check came to a slab object: now the cache is known. */
static __always_inline int heap_object(void *ctx, struct slab *slab, __u64 ptr)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct limen_slab info = {};
	struct kmem_cache *cache;
	struct object o = {.kind = LIMEN_OBJECT_SLAB};
	struct pending *p;
	__u32 tid = task->pid;

	p = find_pending(tid);
	if (!p || p->ptr != ptr)
		return 0;
	cache = BPF_CORE_READ(slab, slab_cache);
	read_cache(&info, cache);
	if (p->length > info.object_size)
		o.class = slab_class(&info, 0, p->length);
	if (wanted(p, o.class))
		send_copy(ctx, task, find_record(task), p, &o, &info);
	drop_pending(tid);
	return 0;
}

/* The check returned and met no slab object: page allocator memory. */
static __always_inline int check_return(void *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct object o = {.kind = LIMEN_OBJECT_PAGE};
	__u32 tid = task->pid;
	struct pending *p;

	p = find_pending(tid);
	if (!p)
		return 0;
	if (wanted(p, o.class))
		send_copy(ctx, task, find_record(task), p, &o, NULL);
	drop_pending(tid);
	return 0;
}

struct cache_walk {
	struct list_head *head, *at;
	__u64 name;
	struct kmem_cache *found;
};

static long next_cache(__u32 i, struct cache_walk *walk)
{
	struct list_head *at = walk->at;
	struct kmem_cache *s;

	if (!at || at == walk->head)
		return 1;
	s = (void *)at - bpf_core_field_offset(struct kmem_cache, list);
	if ((__u64)BPF_CORE_READ(s, name) == walk->name) {
		walk->found = s;
		return 1;
	}
	walk->at = BPF_CORE_READ(at, next);
	return 0;
}

/*
 * The cache whose name the kernel handed to usercopy_abort(): the same
 * pointer, found on the list of all caches. Fills slab and returns true.
 */
COLD bool find_cache(__u64 name, struct limen_slab *slab)
{
	struct list_head *head = (void *)limen_layout.slab_caches;
	struct cache_walk walk = {.head = head, .name = name};

	if (!head || !name)
		return false;
	walk.at = BPF_CORE_READ(head, next);
	bpf_loop(LIMEN_MAX_CACHES, next_cache, &walk, 0);
	if (!walk.found)
		return false;
	read_cache(slab, walk.found);
	return true;
}

static __always_inline int copy_refused(void *ctx, __u64 name, __u64 detail, bool to_user,
					__u64 offset, __u64 length)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct limen_record *rec = current_record();
	struct limen_copy_event *e;
	struct pending *p;
	__u32 tid = task->pid;
	__u64 mask;

	if (!rec)
		return 0;
	rec->counts.refused++;
	p = find_pending(tid);
	if (!event_wanted(task, rec, length, to_user, &mask))
		goto out;
	e = copy_event_begin(LIMEN_EVENT_REFUSED, task, rec, true);
	if (!e)
		goto out;
	e->mask = mask;
	e->length = length;
	e->offset = offset;
	e->direction = to_user;
	e->class = LIMEN_CLASS_UNKNOWN;
	e->flags = LIMEN_COPY_DIR_KNOWN;
	if (p) {
		e->ptr = p->ptr;
		e->flags |= LIMEN_COPY_PTR_KNOWN;
	}
	bpf_probe_read_kernel_str(e->name, sizeof(e->name), (void *)name);
	if (detail) {
		bpf_probe_read_kernel_str(e->detail, sizeof(e->detail), (void *)detail);
		e->flags |= LIMEN_COPY_DETAIL;
		if (find_cache(detail, &e->slab))
			e->flags |= LIMEN_COPY_SLAB_KNOWN | LIMEN_COPY_WINDOW_KNOWN;
	}
	read_exe_names(task, e->exe);
	copy_event_send(ctx, e, true);
out:
	if (p)
		drop_pending(tid);
	return 0;
}

SEC("fentry/__check_object_size")
int usercopy_check_fentry(unsigned long long *ctx)
{
	return count_copy(ctx, false);
}

static __always_inline int usercopy_check_regs(struct pt_regs *ctx)
{
	return count_copy(ctx, true);
}

KPROBES("kprobe", usercopy_check, "__check_object_size")

SEC("fexit/__check_object_size")
int usercopy_checked_fentry(unsigned long long *ctx)
{
	return check_return(ctx);
}

static __always_inline int usercopy_checked_regs(struct pt_regs *ctx)
{
	return check_return(ctx);
}

KPROBES("kretprobe", usercopy_checked, "__check_object_size")

SEC("fentry/__check_heap_object")
int usercopy_heap_fentry(unsigned long long *ctx)
{
	__u64 ptr = 0;

	bpf_get_func_arg(ctx, 0, &ptr);
	return heap_object(ctx, (struct slab *)ctx[2], ptr);
}

static __always_inline int usercopy_heap_regs(struct pt_regs *ctx)
{
	return heap_object(ctx, (struct slab *)PT_REGS_PARM3(ctx), PT_REGS_PARM1(ctx));
}

KPROBES("kprobe", usercopy_heap, "__check_heap_object")

SEC("fentry/usercopy_abort")
int usercopy_abort_fentry(unsigned long long *ctx)
{
	__u64 name = 0, detail = 0;

	bpf_get_func_arg(ctx, 0, &name);
	bpf_get_func_arg(ctx, 1, &detail);
	return copy_refused(ctx, name, detail, ctx[2] & 1, ctx[3], ctx[4]);
}

static __always_inline int usercopy_abort_regs(struct pt_regs *ctx)
{
	return copy_refused(ctx, PT_REGS_PARM1(ctx), PT_REGS_PARM2(ctx),
			    PT_REGS_PARM3(ctx) & 1, PT_REGS_PARM4(ctx), PT_REGS_PARM5(ctx));
}

KPROBES("kprobe", usercopy_abort, "usercopy_abort")

char LICENSE[] SEC("license") = "GPL";
