"""Changes pushed to subscribers: what goes, in which order, signed; what a bad receiver costs."""

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from registry import signing
from registry.models import AuditEvent, Notification, User
from tests import build
from tests.receiver import Receiver
from tiers import certification, change_feed, webhooks
from tiers.models import Push, PushedChange, Subscription
from tiers.webhooks import pushing

NOW = timezone.now()
SOON = NOW + timedelta(seconds=20)
State = Subscription.State
DOCS = Path(__file__).resolve().parents[2] / "docs" / "webhooks.md"


@pytest.fixture(autouse=True)
def _key(world, settings):
    settings.PUSH_TO_LOCAL = True
    signing.ensure(signing.ED25519, valid_from=build.DAY, at=build.DAY)


@pytest.fixture
def receiver():
    server = Receiver()
    yield server
    server.close()


@pytest.fixture
def title(changan):
    title = build.title(build.factory_at(changan, name="一厂"), on=build.DAY.date())
    certification.publish([title], by=build.officer_of(title.issuer), at=build.DAY)
    return title


@pytest.fixture
def owner(changan):
    return build.officer(changan)


def subscribed(owner, url, *, proved=True):
    made = webhooks.add("征信系统", url, origin="https://portal.example", by=owner, at=NOW)
    if proved:
        webhooks.deliver(at=NOW)
        made.refresh_from_db()
        assert made.state == State.OPEN
    return made


def renamed(title, *names, at=SOON):
    for name in names:
        build.renamed(title.factory, name, at=at)


def due(subscription):
    """As if the next moment had come."""
    subscription.refresh_from_db()
    return subscription.next_try_at


def sweep(at=SOON):
    webhooks.queue(at=at)
    return dict(webhooks.deliver(at=at))


def test_address_gets_nothing_before_it_has_answered(owner, receiver, title):
    receiver.echoes = False
    one = subscribed(owner, receiver.url, proved=False)
    renamed(title, "二厂")
    assert sweep() == {"failed": 1}
    assert [body["type"] for body in map(json.loads, (b for _, b in receiver.seen))] == [
        "challenge"
    ]

    receiver.echoes = True
    assert dict(webhooks.deliver(at=due(one))) == {"sent": 1}
    one.refresh_from_db()
    assert (one.state, receiver.told()) == (State.OPEN, [])


def test_changes_are_those_of_the_feed_in_their_order(owner, receiver, title):
    subscribed(owner, receiver.url)
    renamed(title, "二厂", "三厂")
    firm = title.factory.enterprise
    build.firm_renamed(firm, "改了名的机械有限公司", at=SOON)
    secret = build.title(build.factory_at(firm.authority, name="未公开厂"), on=build.DAY.date())
    renamed(secret, "还没有公开的厂")

    assert sweep() == {"sent": 3}
    assert sweep() == {}
    told = receiver.told()
    assert [one["change"]["tags"] for one in told] == [["renamed"], ["renamed"], ["firm_renamed"]]
    assert "改了名的机械有限公司" in told[2]["change"]["title"]
    assert [one["sequence"] for one in told] == sorted(one["sequence"] for one in told)
    assert told[0]["change"]["url"] == f"https://portal.example/register/{title.factory_id}/"
    assert b"\xe6\x9c\xaa\xe5\x85\xac\xe5\xbc\x80" not in b"".join(
        body for _, body in receiver.seen
    )
    feed = {one.key for one in change_feed.page(None).changes[:3]}
    assert {int(one["change"]["id"].rpartition("-")[2]) for one in told} == feed


def test_what_was_before_the_proof_is_not_sent(owner, receiver, title):
    renamed(title, "二厂", at=NOW - timedelta(minutes=1))
    subscribed(owner, receiver.url)
    assert sweep() == {}
    assert PushedChange.objects.count() >= 1


def test_late_line_has_its_turn(owner, receiver, title):
    """A line with a lower number that became visible behind one that was sent already."""
    subscribed(owner, receiver.url)
    renamed(title, "二厂", "三厂")
    sweep()
    first = PushedChange.objects.order_by("line").first()
    Push.objects.filter(sequence=first.pk).delete()
    first.delete()

    assert sweep() == {"sent": 1}
    assert receiver.told()[2]["sequence"] > receiver.told()[1]["sequence"]


