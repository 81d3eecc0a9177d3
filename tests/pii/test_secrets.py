import base64
import random
import re

import pytest
from made_keys import ALNUM, BASE64, DASHES, HEX, MAKERS, URLSAFE, drawn, encoded, key_block, made

from corpusmill.pii import secret_shapes, secrets
from corpusmill.pii.secret_formats import FORMATS
from corpusmill.pii.secret_shapes import is_random
from corpusmill.pii.secrets import LONGEST_BLOCK, find_secrets
from corpusmill.pii.spans import Span

# What must stand around a key for it to be one.
NEEDED = {
    "AzureStorageKey": "DefaultEndpointsProtocol=https;AccountName=store;AccountKey={}",
    "PasswordInUrl": "postgres://app:{}@db.internal:5432/main",
    "AwsSecretKey": "AWS_SECRET_ACCESS_KEY={}",
    "AssignedSecret": "api_key: '{}'",
}
SURROUNDINGS = {
    "alone": "{}",
    "sentence": "The key is {} and nothing else.",
    "emoji": "\U0001f511\U0001f600 {} \U0001f600",
    "quoted": "x = '{}'",
    "json": '{{"value": "{}", "next": 1}}',
    "json string": '"first line\\n{}\\nlast"',
    "yaml": "service:\n  - name: a\n    value: {}\n",
    "shell": "export VALUE={}; run",
    "url": "https://api.internal/v1?k={}&page=2",
    "markup": "<b>{}</b>",
    "other script": "\u5bc6\u94a5\u662f {}\u3002\u4e0b",
}


def expected(text, key, name):
    start = text.index(key)
    return [(start, start + len(key), name)]


def found(text):
    return [(span.start, span.end, span.recogniser) for span in find_secrets(text)]


def test_there_is_a_maker_for_every_format():
    others = {"PrivateKeyBlock", "AwsSecretKey", "AssignedSecret"}

    assert set(MAKERS) == {form.name for form in FORMATS} | others


@pytest.mark.parametrize("surrounding", SURROUNDINGS)
@pytest.mark.parametrize("name", MAKERS)
def test_every_made_key_of_every_format_is_found_to_the_character(name, surrounding):
    for key in made(name):
        frame = NEEDED.get(name, "{}")
        if surrounding == "json string" or (surrounding == "quoted" and "'" in frame):
            frame = frame.replace("'", "")
        text = SURROUNDINGS[surrounding].format(frame.format(key))

        assert found(text) == expected(text, key, name)


def test_a_finding_is_a_span_of_kind_secret_with_the_score_of_its_format():
    key = made("StripeKey")[0]

    assert find_secrets(f"a {key}") == [Span("SECRET", 2, 2 + len(key), "StripeKey", 1_000_000)]


@pytest.mark.parametrize(("signs", "length"), [(ALNUM, 20), (HEX, 32), (BASE64, 40), (HEX, 64)])
def test_values_given_to_names_of_secrets_are_found_by_how_drawn_they_look(signs, length):
    draw = random.Random(length)
    values = [drawn(draw, signs, length) for _ in range(200)]

    missed = [value for value in values if not found(f'"client_secret": "{value}"')]

    assert len(missed) <= 10  # 95 of 100: what is drawn may lack digits, or look like words


def test_a_password_needs_no_digit_where_loud_signs_stand_among_letters():
    value = "kT!wq" + "#Zv&Ub"

    assert found(f"password = '{value}'") == [(12, 23, "AssignedSecret")]


@pytest.mark.parametrize(
    "frame",
    [
        "password = '{}'",
        'DB_PASSWORD="{}"',
        "api-key: {}\n",
        "apiKey: `{}`,",
        'const authToken = "{}";',
        "{{'secret' => '{}'}}",
        'secret_key := "{}"',
        "--api-token={} --verbose",
        '"{{\\"access_token\\": \\"{}\\"}}"',
        "SECRET_KEY_BASE={}",
        "https://api.internal/?token={}&page=1",
        "password2: {}",
        "Password : '{}'",
        "<password>{}</password>",
        "curl -H 'Authorization: Bearer {}' https://api.internal",
        '"Authorization": "token {}"',
    ],
)
def test_many_ways_to_give_a_value_to_a_name_are_read(frame):
    value = "q7R" + "x2Lm9" + "TzW4k8"
    text = frame.format(value)

    assert found(text) == expected(text, value, "AssignedSecret")


