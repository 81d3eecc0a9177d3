"""Published formats of keys and tokens: what each begins with, its shape, its proof.

A pattern either is the secret or has it as its only group. Every quantifier is bounded, every class
ASCII. A score says how sure the shape alone makes a finding, in millionths.

Not secret, and so not here: Twilio's account ids (``AC`` and 32 hex digits). Twilio's ``SK`` ids
and AWS access key ids are taken, for they stand beside their secret and look like nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from corpusmill.pii.secret_shapes import (
    has_checksum,
    is_documented,
    is_name,
    is_placeholder,
    is_random,
    is_signed_json,
    names_an_account,
)

CERTAIN = 1_000_000
LIKELY = 900_000
PROBABLE = 800_000
_DIGIT = re.compile(r"(?<!%)(?<!%[0-9A-Fa-f])[0-9]")  # none of an escape
LONG_WORD = 12  # so many letters are more than the word that a manual would choose

# Where a short prefix may begin; strings inside JSON have the n of an escaped newline before it.
_LEFT = r"(?:(?<![A-Za-z0-9_-])|(?<=\\[nrt]))"
_RIGHT = r"(?![A-Za-z0-9_-])"


@dataclass(frozen=True)
class Format:
    """A published format.

    name      what findings are called
    mark      what every such secret holds: a sign that is rare in prose, then, as a pattern of
              no width, what stands around it
    pattern   the shape
    accepts   proof beyond the shape, asked of the secret
    """

    name: str
    mark: str
    pattern: re.Pattern[str]
    accepts: Callable[[str], bool]
    score: int


def _is_no_example(key: str) -> bool:
    return not is_documented(key)


def _is_password(value: str) -> bool:
    """A password of a URL, unless it stands for one or is a short word, or words joined."""
    letters = value.replace("_", "").replace("-", "")
    words = letters.isalpha() and (letters.islower() or letters.isupper() or letters.istitle())
    if words and (len(letters) < LONG_WORD or letters != value):
        return False
    return not (is_placeholder(value) or _is_called_password(value) or value.startswith("*"))


def _is_called_password(value: str) -> bool:
    """Whether it is the word alone, or with what manuals put to it: ``mypass``, ``pass123``."""
    cased = value != value.lower() and value != value.upper()
    return "pass" in value.lower() and not (cased and len(_DIGIT.findall(value)) >= 3)


def _is_vault_token(token: str) -> bool:
    """An old one has no mark but two characters, so it has to look drawn by lot."""
    mark, _, drawn = token.partition(".")
    return is_random(drawn) and not is_name(drawn) if mark == "s" else _is_no_example(token)


def _key(
    name: str,
    mark: str,
    pattern: str,
    score: int = CERTAIN,
    accepts: Callable[[str], bool] = _is_no_example,
) -> Format:
    """A format, from its pattern as text."""
    return Format(name, mark, re.compile(pattern, re.ASCII), accepts, score)


FORMATS = (
    _key("AwsAccessKey", "A(?=[KS]IA)", rf"{_LEFT}A[KS]IA[A-Z2-7]{{16}}{_RIGHT}"),
    _key(
        "GithubToken",
        "_(?<=gh[pousr]_)",
        r"gh[pousr]_[A-Za-z0-9]{36,251}(?![A-Za-z0-9])",
        accepts=has_checksum,
    ),
    _key(
        "GithubFineGrainedToken",
        "_(?<=github_)(?=pat_)",
        rf"github_pat_[A-Za-z0-9]{{22}}_[A-Za-z0-9]{{59}}{_RIGHT}",
    ),
    _key(
        "GitlabToken",
        "-(?:(?<=gl[dfr]t-)|(?<=gl[cp][abt]t-)|(?<=glsoat-)|(?<=glagent-))",
        rf"{_LEFT}gl(?:pat|dt|rt|ptt|soat|cbt|ft|agent)-"
        rf"(?:[\w-]{{27,300}}(?:\.[0-9a-z]{{2}})?\.[0-9a-z]{{9}}|[\w-]{{20,64}}){_RIGHT}",
    ),
    _key(
        "SlackToken",
        "-(?:(?<=xox[a-eoprs]-)|(?<=xapp-))",
        r"(?:(?:xoxe\.)?xox[abceoprs]|xapp)-(?:[A-Z0-9]{1,14}-){1,3}[A-Za-z0-9]{16,256}"
        r"(?![A-Za-z0-9-])|xoxd-[A-Za-z0-9%+/_-]{40,512}={0,2}",
    ),
    _key(
        "SlackWebhook",
        r".(?<=hooks\.)(?=slack\.com/)",
        r"https?://hooks\.slack\.com/(?:services|workflows|triggers)"
        r"/[TE][A-Z0-9]{7,12}/[AB]?[A-Z0-9]{7,20}/[A-Za-z0-9]{16,48}",
    ),
    _key(
        "DiscordWebhook",
        "/(?<=/api/)(?=webhooks/)",
        r"https?://(?:\w{1,8}\.)?discord(?:app)?\.com/api/webhooks/[0-9]{17,20}/[\w-]{60,80}",
    ),
    _key("StripeKey", "_(?<=[rs]k_)(?=live_)", rf"[rs]k_live_[A-Za-z0-9]{{24,247}}{_RIGHT}"),
    _key("StripeWebhookSecret", "_(?<=whsec_)", rf"{_LEFT}whsec_[A-Za-z0-9+/]{{32,64}}{_RIGHT}"),
    _key("GoogleApiKey", "A(?=Iza)", rf"AIza[\w-]{{35}}{_RIGHT}"),
    _key("GoogleOauthSecret", "-(?<=GOCSPX-)", rf"GOCSPX-[\w-]{{28}}{_RIGHT}"),
    _key("GoogleAccessToken", "9(?<=ya29)", rf"{_LEFT}ya29\.[\w-]{{40,1024}}{_RIGHT}"),
    _key(
        "OpenAiKey",  # the eight letters in the middle say "OpenAI" in base64
        "3(?<=T3)(?=BlbkFJ)",
        rf"sk-(?:[a-z]{{4,8}}-)?[\w-]{{20,100}}T3BlbkFJ[\w-]{{20,100}}{_RIGHT}",
    ),
    _key(
        "AnthropicKey",
        "-(?<=sk-)(?=ant-)",
        rf"sk-ant-[a-z]{{2,8}}[0-9]{{2}}-[\w-]{{80,120}}{_RIGHT}",
    ),
    _key("HuggingFaceToken", "_(?<=hf_)", rf"{_LEFT}hf_[A-Za-z0-9]{{34}}{_RIGHT}"),
    _key("NpmToken", "_(?<=npm_)", r"npm_[A-Za-z0-9]{36}(?![A-Za-z0-9])", accepts=has_checksum),
    _key("PypiToken", "-(?<=pypi-)(?=AgE)", rf"{_LEFT}pypi-AgE[\w-]{{60,1024}}{_RIGHT}"),
    _key("SendgridKey", r"S(?=G\.)", rf"{_LEFT}SG\.[\w-]{{22}}\.[\w-]{{43}}{_RIGHT}"),
    _key("TwilioKey", "S(?=K[0-9a-f]{8})", rf"{_LEFT}SK[0-9a-f]{{32}}{_RIGHT}", PROBABLE),
    _key(
        "MailgunKey", "-(?<=key-)(?=[0-9a-f]{8})", rf"{_LEFT}key-[0-9a-f]{{32}}{_RIGHT}", PROBABLE
    ),
    _key("DigitalOceanToken", "_(?<=do[opr]_)(?=v1_)", rf"do[opr]_v1_[0-9a-f]{{64}}{_RIGHT}"),
    _key(
        "ShopifyToken",
        "_(?<=shp[acps][ats]_)",
        rf"shp(?:at|ca|pa|ss)_[0-9a-fA-F]{{32}}{_RIGHT}",
    ),
    _key(
        "TelegramBotToken",
        ":(?=AA)",
        rf"(?:{_LEFT}|(?<=bot))[0-9]{{8,10}}:AA[\w-]{{33}}{_RIGHT}",
    ),
    _key(
        "DiscordBotToken",
        r".(?=[\w-]{6}\.[\w-]{27})",
        rf"{_LEFT}[MNO][A-Za-z0-9]{{22,27}}\.[\w-]{{6}}\.[\w-]{{27,40}}{_RIGHT}",
        accepts=names_an_account,
    ),
    _key("AzureStorageKey", "K(?<=AccountK)", r"AccountKey=([A-Za-z0-9+/]{86}==)"),
    _key(
        "DatabricksToken",
        "p(?<=dap)(?=i[0-9a-f]{8})",
        rf"{_LEFT}dapi[0-9a-f]{{32}}(?:-[0-9])?{_RIGHT}",
    ),
    _key("DockerToken", "_(?<=dckr_)", rf"dckr_[op]at_[\w-]{{27,32}}{_RIGHT}"),
    _key(
        "VaultToken",
        r".(?:(?<=hv[sb]\.)|(?<=\bs\.)(?=[A-Za-z0-9]{24}))",
        rf"{_LEFT}(?:hv[sb]\.[\w-]{{90,300}}|(?<!\.)s\.[A-Za-z0-9]{{24}}){_RIGHT}",
        accepts=_is_vault_token,
    ),
    _key(
        "AzureClientSecret",
        "~(?<=[0-9]Q~)",
        rf"{_LEFT}[\w.~]{{3}}[0-9]Q~[\w.~-]{{30,33}}\w(?![\w~-])",
    ),
    _key("GrafanaToken", "_(?<=glsa_)", rf"glsa_[A-Za-z0-9]{{32}}_[0-9a-fA-F]{{8}}{_RIGHT}"),
    _key("PostmanKey", "-(?<=PMAK-)", rf"PMAK-[0-9a-f]{{24}}-[0-9a-f]{{34}}{_RIGHT}"),
    _key("NewRelicKey", "-(?<=NRAK-)", rf"{_LEFT}NRAK-[A-Z0-9]{{27}}{_RIGHT}"),
    _key("RubygemsKey", "_(?<=rubygems_)", rf"rubygems_[0-9a-f]{{48}}{_RIGHT}"),
    _key("AtlassianToken", "A(?=TATT3)", rf"{_LEFT}ATATT3[\w-]{{150,250}}(?:=[0-9A-F]{{8}})?"),
    _key("AgeSecretKey", "A(?=GE-SECRET-KEY-)", rf"AGE-SECRET-KEY-1[02-9AC-HJ-NP-Z]{{58}}{_RIGHT}"),
    _key(
        "Jwt",
        "J(?<=eyJ)",
        rf"{_LEFT}eyJ[\w-]{{10,2048}}\.[\w-]{{2,8192}}\.[\w-]{{20,1024}}{_RIGHT}",
        LIKELY,
        is_signed_json,
    ),
    _key(
        "PasswordInUrl",
        ":(?=//)",
        r"://(?<=[A-Za-z0-9]://)[^\s:/@\"'<>?#]{0,64}:([^\s/\"'<>?#,\x7f-\U0010ffff]{3,128})@"
        r"(?=[A-Za-z0-9\[])(?![\w.-]{0,64}(?<![\w-])example(?![\w-]))",
        PROBABLE,
        _is_password,
    ),
)
