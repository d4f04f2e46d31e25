"""Titles of the ministries that end by their document: entered, confirmed, told and shown."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import ContentFile
from django.urls import reverse

from registry.models import AuditEvent, Notification
from registry.policy import Tier
from tests import build
from tests.rules.everybody.test_scope import client_of
from tiers import delisting
from tiers.models import Ban, Certification, Delisting, Standing

AT = build.DAY
TODAY = AT.date()


@pytest.fixture
def titles(changan, province_officer, second):
    """Two excellent titles in one county."""
    return [
        build.title(build.factory_at(changan), Tier.EXCELLENT, on=date(2025, 9, 1))
        for _ in range(2)
    ]


def fresh(title):
    return Certification.objects.get(pk=title.pk)


def test_titles_that_one_document_names_end_together(titles):
    held = build.delisted(titles, reason="数据造假")

    for title in map(fresh, titles):
        assert title.standing_on(TODAY) == Standing.REVOKED
        assert (title.ends_on, title.ending_document_no) == (TODAY, held.document_no)
        assert title.ending_reason == (
            "申报材料或数据弄虚作假：数据造假（《关于撤销部分智能工厂认定的通知》）"
        )
    assert AuditEvent.objects.filter(verb="certification.revoke").count() == 2
    assert AuditEvent.objects.filter(verb="delisting.confirm").count() == 1


def test_nothing_ends_before_a_second_person_confirms(titles, province_officer):
    held = build.delisting_of(titles, by=province_officer)

    with pytest.raises(ValidationError, match="须由另一人确认"):
        delisting.confirm(held, seen=delisting.digest(held), by=province_officer, at=AT)
    assert {fresh(title).standing_on(TODAY) for title in titles} == {Standing.VALID}


def test_who_changed_it_once_does_not_confirm_it(titles, province_officer, second):
    held = build.delisting_of(titles, by=second)
    delisting.prepare(held, document_of(held), words_of(titles), seen=1, by=province_officer, at=AT)
    held.refresh_from_db()

    with pytest.raises(ValidationError, match="须由另一人确认"):
        delisting.confirm(held, seen=delisting.digest(held), by=second, at=AT)


def document_of(held):
    return delisting.Document(held.document_name, held.document_no, held.dated, held.ends_on)


def words_of(titles, ground="fraud"):
    return {title.pk: delisting.Word(ground) for title in titles}


def test_what_changed_since_is_not_confirmed(titles, province_officer, second):
    held = build.delisting_of(titles, by=province_officer)
    seen = delisting.digest(held)
    delisting.prepare(
        held, document_of(held), words_of(titles[:1]), seen=1, by=province_officer, at=AT
    )

    with pytest.raises(ValidationError, match="内容有变化"):
        delisting.confirm(held, seen=seen, by=second, at=AT)


def test_ban_follows_the_ground_of_the_profile(titles):
    revoked, kept_no_longer = titles
    build.delisted([revoked])
    build.delisted([kept_no_longer], ground="lapsed")

    ban = Ban.objects.get()
    assert (ban.certification, ban.from_on, ban.until_on) == (revoked, TODAY, date(2029, 3, 2))
    assert fresh(kept_no_longer).standing_on(TODAY) == Standing.EXPIRED
    assert AuditEvent.objects.filter(verb="certification.expire").count() == 1


def test_firm_and_its_offices_are_told(titles, changan, city_officer, other_city_officer):
    held = build.delisted(titles[:1])

    told = Notification.objects.filter(event__in=("title.revoked", "desk.title"))
    firm = build.staff_of(titles[0].factory.enterprise)
    assert set(told.values_list("recipient", flat=True)) == {
        firm.pk,
        build.officer_of(changan).pk,
        city_officer.pk,
    }
    assert {one.link for one in told} == {f"/delistings/{held.pk}/"}


def test_colleagues_are_told_what_waits(titles, province_officer, second):
    build.delisting_of(titles, by=province_officer)

    told = Notification.objects.get(event="desk.delisting")
    assert told.recipient == second


def test_titles_of_the_province_are_not_ended_by_it(changan, province_officer):
    advanced = build.title(build.factory_at(changan), Tier.ADVANCED, on=TODAY)

    assert not delisting.may_end(advanced, province_officer, on=TODAY)
    with pytest.raises(ValidationError, match="已不在有效期内"):
        build.delisting_of([advanced])


def test_city_enters_nothing(titles, city_officer):
    with pytest.raises(PermissionDenied):
        build.delisting_of(titles, by=city_officer)


def test_document_needs_its_file(titles, province_officer):
    document = delisting.Document("通知", "文〔2026〕1号", TODAY, TODAY)

    with pytest.raises(ValidationError, match="请上传文件"):
        delisting.prepare(None, document, words_of(titles), by=province_officer, at=AT)


def test_document_of_a_later_day_is_not_confirmed(titles, province_officer, second):
    later = date(2026, 4, 1)
    document = delisting.Document("通知", "文〔2026〕1号", TODAY, later)
    upload = ContentFile(build.PDF, name="通知.pdf")
    held = delisting.prepare(
        None, document, words_of(titles), upload=upload, by=province_officer, at=AT
    )

    with pytest.raises(ValidationError, match="2026-04-01，到那一天才能确认"):
        delisting.confirm(held, seen=delisting.digest(held), by=second, at=AT)


def test_titles_named_twice_end_once(titles, second):
    held = build.delisting_of(titles)
    build.delisted(titles)

    with pytest.raises(ValidationError, match="已不在有效期内"):
        delisting.confirm(held, seen=delisting.digest(held), by=second, at=AT)
    assert Ban.objects.count() == 2


def test_dropped_entry_ends_nothing(titles, province_officer, second):
    held = delisting.drop(build.delisting_of(titles), by=province_officer, at=AT)

    with pytest.raises(ValidationError, match="内容有变化"):
        delisting.confirm(held, seen=delisting.digest(held), by=second, at=AT)
    assert {fresh(title).standing_on(TODAY) for title in titles} == {Standing.VALID}


# --- pages ----------------------------------------


def test_document_is_entered_and_confirmed_on_its_pages(titles, province_officer, second):
    client = client_of(province_officer)
    page = client.get(reverse("tiers:title", args=[titles[0].pk]))
    assert "按认定部门文件终止" in page.content.decode()
    sent = client.post(
        reverse("tiers:delisting_new"),
        {
            "document_name": "通知",
            "document_no": "文〔2026〕1号",
            "dated": "2026-03-02",
            "ends_on": "2026-03-02",
            "upload": ContentFile(build.PDF, name="通知.pdf"),
            "seen": 0,
            f"ground-{titles[0].pk}": "fraud",
        },
    )
    held = Delisting.objects.get()
    assert sent.url == reverse("tiers:delisting", args=[held.pk])

    confirm = reverse("tiers:delisting_confirm", args=[held.pk])
    assert confirm not in client.get(sent.url).content.decode()

    other = client_of(second)
    shown = other.get(sent.url)
    assert confirm in shown.content.decode()
    digest = shown.context["digest"]
    other.post(confirm, {"seen": digest})
    assert [fresh(title).ending for title in titles] == ["revoked", ""]
    file = other.get(reverse("tiers:delisting_file", args=[held.pk]))
    assert file.getvalue() == build.PDF
    file.close()


def test_firm_reads_of_its_own_titles_alone(titles):
    held = build.delisted(titles)
    firm = client_of(build.staff_of(titles[0].factory.enterprise))

    page = firm.get(reverse("tiers:delisting", args=[held.pk])).content.decode()
    assert titles[0].factory.name in page
    assert titles[1].factory.enterprise.name not in page


def test_public_register_shows_ground_and_document(titles, client):
    held = build.delisted(titles, reason="数据造假")

    page = client.get(reverse("tiers:public_factory", args=[titles[0].factory_id]))
    text = page.content.decode()
    for word in ("申报材料或数据弄虚作假：数据造假", held.document_name, held.document_no):
        assert word in text


def test_list_of_ended_factories_prints_tier_and_progress_as_badges(titles, province_officer):
    build.delisted(titles)

    page = client_of(province_officer).get(reverse("tiers:delisted_factories")).content.decode()

    assert page.count('<span class="tier tier-3">') == len(titles)
    assert page.count('<span class="state state-ok">') == len(titles)
