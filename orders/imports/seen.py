"""Which numbers a file has named already, in a few bytes each: a million of them must not fill the memory."""

from __future__ import annotations

from array import array

SMALLEST = 1 << 10


class Seen:
    """Remembers, by hash, with which words a number stood first. Some 20 bytes a number, where a dict takes 100."""

    __slots__ = ("_count", "_keys", "_mask", "_words")

    def __init__(self) -> None:
        self._count, self._mask = 0, SMALLEST - 1
        self._keys, self._words = array("q", bytes(8 * SMALLEST)), array("I", bytes(4 * SMALLEST))

    def __len__(self) -> int:
        return self._count

    def is_apart(self, number: str, words: object) -> bool:
        """Whether this number stood there before with other words; the first time it is remembered."""
        key, told = hash(number) or 1, hash(words) & 0xFFFFFFFF
        slot = self._slot(key)
        if self._keys[slot]:
            return self._words[slot] != told
        self._keys[slot], self._words[slot] = key, told
        self._count += 1
        if self._count * 3 > self._mask * 2:
            self._grow()
        return False

    def _slot(self, key: int) -> int:
        """Where a key stands, or the free place where it would."""
        keys, mask = self._keys, self._mask
        slot = key & mask
        while keys[slot] and keys[slot] != key:
            slot = (slot + 1) & mask
        return slot

    def _grow(self) -> None:
        keys, words = self._keys, self._words
        size = 2 * (self._mask + 1)
        self._mask = size - 1
        self._keys, self._words = array("q", bytes(8 * size)), array("I", bytes(4 * size))
        for key, told in zip(keys, words, strict=True):
            if key:
                slot = self._slot(key)
                self._keys[slot], self._words[slot] = key, told
