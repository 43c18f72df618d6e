# An index of made-up documents: which words stand in which of them.
import sys

count = int(sys.argv[1])
index = {}
state = 4
for document in range(count):
    for _ in range(6):
        state = (state * 1103515245 + 12345) & 0x7FFFFFFF
        word = "word%d" % ((state >> 8) % (count // 4 + 1))
        index.setdefault(word, []).append(document)
longest = max(index, key=lambda word: (len(index[word]), word))
pairs = sum(len(documents) for documents in index.values())
print(len(index), pairs, longest)
