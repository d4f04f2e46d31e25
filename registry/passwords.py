"""What a password has to be, by the profile that the installation names (settings.PASSWORDS), and
until when it may be used.

``mlps3`` is what graded protection asks of a third-grade system; ``asvs`` is OWASP's advice: long,
not known to guessers, and otherwise left alone. Both take 64 characters and more, and pasting.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path

from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.contrib.auth.password_validation import (
    CommonPasswordValidator,
    UserAttributeSimilarityValidator,
)
from django.core.exceptions import ValidationError

from registry import factors
from registry.models import PastPassword, User

WORDS = Path(__file__).parent / "data" / "password_words.txt"
CLASSES = {"小写字母": r"[a-z]", "大写字母": r"[A-Z]", "数字": r"[0-9]", "符号": r"[^a-zA-Z0-9]"}
#: What people write for a letter.
MASKS = {"a": "[a@]", "o": "[o0]", "i": "[i1!]", "l": "[l1]", "e": "[e3]", "s": "[s5$]"}
#: How much of a password must be left when known words, rows of keys and years are taken out.
OWN_PART = 5
ROW = re.compile(r"(?:19|20)\d\d|1[3-9]\d{9}")


@dataclass(frozen=True)
class Profile:
    """One row of settings.PASSWORDS."""

    least: int  # characters
    classes: int = 0  # kinds of characters at least
    history: int = 0  # so many earlier ones are not taken again
    days: int = 0  # of staff and experts; 0 for ever
    first_change: bool = False  # whoever got it from somebody else makes his own


def profile() -> Profile:
    return Profile(**settings.PASSWORDS[settings.PASSWORD_PROFILE])


@cache
def _words() -> re.Pattern[str]:
    lines = WORDS.read_text(encoding="utf-8").splitlines()
    words = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    longest_first = sorted(words, key=len, reverse=True)
    return re.compile("|".join("".join(MASKS.get(c, c) for c in word) for word in longest_first))


def demands() -> list[str]:
    """The profile in words, shown beside the field before anybody types."""
    asked = profile()
    told = [f"至少 {asked.least} 位，最长 128 位"]
    if asked.classes:
        told.append(f"大写、小写字母、数字、符号至少 {asked.classes} 种")
    told.append("不含用户名，不是常见密码")
    told.append("不只是常见词、地名加数字，如 Admin@123")
    if asked.history:
        told.append(f"不与最近 {asked.history} 次用过的相同")
    return [*told, "可以粘贴，也可以用密码管理器生成"]


def hint() -> str:
    """The same for a field, which shows each line of its hint as a point of a list."""
    return "\n".join(demands())


class ProfileValidator:
    """For Django's list of validators: every wrong thing at once, in words that say what to do."""

    def __init__(self) -> None:
        self.common = CommonPasswordValidator()
        self.similar = UserAttributeSimilarityValidator()

    def validate(self, password: str, user: User | None = None) -> None:
        asked, faults = profile(), []
        if len(password) < asked.least:
            faults.append(f"密码至少 {asked.least} 位，现在是 {len(password)} 位")
        lacking = [name for name, kind in CLASSES.items() if not re.search(kind, password)]
        if len(CLASSES) - len(lacking) < asked.classes:
            faults.append(f"密码要有 {asked.classes} 种字符，现在没有{'、'.join(lacking)}")
        name = user.username.casefold() if user else ""
        if len(name) > 2 and name in password.casefold():
            faults.append("密码里不能有用户名")
        if self._known(password, user):
            faults.append("密码太容易猜到，请不要用常见密码、词语、地名或姓名加数字")
        if user is not None and used_before(user, password, asked.history):
            faults.append(f"密码与最近 {asked.history} 次用过的相同，请换一个")
        if faults:
            raise ValidationError(faults)

    def _known(self, password: str, user: User | None) -> bool:
        for check in (self.common, self.similar):
            try:
                check.validate(password, user)
            except ValidationError:
                return True
        return guessable(password)

    def get_help_text(self) -> str:
        return "；".join(demands())


def guessable(password: str) -> bool:
    """Whether little is left besides known words, rows of keys and years."""
    rest = ROW.sub(" ", _words().sub(" ", password.casefold()))
    own = [b for a, b in pairwise(f" {rest}") if b.isalnum() and abs(ord(b) - ord(a)) > 1]
    return len(own) < OWN_PART


def used_before(user: User, password: str, history: int) -> bool:
    if not history or user.pk is None:
        return False
    past = PastPassword.objects.filter(user=user).order_by("-pk")[: history - 1]
    encoded = [user.password, *(one.encoded for one in past)]
    return any(check_password(password, one) for one in encoded)


# --- until when ------------------------------------------------------


def set_at(user: User) -> datetime:
    return user.password_at or user.date_joined


def changed_by_himself(user: User, *, at: datetime) -> None:
    user.password_at, user.password_given = at, False
    user.save(update_fields=["password", "password_at", "password_given"])


def given(user: User, *, at: datetime) -> None:
    """Somebody else has set it and knows it."""
    user.password_at, user.password_given = at, True
    user.save(update_fields=["password", "password_at", "password_given"])


def ends_at(user: User) -> datetime | None:
    """From then on it has to be changed first; None where it does not run out."""
    days = profile().days
    if not days or not factors.required_of(user):
        return None
    return set_at(user) + timedelta(days=days)


def why_change(user: User, *, at: datetime) -> str:
    """Why this person has to change his password before anything else; empty if he need not."""
    if factors.spared(user):
        return ""
    if user.password_given and profile().first_change:
        return "现在的密码是别人设置的。请先改成只有本人知道的密码，再办理业务。"
    ends = ends_at(user)
    if ends is not None and at >= ends:
        return f"密码已使用 {profile().days} 天，到期须更换。请先修改密码，再办理业务。"
    return ""
