"""What a password has to be, profile by profile."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from registry import enterprises, passwords
from registry.models import PastPassword, User
from tests import build

LONG = "Zx7-" + "qvbnkwmtyrpl" * 5  # 64 characters


def wide(text):
    return "".join(chr(ord(letter) + 0xFEE0) for letter in text)


#: Password, and in which profiles it is taken.
TABLE = [
    ("Mq7-vRt2pk", "mlps3"),  # ten of three classes
    ("Mq7-vRt2p", ""),  # nine
    ("mqxvrtwpkz", ""),  # one class
    ("mqxvrt7pkz", ""),  # two classes
    ("mqxvrtwpkzhd", "asvs"),  # twelve, whatever they are
    ("wo xihuan chi hong-shao rou", "asvs"),
    ("Wo xihuan chi 3 kuai rou", "mlps3 asvs"),
    ("蓝色书包装着三本旧书和一把伞", "asvs"),
    (LONG, "mlps3 asvs"),
    (LONG * 2, "mlps3 asvs"),
    ("Admin@123", ""),
    ("Admin@12345678", ""),
    ("Adm1n@2026!!", ""),
    ("P@ssw0rd2026", ""),
    ("Hebei@2026888", ""),
    ("Gongxinju#2026", ""),
    ("Qwerty!123456", ""),
    ("Abcdefg123456!", ""),
    ("aaaaaaaaaaaA1", ""),
    ("1qaz2wsx3edc4rfv", ""),
    ("li-na-Kp72wq", ""),  # the user's name
    ("Kp72wqLI-NA", ""),
]


@pytest.mark.parametrize("profile", ["mlps3", "asvs"])
@pytest.mark.parametrize(("password", "taken"), TABLE)
def test_table_of_passwords(settings, profile, password, taken):
    settings.PASSWORD_PROFILE = profile
    user = User(username="li-na", name="李娜")

    try:
        passwords.ProfileValidator().validate(password, user)
    except ValidationError:
        assert profile not in taken.split()
    else:
        assert profile in taken.split()


def test_refusal_names_everything_that_is_missing():
    with pytest.raises(ValidationError) as refused:
        passwords.ProfileValidator().validate("abc")

    first, second, *_ = refused.value.messages
    assert first == "密码至少 10 位，现在是 3 位"
    assert second == "密码要有 3 种字符，现在没有大写字母、数字、符号"


@pytest.mark.parametrize(("profile", "taken"), [("mlps3", 5), ("asvs", 0)])
def test_last_five_are_not_taken_again(db, settings, profile, taken):
    settings.PASSWORD_PROFILE = profile
    user = User.objects.create_user("li-na", password="Mq7-vRt2pk-00", name="李娜")
    past = [f"Mq7-vRt2pk-0{number}" for number in range(7)]
    for password in past[1:]:
        user.set_password(password)
        user.save()

    refused = []
    for password in past:
        try:
            passwords.ProfileValidator().validate(password, user)
        except ValidationError:
            refused.append(password)

    assert refused == (past[-taken:] if taken else [])
    assert not PastPassword.objects.filter(encoded__contains="Mq7-vRt2pk").exists()
    assert PastPassword.objects.filter(user=user).count() == 6


@pytest.mark.parametrize("other", ["LI-NA", "Li-Na", wide("li-na"), wide("LI") + "-NA"])
def test_names_that_look_the_same_are_one(db, other):
    User.objects.create_user("li-na", password=build.PASSWORD, name="李娜")

    with pytest.raises(IntegrityError), transaction.atomic():
        User(username=other, name="李娜二").save()
    with pytest.raises(ValidationError):
        enterprises.people.open_account(build.person(username=other))
