/*
 * Program text into code that writes what it does to the ring.
 *
 * A block of text, as Valgrind translates it, is cut into sections at each
 * exit: all of a section is run, or nothing.  What it fetches, and which
 * loads and stores it makes, is known when it is translated; only the
 * addresses are not.  So a section writes its number and those addresses:
 *
 *	block                     sections           what it writes
 *	  100: mov (%rax),%rdx    fetch 100, load    7, rax
 *	  103: test %rdx,%rdx     fetch 103
 *	  106: jz 200             fetch 106
 *	  ------- exit -------
 *	  10c: mov %rdx,(%rbx)    fetch 10c, store   8, rbx
 *
 * and `next` moves at each section's end.  Whether there is room is asked
 * once a block, or again where a block is very long.
 *
 * Loads and stores are counted as Lackey does, so that both can be compared:
 * a store to where the instruction has just loaded from joins it; text that
 * Valgrind makes conditional is fetched in any case.
 */
#include "pagetrace/tool.h"

#include <pub_tool_hashtable.h>
#include <pub_tool_libcassert.h>
#include <pub_tool_libcbase.h>
#include <pub_tool_mallocfree.h>

/* A section is closed at so many. */
#define ACCESSES_MAX 256
/* Of the section that a fault has cut short. */
#define PART_NUMBER 0

/* The definitions of a block's sections, each a whole record. */
struct block {
	VgHashNode node; /* key: where the program goes to */
	Addr text;	 /* and where the text is, if redirected */
	UInt words;
	ULong record[];
};

static struct {
	VgHashTable *blocks;
	ULong **section; /* its record, by number; NULL: free */
	UInt sections, room;
	UInt *free; /* numbers that may be used again */
	UInt free_count, free_room;
	ULong *record; /* of the block that is being translated */
	UInt record_room;
} state;

/* ---- numbers ---- */

static UInt take_number(void)
{
	if (state.free_count > 0)
		return state.free[--state.free_count];
	if (state.sections == state.room) {
		state.room = state.room * 2 + 1024;
		state.section = VG_(realloc)("pagetrace.section", state.section,
			state.room * sizeof(*state.section));
	}
	state.section[state.sections] = NULL;
	return state.sections++;
}

static void free_number(UInt number)
{
	if (state.free_count == state.free_room) {
		state.free_room = state.free_room * 2 + 1024;
		state.free = VG_(realloc)("pagetrace.free", state.free,
			state.free_room * sizeof(*state.free));
	}
	state.section[number] = NULL;
	state.free[state.free_count++] = number;
}

/* ---- building ---- */

struct builder {
	IRSB *out;
	IRTemp base;	   /* `next` as it was when room was asked for */
	UInt offset;	   /* words from there */
	Bool has_room;	   /* base is set */
	Bool is_open;	   /* a section: */
	UInt head;	   /* where its record begins */
	IRExpr *last_load; /* its address, if a store may join; or NULL */
	UInt words;	   /* of state.record */
};

static void add_word(struct builder *builder, ULong word)
{
	if (builder->words == state.record_room) {
		state.record_room = state.record_room * 2 + 1024;
		state.record = VG_(realloc)("pagetrace.record", state.record,
			state.record_room * sizeof(ULong));
	}
	state.record[builder->words++] = word;
}

static IRExpr *constant(ULong value)
{
	return IRExpr_Const(IRConst_U64(value));
}

static IRExpr *load_word(struct builder *builder, const uint64_t *address)
{
	IRTemp value = newIRTemp(builder->out->tyenv, Ity_I64);

	addStmtToIRSB(builder->out,
		IRStmt_WrTmp(value, IRExpr_Load(Iend_LE, Ity_I64,
					    constant((Addr)address))));
	return IRExpr_RdTmp(value);
}

static IRTemp compute(struct builder *builder, IRType type, IRExpr *value)
{
	IRTemp to = newIRTemp(builder->out->tyenv, type);

	addStmtToIRSB(builder->out, IRStmt_WrTmp(to, value));
	return to;
}

static IRExpr *at_offset(struct builder *builder)
{
	return IRExpr_RdTmp(compute(builder, Ity_I64,
		IRExpr_Binop(Iop_Add64, IRExpr_RdTmp(builder->base),
			constant(builder->offset * sizeof(ULong)))));
}

static void write_word(struct builder *builder, IRExpr *value)
{
	IRExpr *to = at_offset(builder);

	addStmtToIRSB(builder->out, IRStmt_Store(Iend_LE, to, value));
	builder->offset++;
}

/* if (end <= next) ring_turn(); base = next; */
static void ask_for_room(struct builder *builder)
{
	struct pagetrace_ring *ring = ring_header();
	IRExpr *next = load_word(builder, &ring->next);
	IRExpr *end = load_word(builder, &ring->end);
	IRDirty *turn =
		unsafeIRDirty_0_N(0, "ring_turn", ring_turn, mkIRExprVec_0());

	turn->guard = IRExpr_RdTmp(compute(
		builder, Ity_I1, IRExpr_Binop(Iop_CmpLE64U, end, next)));
	addStmtToIRSB(builder->out, IRStmt_Dirty(turn));
	builder->base = load_word(builder, &ring->next)->Iex.RdTmp.tmp;
	builder->offset = 0;
	builder->has_room = True;
}

