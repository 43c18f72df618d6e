"""Fills some memory, waits for a line of input, and looks whether it is still
there.  With "fork" a child looks, too, while both write to it."""
import os
import sys

pages = int(sys.argv[1])
memory = [bytearray(b"%d" % number * 400) for number in range(pages)]


def look(who):
    wrong = sum(part[:len(b"%d" % number)] != b"%d" % number
                for number, part in enumerate(memory))
    for number, part in enumerate(memory):
        part[-1] = number + who & 0xFF
    wrong += sum(part[-1] != number + who & 0xFF
                 for number, part in enumerate(memory))
    print(who, len(memory), "parts,", wrong, "wrong", flush=True)


if "fork" in sys.argv:
    for who in range(1, 4):
        if os.fork() == 0:
            look(who)
            os._exit(0)
        look(0)
        os.wait()
else:
    print("ready", flush=True)
    sys.stdin.readline()
look(0)
