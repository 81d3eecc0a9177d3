"""Which script a character belongs to: the property Script, as the pinned ``regex`` knows it."""

from __future__ import annotations

from functools import cache

import numpy as np
import regex
from numpy.typing import NDArray

from corpusmill.text.characters import CODE_POINTS, assigned_planes
from corpusmill.text.codepoints import CodePoints

_CODES = """
Adlm Aghb Ahom Arab Armi Armn Avst Bali Bamu Bass Batk Beng Bhks Bopo Brah Brai Bugi Buhd Cakm
Cans Cari Cham Cher Chrs Copt Cpmn Cprt Cyrl Deva Diak Dogr Dsrt Dupl Egyp Elba Elym Ethi Gara
Geor Glag Gong Gonm Goth Gran Grek Gujr Gukh Guru Hang Hani Hano Hatr Hebr Hira Hluw Hmng Hmnp
Hung Ital Java Kali Kana Kawi Khar Khmr Khoj Kits Knda Krai Kthi Lana Laoo Latn Lepc Limb Lina
Linb Lisu Lyci Lydi Mahj Maka Mand Mani Marc Medf Mend Merc Mero Mlym Modi Mong Mroo Mtei Mult
Mymr Nagm Nand Narb Nbat Newa Nkoo Nshu Ogam Olck Onao Orkh Orya Osge Osma Ougr Palm Pauc Perm
Phag Phli Phlp Phnx Plrd Prti Rjng Rohg Runr Samr Sarb Saur Sgnw Shaw Shrd Sidd Sind Sinh Sogd
Sogo Sora Soyo Sund Sunu Sylo Syrc Tagb Takr Tale Talu Taml Tang Tavt Telu Tfng Tglg Thaa Thai
Tibt Tirh Tnsa Todr Toto Tutg Ugar Vaii Vith Wara Wcho Xpeo Xsux Yezi Yiii Zanb
"""
SCRIPTS = tuple(_CODES.split())
"""ISO 15924 codes of the scripts of Unicode 16. What scripts share, and what is newer, has none."""


@cache
def script_numbers() -> NDArray[np.uint8]:
    """1 + the place in ``SCRIPTS`` of each code point's script, 0 for none: uint8[0x110000]."""
    table = np.zeros(CODE_POINTS, dtype=np.uint8)
    plane = assigned_planes()
    codes = np.frombuffer(plane.encode("utf-32-le"), dtype="<u4")
    each = "|".join(rf"(\p{{Script={script}}}+)" for script in SCRIPTS)
    for match in regex.finditer(each, plane, flags=regex.V1):
        table[codes[match.start() : match.end()]] = match.lastindex
    return table


def count_scripts(points: CodePoints) -> NDArray[np.int64]:
    """How many characters of each script each text has: int64[n, len(SCRIPTS)]."""
    width = len(SCRIPTS) + 1
    numbers = script_numbers()[points.codes]
    owners = np.repeat(np.arange(len(points)) * width, np.diff(points.starts))
    counts = np.bincount(owners + numbers, minlength=len(points) * width)
    return counts.reshape(len(points), width)[:, 1:].astype(np.int64)
