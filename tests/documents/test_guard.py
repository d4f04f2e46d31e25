"""No telephone and no identity number of a person gets into a public document."""

from dataclasses import replace

import pytest
from django.core.exceptions import ValidationError

from registry import personal
from reports.documents import Form, face, printed
from reports.documents.content import Annex, Heading, Text
from reports.documents.writers import word
from tests import build
from tests.documents import readers, samples
from tiers import notice as notices
from tiers import revocation

MOBILE, IDENTITY = "13812345678", "130102199003074518"
PUBLIC = samples.document(public=True)


def wide(text):
    """As an input method in full width types it."""
    return "".join(chr(ord(sign) + 0xFEE0) for sign in text)


def refusal(document, form=Form.DOCX):
    with pytest.raises(ValidationError) as refused:
        printed(document, form)
    return refused.value.messages


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (MOBILE, "手机号码"),
        (f"联系人张三{MOBILE}，请联系", "手机号码"),
        ("138 1234 5678", "手机号码"),
        ("138-1234-5678", "手机号码"),
        ("1381-234-5678", "手机号码"),
        ("1 3 8 1 2 3 4 5 6 7 8", "手机号码"),
        ("+86 13812345678", "手机号码"),
        ("008613812345678", "手机号码"),
        (wide(MOBILE), "手机号码"),
        ("一三八一二三四五六七八", "手机号码"),
        ("138\u200b1234\u200b5678", "手机号码"),
        (f"{MOBILE}@example.org", "手机号码"),
        (IDENTITY, "身份证号码"),
        ("13010219900307451X", "身份证号码"),
        ("13010219900307451x", "身份证号码"),
        ("130102 19900307 4518", "身份证号码"),
        ("130102900307451", "身份证号码"),
        ("0311-86012345", "电话号码"),
        (wide("(0311)86012345"), "电话号码"),
        ("01086012345", "电话号码"),
    ],
)
def test_numbers_of_people_are_seen(text, what):
    assert [found for found, _ in personal.numbers_in(text)] == [what]


@pytest.mark.parametrize(
    "text",
    [
        "91130100MA0ABCDE1X",  # a credit code
        "911301007713812345",  # a credit code of digits alone
        "HB2026A00001",
        "2026年3月2日至2026年3月9日24:00",
        "冀工信规〔2026〕13号",
        "场景编号1、3、5、7、9、11、13、15",
        "投资 13800000 元，增长 138.12%",
        "ab" * 32,
    ],
)
def test_other_numbers_pass(text):
    assert personal.numbers_in(text) == []


def places():
    """One document for every place in which people type, with the words that lead there."""
    annex = PUBLIC.annexes[0]
    table = annex.blocks[0]
    row = (1, f"某公司{MOBILE}", "9113")
    listed = replace(annex, blocks=(replace(table, rows=(*table.rows, row)),))
    noted = Annex("说明", (Heading("一、情况"), Text(f"电话{MOBILE}")))
    return {
        "标题": replace(PUBLIC, title=f"公示{MOBILE}"),
        "文号": replace(PUBLIC, number=f"〔2026〕{MOBILE}号"),
        "主送机关": replace(PUBLIC, addressee=MOBILE),
        "署名": replace(PUBLIC, signed_by=f"厅{MOBILE}"),
        "正文第1段": replace(PUBLIC, blocks=(Text(f"请联系{MOBILE}"),)),
        "名单第13行“企业名称”": replace(PUBLIC, annexes=(listed,)),
        "附件第2段": replace(PUBLIC, annexes=(noted,)),
        "附件标题": replace(PUBLIC, annexes=(replace(noted, title=MOBILE, blocks=()),)),
        "页首说明": replace(PUBLIC, stamps=(f"撤回原因：{MOBILE}",)),
        "文末说明": replace(PUBLIC, remarks=(MOBILE,)),
    }


@pytest.mark.parametrize("place", places())
@pytest.mark.parametrize("form", Form)
def test_public_document_is_refused_with_the_place_and_the_cure(place, form):
    assert refusal(places()[place], form) == [
        f"{place}里有手机号码（138****78）。请先在填写这项内容的页面删去号码，再下载"
    ]


