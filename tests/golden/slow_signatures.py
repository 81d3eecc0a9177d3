"""MinHash signatures once more: characters, words and Python's own integers, one at a time.

Written from what the modules under ``corpusmill.text`` and ``corpusmill.dedup`` promise, with
Python's own tables of characters. Those are another version of Unicode: texts are to be made of
``CHARACTERS``, which are old.
"""

import unicodedata

from datasketch import MinHash

WRAP = 2**64
BASE = 0x9E3779B97F4A7C15
STEP = 0xD6E8FEB86659FD93
MARKED = ["e\u0301", "n\u0303\u0308", "กี", "\u0e01\u0e35\u0e48", "हि", "\u0301"]
JOINERS = "\u200c\u200d"  # which Unicode has among the characters of words
LETTERS = [*"abcdeXYZéßİςΣñÄжЖ한글漢字仮かナー々ขทา", *MARKED]
CHARACTERS = [*LETTERS, *"019٣५_  \t\n.,;:!?-'\"()…«»€😀\ud800", *JOINERS]


def slow_fold(text: str) -> str:
    """The matching form: no marks, no case, one digit, a space for whatever is in no word."""
    folded = []
    for character in text:
        kind = unicodedata.category(character)
        if kind[0] == "M":
            continue
        if kind == "Nd":
            folded.append("0")
        elif kind[0] == "L":
            whole = 0xAC00 <= ord(character) <= 0xD7A3
            base = character if whole else unicodedata.normalize("NFD", character)[0]
            one = base.casefold()
            folded.append(one if len(one) == 1 else base.lower())
        else:
            within = kind == "Pc" or character in JOINERS
            folded.append(character if within else " ")
    return "".join(folded)


def is_unspaced(character: str) -> bool:
    """Whether it is a letter of a script without spaces; of those in ``CHARACTERS``."""
    name = unicodedata.name(character, "")
    starts = ("CJK UNIFIED", "HIRAGANA", "KATAKANA", "THAI CHARACTER", "IDEOGRAPHIC ITERATION")
    return name.startswith(starts)


def slow_words(folded: str) -> list[str]:
    """Words of a folded text."""
    words, word = [], ""
    for character in folded + " ":
        if character == " " or is_unspaced(character):
            words += [word] if word else []
            word = ""
        if is_unspaced(character):
            words.append(character)
        elif character != " ":
            word += character
    return words


def slow_mix(value: int) -> int:
    """The finaliser of splitmix64."""
    value = (value + BASE) % WRAP
    value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9 % WRAP
    value = (value ^ value >> 27) * 0x94D049BB133111EB % WRAP
    return value ^ value >> 31


def slow_hash(stretch: str) -> int:
    """A polynomial over mixed code points."""
    terms = (slow_mix(ord(one)) * pow(BASE, at, WRAP) for at, one in enumerate(stretch))
    return slow_mix(sum(terms) % WRAP)


def slow_details(text: str) -> int:
    """What matching takes from words, each with how many characters of words are before it."""
    total, place = 0, 0
    for character in text:
        folded = slow_fold(character)
        if folded == " ":
            continue
        low = character.casefold()
        low = low if len(low) == 1 else character
        if folded != low:
            total += slow_mix((place << 21) + ord(low))
        place += 1
    return total % WRAP


def slow_shingles(text: str, size: int) -> set[int]:
    """Hashes of runs of ``size`` words, of twice as many letters where most words are letters."""
    words = slow_words(slow_fold(text))
    if sum(map(is_unspaced, (word[0] for word in words))) * 2 > len(words):
        size *= 2
    runs = [words[at : at + size] for at in range(len(words) - size + 1)]
    found = set()
    for run in runs or [words] * bool(words):
        total = slow_mix(len(run))
        for word in run:
            total = (total * STEP + slow_hash(word)) % WRAP
        found.add(slow_mix(total) ^ (0 if runs else slow_details(text)))
    return found


def slow_character_shingles(text: str, size: int) -> set[int]:
    """Hashes of runs of ``size`` characters, words one space apart."""
    folded = " ".join(slow_fold(text).split(" "))
    folded = " ".join(part for part in folded.split(" ") if part)
    runs = [folded[at : at + size] for at in range(len(folded) - size + 1)]
    details = 0 if runs else slow_details(text)
    return {
        slow_mix((slow_hash(run) + len(run)) % WRAP) ^ details for run in runs or [folded] if run
    }


def slow_signature(shingles: set[int], permutations: int, seed: int) -> list[int]:
    """The smallest ``a * h + b`` of each permutation, a and b as datasketch draws them."""
    drawn = MinHash(permutations, seed=seed, scheme="affine64").permutations
    premixed = []
    for value in shingles:
        value = (value ^ value >> 33) * 0xFF51AFD7ED558CCD % WRAP
        value = (value ^ value >> 33) * 0xC4CEB9FE1A85EC53 % WRAP
        premixed.append(value ^ value >> 33)
    pairs = zip(*(numbers.tolist() for numbers in drawn), strict=True)
    return [min(((a * value + b) % WRAP for value in premixed), default=WRAP - 1) for a, b in pairs]
