"""What personal data is looked for, and what becomes of it: ``pii`` in the recipe."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import phonenumbers
import re2

SECRET = "SECRET"
DEFAULT = ("EMAIL_ADDRESS", "PHONE_NUMBER", "IP_ADDRESS", "CREDIT_CARD", "IBAN_CODE", "US_SSN")
KINDS = (*DEFAULT, "CRYPTO", "MAC_ADDRESS", SECRET)
# Presidio's recognisers of ids of one country, by the kind that it gives them.
_IDS = """
    ABA_ROUTING_NUMBER AU_ABN AU_ACN AU_MEDICARE AU_TFN CA_POSTAL_CODE CA_SIN DE_BSNR
    DE_FUEHRERSCHEIN DE_HANDELSREGISTER DE_HEALTH_INSURANCE DE_ID_CARD DE_KFZ DE_LANR DE_PASSPORT
    DE_PLZ DE_SOCIAL_SECURITY DE_TAX_ID DE_TAX_NUMBER DE_VAT_ID ES_NIE ES_NIF ES_PASSPORT
    FI_PERSONAL_IDENTITY_CODE IN_AADHAAR IN_GSTIN IN_PAN IN_PASSPORT IN_VEHICLE_REGISTRATION
    IN_VOTER IT_DRIVER_LICENSE IT_FISCAL_CODE IT_IDENTITY_CARD IT_PASSPORT IT_VAT_CODE KR_BRN
    KR_DRIVER_LICENSE KR_FRN KR_PASSPORT KR_RRN MEDICAL_LICENSE NG_NIN NG_VEHICLE_REGISTRATION
    PH_PASSPORT PH_TIN PH_UMID PL_PESEL SE_ORGANISATIONSNUMMER SE_PERSONNUMMER SG_NRIC_FIN SG_UEN
    TH_TNIN TR_LICENSE_PLATE TR_NATIONAL_ID UK_DRIVING_LICENCE UK_NHS UK_NINO UK_PASSPORT
    UK_POSTCODE UK_VEHICLE_REGISTRATION US_BANK_NUMBER US_CLAIM_NUMBER US_DRIVER_LICENSE
    US_HEALTH_INSURANCE_MEMBER_ID US_ITIN US_MBI US_NPI US_PASSPORT US_PRESCRIPTION_NUMBER
    US_PRIOR_AUTHORIZATION_NUMBER US_PROVIDER_TAX_ID US_REFERRAL_NUMBER ZA_COMPANY_REGISTRATION
    ZA_DRIVER_LICENSE ZA_ID_NUMBER ZA_INCOME_TAX_NUMBER ZA_LICENSE_PLATE ZA_PASSPORT
    ZA_TRAFFIC_REGISTER_NUMBER ZA_VAT_NUMBER
"""
NATIONAL = tuple(_IDS.split())
NAMES = ("PERSON", "LOCATION", "NRP", "ORGANIZATION")  # what a spaCy model finds
REGIONS = ("US", "GB", "DE", "FR", "IL", "IN", "CA", "BR")
PLACEHOLDER, SURROGATE, MASK, KEEP, DROP = "placeholder", "surrogate", "mask", "keep", "drop"
REPLACED = (PLACEHOLDER, SURROGATE, MASK)
ACTIONS = (*REPLACED, KEEP)
IP_ADDRESSES = ("public", "all")
CONTEXT_BOUNDS = (0, 1_000)
MILLION = 1_000_000
_NAME = re.compile(r"[A-Z][A-Z0-9_]{0,63}")
_DOMAIN = re.compile(r"[a-z0-9-]{1,63}")
_KEY = re.compile(r"(env|file):.+")


@dataclass(frozen=True)
class PatternRule:
    """A recogniser of one's own: what the RE2 ``pattern`` matches, with this ``score``, which the
    words of ``context`` raise as they do Presidio's. One search by RE2 takes linear time."""

    pattern: str
    score: float = 0.6
    context: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.score <= 1:
            raise ValueError("score: a number from 0 to 1")
        try:
            compiled = self.compiled()
        except re2.error:
            raise ValueError("pattern: RE2 cannot read it") from None
        if compiled.search("") is not None:
            raise ValueError("pattern: matches where there is nothing")

    def compiled(self) -> re2._Regexp:
        """The pattern as RE2 searches by it, without a word of its own on standard error."""
        options = re2.Options()
        options.log_errors = False
        return re2.compile(self.pattern, options)


