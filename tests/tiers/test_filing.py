"""Filing: collect, strike, keep, file, acknowledge, send back; titles from before the portal."""

from dataclasses import replace
from datetime import date

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction

from registry.models import AuditEvent, Division, Enterprise, Factory, Notification
from registry.policy import Tier
from tests import build
from tiers import filing
from tiers.earlier import Earlier, add_earlier
from tiers.models import Certification, FilingEntry, FilingList

AT = build.DAY


@pytest.fixture
def drafted(city_officer, province_officer):
    return build.draft_list(factories=3)


@pytest.fixture
def filed(drafted, city_officer):
    return filing.file(drafted, document_no="石工信〔2026〕20号", by=city_officer, at=AT)


def entry(filing_list, n=0):
    return filing_list.entries.order_by("pk")[n]


def told(user):
    found = Notification.objects.filter(recipient=user, key__startswith="filing")
    return [str(message) for message in found.order_by("pk")]


def verbs(filing_list):
    return list(
        AuditEvent.objects.filter(target_type="tiers.filinglist", target_id=str(filing_list.pk))
        .order_by("pk")
        .values_list("verb", flat=True)
    )


# --- collect --------------------------------------------------------------------------------------


def test_list_holds_every_unfiled_determination_of_the_city(changan, city_officer, tangshan):
    ours = [build.certified(), build.certified()]
    build.certified(build.factory_at(tangshan.children.first()))

    collected = filing.collect(city_officer.authority, by=city_officer, at=AT)

    assert [e.certification for e in collected.entries.order_by("pk")] == ours
    assert (collected.status, collected.tier, collected.recipient.code) == (
        "draft",
        "basic",
        "130000",
    )
    assert collected.number == "BA-130100-2026-01"


def test_collecting_again_adds_only_what_is_new(drafted, changan, city_officer):
    build.title(build.factory_at(changan), on=date(2026, 3, 2))

    again = filing.collect(city_officer.authority, by=city_officer, at=AT)

    assert (again, again.entries.count()) == (drafted, 4)
    assert filing.collect(city_officer.authority, by=city_officer, at=AT).entries.count() == 4


def test_city_without_determinations_gets_an_empty_list(city_officer):
    assert filing.collect(city_officer.authority, by=city_officer, at=AT).entries.count() == 0


def test_county_that_reports_like_a_city_files_for_itself(dingzhou_officer, province_officer):
    build.title(build.factory_at(dingzhou_officer.authority), on=date(2026, 3, 2))

    collected = filing.collect(dingzhou_officer.authority, by=dingzhou_officer, at=AT)

    assert (collected.entries.count(), collected.recipient) == (1, province_officer.authority)


def test_only_the_office_that_files_collects(
    shijiazhuang, county_officer, province_officer, other_city_officer, staff
):
    for person in (county_officer, province_officer, other_city_officer, staff):
        with pytest.raises(PermissionDenied):
            filing.collect(shijiazhuang, by=person, at=AT)
    with pytest.raises(PermissionDenied):
        filing.collect(county_officer.authority, by=county_officer, at=AT)


def test_tier_that_is_not_filed_cannot_be_collected(city_officer):
    with pytest.raises(ValidationError, match="先进级不需要报备"):
        filing.collect(city_officer.authority, tier=Tier.ADVANCED, by=city_officer, at=AT)


def test_revoked_title_is_not_collected(city_officer):
    build.revoked(build.certified(), reason="造假", document_no="1号", by=city_officer, at=AT)

    assert filing.collect(city_officer.authority, by=city_officer, at=AT).entries.count() == 0


def test_title_of_a_factory_that_moved_is_filed_by_its_issuer(
    changan, tangshan, city_officer, other_city_officer
):
    title = build.certified()
    build.moved(title.factory, build.place_of(tangshan))

    ours = filing.collect(city_officer.authority, by=city_officer, at=AT)
    theirs = filing.collect(tangshan, by=other_city_officer, at=AT)

    assert ([e.certification for e in ours.entries.all()], theirs.entries.count()) == ([title], 0)