@pytest.mark.parametrize("place", places())
def test_without_the_guard_the_number_would_be_on_paper(place):
    content = word.write(places()[place])

    assert MOBILE in "".join("".join(line) for line in readers.word_lines(content))


def test_every_place_is_told_at_once():
    both = replace(PUBLIC, blocks=(Text(MOBILE), Text(f"{IDENTITY}、{MOBILE}")))

    assert [text.partition("（")[0] for text in refusal(both)] == [
        "正文第1段里有手机号码", "正文第2段里有身份证号码", "正文第2段里有手机号码",
    ]  # fmt: skip


def test_office_gives_its_own_landline_and_nobodys_mobile():
    printed(PUBLIC, Form.DOCX)

    mobile = replace(PUBLIC, contacts=(("联系电话", MOBILE),))
    assert refusal(mobile) == [
        "“联系电话”里有手机号码（138****78）。公布的应是单位的固定电话，请改填"
    ]


def test_what_offices_send_each_other_may_name_whom_to_call():
    inward = replace(places()["正文第1段"], public=False)

    assert MOBILE in "".join(map(str, readers.word_lines(printed(inward, Form.DOCX).content)))


# --- the face -------------------------------------------------------------------------------------


def test_character_that_the_face_lacks_is_told_with_its_place():
    annex = PUBLIC.annexes[0]
    table = replace(annex.blocks[0], rows=((1, "石家庄𠮷利公司", "9113"),))
    document = replace(PUBLIC, annexes=(replace(annex, blocks=(table,)),))

    assert refusal(document, Form.PDF) == [
        "名单第1行“企业名称”里的“𠮷”（U+20BB7）不在 PDF 用的字库里，印不出来。"
        "请下载 Word 版，或核对这个字是否写对"
    ]
    lines = readers.word_lines(printed(document, Form.DOCX).content)
    assert ("1", "石家庄𠮷利公司", "9113") in lines


@pytest.mark.parametrize("sign", "镕堃䶮㛃鑫燊犇")
def test_face_has_the_characters_that_names_of_firms_use(sign):
    assert ord(sign) in face.covered()


# --- where it is typed ----------------------------------------------------------------------------


def told(call, *args, **kwargs):
    with pytest.raises(ValidationError) as refused:
        call(*args, **kwargs)
    return refused.value.message_dict


def test_notice_is_not_prepared_with_a_persons_number(notice_chain, hebei, city_officer):
    office = build.officer(hebei)
    case = build.at_notice()
    contact = notices.Contact(MOBILE, "gongshi@example.org", "和平路1号")
    given = {"title": f"公示，联系{MOBILE}", "contact": contact}

    assert told(notices.prepare, case.round, **given, by=office, at=build.DAY) == {
        "phone": ["公众能看到，不能有手机号码（138****78），请改填单位的固定电话"],
        "title": ["公众能看到，不能有手机号码（138****78），请删去"],
    }


def test_name_with_a_number_stops_the_notice_with_its_case(notice_chain, hebei, city_officer):
    office = build.officer(hebei)
    case = build.at_notice()
    case.factory.name = f"一厂{MOBILE}"
    case.factory.save()

    assert told(build.prepared_notice, case.round, office) == {
        "__all__": [
            f"{case.number} 的企业或工厂名称：公众能看到，不能有手机号码（138****78），请删去"
        ]
    }


def test_reason_of_a_withdrawal_names_no_number(shown):
    given = {"reason": f"举报人{MOBILE}", "by": shown.published_by, "at": shown.published_at}

    assert list(told(notices.withdraw, shown, **given)) == ["reason"]


def test_facts_and_reason_of_a_revocation_name_no_number(changan, shijiazhuang, city_officer):
    build.officer(shijiazhuang, username="city-second", name="市级乙")
    title = build.title(build.factory_at(changan), on=build.business_date(build.DAY))
    proposal = revocation.Proposal("fraud", f"据{IDENTITY}举报")

    assert told(revocation.propose, title, proposal, by=city_officer, at=build.DAY) == {
        "facts": ["写入撤销决定，公众能看到，不能有身份证号码（130****18），请删去"]
    }
    open_one = build.proposed(title)
    assert list(told(build.decided, open_one, reason=f"见{MOBILE}")) == ["reason"]