@pytest.mark.parametrize(
    ("frame", "value"),
    [
        ("aws_session_token = {}", "FwoGZXIvYXdz" + "q7Rx2Lm9TzW4" * 27),
        ('aws_session_token = "{}"', "FwoGZXIvYXdz" + "q7Rx2Lm9TzW4" * 100),
        ('"SessionToken": "{}",', "IQoJb3JpZ2lu" + "q7Rx2Lm9TzW4" * 40),
        ("DB_PASS={}\n", "q7Rx2Lm9TzW4k8Bd"),
        ("dbpass: {}\n", "q7Rx2Lm9TzW4k8Bd"),
        ("password: {}\n", "q7Rx.2Lm9TzW4k8Bd5"),
        ("API_TOKEN={}\n", "ab12.q7Rx2Lm9TzW4k8Bd5"),
        ("password={} ", "q7Rx%9Lm2TzW4k8Bd"),
    ],
)
def test_values_may_be_long_and_hold_dots_and_percent_signs(frame, value):
    text = frame.format(value)

    assert found(text) == expected(text, value, "AssignedSecret")


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("xoxe.xoxp-1-" + "q7Rx2Lm9TzW4" * 13, "SlackToken"),
        ("xoxe-1-" + "q7Rx2Lm9TzW4" * 12, "SlackToken"),
        ("xoxd-" + "q7Rx2Lm9TzW4%2F" * 8 + "%3D", "SlackToken"),
        ("s." + "q7Rx2Lm9TzW4" * 2, "VaultToken"),
        ("q7R8Q" + "~x2Lm9TzW4k8Bd5.q7Rx2Lm9~zW4k8Bd5Y", "AzureClientSecret"),
    ],
)
@pytest.mark.parametrize("frame", ["VALUE={}\n", "the value is {}, as said", "'{}'"])
def test_older_and_rarer_forms_of_published_formats_are_found(frame, value, name):
    text = frame.format(value)

    assert found(text) == expected(text, value, name)


@pytest.mark.parametrize("value", ["My" + "Pass1234", "kT9" + "passW42"])
def test_a_password_may_hold_the_word_among_others(value):
    text = f"https://joe:{value}@corp.net"

    assert found(text) == expected(text, value, "PasswordInUrl")


@pytest.mark.parametrize("host", ["example-corp.net", "an-example.net", "examples.net"])
def test_a_host_is_no_example_for_a_part_of_its_name(host):
    text = f"https://joe:{'q7Rx' + '2Lm9'}@{host}/"

    assert found(text) == expected(text, "q7Rx" + "2Lm9", "PasswordInUrl")


@pytest.mark.parametrize("encrypted", ["", "ENCRYPTED "])
def test_a_key_of_ssh2_is_found_from_its_first_dash_to_its_last(encrypted):
    draw = random.Random(8)
    body = "\n".join(drawn(draw, BASE64, 70) for _ in range(9))
    name = f"SSH2 {encrypted}PRIVATE KEY"
    block = f'---- BEGIN {name} ----\nComment: "of jo"\n{body}\n---- END {name} ----'

    assert found(f"a {block} b") == [(2, 2 + len(block), "PrivateKeyBlock")]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\\n"])
def test_of_a_key_file_of_putty_the_private_lines_go(end):
    draw = random.Random(9)
    public, private = ([drawn(draw, BASE64, 64) for _ in range(n)] for n in (6, 13))
    private.append(drawn(draw, BASE64, 19) + "=")
    file = ["PuTTY-User-Key-File-3: ssh-rsa", "Encryption: none", "Comment: of jo"]
    file += ["Public-Lines: 6", *public, "Private-Lines: 14", *private, f"Private-MAC: {'0a' * 32}"]
    text = end.join(file)

    [(start, stop, name)] = found(text)

    assert text[start:stop] == end + end.join(private)
    assert name == "PrivateKeyBlock"