# --- strike and keep ------------------------------------------------------------------------------


def test_struck_title_waits_for_the_next_list(drafted, city_officer, province_officer):
    struck = filing.strike(entry(drafted), reason="材料待核", by=city_officer, at=AT)

    assert (struck.live, struck.strike_reason) == (False, "材料待核")
    assert filing.collect(drafted.authority, by=city_officer, at=AT).entries.count() == 3
    filing.file(drafted, document_no="1号", by=city_officer, at=AT)
    later = filing.collect(drafted.authority, by=city_officer, at=AT)
    assert later != drafted
    assert [e.certification for e in later.entries.all()] == [struck.certification]


def test_strike_needs_a_reason(drafted, city_officer):
    with pytest.raises(ValidationError, match="请写明移出原因"):
        filing.strike(entry(drafted), reason=" ", by=city_officer, at=AT)


def test_kept_entry_is_back_on_the_list(drafted, city_officer):
    struck = filing.strike(entry(drafted), reason="材料待核", by=city_officer, at=AT)

    kept = filing.keep(struck, by=city_officer, at=AT)

    assert (kept.live, kept.strike_reason) == (True, "")
    assert verbs(drafted) == ["filing.collect", "filing.strike", "filing.keep"]


def test_entry_cannot_come_back_once_another_list_carries_it(drafted, city_officer):
    filing.file(drafted, document_no="1号", by=city_officer, at=AT)
    back = send_back(drafted)
    struck = filing.strike(entry(back), reason="另行报备", by=city_officer, at=AT)
    filing.collect(drafted.authority, by=city_officer, at=AT)

    with pytest.raises(ValidationError, match="已列入另一份清单"):
        filing.keep(struck, by=city_officer, at=AT)


def test_title_on_two_live_lists_is_impossible(drafted, filed, city_officer):
    other = filing.collect(drafted.authority, by=city_officer, at=AT)

    with pytest.raises(IntegrityError), transaction.atomic():
        FilingEntry.objects.create(
            filing_list=other, certification=entry(filed).certification, live=True
        )


def test_two_drafts_of_one_office_are_impossible(drafted):
    drafted.pk, drafted.number = None, "BA-130100-2026-99"

    with pytest.raises(IntegrityError), transaction.atomic():
        drafted.save()


# --- file -----------------------------------------------------------------------------------------


def test_filed_list_is_frozen_with_its_digest(filed, province_officer):
    particulars = [e.frozen for e in filed.entries.order_by("pk")]

    assert (filed.status, filed.times_filed, filed.document_no) == (
        "filed",
        1,
        "石工信〔2026〕20号",
    )
    assert filed.digest == filing.digest("石工信〔2026〕20号", particulars)
    assert particulars[0]["decided_on"] == "2026-03-02"
    assert particulars[0]["last_day"] == "2029-03-02"
    assert told(province_officer) == [
        f"石家庄市基础级备案清单 {filed.number}：报备 3 座，待备案确认"
    ]


def test_digest_changes_with_every_part_of_the_list(filed):
    particulars = [e.frozen for e in filed.entries.order_by("pk")]
    changed = [{**particulars[0], "factory": "别名"}, *particulars[1:]]

    digests = {
        filing.digest(filed.document_no, particulars),
        filing.digest("石工信〔2026〕21号", particulars),
        filing.digest(filed.document_no, particulars[::-1]),
        filing.digest(filed.document_no, particulars[1:]),
        filing.digest(filed.document_no, changed),
    }

    assert len(digests) == 5


def test_later_rename_does_not_reach_a_filed_list(filed):
    before = entry(filed).frozen
    factory = entry(filed).certification.factory

    build.renamed(factory, "新名称工厂")

    assert entry(filed).frozen == before
    assert entry(filed).certification.printed_factory == before["factory"]