@dataclass(frozen=True)
class PiiPolicy:
    """What differs for the documents of one language or source; none: as for all.

    ``actions`` and ``drop_beyond`` are laid over those of all, ``allow`` is added to it.
    """

    kinds: tuple[str, ...] | None = None
    threshold: float | None = None
    regions: tuple[str, ...] | None = None
    actions: dict[str, str] = field(default_factory=dict)
    drop_beyond: dict[str, int] = field(default_factory=dict)
    allow: tuple[str, ...] = ()


@dataclass(frozen=True)
class PiiRules:
    """What counts as personal data, and what becomes of it.

    kinds          what to look for, each once: Presidio's names, ``SECRET``, names of ``patterns``
    threshold      least score that counts, 0 to 1; Presidio gives a plain phone number 0.4, no more
    regions        countries whose national phone numbers are known, by ISO name (``GB``, no ``UK``)
    context        characters around a candidate in which words such as "phone" raise its score
    work_limit     characters of one document that a recogniser may be shown, before it is given up
    ip_addresses   ``public``: those of private, loopback, documentation and such networks are none
    local_domains  last parts of host names (``local``, ``lan``) that make an e-mail address too
    patterns       recognisers of one's own, by the kind that they find
    model          what finds ``NAMES``, which need one: an installed spaCy package, or a folder
    model_sha256   the digest that the model must have; none: whatever it has
    actions        what becomes of a kind: ``placeholder`` (its name in angle brackets, as for all
                   that is not named), ``surrogate`` (the same for the same value, by ``key``),
                   ``mask`` (as many asterisks) or ``keep`` (is only written down)
    drop_beyond    of a kind, the findings past which the whole document goes
    key            where the key of surrogates is: ``env:NAME`` or ``file:PATH``
    allow          values that stay as they are, in any case, and ``@host`` for all its addresses
    languages, sources    what differs for documents of one; a source is asked before a language

    Raises ValueError naming the key and what it allows.
    """

    kinds: tuple[str, ...] = DEFAULT
    threshold: float = 0.4
    regions: tuple[str, ...] = REGIONS
    context: int = 120
    work_limit: int = 10_000_000
    ip_addresses: str = "public"
    local_domains: tuple[str, ...] = ()
    patterns: dict[str, PatternRule] = field(default_factory=dict)
    model: str | None = None
    model_sha256: str | None = None
    actions: dict[str, str] = field(default_factory=dict)
    drop_beyond: dict[str, int] = field(default_factory=dict)
    key: str | None = None
    allow: tuple[str, ...] = ()
    languages: dict[str, PiiPolicy] = field(default_factory=dict)
    sources: dict[str, PiiPolicy] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse what no recogniser knows."""
        self._refuse_unknown_kinds()
        self._refuse_settings()
        for of, policies in (("languages", self.languages), ("sources", self.sources)):
            for name, policy in policies.items():
                try:
                    self._under(policy)
                except ValueError as error:
                    raise ValueError(f"{of}.{name}.{error}") from None

    @property
    def threshold_millionths(self) -> int:
        """The threshold in the unit of ``Span.score``."""
        return millionths(self.threshold)

    @property
    def policies(self) -> tuple[PiiPolicy, ...]:
        """All that differs for documents of some language or source."""
        return (*self.languages.values(), *self.sources.values())

    @property
    def needs_key(self) -> bool:
        """Whether some value becomes a surrogate."""
        settled = (self.actions, *(policy.actions for policy in self.policies))
        return any(SURROGATE in actions.values() for actions in settled)

    @property
    def allows(self) -> bool:
        """Whether there is a list of values that stay."""
        return any((self.allow, *(policy.allow for policy in self.policies)))

    @property
    def kinds_asked(self) -> tuple[str, ...]:
        """What some document is searched for: the kinds of all, then those of policies by name."""
        more = {kind for policy in self.policies for kind in policy.kinds or ()}
        return (*self.kinds, *sorted(more - set(self.kinds)))

    @property
    def names_asked(self) -> tuple[str, ...]:
        """Those of them that a model finds."""
        return tuple(kind for kind in NAMES if kind in self.kinds_asked)

    def of(self, source: str, language: str) -> PiiRules:
        """The rules for documents of a source and a language, free of what is for others."""
        rules = replace(self, languages={}, sources={})
        for policy in (self.languages.get(language), self.sources.get(source)):
            rules = rules if policy is None else rules._under(policy)
        return rules

    def _under(self, policy: PiiPolicy) -> PiiRules:
        return replace(
            self,
            kinds=self.kinds if policy.kinds is None else policy.kinds,
            threshold=self.threshold if policy.threshold is None else policy.threshold,
            regions=self.regions if policy.regions is None else policy.regions,
            actions={**self.actions, **policy.actions},
            drop_beyond={**self.drop_beyond, **policy.drop_beyond},
            allow=(*self.allow, *policy.allow),
            languages={},
            sources={},
        )

    def _refuse_unknown_kinds(self) -> None:
        if self.model is None and any(kind in NAMES for kind in self.kinds):
            raise ValueError(f"kinds: {', '.join(NAMES)} need a model; name one (model)")
        known = (*KINDS, *self.patterns, *NATIONAL, *(() if self.model is None else NAMES))
        _refuse_unknown("kinds", self.kinds, known)
        _refuse_unknown("regions", self.regions, tuple(sorted(phonenumbers.SUPPORTED_REGIONS)))
        if "PHONE_NUMBER" in self.kinds and not self.regions:
            raise ValueError("regions: PHONE_NUMBER needs at least one")
        if not 0 <= self.threshold <= 1:
            raise ValueError("threshold: a number from 0 to 1")
        _refuse_unknown("actions", tuple(self.actions), known)
        for kind, action in self.actions.items():
            _refuse_unknown(f"actions.{kind}", (action,), ACTIONS)
        _refuse_unknown("drop_beyond", tuple(self.drop_beyond), known)
        for kind, most in self.drop_beyond.items():
            if most < 0:
                raise ValueError(f"drop_beyond.{kind}: a whole number from 0 on")

    def _refuse_settings(self) -> None:
        for name in self.patterns:
            if not _NAME.fullmatch(name) or name in (*KINDS, *NATIONAL, *NAMES, "DOCUMENT"):
                raise ValueError(f"patterns: {name} is no name of its own in capitals")
        _refuse_unknown("ip_addresses", (self.ip_addresses,), IP_ADDRESSES)
        if wrong := [name for name in self.local_domains if not _DOMAIN.fullmatch(name)]:
            raise ValueError(f"local_domains: {wrong[0]} is no last part of a host name")
        low, high = CONTEXT_BOUNDS
        if not low <= self.context <= high:
            raise ValueError(f"context: a whole number from {low} to {high}")
        if self.work_limit < 1:
            raise ValueError("work_limit: a whole number from 1 on")
        if self.key is not None and not _KEY.fullmatch(self.key):
            raise ValueError("key: env:NAME or file:PATH, never the key itself")


def millionths(score: float) -> int:
    """A score between 0 and 1 as a whole number, so that comparing and storing it is exact."""
    return round(score * MILLION)


def _refuse_unknown(key: str, values: tuple[str, ...], allowed: Iterable[str]) -> None:
    unknown = sorted(set(values) - set(allowed))
    if unknown:
        raise ValueError(f"{key}: {', '.join(unknown)} not known; allowed: {', '.join(allowed)}")
    if len(set(values)) < len(values):
        raise ValueError(f"{key}: each may be named once")
