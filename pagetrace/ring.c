/*
 * The tool's end of the ring: see protocol.h.
 *
 * The ring is mapped over an array of the tool's own: so its address is a
 * constant of 31 bits in the generated code, Valgrind's address space manager
 * has it as the tool's, and a forked child maps its own ring over it.
 *
 *	start            next         end   margin
 *	  v                v           v <---------->
 *	[ chunk  records...            |             ][ next chunk
 */
#include "pagetrace/system.h"
#include "pagetrace/tool.h"

#include <pub_tool_libcassert.h>
#include <pub_tool_libcbase.h>
#include <pub_tool_libcfile.h>
#include <pub_tool_libcprint.h>
#include <pub_tool_libcproc.h>
#include <pub_tool_vki.h>

#define FUTEX_WAIT 0
#define FUTEX_WAKE 1
#define IPC_PRIVATE 0
#define IPC_RMID 0
#define SHM_REMAP 040000
#define WAIT_MS 200
/* So often at most for a reader that cannot reach us. */
#define INTRODUCTION_WAITS 150
/* Of the file descriptors that Valgrind keeps to itself, the last ones. */
#define FILES_AT_THE_TOP 6

static struct {
	_Alignas(4096) UChar memory[PAGETRACE_BYTES];
	Bool listened;
	Int life_line; /* -1: none */
} state = {.life_line = -1};

#define RING ((struct pagetrace_ring *)state.memory)

struct pagetrace_ring *ring_header(void)
{
	return RING;
}

static ULong *chunk_start(UInt number)
{
	return (ULong *)(state.memory + PAGETRACE_RING_BYTES) +
	       (number % PAGETRACE_CHUNKS) * PAGETRACE_CHUNK_WORDS;
}

static void take_chunk(UInt number)
{
	ULong *start = chunk_start(number);

	RING->start = RING->next = (Addr)start;
	RING->end =
		(Addr)(start + PAGETRACE_CHUNK_WORDS - PAGETRACE_MARGIN_WORDS);
	__atomic_store_n(&RING->chunk, number, __ATOMIC_SEQ_CST);
}

/* ---- waiting ---- */

/* Without asking for any events, one is told of errors only. */
static Bool hung_up(Int file)
{
	struct vki_pollfd poll = {.fd = file, .events = 0};

	return !sr_isError(VG_(poll)(&poll, 1, 0)) && poll.revents != 0;
}

static void wait_for(const UInt *word, UInt value)
{
	struct vki_timespec limit = {.tv_nsec = WAIT_MS * 1000000};

	system_call(SYSTEM_FUTEX, (UWord)word, FUTEX_WAIT, value, (UWord)&limit,
		0, 0);
}

static void ring_bell(void)
{
	__atomic_add_fetch(&RING->bell, 1, __ATOMIC_SEQ_CST);
	if (__atomic_load_n(&RING->reader_waits, __ATOMIC_SEQ_CST))
		system_call(SYSTEM_FUTEX, (UWord)&RING->bell, FUTEX_WAKE, 1, 0,
			0, 0);
}

/* ---- whom it is for ---- */

/* From now on what is written is not read. */
static void fall_silent(void)
{
	state.listened = False;
	if (state.life_line >= 0)
		VG_(close)(state.life_line);
	state.life_line = -1;
}

/* Moves FILE to where the program does not see it. */
static Int hide_file(Int file)
{
	struct vki_rlimit limit;
	Word high = -1;

	if (file >= 0 && VG_(getrlimit)(VKI_RLIMIT_NOFILE, &limit) == 0 &&
		limit.rlim_cur > 2 * FILES_AT_THE_TOP)
		high = system_call(SYSTEM_FCNTL, file, VKI_F_DUPFD_CLOEXEC,
			limit.rlim_cur - FILES_AT_THE_TOP, 0, 0, 0);
	if (high < 0)
		return file;
	VG_(close)(file);
	return (Int)high;
}

/* Memory that nobody else sees, over the ring that was. */
static Bool map_silent(void)
{
	return system_call(SYSTEM_MMAP, (UWord)state.memory, PAGETRACE_BYTES,
		       VKI_PROT_READ | VKI_PROT_WRITE,
		       VKI_MAP_FIXED | VKI_MAP_PRIVATE | VKI_MAP_ANONYMOUS, -1,
		       0) == (Word)(Addr)state.memory;
}

/*
 * Memory to be shared: its number, or -1.  It is removed at once, so that
 * nothing is left of it whoever dies; who knows the number can attach it as
 * long as we do.  (A file in memory would be subject to the program's limit
 * of file sizes.)
 */
static Int map_shared(void)
{
	Word number = system_call(SYSTEM_SHMGET, IPC_PRIVATE, PAGETRACE_BYTES,
		VKI_IPC_CREAT | 0600, 0, 0, 0);
	Word at;

	if (number < 0)
		return -1;
	at = system_call(
		SYSTEM_SHMAT, number, (UWord)state.memory, SHM_REMAP, 0, 0, 0);
	system_call(SYSTEM_SHMCTL, number, IPC_RMID, 0, 0, 0, 0);
	return at == (Word)(Addr)state.memory ? (Int)number : -1;
}