def test_filed_list_cannot_be_changed(filed, city_officer):
    row = entry(filed)
    for act in (
        lambda: filing.strike(row, reason="错误", by=city_officer, at=AT),
        lambda: filing.keep(row, by=city_officer, at=AT),
        lambda: add_earlier(filed, [earlier()], by=city_officer, at=AT),
        lambda: filing.file(filed, document_no="2号", by=city_officer, at=AT),
    ):
        with pytest.raises(PermissionDenied, match="不能再改"):
            act()


def test_filing_needs_a_document_number(drafted, city_officer):
    with pytest.raises(ValidationError, match="请填写报备文件的文号"):
        filing.file(drafted, document_no=" ", by=city_officer, at=AT)


def test_empty_list_cannot_be_filed(drafted, city_officer):
    for row in drafted.entries.all():
        filing.strike(row, reason="待核", by=city_officer, at=AT)

    with pytest.raises(ValidationError, match="清单里没有工厂"):
        filing.file(drafted, document_no="1号", by=city_officer, at=AT)


def test_list_with_a_revoked_title_cannot_be_filed(drafted, city_officer):
    title = entry(drafted).certification
    build.revoked(title, reason="造假", document_no="9号", by=city_officer, at=AT)

    with pytest.raises(ValidationError, match=f"{title.printed_factory}的认定已终止"):
        filing.file(drafted, document_no="1号", by=city_officer, at=AT)


# --- answer ---------------------------------------------------------------------------------------


def send_back(filing_list, *remarks):
    given = dict(zip((e.pk for e in filing_list.entries.order_by("pk")), remarks, strict=False))
    return filing.send_back(
        FilingList.objects.get(pk=filing_list.pk),
        remarks=given or {entry(filing_list).pk: "请核对文号"},
        answer="详见各条意见",
        by=build.officer_of(filing_list.recipient),
        at=AT,
    )


def acknowledge(filing_list, by=None):
    return filing.acknowledge(
        filing_list, by=by or build.officer_of(filing_list.recipient), at=AT, answer="同意备案"
    )


def test_acknowledged_list_puts_its_titles_on_the_register(filed, city_officer):
    answered = acknowledge(filed)

    assert (answered.status, answered.answer) == ("acknowledged", "同意备案")
    assert set(Certification.objects.values_list("published_on", flat=True)) == {date(2026, 3, 2)}
    assert told(city_officer)[-1] == (
        f"石家庄市基础级备案清单 {filed.number}：已备案确认，3 座工厂列入公开名录"
    )


def test_publication_happens_once(filed):
    acknowledge(filed)

    with pytest.raises(PermissionDenied):
        acknowledge(filed)
    assert AuditEvent.objects.filter(verb="certification.publish").count() == 3


def test_struck_title_is_not_published(drafted, city_officer):
    struck = filing.strike(entry(drafted), reason="待核", by=city_officer, at=AT)
    acknowledge(filing.file(drafted, document_no="1号", by=city_officer, at=AT))

    assert Certification.objects.published().count() == 2
    assert not Certification.objects.published().filter(pk=struck.certification_id).exists()


def test_returned_list_says_what_is_wrong_with_which_entry(filed, city_officer):
    back = send_back(filed, "认定日期有误", "  ", "缺成熟度等级")

    assert (back.status, back.answer) == ("returned", "详见各条意见")
    assert [e.remark for e in back.entries.order_by("pk")] == ["认定日期有误", "", "缺成熟度等级"]
    assert told(city_officer)[-1] == (
        f"石家庄市基础级备案清单 {filed.number}：退回补正，2 座工厂有意见"
    )
    assert Certification.objects.published().count() == 0


def test_sending_back_needs_a_reason_at_an_entry(filed):
    with pytest.raises(ValidationError, match="至少在一座工厂处写明"):
        send_back(filed, " ", " ", " ")


