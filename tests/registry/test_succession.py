"""合并、分立: what goes over, who may say so, and what is left of the firm."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from registry import enterprises
from registry.access import Seat
from registry.enterprises import Deed
from registry.models import AuditEvent, Division, Notification, Succession, User
from tests import build

pytestmark = pytest.mark.django_db

DAY = date(2026, 3, 2)


@pytest.fixture
def changan(world):
    return Division.objects.get(code="130102")


@pytest.fixture
def firms(changan):
    return [build.enterprise_at(changan) for _ in range(4)]


def deed(kind=Succession.Kind.ABSORPTION, **more):
    return Deed(kind=kind, on=DAY, document="准予注销登记通知书（2026）第7号", **more)


def succeed(old, new, kind=Succession.Kind.ABSORPTION, *, by=None, **more):
    by = by or build.officer_of(old.authority)
    return enterprises.succeed(old, new, deed(kind, **more), by=by, at=build.DAY)


def test_predecessors_are_found_through_every_generation(firms, changan, django_assert_num_queries):
    a, b, c, d = firms
    build.factory_at(changan, enterprise=a, name="一厂")
    build.factory_at(changan, enterprise=a, name="二厂")
    succeed(a, b, Succession.Kind.SPLIT_OFF, factories=(a.factories.first(),))
    succeed(b, c)
    with django_assert_num_queries(1):
        found = enterprises.predecessors([a.pk, b.pk, c.pk, d.pk])
    assert found == {a.pk: set(), b.pk: {a.pk}, c.pk: {a.pk, b.pk}, d.pk: set()}
    with django_assert_num_queries(3):
        assert enterprises.predecessors([c.pk, d.pk]) == {c.pk: {a.pk, b.pk}, d.pk: set()}


def test_part_that_comes_home_ends_the_search(firms, changan):
    a, b, c, _ = firms
    for name in ("一厂", "二厂"):
        build.factory_at(changan, enterprise=a, name=name)
    succeed(a, b, Succession.Kind.SPLIT_OFF, factories=(a.factories.first(),))
    succeed(b, a)
    succeed(a, c)
    found = enterprises.predecessors([a.pk, b.pk, c.pk])
    assert found == {a.pk: {b.pk}, b.pk: {a.pk}, c.pk: {a.pk, b.pk}}


def test_firm_that_has_ended_neither_takes_nor_gives(firms):
    a, b, c, _ = firms
    succeed(a, b)
    for old, new in ((a, c), (b, a)):
        with pytest.raises(ValidationError, match="已于 2026-03-02 注销"):
            succeed(old, new)
    with pytest.raises(ValidationError, match="不能是本企业"):
        succeed(b, b)


def test_absorbed_firm_gives_all_and_stays_in_the_register(firms, changan):
    a, b, *_ = firms
    factory = build.factory_at(changan, enterprise=a, name="一厂")
    honour = build.honour_of(factory, "national-5g-factory")
    made = succeed(a, b)
    a.refresh_from_db(), factory.refresh_from_db(), honour.refresh_from_db()
    assert (a.closed_on, made.successor, factory.enterprise, honour.enterprise) == (DAY, b, b, b)
    past = factory.past.get()
    assert (past.enterprise, past.name, past.until) == (a, "一厂", DAY)
    assert enterprises.stood(factory, date(2026, 3, 1)).enterprise == a
    assert enterprises.stood(factory, DAY).enterprise == b
    with pytest.raises(ValidationError, match="请以承继企业办理"):
        build.claim_by(a)
    lines = AuditEvent.objects.filter(verb__in=("enterprise.succeed", "factory.pass"))
    assert sorted(lines.values_list("verb", "enterprise_id")) == [
        ("enterprise.succeed", a.pk),
        ("factory.pass", b.pk),
    ]


def test_people_of_the_absorbed_firm_go_along(firms):
    a, b, *_ = firms
    theirs, ours = build.staff_of(a), build.staff_of(b)
    succeed(a, b)
    theirs.refresh_from_db(), ours.refresh_from_db()
    assert (theirs.enterprise, theirs.seat) == (b, Seat.EDITOR)
    assert ours.seat == Seat.MANAGER


def test_first_people_of_a_firm_keep_its_lead(firms):
    a, b, *_ = firms
    theirs = build.staff_of(a)
    succeed(a, b)
    theirs.refresh_from_db()
    assert (theirs.enterprise, theirs.seat) == (b, Seat.MANAGER)


def test_people_of_the_absorbed_firm_are_let_go(firms, changan):
    a, b, *_ = firms
    theirs, waiting = build.staff_of(a), build.claim_by(a)
    factory = build.factory_at(changan, enterprise=a)
    succeed(a, b, move_people=False)
    theirs, waiting = User.objects.get(pk=theirs.pk), a.claims.get(pk=waiting.pk)
    assert theirs.enterprise is None
    assert not type(factory).objects.visible_to(theirs).exists()
    assert "由" + b.name + "承继" in waiting.reason


def test_each_is_told_once(firms):
    a, b, *_ = firms
    people = {build.staff_of(a).pk, build.staff_of(b).pk, build.officer_of(a.authority).pk}
    succeed(a, b)
    told = Notification.objects.filter(event="firm.succeeded").values_list("recipient", flat=True)
    assert sorted(told) == sorted(people)


def test_same_name_asks_for_another(firms, changan):
    a, b, *_ = firms
    mine = build.factory_at(changan, enterprise=a, name="一厂")
    build.factory_at(changan, enterprise=b, name="一厂")
    with pytest.raises(ValidationError, match="已有工厂“一厂”"):
        succeed(a, b)
    succeed(a, b, names={mine.pk: "北厂"})
    mine.refresh_from_db()
    assert (mine.enterprise, mine.name) == (b, "北厂")


def test_split_takes_the_chosen_factories(firms, changan):
    a, b, *_ = firms
    first, second = (build.factory_at(changan, enterprise=a, name=n) for n in ("一厂", "二厂"))
    split = Succession.Kind.SPLIT_OFF
    for wrong in ((), (first, second)):
        with pytest.raises(ValidationError):
            succeed(a, b, split, factories=wrong)
    succeed(a, b, split, factories=(first,))
    a.refresh_from_db(), first.refresh_from_db(), second.refresh_from_db()
    assert (first.enterprise, second.enterprise, a.closed_on) == (b, a, None)


def test_firm_that_splits_up_ends_with_its_last_factory(firms, changan):
    a, b, c, _ = firms
    first, second = (build.factory_at(changan, enterprise=a, name=n) for n in ("一厂", "二厂"))
    succeed(a, b, Succession.Kind.SPLIT_UP, factories=(first,))
    a.refresh_from_db()
    assert a.closed_on is None
    succeed(a, c, Succession.Kind.SPLIT_UP, factories=(second,))
    a.refresh_from_db()
    assert a.closed_on == DAY


def test_only_an_office_of_both_firms_says_so(firms, world):
    a, b, *_ = firms
    elsewhere = build.enterprise_at(build.authority("130200"))
    for by in (build.staff_of(a), build.officer_of(elsewhere.authority)):
        with pytest.raises(PermissionDenied):
            succeed(a, b, by=by)
    with pytest.raises(PermissionDenied):
        succeed(a, elsewhere)
    succeed(a, elsewhere, by=build.officer_of(build.authority("130000")))