@pytest.mark.parametrize(
    "text",
    [
        "id 123e4567-e89b-12d3-a456-426614174000",
        "commit 9fceb02d0ae598e95dc970b74767f19372d61af8",
        "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        '"integrity": "sha512-' + "q7Rx2Lm9TzW4k8" * 6 + '=="',
        "version = '10.4.12-rc1+build.20240501'",
        "passwd\t1:4.13+dfsg1-1+deb12u1",
        "data:image/png;base64," + "iVBORw0KGgoAAAANSUhEUgAA" * 40,
        "var a1b2=c3d4(e5,f6);t.q7r=function(x2){return k9[x2]};",
        "PublicKeyToken=b77a5c561934e089",
        'page_token = "q7Rx2Lm9TzW4k8"',
        "monkey: q7Rx2Lm9TzW4k8",
        "token_type: q7Rx2Lm9TzW4k8",
    ],
)
def test_what_only_looks_drawn_is_not_found(text):
    assert found(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "password = getpass()",
        "password = getpass.getpass(prompt2)",
        "token = tokens[i]",
        "token = match2.group(1)",
        "private_key: ed25519.Ed25519PrivateKey",
        "PrivateKey: testRSA2048PrivateKey,",
        "Next page token: q7Rx2Lm9TzW4k8",
        "secret = hashlib.sha256(b'a1b2').hexdigest()",
        'password = os.environ["DB_PASSWORD_2"]',
        "api_key = settings.API_KEY_V2",
        "token: Optional[str] = None",
        "self.password = password1234567890_from_config",
        "token = config.oauth2.clientV2Settings.token",
        "pass = s.normalise2Dvector4Rows01",
        "secret: x509.v3.ext4.SubjectKey2Identifier",
        "--bypass=q7Rx2Lm9TzW4k8",
        "token: 2024.10.12rc1.post3.dev20241012",
        "if token == TOKEN_STRING_LITERAL:",
        "secret: /run/secrets/db_password",
        'encryption_key: "arn:aws:kms:eu-west-1:417498243647:key/c9fe2447-0795-4fda"',
        'secret: "https://vault.internal/v1/q7Rx2Lm9TzW4k8"',
        "token_url = 'https://auth.internal/v1/token'",
        'token: "https://auth.internal/oauth2/v1"',
        "http://[::1]:8080/@user and ftp://host:21/a@b",
        "see https://medium.com/@user:disqus",
        f"{DASHES}BEGIN CERTIFICATE{DASHES}\n{'q7Rx2Lm9' * 8}\n{DASHES}END CERTIFICATE{DASHES}",
        f"if line == '{DASHES}BEGIN RSA PRIVATE KEY{DASHES}': return True",
    ],
)
def test_ordinary_code_is_not_found(text):
    assert found(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "AKIAIOSFODNN7" + "EXAMPLE",
        "aws_secret_access_" + "key = wJalrXUtnFEMI" + "/K7MDENG/bPxRfiCY" + "EXAMPLEKEY",
        "password: <your key q7Rx2Lm9>",
        "api_key = 'xxxxxxxx1x2x3x4x'",
        "password = changeme7Rx2Lm9",
        "password: ${DB_7R2L9T4W}",
        "password: {{ vault_7R2L9T4W }}",
        "password = '********'",
        "secret='P@ssw0rd7Rx2Lm9'",
        "api_key: your-7Rx2Lm9-key",
        "token = 'abcdef1234567890'",
        "token=$TOKEN_7R2L9T4W",
        "https://user:password@host/ and https://user:pass@host/",
        "https://user:secret@db.internal and mysql://kata:kata_sandi@db",
        "https://user:${PW}@host https://user:<pw>@host https://user:****@host",
        "https://jo:q7Rx2Lm9@db.example.com/",
        "ghp_" + "x" * 36,
        "gh" + "p_" + "q7Rx2Lm9TzW4k8Yb3Nc6Vd1Pf5Hg0Js" + "000000"[:5],
        "sk_live_" + "0" * 24,
        "AIza" + "abcdefghijk" * 3 + "lm",
        "hooks.slack.com/services/T00000000/B00000000/" + "X" * 24,
        "https://hooks.slack.com/services/T00000000/B00000000/" + "X" * 24,
        f"{DASHES}BEGIN PRIVATE KEY{DASHES}\n...\n{DASHES}END PRIVATE KEY{DASHES}",
        f"{DASHES}BEGIN PRIVATE KEY{DASHES}\nMIIEvQIBADANBg...\n{DASHES}END PRIVATE KEY{DASHES}",
        "secret: a1b2c3d4e5f6a7b8",
        "http://User:Pass@host and http://user:My%20Pass@host",
        "http://user:mypass123@host and http://user:PASS1@host and http://user:Pass1@host",
        "https://jo:q7Rx2Lm9@example/ and https://jo:q7Rx2Lm9@db.example:5432/",
        "?X-Amz-Credential=7Rx2Lm9T%2F20190215%2Fus-east-1%2Fs3",
        "lockToken: 447e55ac-2396-4c6d-b9f9-86b67c17f8b5",
        key_block(random.Random(2)).replace(f"KEY{DASHES}\n", f"KEY{DASHES}\nEXAMPLE"),
        "AC" + "9f86d081884c7d659a2feaa0c55ad015",
    ],
)
def test_what_stands_for_a_secret_in_manuals_is_not_found(text):
    assert found(text) == []


@pytest.mark.parametrize("name", ["GithubToken", "NpmToken"])
def test_a_token_with_a_wrong_checksum_is_none(name):
    for key in made(name):
        wrong = key[:-1] + ("a" if key[-1] != "a" else "b")

        assert found(f"x {wrong} y") == []


def test_the_token_that_manuals_of_jwt_print_is_none():
    draw = random.Random(1)
    printed = f"{encoded({'alg': 'HS256'})}.{encoded({'sub': '1234567890'})}"

    assert found(f"{printed}.{drawn(draw, URLSAFE, 43)}") == []


