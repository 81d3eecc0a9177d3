"""The words that filters count: spaCy's in scripts with spaces, runs of letters in the others.

A chunk is what stands between white space and letters of scripts written without spaces (Han, kana,
Thai, Lao, Khmer, Burmese, Tibetan). The rules of spaCy's blank tokenizer of the text's language
take it apart; languages spaCy has no rules for get those of its ``xx``. They look no further than a
chunk, so chunks that were seen are remembered. Punctuation marks are words of their own.

Scripts without spaces show no words, and published limits are made for words. So a run of such
letters is cut, from its start, into pieces that hold about as much as an English word does:
2 letters of Han and kana, 3 of Burmese, 4 of Thai, Lao and Khmer, a syllable of Tibetan. That is
what parallel news says (a sentence of 21 English words has 37 letters in Chinese, 48 in Japanese,
64 in Burmese, 75 in Lao, 79 in Thai and Khmer, and 34 Tibetan syllables). A mark belongs to the
letter before it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import accumulate, chain
from pkgutil import iter_modules

import numpy as np
import spacy
import spacy.lang
from numpy.typing import NDArray

from corpusmill.quality.affixes import Affixes
from corpusmill.text.characters import CODE_POINTS, MARK, SPACE, UNSPACED, WORD, codes_of
from corpusmill.text.codepoints import CodePoints
from corpusmill.text.words import Words, hash_words

# spaCy's time grows with the square of the punctuation that hangs together.
MAX_CHUNK = 1_000  # characters: longer chunks are cut every so many,
MAX_SYMBOLS = 100  # and chunks with more characters that are in no word, every so many

_ELSEWHERE = {"ja", "ko", "th", "vi", "zh"}  # spaCy splits these by other packages
_SPACY = {module.name for module in iter_modules(spacy.lang.__path__) if module.ispkg} - _ELSEWHERE
_LIKE = {"no": "nb", "bs": "hr", "sh": "hr"}

_SPACE, _SPACED = 0, 1  # what a character is to chunks; unspaced letters: how many make a word
_LETTERS = {
    r"[\p{Han}\p{Hiragana}\p{Katakana}\u30fc\uff70]": 2,
    r"\p{Myanmar}": 3,
    r"\p{Tibetan}": 255,  # a syllable, for its end is no letter
}
_OTHER_LETTERS = 4

Offsets = NDArray[np.int64]
Kinds = NDArray[np.uint8]


def rules_of(language: str) -> str:
    """The spaCy language by whose rules texts of a language are split; ``xx`` where it has none."""
    code = _LIKE.get(language, language)
    return code if code in _SPACY else "xx"


def split(points: CodePoints, kinds: Kinds, languages: Sequence[str]) -> Words:
    """Words and punctuation marks of every text, in order: all of it but white space.

    ``kinds`` are the class bits of the code points (``corpusmill.text.characters``); ``languages``
    has one code a text (those of ``languages.language``).
    """
    groups = _groups(points, kinds)
    starts, ends = _cut(kinds, groups, *_chunks(points, groups))
    unspaced = groups[starts] > _SPACED
    pieces = [_pieces(kinds, groups, starts[unspaced], ends[unspaced])]
    spaced = _Chunks.of(points, starts[~unspaced], ends[~unspaced])
    rules, numbers = np.unique([rules_of(each) for each in languages], return_inverse=True)
    of_chunk = numbers[np.searchsorted(points.starts, spaced.starts, side="right") - 1]
    for number, name in enumerate(rules.tolist()):
        pieces.append(spaced.tokens(np.flatnonzero(of_chunk == number), chunk_tokens(name)))
    heads, tails = (np.concatenate(each) for each in zip(*pieces, strict=True))
    order = np.argsort(heads, kind="stable")
    heads = heads[order]
    return Words(heads, tails[order], np.searchsorted(heads, points.starts))


@dataclass
class Memory:
    """Chunks that were seen, by language, and where their tokens end.

    What is remembered decides how fast an answer comes, never which. ``room`` is for the characters
    of all chunks together; at its end nothing more is taken in, and ``renew`` forgets everything.
    """

    room: int
    seen: dict[str, dict[str, tuple[int, ...]]] = field(default_factory=dict)
    characters: int = 0

    LONGEST = 200  # characters of a chunk that is worth remembering

    def keep(self, rules: str, chunk: str, ends: tuple[int, ...]) -> None:
        """Take a chunk in, where there is room for it."""
        if len(chunk) <= self.LONGEST and self.characters + len(chunk) <= self.room:
            self.seen.setdefault(rules, {})[chunk] = ends
            self.characters += len(chunk)

    def renew(self) -> None:
        """Forget all where the room is as good as used up."""
        if self.characters + self.LONGEST > self.room:
            self.seen.clear()
            self.characters = 0


MEMORY = Memory(room=2_000_000)  # of a process, about 100 MB


class ChunkTokens:
    """spaCy's blank tokenizer of one language, for one chunk at a time."""

    def __init__(self, rules: str, memory: Memory = MEMORY) -> None:
        """By the language's code in spaCy."""
        self._rules, self._memory = rules, memory
        self._spacy = spacy.blank(rules)
        # What a word looks like, nobody asks here. The attribute is missing from spaCy's stubs.
        setattr(self._spacy.vocab, "lex_attr_getters", {})  # noqa: B010
        self._affixes = Affixes(self._spacy.tokenizer)

    def __call__(self, chunks: Sequence[str]) -> list[tuple[int, ...]]:
        """Where the tokens of each chunk end, in code points from its start."""
        self._memory.renew()
        seen = self._memory.seen.get(self._rules, {})
        is_one = self._affixes.is_one
        found = [(len(c),) if is_one(c) else seen.get(c) for c in chunks]
        with self._spacy.memory_zone():  # or every chunk would stay in spaCy's vocabulary
            return [self._ends(c) if f is None else f for c, f in zip(chunks, found, strict=True)]

    def _ends(self, chunk: str) -> tuple[int, ...]:
        lengths = self._affixes.lengths(chunk)
        if lengths is None:
            lengths = [len(token) for token in self._spacy.tokenizer(chunk)]
        ends = tuple(accumulate(lengths))
        self._memory.keep(self._rules, chunk, ends)
        return ends


