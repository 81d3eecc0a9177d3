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
from functools import cache
from itertools import chain
from pkgutil import iter_modules

import numpy as np
import spacy.lang
from numpy.typing import NDArray

from corpusmill.quality.affixes import affixes_of
from corpusmill.quality.seen_chunks import UNKNOWN, SeenChunks, pack, unpack
from corpusmill.text.characters import CODE_POINTS, MARK, SPACE, UNSPACED, WORD, codes_of
from corpusmill.text.codepoints import CodePoints
from corpusmill.text.hashes import mix
from corpusmill.text.words import Words, hash_words

# spaCy's time grows with the square of the punctuation that hangs together.
MAX_CHUNK = 1_000  # characters: longer chunks are cut every so many,
MAX_SYMBOLS = 100  # and chunks with more characters that are in no word, every so many

_ELSEWHERE = {"ja", "ko", "th", "vi", "zh"}  # spaCy splits these by other packages
_RULES = sorted(
    {module.name for module in iter_modules(spacy.lang.__path__) if module.ispkg} - _ELSEWHERE
)
_NUMBERS = {name: number for number, name in enumerate(_RULES)}
_LIKE = {"no": "nb", "bs": "hr", "sh": "hr"}

_SPACE, _SPACED = 0, 1  # what a character is to chunks; unspaced letters: how many make a word
_LETTERS = {
    r"[\p{Han}\p{Hiragana}\p{Katakana}\u30fc\uff70]": 2,
    r"\p{Myanmar}": 3,
    r"\p{Tibetan}": 255,  # a syllable, for its end is no letter
}
_OTHER_LETTERS = 4

SEEN = SeenChunks(bits=21)  # of a process: 32 MB

Offsets = NDArray[np.int64]
Kinds = NDArray[np.uint8]


def rules_of(language: str) -> str:
    """The spaCy language by whose rules texts of a language are split; ``xx`` where it has none."""
    code = _LIKE.get(language, language)
    return code if code in _NUMBERS else "xx"


def split(points: CodePoints, kinds: Kinds, languages: Sequence[str]) -> Words:
    """Words and punctuation marks of every text, in order: all of it but white space.

    ``kinds`` are the class bits of the code points (``corpusmill.text.characters``); ``languages``
    has one code a text (those of ``languages.language``).
    """
    groups = _groups(points, kinds)
    starts, ends = _cut(kinds, groups, *_chunks(points, groups))
    unspaced = groups[starts] > _SPACED
    heads, tails = _pieces(kinds, groups, starts[unspaced], ends[unspaced])
    starts, ends = starts[~unspaced], ends[~unspaced]
    rules = np.array([_NUMBERS[rules_of(each)] for each in languages], dtype=np.int64)
    inside = _breaks(points, starts, ends, rules)
    heads = _ascending(len(kinds), heads, starts, inside)
    tails = _ascending(len(kinds), tails, ends, inside)
    return Words(heads, tails, np.searchsorted(heads, points.starts))


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


def _breaks(points: CodePoints, starts: Offsets, ends: Offsets, rules: Offsets) -> Offsets:
    """Where words begin inside the chunks, in no order; ``rules`` are the numbers of a text's."""
    text = np.searchsorted(points.starts, starts, side="right") - 1
    keys = hash_words(points, Words(starts, ends, np.array([0, len(starts)])))
    keys ^= mix(rules.astype(np.uint64))[text]  # a chunk is another in another language
    packed = SEEN.find(keys)
    unknown = np.flatnonzero(packed == UNKNOWN)
    _, sample, which = np.unique(keys[unknown], return_index=True, return_inverse=True)
    asked = unknown[sample]
    columns = (rules[text[asked]], starts[asked], ends[asked])
    spans = zip(*(each.tolist() for each in columns), strict=True)
    found = [affixes_of(_RULES[n]).breaks(points.whole[start:end]) for n, start, end in spans]
    news = np.fromiter(map(pack, found), dtype=np.uint64, count=len(found))
    SEEN.keep(keys[asked], news)
    packed[unknown] = news[which]
    of_break, places = unpack(packed)
    rest = np.flatnonzero(packed == UNKNOWN)  # too much to be packed
    owner, flat = _flat([found[n] for n in which[news[which] == UNKNOWN].tolist()])
    return np.concatenate([starts[of_break] + places, starts[rest[owner]] + flat])


def _flat(lists: Sequence[Sequence[int]]) -> tuple[Offsets, Offsets]:
    """All numbers of all lists, and which list each is of."""
    counts = np.fromiter(map(len, lists), dtype=np.int64, count=len(lists))
    flat = np.fromiter(chain.from_iterable(lists), dtype=np.int64, count=int(counts.sum()))
    return np.repeat(np.arange(len(lists)), counts), flat


def _ascending(longest: int, *places: Offsets) -> Offsets:
    """All the places, none of which comes twice or lies beyond ``longest``, in order."""
    marked = np.zeros(longest + 1, dtype=np.bool_)
    for each in places:
        marked[each] = True
    return np.flatnonzero(marked)


def _dealt(counts: Offsets) -> tuple[Offsets, Offsets]:
    """For ``counts[i]`` items of each ``i``: the ``i`` of each item, and its number there."""
    owner = np.repeat(np.arange(len(counts)), counts)
    return owner, np.arange(len(owner)) - (np.cumsum(counts) - counts)[owner]