static void close_section(struct builder *builder)
{
	IRExpr *next;

	if (!builder->is_open)
		return;
	next = at_offset(builder);
	addStmtToIRSB(builder->out,
		IRStmt_Store(
			Iend_LE, constant((Addr)&ring_header()->next), next));
	state.record[builder->head] |=
		(ULong)(builder->words - builder->head - 1) << 32;
	builder->is_open = False;
	builder->last_load = NULL;
}

/* An access joins the open section, or opens one. */
static void add_access(struct builder *builder, ULong access)
{
	if (builder->is_open && builder->words - builder->head > ACCESSES_MAX)
		close_section(builder);
	if (!builder->is_open) {
		UInt number = take_number();

		if (!builder->has_room || builder->offset + 2 * ACCESSES_MAX >
						  PAGETRACE_MARGIN_WORDS)
			ask_for_room(builder);
		builder->head = builder->words;
		builder->is_open = True;
		write_word(builder, constant(number));
		add_word(builder, PAGETRACE_HEAD(PAGETRACE_DEFINE, 0, number));
	}
	builder->last_load = NULL;
	add_word(builder, access);
}

static void add_fetch(struct builder *builder, Addr address, UInt bytes)
{
	add_access(builder, PAGETRACE_ACCESS(PAGETRACE_FETCH, bytes, address));
}

/* GUARD: NULL, or whether it is made at all. */
static void add_data(struct builder *builder, enum pagetrace_access kind,
	IRExpr *address, UInt bytes, IRExpr *guard)
{
	tl_assert(isIRAtom(address) && bytes > 0 && bytes < 1 << 14);
	add_access(builder, PAGETRACE_ACCESS(kind, bytes, 0));
	if (guard != NULL)
		write_word(builder,
			IRExpr_RdTmp(compute(builder, Ity_I64,
				IRExpr_ITE(guard, address, constant(0)))));
	else
		write_word(builder, address);
	if (kind == PAGETRACE_LOAD && guard == NULL)
		builder->last_load = address;
}

static void add_store(
	struct builder *builder, IRExpr *address, UInt bytes, IRExpr *guard)
{
	ULong *last = &state.record[builder->words - 1];

	if (builder->last_load != NULL && guard == NULL &&
		PAGETRACE_ACCESS_BYTES(*last) == bytes &&
		eqIRAtom(builder->last_load, address)) {
		*last = PAGETRACE_ACCESS(PAGETRACE_MODIFY, bytes, 0);
		builder->last_load = NULL;
		return;
	}
	add_data(builder, PAGETRACE_STORE, address, bytes, guard);
}

/* ---- what a statement does ---- */

static UInt bytes_of(const struct builder *builder, IRExpr *value)
{
	return sizeofIRType(typeOfIRExpr(builder->out->tyenv, value));
}

static void add_load_guarded(struct builder *builder, const IRLoadG *load)
{
	IRType result, loaded;

	typeOfIRLoadGOp(load->cvt, &result, &loaded);
	add_data(builder, PAGETRACE_LOAD, load->addr, sizeofIRType(loaded),
		load->guard);
}

static void add_swap(struct builder *builder, const IRCAS *swap)
{
	UInt bytes = bytes_of(builder, swap->dataLo);

	if (swap->dataHi != NULL)
		bytes *= 2;
	add_data(builder, PAGETRACE_LOAD, swap->addr, bytes, NULL);
	add_store(builder, swap->addr, bytes, NULL);
}

static void add_helper(struct builder *builder, const IRDirty *helper)
{
	if (helper->mFx == Ifx_Read || helper->mFx == Ifx_Modify)
		add_data(builder, PAGETRACE_LOAD, helper->mAddr, helper->mSize,
			NULL);
	if (helper->mFx == Ifx_Write || helper->mFx == Ifx_Modify)
		add_store(builder, helper->mAddr, helper->mSize, NULL);
}

static void add_statement(struct builder *builder, IRStmt *statement)
{
	const IRStoreG *store;
	const IRExpr *value;

	switch (statement->tag) {
	case Ist_IMark:
		add_fetch(builder, statement->Ist.IMark.addr,
			statement->Ist.IMark.len);
		break;
	case Ist_WrTmp:
		value = statement->Ist.WrTmp.data;
		if (value->tag == Iex_Load)
			add_data(builder, PAGETRACE_LOAD, value->Iex.Load.addr,
				sizeofIRType(value->Iex.Load.ty), NULL);
		break;
	case Ist_Store:
		add_store(builder, statement->Ist.Store.addr,
			bytes_of(builder, statement->Ist.Store.data), NULL);
		break;
	case Ist_LoadG:
		add_load_guarded(builder, statement->Ist.LoadG.details);
		break;
	case Ist_StoreG:
		store = statement->Ist.StoreG.details;
		add_store(builder, store->addr, bytes_of(builder, store->data),
			store->guard);
		break;
	case Ist_CAS:
		add_swap(builder, statement->Ist.CAS.details);
		break;
	case Ist_Dirty:
		add_helper(builder, statement->Ist.Dirty.details);
		break;
	case Ist_Exit:
		close_section(builder);
		break;
	default:
		break;
	}
	addStmtToIRSB(builder->out, statement);
}