def test_failed_delivery_is_sent_again_under_its_number_before_the_next(owner, receiver, title):
    one = subscribed(owner, receiver.url)
    receiver.answers = [503, 302]
    renamed(title, "二厂", "三厂")

    assert sweep() == {"failed": 1}
    wait = due(one) - SOON
    assert timedelta(seconds=54) <= wait <= timedelta(seconds=66)
    assert dict(webhooks.deliver(at=SOON)) == {}
    assert dict(webhooks.deliver(at=due(one))) == {"failed": 1}
    assert dict(webhooks.deliver(at=due(one))) == {"sent": 2}

    keys = [headers["Webhook-Id"] for headers, _ in receiver.seen[1:]]
    assert (len(keys), len(set(keys[:3])), len(set(keys))) == (4, 1, 2)
    assert len({body for _, body in receiver.seen[1:4]}) == 1
    first = Push.objects.filter(kind="change").earliest("pk")
    assert (first.attempts, first.code, first.error) == (3, 200, "")


def test_dead_address_is_stopped_after_three_days_and_its_owner_told(owner, receiver, title):
    one = subscribed(owner, receiver.url)
    receiver.answers = [500] * 20
    renamed(title, "二厂")
    at = SOON
    while one.state == State.OPEN:
        sweep(at)
        one.refresh_from_db()
        at = max(one.next_try_at, at)

    assert timedelta(days=2.5) < at - SOON < timedelta(days=3.5)
    assert (one.state, len(receiver.seen)) == (State.STOPPED, 2 + len(pushing.WAITS))
    told = Notification.objects.filter(recipient=owner, event="people.push")
    assert told.get().link == f"/account/pushes/{one.pk}/"
    assert AuditEvent.objects.filter(verb="push.stop", target_id=one.pk).count() == 1

    receiver.answers = []
    webhooks.resume(one, by=owner, at=at)
    assert dict(webhooks.deliver(at=at)) == {"sent": 1}


def test_gone_stops_at_once(owner, receiver, title):
    one = subscribed(owner, receiver.url)
    receiver.answers = [410]
    renamed(title, "二厂")
    sweep()
    one.refresh_from_db()
    assert one.state == State.STOPPED


def test_slow_and_dead_hold_nobody_else(owner, receiver, title, settings):
    dead, slow = Receiver(), Receiver()
    try:
        one = subscribed(owner, dead.url)
        subscribed(owner, slow.url)
        subscribed(owner, receiver.url)
    finally:
        dead.close()
    slow.waits = 0.4
    renamed(title, "二厂")
    assert sweep() == {"failed": 1, "sent": 2}
    slow.close()
    assert len(receiver.told()) == 1
    one.refresh_from_db()
    assert one.failures == 1


def test_two_sweeps_hold_no_address_both(owner, receiver, title):
    one = subscribed(owner, receiver.url)
    renamed(title, "二厂")
    webhooks.queue(at=SOON)
    signer = signing.Signer(at=SOON)
    first = pushing._take(signer, SOON)

    assert [turn.subscription for turn in first] == [one]
    assert pushing._take(signer, SOON) == []
    # The first worker is lost with it in hand; a later one takes over, and the sleeper is late.
    again = pushing._take(signer, SOON + pushing.LEASE)
    assert [turn.subscription for turn in again] == [one]
    late = {one.pk: [pushing.Try(500, "对方答复 500", 1)]}
    assert dict(pushing._note(late, first, SOON)) == {}
    assert Push.objects.get(kind="change").attempts == 0
    assert first[0].letters[0].headers["Webhook-Id"] == again[0].letters[0].headers["Webhook-Id"]


def test_sweep_asks_as_much_for_one_as_for_many(
    owner, receiver, title, django_assert_max_num_queries
):
    for number in range(4):
        subscribed(owner, f"{receiver.url}/{number}")
    renamed(title, "二厂", "三厂")
    with django_assert_max_num_queries(26):
        assert sweep() == {"sent": 8}