def test_remark_at_an_entry_of_another_list_is_refused(filed, tangshan):
    stranger = entry(build.filed_list(tangshan))

    with pytest.raises(ValidationError, match="请刷新后再填"):
        filing.send_back(
            filed,
            remarks={stranger.pk: "错误"},
            by=build.officer_of(filed.recipient),
            at=AT,
        )


def test_returned_list_is_mended_and_filed_again(filed, city_officer, province_officer):
    back = send_back(filed, "缺成熟度等级")
    filing.strike(entry(back), reason="补材料后另报", by=city_officer, at=AT)

    again = filing.file(back, document_no="石工信〔2026〕25号", by=city_officer, at=AT)

    assert (again.status, again.times_filed) == ("filed", 2)
    assert again.digest != filed.digest
    assert [e.remark for e in again.entries.kept()] == ["", ""]
    assert told(province_officer)[-1] == (
        f"石家庄市基础级备案清单 {filed.number}：报备 2 座，待备案确认"
    )
    assert acknowledge(again).status == "acknowledged"
    assert Certification.objects.published().count() == 2


def test_only_the_recipient_answers(filed, city_officer, other_city_officer, county_officer, staff):
    for person in (city_officer, other_city_officer, county_officer, staff):
        with pytest.raises(PermissionDenied):
            acknowledge(filed, by=person)
        with pytest.raises(PermissionDenied):
            filing.send_back(filed, remarks={entry(filed).pk: "错"}, by=person, at=AT)


def test_only_the_filer_edits(drafted, province_officer, other_city_officer, county_officer, staff):
    for person in (province_officer, other_city_officer, county_officer, staff):
        with pytest.raises(PermissionDenied):
            filing.file(drafted, document_no="1号", by=person, at=AT)
        with pytest.raises(PermissionDenied):
            filing.strike(entry(drafted), reason="错", by=person, at=AT)


def test_stale_copy_of_a_list_decides_nothing(filed):
    stale = FilingList.objects.get(pk=filed.pk)
    acknowledge(filed)

    with pytest.raises(PermissionDenied):
        filing.send_back(
            stale, remarks={entry(filed).pk: "错"}, by=build.officer_of(filed.recipient), at=AT
        )
    filed.refresh_from_db()
    assert filed.status == "acknowledged"


# --- determined before the portal -----------------------------------------------------------------


def earlier(**changes):
    row = Earlier(
        credit_code=build.credit_code(),
        enterprise_name="石家庄早期精密有限公司",
        factory_name="第一工厂",
        division=Division.objects.get(code="130102"),
        decided_on=date(2025, 9, 1),
        document_no="石工信〔2025〕77号",
        maturity_level=2,
        assessed_on=date(2025, 6, 30),
    )
    return replace(row, **changes)


def test_earlier_determination_enters_firm_factory_and_title(drafted, city_officer):
    row = earlier(credit_code=" " + earlier().credit_code.lower())

    (added,) = add_earlier(drafted, [row], by=city_officer, at=AT)

    title = added.certification
    assert (title.source, title.valid_from, title.last_day) == (
        "imported",
        date(2025, 9, 1),
        date(2028, 9, 1),
    )
    assert (title.document_no, title.maturity_level, title.assessed_on) == (
        "石工信〔2025〕77号",
        2,
        date(2025, 6, 30),
    )
    assert (title.factory.authority.code, title.printed_enterprise) == (
        "130102",
        "石家庄早期精密有限公司",
    )
    assert drafted.entries.count() == 4


def test_several_rows_may_name_one_firm(drafted, city_officer):
    first = earlier()

    added = add_earlier(
        drafted, [first, replace(first, factory_name="第二工厂")], by=city_officer, at=AT
    )

    assert len({e.certification.factory.enterprise_id for e in added}) == 1
    assert len({e.certification.factory_id for e in added}) == 2