@pytest.mark.parametrize("header", [b'{"alg', b'{"typ": "JWT"}', b'{"a": ' + b"[" * 1400])
def test_three_parts_whose_header_names_no_algorithm_are_no_jwt(header):
    first = base64.urlsafe_b64encode(header).decode().rstrip("=")

    assert found(f"{first}.{encoded({'sub': 'a'})}.{'q7Rx2Lm9' * 5}") == []


def test_a_key_block_without_an_end_goes_as_far_as_its_lines():
    draw = random.Random(5)
    lines = "\n".join(drawn(draw, BASE64, 64) for _ in range(12))
    block = f"{DASHES}BEGIN RSA PRIVATE KEY{DASHES}\nProc-Type: 4,ENCRYPTED\n\n{lines}"

    assert found(f"a {block}\nand then words go on") == [(2, 2 + len(block), "PrivateKeyBlock")]


def test_a_key_block_without_an_end_is_no_longer_than_stated():
    draw = random.Random(6)
    text = f"{DASHES}BEGIN PRIVATE KEY{DASHES}\n" + drawn(draw, BASE64, 4 * LONGEST_BLOCK)

    (start, end, _), *others = found(text)

    assert others == []
    assert start == 0
    assert LONGEST_BLOCK <= end <= LONGEST_BLOCK + 64


def test_a_pgp_block_with_headers_and_a_key_on_one_line_are_whole():
    draw = random.Random(7)
    body = "\n".join(drawn(draw, BASE64, 64) for _ in range(30))
    name = "PGP PRIVATE KEY BLOCK"
    head, foot = f"{DASHES}BEGIN {name}{DASHES}", f"{DASHES}END {name}{DASHES}"
    pgp = f"{head}\nVersion: GnuPG v2\n\n{body}\n=aB3d\n{foot}"
    one_line = key_block(draw).replace("\n", "\\n")

    assert found(pgp) == [(0, len(pgp), "PrivateKeyBlock")]
    assert found(f'{{"key": "{one_line}"}}') == [(9, 9 + len(one_line), "PrivateKeyBlock")]


def test_spans_stand_in_order_and_none_overlaps_another():
    keys = [made(name)[0] for name in MAKERS if name not in NEEDED]
    text = "\n".join(f"token = '{key}'" for key in keys)

    spans = find_secrets(text)

    assert [text[span.start : span.end] for span in spans] == keys
    assert "AssignedSecret" not in {span.recogniser for span in spans}


def test_a_text_cut_from_a_longer_one_has_the_same_secrets():
    lines = [f"value {key} end {'words ' * 20}" for name in MAKERS for key in made(name)[:2]]
    text = "\n".join(lines)
    begin = len(lines[0]) + 1

    whole = [(start - begin, end - begin, name) for start, end, name in found(text)]

    assert found(text[begin:]) == [place for place in whole if place[0] >= 0]


def test_the_answer_does_not_depend_on_texts_before():
    texts = [made(name)[0] for name in MAKERS]

    first = [found(text) for text in texts]

    assert [found(text) for text in reversed(texts)] == first[::-1]


def patterns():
    values = [*vars(secrets).values(), *vars(secret_shapes).values()]
    own = [value for value in values if isinstance(value, re.Pattern)]
    return [*own, *(form.pattern for form in FORMATS)]


@pytest.mark.parametrize("pattern", patterns(), ids=lambda pattern: pattern.pattern[:30])
def test_no_pattern_repeats_without_bound(pattern):
    bare = re.sub(r"\\.|\[(?:\\.|[^\]\\])*\]", "", pattern.pattern)

    assert not re.search(r"[*+]|,\}", bare)


@pytest.mark.parametrize(
    "unit",
    [
        *("a", "A", "1", "=", ":", '"', "-", ".", "://", "x://a:", "x://a:b@", "password=", "eyJ"),
        *(
            "password='",
            'password="a',
            ".eyJaaaaaaaaaa",
            "sk-",
            "ghp_",
            "AKIA",
            "gl1:AA",
            "xoxb-1-",
        ),
        *(f"{DASHES}BEGIN", f"{DASHES}BEGIN PRIVATE KEY{DASHES}", "T3Blbk" + "FJ", "token=a1B2"),
        *("hooks.slack.com/", "M" * 24 + ".", "9:AA", "glpat-aaa.", "\\n"),
        *("token=a.b1", "s.", "9Q~", "xoxd-", "Private-Lines: 1\nAAAA\n", "---- BEGIN "),
    ],
)
def test_floods_hold_nothing_and_break_nothing(unit):
    flood = unit * (200_000 // len(unit))

    assert [span for span in find_secrets(flood) if span.end - span.start > 200] == []


def test_words_and_names_of_programs_do_not_look_drawn():
    words = ["SessionTokenProvider2", "us-east-1-token-2", "config.session.v2", "x509certificate"]

    assert [word for word in words if is_random(word)] == []