@cache
def chunk_tokens(rules: str) -> ChunkTokens:
    """The tokenizer of a spaCy language, made once a process."""
    return ChunkTokens(rules)


def _groups(points: CodePoints, kinds: Kinds) -> Kinds:
    """What each code point is to chunks: white space, spaced, or letters to a word."""
    groups = np.where(kinds & SPACE, _SPACE, _SPACED).astype(np.uint8)
    if not (kinds & UNSPACED).any():
        return groups
    letters = (kinds & (UNSPACED | MARK)) == UNSPACED
    groups[letters] = _letters_per_word()[points.codes[letters]]
    marks = (kinds & MARK) > 0
    marks[points.starts[:-1][points.starts[:-1] < len(marks)]] = False  # it leans on no other text
    base = np.maximum.accumulate(np.where(marks, 0, np.arange(len(marks))))
    return np.where(marks & (groups[base] > _SPACED), groups[base], groups)


@cache
def _letters_per_word() -> Kinds:
    """For each code point of unspaced scripts, how many letters make a word: uint8[0x110000]."""
    table = np.full(CODE_POINTS, _OTHER_LETTERS, dtype=np.uint8)
    for pattern, letters in _LETTERS.items():
        table[codes_of(pattern)] = letters
    return table


def _chunks(points: CodePoints, groups: Kinds) -> tuple[Offsets, Offsets]:
    """Maximal runs of one group, white space left out, within one text."""
    if not len(groups):
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    heads = np.append(True, groups[1:] != groups[:-1])
    heads[points.starts[:-1][points.starts[:-1] < len(groups)]] = True
    starts = np.flatnonzero(heads)
    ends = np.append(starts[1:], len(groups))
    inked = groups[starts] != _SPACE
    return starts[inked], ends[inked]


def _cut(kinds: Kinds, groups: Kinds, starts: Offsets, ends: Offsets) -> tuple[Offsets, Offsets]:
    """The chunks with those cut that would cost too much."""
    lengths = ends - starts
    long = np.flatnonzero((lengths > MAX_SYMBOLS) & (groups[starts] == _SPACED))
    if not len(long):
        return starts, ends
    symbols = np.zeros(len(groups) + 1, dtype=np.int64)
    np.cumsum((kinds & WORD) == 0, out=symbols[1:])
    every = np.full(len(starts), MAX_CHUNK)
    every[groups[starts] != _SPACED] = len(groups)
    every[long[symbols[ends[long]] - symbols[starts[long]] > MAX_SYMBOLS]] = MAX_SYMBOLS
    counts = -(-lengths // every)
    owner, nth = _dealt(counts)
    cut = starts[owner] + nth * every[owner]
    return cut, np.minimum(cut + every[owner], ends[owner])


def _pieces(kinds: Kinds, groups: Kinds, starts: Offsets, ends: Offsets) -> tuple[Offsets, Offsets]:
    """Runs of unspaced letters as pieces of so many letters, from the start of each run."""
    owner, nth = _dealt(ends - starts)
    places = starts[owner] + nth
    letter = (kinds[places] & MARK) == 0
    letter[nth == 0] = True
    before = np.cumsum(letter) - 1
    within = before - before[np.flatnonzero(nth == 0)][owner]
    heads = places[letter & (within % groups[places] == 0)]
    following = np.append(heads[1:], len(groups))
    return heads, np.minimum(following, ends[np.searchsorted(ends, heads, side="right")])


@dataclass(frozen=True)
class _Chunks:
    """Chunks of a batch, hashed once: equal ones are looked up once."""

    whole: str
    starts: Offsets
    ends: Offsets
    hashes: NDArray[np.uint64]

    @classmethod
    def of(cls, points: CodePoints, starts: Offsets, ends: Offsets) -> _Chunks:
        """The chunks at these places."""
        hashes = hash_words(points, Words(starts, ends, np.array([0, len(starts)])))
        return cls(points.whole, starts, ends, hashes)

    def tokens(self, chosen: Offsets, tokens: ChunkTokens) -> tuple[Offsets, Offsets]:
        """Starts and ends of the tokens of some of the chunks."""
        starts, ends = self.starts[chosen], self.ends[chosen]
        _, sample, which = np.unique(self.hashes[chosen], return_index=True, return_inverse=True)
        spans = zip(starts[sample].tolist(), ends[sample].tolist(), strict=True)
        found = tokens([self.whole[start:end] for start, end in spans])
        counts = np.fromiter(map(len, found), dtype=np.int64, count=len(found))
        flat = np.fromiter(chain.from_iterable(found), dtype=np.int64, count=int(counts.sum()))
        owner, nth = _dealt(counts[which])
        first = (np.cumsum(counts) - counts)[which]
        stops = starts[owner] + flat[first[owner] + nth]
        heads = np.where(nth == 0, starts[owner], np.append(0, stops[:-1])[: len(stops)])
        return heads, stops


def _dealt(counts: Offsets) -> tuple[Offsets, Offsets]:
    """For ``counts[i]`` items of each ``i``: the ``i`` of each item, and its number there."""
    owner = np.repeat(np.arange(len(counts)), counts)
    return owner, np.arange(len(owner)) - (np.cumsum(counts) - counts)[owner]