/* ---- blocks ---- */

static void tell_block(const struct block *block)
{
	for (UInt i = 0; i < block->words;) {
		const ULong *record = &block->record[i];

		ring_record(record[0], record + 1);
		i += 1 + PAGETRACE_WORDS(record[0]);
	}
}

static void keep_block(const VgCallbackClosure *closure, UInt words)
{
	struct block *block = VG_(malloc)(
		"pagetrace.block", sizeof(*block) + words * sizeof(ULong));

	block->node.key = closure->nraddr;
	block->text = closure->readdr;
	block->words = words;
	VG_(memcpy)(block->record, state.record, words * sizeof(ULong));
	for (UInt i = 0; i < words; i += 1 + PAGETRACE_WORDS(block->record[i]))
		state.section[PAGETRACE_NUMBER(block->record[i])] =
			&block->record[i];
	VG_(HT_add_node)(state.blocks, block);
	tell_block(block);
}

IRSB *instrument(VgCallbackClosure *closure, IRSB *in,
	const VexGuestLayout *layout, const VexGuestExtents *extents,
	const VexArchInfo *host, IRType guest_word, IRType host_word)
{
	struct builder builder = {.out = deepCopyIRSBExceptStmts(in)};
	Int i = 0;

	(void)layout, (void)extents, (void)host;
	tl_assert(guest_word == Ity_I64 && host_word == Ity_I64);
	/* What comes before the first instruction is Valgrind's own. */
	for (; i < in->stmts_used && in->stmts[i]->tag != Ist_IMark; i++)
		addStmtToIRSB(builder.out, in->stmts[i]);
	for (; i < in->stmts_used; i++)
		if (in->stmts[i] != NULL && in->stmts[i]->tag != Ist_NoOp)
			add_statement(&builder, in->stmts[i]);
	close_section(&builder);
	keep_block(closure, builder.words);
	return builder.out;
}

static Word differs(const void *one, const void *two)
{
	const struct block *a = one, *b = two;

	return a->text != b->text;
}

void instrument_discard(Addr address, VexGuestExtents extents)
{
	struct block wanted = {
		.node = {.key = address}, .text = extents.base[0]};
	struct block *block =
		VG_(HT_gen_remove)(state.blocks, &wanted, differs);

	if (block == NULL)
		return;
	for (UInt i = 0; i < block->words;
		i += 1 + PAGETRACE_WORDS(block->record[i]))
		free_number(PAGETRACE_NUMBER(block->record[i]));
	VG_(free)(block);
}

void instrument_tell_all(void)
{
	const struct block *block;

	VG_(HT_ResetIter)(state.blocks);
	while ((block = VG_(HT_Next)(state.blocks)) != NULL)
		tell_block(block);
}

/*
 * A section that a fault has cut short is told as one of its own, up to the
 * instruction at ADDRESS.  Its number and the addresses are there, where
 * `next` still points.
 *
 * Between sections there is what was written a lap ago.  That may be taken
 * for a section just begun, but for no other, as the program then stands at
 * the beginning of a block: such a one counts only if IS_FAULT is sure.
 */
void instrument_fault(Addr address, Bool is_fault)
{
	const ULong *at = (const ULong *)(Addr)ring_header()->next;
	ULong part[1 + ACCESSES_MAX], played[1 + ACCESSES_MAX];
	const ULong *record;
	UInt accesses = 0, addresses = 0;
	Bool found = False;

	if (at[0] >= state.sections || state.section[at[0]] == NULL)
		return;
	record = state.section[at[0]];
	while (accesses < PAGETRACE_WORDS(record[0]) && !found) {
		ULong access = record[1 + accesses];

		part[accesses++] = access;
		if (PAGETRACE_ACCESS_KIND(access) == PAGETRACE_FETCH)
			found = PAGETRACE_ACCESS_ADDRESS(access) == address;
		else
			played[addresses] = at[1 + addresses], addresses++;
	}
	if (!found || (accesses == 1 && !is_fault))
		return;
	ring_record(
		PAGETRACE_HEAD(PAGETRACE_DEFINE, accesses, PART_NUMBER), part);
	ring_words(PART_NUMBER, played, addresses);
}

void instrument_init(void)
{
	UInt part = take_number();

	tl_assert(part == PART_NUMBER);
	state.blocks = VG_(HT_construct)("pagetrace.blocks");
}