def test_last_day_of_the_document_counts_over_the_term(drafted, city_officer):
    (added,) = add_earlier(drafted, [earlier(last_day=date(2027, 8, 31))], by=city_officer, at=AT)

    assert added.certification.ends_on == date(2027, 9, 1)


def test_one_faulty_row_keeps_all_rows_out_and_each_is_named(drafted, city_officer, rival_staff):
    counts = [m.objects.count() for m in (Enterprise, Factory, Certification, FilingEntry)]
    good = earlier()
    rows = [
        good,
        earlier(credit_code=good.credit_code[:-1] + "？"),
        earlier(decided_on=date(2026, 3, 3)),
        earlier(decided_on=date(2025, 4, 2), assessed_on=date(2025, 4, 1)),
        earlier(assessed_on=date(2025, 9, 2)),
        earlier(maturity_level=1),
        earlier(document_no=" "),
        earlier(division=Division.objects.get(code="130202")),
        earlier(credit_code=rival_staff.enterprise.credit_code),
        earlier(last_day=date(2025, 9, 1)),
        good,
    ]

    with pytest.raises(ValidationError) as caught:
        add_earlier(drafted, rows, by=city_officer, at=AT)

    assert [m.split("：")[0] for m in caught.value.messages] == [
        f"第 {n} 行" for n in range(2, len(rows) + 1)
    ]
    assert [e.code for e in caught.value.error_list] == [f"row{n}" for n in range(2, 12)]
    assert caught.value.messages[1:] == [
        "第 3 行：认定日期不能晚于今天",
        "第 4 行：认定日期早于本省规则施行日 2025-04-03，不属于本梯度培育的认定",
        "第 5 行：认定日期早于自评时间，请核对两个日期",
        "第 6 行：成熟度 1 级，基础级要求不低于 2 级",
        "第 7 行：请填写认定文号",
        "第 8 行：路南区不归本部门管辖，不能列入本清单",
        "第 9 行：这个代码登记的企业名称是“石家庄乙机械有限公司”，请核对",
        "第 10 行：文件载明的到期日期应晚于认定日期",
        caught.value.messages[-1],
    ]
    assert "不能重复认定" in caught.value.messages[-1]
    assert [m.objects.count() for m in (Enterprise, Factory, Certification, FilingEntry)] == counts


def test_factory_of_a_firm_seated_elsewhere_can_be_added(drafted, city_officer, tangshan):
    firm = build.enterprise_at(tangshan, name="唐山总部集团有限公司")

    (added,) = add_earlier(
        drafted,
        [earlier(credit_code=firm.credit_code, enterprise_name=firm.name)],
        by=city_officer,
        at=AT,
    )

    assert added.certification.factory.enterprise == firm


def test_factory_of_another_city_cannot_be_added(drafted, city_officer, tangshan):
    there = build.factory_at(tangshan)

    with pytest.raises(ValidationError, match="由唐山市管辖"):
        add_earlier(
            drafted,
            [
                earlier(
                    credit_code=there.enterprise.credit_code,
                    enterprise_name=there.enterprise.name,
                    factory_name=there.name,
                )
            ],
            by=city_officer,
            at=AT,
        )


# --- who sees lists -------------------------------------------------------------------------------


def test_province_sees_a_list_once_it_is_filed(drafted, city_officer, province_officer):
    seen = FilingList.objects.visible_to(province_officer)
    assert (seen.count(), seen.awaiting(province_officer).count()) == (0, 0)

    filing.file(drafted, document_no="1号", by=city_officer, at=AT)
    assert (seen.count(), seen.awaiting(province_officer).count()) == (1, 1)
    assert FilingList.objects.awaiting(city_officer).count() == 0

    send_back(drafted)
    assert (seen.count(), seen.awaiting(province_officer).count()) == (1, 0)
    assert FilingList.objects.awaiting(city_officer).count() == 1
