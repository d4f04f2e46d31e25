"""Whether a certificate is genuine and what it is worth today, with a reason anybody understands.

Needs nothing of the portal: this text is also part of the checker that is handed out, so that both
give the same answers. The portal asks its register, the checker the last list of states it fetched.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from enum import Enum
from typing import Any

from registry.signing.verifying import (
    Keys,
    Signature,
    Unreadable,
    Verdict,
    verify,
    verify_document,
)
from tiers.certificates.payload import CODE_PURPOSE, Paper, read

LIST_PURPOSE = "certificate-states"
LIST_FORMAT = "smart-factory-certificate-states/1"
CHINA = timezone(timedelta(hours=8))
#: Where a code stands in the address that is printed with it.
IN_ADDRESS = re.compile(r"https?://[^/\s]+/V/([A-Z2-7]+)/?", re.IGNORECASE)


class Reason(Enum):
    """What the check answers, in short."""

    IN_FORCE = "真实有效"
    UPCOMING = "真实，尚未生效"
    EXPIRED = "真实，已到期"
    REVOKED = "真实，认定已撤销"
    SUSPENDED = "真实，认定暂停"
    RENAMED = "真实，企业或工厂已更名"
    SUPERSEDED = "真实，已换发新证"
    ENDED = "真实，认定已终止"
    NOT_ISSUED = "没有签发记录"
    FORGED = "伪造或被改动"
    UNKNOWN_KEY = "签名密钥不明"
    UNREADABLE = "无法识别"


#: What is said more, in words for somebody at a counter.
SENTENCES = {
    Reason.IN_FORCE: "证书由本平台签发，内容没有改动，所载认定现行有效。",
    Reason.UPCOMING: "证书由本平台签发，内容没有改动，所载认定还没有到生效日期。",
    Reason.EXPIRED: "证书由本平台签发，内容没有改动，但所载认定已经到期，不再有效。",
    Reason.REVOKED: "证书由本平台签发，但所载认定已被撤销，证书作废。",
    Reason.SUSPENDED: "证书由本平台签发，但所载认定正在暂停，暂停期间不能使用。",
    Reason.RENAMED: "证书由本平台签发，所载认定仍然有效，但名称已经变更，请要求出示换发的新证书。",
    Reason.SUPERSEDED: "证书由本平台签发，但已经换发，这一张不再使用，请要求出示新证书。",
    Reason.ENDED: "证书由本平台签发，但所载认定已经终止，证书作废。",
    Reason.NOT_ISSUED: "签名相符，但登记中没有签发过这张证书，不能采信，请与认定部门联系。",
    Reason.FORGED: "签名与内容不符：这不是本平台签发的证书，或者内容被改动过，不能采信。",
    Reason.UNKNOWN_KEY: "签名密钥不在本平台公布之列，不能采信；离线查验的，请先更新密钥文件。",
    Reason.UNREADABLE: "这不是一个完整的证书查验码，请重新扫码，或完整复制后再试。",
}
#: What the code alone can never answer for.
UNTRUE = (Reason.NOT_ISSUED, Reason.FORGED, Reason.UNKNOWN_KEY, Reason.UNREADABLE)
#: States of a title in which its certificates count for nothing.
WITHDRAWN = {
    "revoked": Reason.REVOKED,
    "suspended": Reason.SUSPENDED,
    "superseded": Reason.SUPERSEDED,
    "surrendered": Reason.ENDED,
    "moved_out": Reason.ENDED,
    "expired": Reason.EXPIRED,
}


@dataclass(frozen=True)
class State:
    """What is known of a certificate's title: its state, since when, the latest certificate of the
    number, and the names of today.
    """

    status: str
    since: date | None
    issue: int
    enterprise: str
    factory: str


@dataclass(frozen=True)
class Answer:
    """A reason; what the paper says, where its signature holds; what is known of it now."""

    reason: Reason
    paper: Paper | None = None
    state: State | None = None

    @property
    def sentence(self) -> str:
        return SENTENCES[self.reason]

    @property
    def genuine(self) -> bool:
        return self.reason not in UNTRUE


def code_in(text: str) -> str:
    """The code in what was scanned or pasted: an address, or the code broken over lines."""
    plain = re.sub(r"\s+", "", text)
    found = IN_ADDRESS.fullmatch(plain)
    return found.group(1) if found else plain


def opened(code: str, keys: Keys) -> Paper | Reason:
    """What the paper says, if one of the keys signed it while it was in use."""
    try:
        paper, payload, value = read(code)
    except Unreadable:
        return Reason.UNREADABLE
    key = keys.get(paper.key_id)
    if key is None:
        return Reason.UNKNOWN_KEY
    signature = Signature(paper.key_id, key.suite, value)
    if verify(payload, signature, keys, purpose=CODE_PURPOSE) != Verdict.GENUINE:
        return Reason.FORGED
    ended = key.retired_at.astimezone(CHINA).date() if key.retired_at else paper.issued_on
    if not key.valid_from.astimezone(CHINA).date() <= paper.issued_on <= ended:
        return Reason.FORGED
    return paper


def check(code: str, keys: Keys, state_of: Callable[[Paper], State | None], on: date) -> Answer:
    """The answer on a day; ``state_of`` is None where nothing is known against the paper."""
    paper = opened(code, keys)
    if isinstance(paper, Reason):
        return Answer(paper)
    state = state_of(paper)
    return Answer(judged(paper, state, on), paper, state)


def judged(paper: Paper, state: State | None, on: date) -> Reason:
    if state and state.status == "unknown":
        return Reason.NOT_ISSUED
    if state and (reason := WITHDRAWN.get(state.status)):
        return reason
    if on < paper.valid_from:
        return Reason.UPCOMING
    if paper.last_day and on > paper.last_day:
        return Reason.EXPIRED
    if state and (state.enterprise, state.factory) != (paper.enterprise, paper.factory):
        return Reason.RENAMED
    if state and state.issue > paper.issue:
        return Reason.SUPERSEDED
    return Reason.IN_FORCE


@dataclass(frozen=True)
class StateList:
    """The published list: only titles that are not as their first certificate says."""

    as_of: datetime
    states: dict[str, State]

    def state_of(self, paper: Paper) -> State | None:
        return self.states.get(paper.number)


def read_list(document: Any, keys: Keys) -> StateList:
    """The list from its JSON; Unreadable unless the portal has signed it."""
    if verify_document(document, keys, purpose=LIST_PURPOSE) != Verdict.GENUINE:
        raise Unreadable("a list that the portal has not signed")
    try:
        content = document["content"]
        if content["format"] != LIST_FORMAT:
            raise Unreadable("another format of list")
        states = {
            number: State(status, date.fromisoformat(since) if since else None, *rest)
            for number, (status, since, *rest) in content["titles"].items()
        }
        return StateList(datetime.fromisoformat(content["as_of"]), states)
    except (AttributeError, KeyError, TypeError, ValueError):
        raise Unreadable("not a list of states") from None