def test_documented_example_accepts_what_was_sent_and_nothing_else(client, owner, receiver, title):
    one = subscribed(owner, receiver.url)
    renamed(title, "二厂")
    sweep()
    code = re.search(r"```python\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.S)[1]
    example = {}
    exec(compile(code, str(DOCS), "exec"), example)
    keys = client.get("/keys.json").json()["keys"]
    headers, body = receiver.seen[-1]
    moment = int(headers["Webhook-Timestamp"])

    def accepts(headers=headers, body=body, now=moment + 5, subscription=one.pk):
        try:
            return example["verified"](headers, body, keys, subscription, now)
        except ValueError:
            return None

    assert accepts() == json.loads(body)
    assert accepts(body=body.replace("二厂".encode(), "三厂".encode())) is None
    assert accepts({**headers, "Webhook-Timestamp": str(moment + 1)}) is None
    assert accepts({**headers, "Webhook-Id": "00000000-0000-0000-0000-000000000000"}) is None
    assert accepts(now=moment + 301) is None
    assert accepts(subscription=one.pk + 1) is None


def test_pausing_testing_and_sending_again(owner, receiver, title):
    one = subscribed(owner, receiver.url)
    webhooks.pause(one, by=owner, at=SOON)
    renamed(title, "二厂")
    assert sweep() == {}
    with pytest.raises(ValidationError, match="请先恢复"):
        webhooks.send_test(one, by=owner, at=SOON)

    webhooks.resume(one, by=owner, at=SOON)
    webhooks.send_test(one, by=owner, at=SOON)
    sweep()
    assert len(receiver.told("test")) == 1
    push = Push.objects.get(kind="test")
    webhooks.send_again(push, by=owner, at=SOON)
    sweep()
    assert receiver.told("test")[0] == receiver.told("test")[1]

    webhooks.delete(one, by=owner, at=SOON)
    assert (Subscription.objects.count(), Push.objects.count()) == (0, 0)


def test_what_may_not_be_added(owner, changan, settings):
    def add(url, by=owner):
        return webhooks.add("系统", url, origin="https://portal.example", by=by, at=NOW)

    with pytest.raises(PermissionDenied):
        add("https://a.example.com/", by=User(username="nobody"))
    for number in range(webhooks.MOST):
        add(f"https://a{number}.example.com/")
    for url in ("https://a1.example.com/", "https://b.example.com/", "http://a.example.com/"):
        settings.PUSH_TO_LOCAL = False
        with pytest.raises(ValidationError):
            add(url)


def test_another_person_may_do_nothing_with_it(owner, receiver, title, changan, client):
    one, other = subscribed(owner, receiver.url), build.officer(changan)
    for act in (webhooks.pause, webhooks.delete, webhooks.send_test):
        with pytest.raises(PermissionDenied):
            act(one, by=other, at=SOON)


def test_nobody_gets_anything_once_the_account_is_shut(owner, receiver, title):
    subscribed(owner, receiver.url)
    owner.is_active = False
    owner.save()
    renamed(title, "二厂")
    assert sweep() == {}


def test_old_deliveries_are_dropped(owner, receiver, title):
    subscribed(owner, receiver.url)
    renamed(title, "二厂")
    sweep()
    webhooks.forget(at=SOON + webhooks.KEEP)
    assert Push.objects.filter(kind="change").count() == 1
    webhooks.forget(at=SOON + webhooks.KEEP + timedelta(seconds=1))
    assert (Push.objects.count(), PushedChange.objects.count()) == (0, 0)


def test_pages_from_adding_to_deleting(as_user, owner, receiver, title):
    client = as_user(owner)
    answer = client.post("/account/pushes/new/", {"name": "征信系统", "address": receiver.url})
    one = Subscription.objects.get()
    assert answer.url == f"/account/pushes/{one.pk}/"
    assert "challenge" in client.get(answer.url).content.decode()
    webhooks.deliver(at=one.next_try_at)

    client.post(f"{answer.url}test/")
    webhooks.deliver(at=timezone.now() + timedelta(seconds=1))
    assert "已送达" in client.get(answer.url).content.decode()
    push = Push.objects.get(kind="test")
    client.post(f"{answer.url}{push.pk}/again/")
    for act, state in (("pause", State.PAUSED), ("resume", State.OPEN)):
        client.post(f"{answer.url}{act}/")
        one.refresh_from_db()
        assert one.state == state
    assert "征信系统" in client.get("/account/pushes/").content.decode()
    client.post(f"{answer.url}delete/")
    assert "没有接收地址" in client.get("/account/pushes/").content.decode()
    bad = client.post("/account/pushes/new/", {"name": "a", "address": "https://10.0.0.1/"})
    assert "不能填写 IP 地址" in bad.content.decode()
