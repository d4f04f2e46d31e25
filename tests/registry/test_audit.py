"""The trail: only added to, only together with its fact, and without personal data."""

import pytest
from django.db import transaction

from registry import audit, enterprises
from registry.audit import Verb
from registry.models import AuditEvent
from tests import build


@pytest.fixture
def event(staff, day):
    enterprises.update(
        staff.enterprise, by=staff, at=day, address="新址", industry=None, size="", above_scale=None
    )
    return audit.history(staff.enterprise).first()


def test_event_says_who_did_what(event, staff, day):
    assert (event.verb, event.at, event.actor_id) == (Verb.ENTERPRISE_UPDATE, day, staff.pk)
    assert event.target_name == staff.enterprise.name
    assert event.recorded_at is not None


def test_event_cannot_be_changed(event):
    event.target_name = "别的"

    with pytest.raises(TypeError):
        event.save()
    with pytest.raises(TypeError):
        AuditEvent.objects.update(target_name="别的")


def test_event_cannot_be_deleted(event):
    with pytest.raises(TypeError):
        event.delete()
    with pytest.raises(TypeError):
        AuditEvent.objects.all().delete()


@pytest.mark.django_db(transaction=True)
def test_event_outside_a_transaction_is_refused(world, staff, day):
    count = AuditEvent.objects.count()

    with pytest.raises(RuntimeError):
        audit.record(Verb.ENTERPRISE_UPDATE, staff.enterprise, by=staff, at=day)

    assert AuditEvent.objects.count() == count


@pytest.mark.django_db(transaction=True)
def test_event_goes_when_its_fact_fails(world, staff, day):
    count = AuditEvent.objects.count()

    with transaction.atomic():
        enterprises.rename(
            staff.enterprise, "石家庄丙机械有限公司", document="变更通知书", by=staff, at=day
        )
        transaction.set_rollback(True)

    assert AuditEvent.objects.count() == count


def test_unknown_verb_is_refused(staff, day):
    with pytest.raises(ValueError, match="vanish"):
        audit.event("enterprise.vanish", staff.enterprise, by=staff, at=day)


def test_claims_leave_no_personal_data(changan, city_officer, day):
    firm = build.enterprise_at(changan)
    claim = build.claim_by(firm, name="张三丰")
    enterprises.refuse(claim, by=city_officer, at=day, reason="本人电话无法接通")

    for line in audit.history(claim):
        assert claim.user.phone not in str(line.data)
        assert "张三丰" not in str(line.data) + line.target_name


def test_trail_is_seen_in_scope_only(event, city_officer, other_city_officer, rival_staff, staff):
    def seen(user):
        return AuditEvent.objects.visible_to(user).filter(pk=event.pk).exists()

    assert [seen(user) for user in (staff, city_officer)] == [True, True]
    assert [seen(user) for user in (rival_staff, other_city_officer)] == [False, False]
