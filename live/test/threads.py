"""Four threads, each with lists and dictionaries of its own and one in common."""
import sys
import threading

count = int(sys.argv[1])
together = {}
lock = threading.Lock()
results = [None] * 4


def work(number):
    state = number + 1
    own = {}
    for step in range(count):
        state = (state * 1103515245 + 12345) & 0x7FFFFFFF
        key = (state >> 8) % (count // 4 + 1)
        own.setdefault(key, []).append("%d-%d" % (number, step))
        if step % 16 == 0:
            with lock:
                together[key] = together.get(key, 0) + 1
    rows = sorted(own.items(), key=lambda item: (-len(item[1]), item[0]))
    results[number] = (len(rows), rows[0][0], "".join(rows[0][1])[:60])


threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(results)
print(len(together), sum(together.values()), max(together))