/* Says where the ring is and waits until it is taken. */
static Bool introduce(Int control, Int memory, Int read_end)
{
	struct pagetrace_hello hello = {
		.version = PAGETRACE_VERSION,
		.ring_bytes = PAGETRACE_BYTES,
		.process = VG_(getpid)(),
		.parent = VG_(getppid)(),
		.memory = memory,
		.life_line = read_end,
	};

	if (hung_up(control) ||
		VG_(write)(control, &hello, sizeof(hello)) != sizeof(hello))
		return False;
	for (UInt i = 0; i < INTRODUCTION_WAITS && !hung_up(control); i++) {
		if (__atomic_load_n(&RING->attached, __ATOMIC_SEQ_CST))
			return !RING->stop;
		wait_for(&RING->attached, 0);
	}
	return False;
}

static Bool connect_to(const HChar *path)
{
	Int control = hide_file(VG_(fd_open)(path, VKI_O_WRONLY, 0));
	Int ends[2];
	Int memory;
	Bool taken = False;

	if (control < 0)
		return False;
	memory = map_shared();
	if (memory >= 0 && VG_(pipe)(ends) == 0) {
		ends[0] = hide_file(ends[0]);
		state.life_line = hide_file(ends[1]);
		take_chunk(0);
		taken = introduce(control, memory, ends[0]);
		VG_(close)(ends[0]);
	}
	VG_(close)(control);
	return taken;
}

Bool ring_open(const HChar *control)
{
	fall_silent();
	if (control != NULL)
		state.listened = connect_to(control);
	if (!state.listened) {
		fall_silent();
		if (!map_silent())
			VG_(tool_panic)("no memory for the ring");
	}
	take_chunk(0);
	return state.listened;
}

/* ---- chunks ---- */

static void publish(void)
{
	UInt number = RING->published;

	RING->chunk_words[number % PAGETRACE_CHUNKS] =
		(UInt)((RING->next - RING->start) / sizeof(ULong));
	__atomic_store_n(&RING->published, number + 1, __ATOMIC_SEQ_CST);
	ring_bell();
}

/* Until the chunk NUMBER may be written to. */
static void wait_for_room(UInt number)
{
	while (state.listened) {
		UInt consumed =
			__atomic_load_n(&RING->consumed, __ATOMIC_SEQ_CST);

		if (number - consumed < PAGETRACE_CHUNKS)
			return;
		if (RING->stop || hung_up(state.life_line)) {
			fall_silent();
			return;
		}
		__atomic_store_n(&RING->writer_waits, 1, __ATOMIC_SEQ_CST);
		if (__atomic_load_n(&RING->consumed, __ATOMIC_SEQ_CST) ==
			consumed)
			wait_for(&RING->consumed, consumed);
		__atomic_store_n(&RING->writer_waits, 0, __ATOMIC_SEQ_CST);
	}
}

void ring_turn(void)
{
	if (state.listened && RING->stop)
		fall_silent();
	if (state.listened) {
		publish();
		wait_for_room(RING->published);
	}
	take_chunk(state.listened ? RING->published : 0);
}

/* Room for WORDS; once they are written, they count. */
static ULong *ring_reserve(UInt words)
{
	tl_assert(words <= PAGETRACE_CHUNK_WORDS - PAGETRACE_MARGIN_WORDS);
	if (RING->next + words * sizeof(ULong) > RING->end)
		ring_turn();
	return (ULong *)(Addr)RING->next;
}

static void ring_commit(UInt words)
{
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	RING->next += words * sizeof(ULong);
}

void ring_words(ULong head, const ULong *words, UInt count)
{
	ULong *at = ring_reserve(1 + count);

	at[0] = head;
	for (UInt i = 0; i < count; i++)
		at[1 + i] = words[i];
	ring_commit(1 + count);
}

void ring_record(ULong head, const ULong *words)
{
	ring_words(head, words, PAGETRACE_WORDS(head));
}

void ring_named(ULong head, const ULong *words, UInt count, const HChar *name)
{
	SizeT bytes = VG_(strnlen)(name, PAGETRACE_NAME_MAX);
	UInt name_words = (UInt)(bytes + sizeof(ULong) - 1) / sizeof(ULong);
	UInt all = count + 1 + name_words;
	ULong *at = ring_reserve(1 + all);

	at[0] = head | (ULong)all << 32;
	for (UInt i = 0; i < count; i++)
		at[1 + i] = words[i];
	at[1 + count] = bytes;
	if (name_words > 0)
		at[1 + count + name_words] = 0;
	VG_(memcpy)(&at[2 + count], name, bytes);
	ring_commit(1 + all);
}

void ring_close(void)
{
	if (state.listened)
		publish();
	fall_silent();
}
