"""What Markdown puts around a text goes; code and what is none of it stays."""

from __future__ import annotations

from collections import Counter

import pytest

from corpusmill.text.markdown_tokens import without_markdown


@pytest.mark.parametrize(
    ("text", "plain", "places"),
    [
        ("# Title #\n## C#\n###### six\n", "Title\nC#\nsix\n", 3),
        ("a **b**, *it*, ***both***. __Of two__ _em_ ~~gone~~", "a b, it, both. Of two em gone", 6),
        ("**Note:** \"*q*\" (*x*)", 'Note: "q" (x)', 3),
        ("**中文**中文, **жир**ный", "中文中文, жирный", 2),
        ("[text](http://x.y/z_(a)) [b](c 'd')", "text b", 2),
        ("![alt](i.png \"title\") ![](x.png)|", "alt |", 2),
        ("[`Get-Item`](Get-Item.md) **`-Force`**", "`Get-Item` `-Force`", 2),
        ("[1]: http://x.y \"t\"\n[this][1], [1][], [that][2]", "\nthis, 1, [that][2]", 3),
        ("<https://x.y/?a=b>", "https://x.y/?a=b", 1),
        ("> quote\n> > twice\n>\nend", "quote\ntwice\n\nend", 3),
        ("Title\n=====\nOther\n---\n* * *\n___", "Title\n\nOther\n\n\n", 4),
        ("| a | b |\n|---|:-:|\n| 1 | `x` |\n\nend | a", "a\tb\n\n1\t`x`\n\nend | a", 3),
        ("a | b\n--|--\n1 | 2\\|3\nend", "a\tb\n\n1\t2\\|3\nend", 3),
        ("```python\n# c\n\n**k**\n```\nend", "\n    # c\n\n    **k**\n\nend", 1),
        ("~~~~\n~~~\n```\n~~~~~", "\n    ~~~\n    ```\n", 1),
        ("- **item**: text\n  * sub *x*\n1. [x](#y)", "- item: text\n  * sub x\n1. x", 3),
    ],
)  # fmt: skip
def test_markers_go_and_are_counted(text: str, plain: str, places: int) -> None:
    changes: Counter[str] = Counter()

    assert without_markdown(text, changes) == plain
    assert changes["markdown"] == places
    assert plain.count("\n") == text.count("\n")


@pytest.mark.parametrize(
    "text",
    [
        "`**a**`, ``x ` *y* ``, `[a](b)` and `# c`",
        "    # code\n\t*code* [a](b)",
        "__init__, __all__, snake_case_name, a_b_c, _x",
        "(*args, **kwargs), f(*a, *b), f(*a,*b), 2*3*4, 2 * 3 * 4, x**2 + y**2",
        "*.c,*.h **/*.py **/foo/** C:\\*.* ~/a ~/b",
        "handlers[key](event), m[i][j], [](int x) { }, [](){}, x = [](a){}",
        "\\*not\\* \\[not](x) *a\\*",
        "#hashtag #!/bin/sh C# # ",
        "| grep x | wc |\nno table",
        ">>> 1 + 1\n<- x <a@b.c> [WARN]: failed",
        "```\nnever closed",
        "a -- b --- c == d, [ ] todo, [x] done, footnote[^1]",
        "",
    ],
)
def test_code_and_what_is_no_markdown_stays(text: str) -> None:
    changes: Counter[str] = Counter()

    assert without_markdown(text, changes) == text
    assert not +changes


def test_a_block_within_a_longer_fence_stays_whole() -> None:
    text = "````md\n```sh\n# x\n```\n````\n# y"

    assert without_markdown(text, Counter()) == "\n    ```sh\n    # x\n    ```\n\ny"
