"""Made keys of every format that secrets are known by, put together at run time.

No line of this file looks like a key to a scanner.
"""

from __future__ import annotations

import base64
import json
import random
import string
import zlib

ALNUM = string.ascii_letters + string.digits
BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
BASE32 = string.ascii_uppercase + "234567"
HEX = "0123456789abcdef"
URLSAFE = ALNUM + "-_"
BASE64 = ALNUM + "+/"
KEYS_A_FORMAT = 10
DASHES = "-" * 5


def drawn(draw, signs, length):
    """Ends in no hyphen, which a surrounding could take for its own."""
    last = signs.replace("-", "").replace("_", "")
    return "".join(draw.choices(signs, k=length - 1)) + draw.choice(last)


def with_checksum(draw, prefix):
    body = drawn(draw, ALNUM, 30)
    number, digits = zlib.crc32(body.encode("ascii")), ""
    while number:
        digits, number = BASE62[number % 62] + digits, number // 62
    return prefix + body + digits.rjust(6, "0")


def encoded(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def jwt(draw):
    header = {"alg": draw.choice(["HS256", "RS256", "ES512"]), "typ": "JWT"}
    payload = {"sub": drawn(draw, ALNUM, 12), "exp": draw.randrange(10**9)}
    return f"{encoded(header)}.{encoded(payload)}.{drawn(draw, URLSAFE, 43)}"


def discord_token(draw):
    account = str(draw.randrange(10**17, 10**18)).encode()
    first = base64.urlsafe_b64encode(account).decode().rstrip("=")
    return f"{first}.{drawn(draw, URLSAFE, 6)}.{drawn(draw, URLSAFE, 27)}"


def key_block(draw):
    kind = draw.choice(["", "RSA ", "EC ", "OPENSSH ", "ENCRYPTED "])
    lines = [drawn(draw, BASE64, 64) for _ in range(draw.randrange(1, 20))]
    body = "\n".join([*lines, drawn(draw, BASE64, 30) + "=="])
    return f"{DASHES}BEGIN {kind}PRIVATE KEY{DASHES}\n{body}\n{DASHES}END {kind}PRIVATE KEY{DASHES}"


def prefixed(prefix, signs, length):
    return lambda draw: draw.choice(prefix.split()) + drawn(draw, signs, length)


MAKERS = {
    "AwsAccessKey": prefixed("AKIA ASIA", BASE32, 16),
    "GithubToken": lambda draw: with_checksum(draw, f"gh{draw.choice('pousr')}_"),
    "GithubFineGrainedToken": lambda draw: (
        f"github_pat_{drawn(draw, ALNUM, 22)}_{drawn(draw, ALNUM, 59)}"
    ),
    "GitlabToken": prefixed("glpat- glrt- gldt- glcbt-", URLSAFE, 20),
    "SlackToken": lambda draw: (
        f"xox{draw.choice('bp')}-{drawn(draw, '123456789', 12)}-{drawn(draw, '123456789', 13)}-"
        + drawn(draw, ALNUM, 24)
    ),
    "SlackWebhook": lambda draw: (
        f"https://hooks.slack.com/services/T{drawn(draw, BASE32, 10)}/B{drawn(draw, BASE32, 10)}/"
        + drawn(draw, ALNUM, 24)
    ),
    "DiscordWebhook": lambda draw: (
        f"https://discord.com/api/webhooks/{draw.randrange(10**17, 10**18)}/"
        + drawn(draw, URLSAFE, 68)
    ),
    "StripeKey": prefixed("sk_live_ rk_live_", ALNUM, 24),
    "StripeWebhookSecret": prefixed("whsec_", ALNUM, 32),
    "GoogleApiKey": prefixed("AIza", URLSAFE, 35),
    "GoogleOauthSecret": prefixed("GOCSPX-", URLSAFE, 28),
    "GoogleAccessToken": prefixed("ya29.", URLSAFE, 120),
    "OpenAiKey": lambda draw: (
        draw.choice(["sk-", "sk-proj-", "sk-svcacct-"])
        + drawn(draw, ALNUM, 20)
        + "T3Blbk"
        + "FJ"
        + drawn(draw, ALNUM, 20)
    ),
    "AnthropicKey": lambda draw: "sk-ant-" + "api03-" + drawn(draw, URLSAFE, 93) + "AA",
    "HuggingFaceToken": prefixed("hf_", string.ascii_letters, 34),
    "NpmToken": lambda draw: with_checksum(draw, "npm_"),
    "PypiToken": prefixed("pypi-AgEIcHlwaS5vcmc", URLSAFE, 150),
    "SendgridKey": lambda draw: f"SG.{drawn(draw, URLSAFE, 22)}.{drawn(draw, URLSAFE, 43)}",
    "TwilioKey": prefixed("SK", HEX, 32),
    "MailgunKey": prefixed("key-", HEX, 32),
    "DigitalOceanToken": prefixed("dop_v1_ doo_v1_", HEX, 64),
    "ShopifyToken": prefixed("shpat_ shpss_", HEX, 32),
    "TelegramBotToken": lambda draw: (
        f"{draw.randrange(10**8, 10**10)}:AA{drawn(draw, URLSAFE, 33)}"
    ),
    "DiscordBotToken": discord_token,
    "AzureStorageKey": lambda draw: drawn(draw, BASE64, 86) + "==",
    "AzureClientSecret": lambda draw: (
        f"{drawn(draw, ALNUM, 3)}8Q~{drawn(draw, URLSAFE + '~.', 33)}{drawn(draw, ALNUM, 1)}"
    ),
    "DatabricksToken": prefixed("dapi", HEX, 32),
    "DockerToken": prefixed("dckr_pat_", URLSAFE, 27),
    "VaultToken": prefixed("hvs.", URLSAFE, 95),
    "GrafanaToken": lambda draw: f"glsa_{drawn(draw, ALNUM, 32)}_{drawn(draw, HEX, 8)}",
    "PostmanKey": lambda draw: f"PMAK-{drawn(draw, HEX, 24)}-{drawn(draw, HEX, 34)}",
    "NewRelicKey": prefixed("NRAK-", string.ascii_uppercase + string.digits, 27),
    "RubygemsKey": prefixed("rubygems_", HEX, 48),
    "AtlassianToken": lambda draw: (
        f"ATATT3xFf{drawn(draw, URLSAFE, 176)}={drawn(draw, '0123456789ABCDEF', 8)}"
    ),
    "AgeSecretKey": prefixed("AGE-SECRET-KEY-1", "023456789ACDEFGHJKLMNPQRSTUVWXYZ", 58),
    "Jwt": jwt,
    "PasswordInUrl": lambda draw: draw.choice("abc") + drawn(draw, ALNUM + "!$%.-", 13) + "7",
    "PrivateKeyBlock": key_block,
    "AwsSecretKey": lambda draw: drawn(draw, BASE64, 40),
    "AssignedSecret": lambda draw: drawn(draw, ALNUM, 24),
}


def made(name):
    """Keys of a format, the same each time."""
    draw = random.Random(f"secrets {name}")
    return [MAKERS[name](draw) for _ in range(KEYS_A_FORMAT)]
