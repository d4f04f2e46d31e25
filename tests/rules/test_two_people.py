"""Two people open the same form: different fields merge, the same field shows both and asks."""

import re

import pytest
from django.test import Client

from assessments import assessment as self_assessment
from registry.merging import Overlap, Seen, mark, merged
from registry.models import Enterprise
from tests import build

HELD = {"a": "1", "b": "2"}
SEEN = Seen({name: mark(value) for name, value in HELD.items()})


@pytest.mark.parametrize(
    ("now", "given", "stored"),
    [
        ({"a": "1", "b": "2"}, {"a": "x", "b": "2"}, {"a": "x", "b": "2"}),
        ({"a": "1", "b": "y"}, {"a": "x", "b": "2"}, {"a": "x", "b": "y"}),
        ({"a": "x", "b": "2"}, {"a": "x", "b": "2"}, {"a": "x", "b": "2"}),
    ],
    ids=["nobody else", "another field", "the same by both"],
)
def test_what_one_of_them_changed_is_taken(now, given, stored):
    assert merged(now, given, SEEN) == stored


def test_what_both_changed_is_refused_with_what_stands_there():
    with pytest.raises(Overlap) as refused:
        merged({"a": "y", "b": "2"}, {"a": "x", "b": "2"}, SEEN)

    assert refused.value.theirs == {"a": "y"}
    assert merged({"a": "y"}, {"a": "x"}, Seen(SEEN.marks, frozenset("a"))) == {"a": "y"}


# --- through the pages ----------------------------------------------------------------------------


class Window:
    """A browser window with a form open in it; what it shows is sent back with what is typed."""

    def __init__(self, user, address):
        self.client, self.address = Client(), address
        self.client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        self.page = self.client.get(address)
        form = self.page.context["form"]
        self.shown = {}
        for name, field in form.fields.items():
            value = field.widget.format_value(form[name].value()) if name != "seen" else None
            self.shown[name] = list(value) if isinstance(value, list | tuple) else value or ""
        self.shown["seen"] = self._seen()

    def _seen(self):
        found = re.search(r'name="seen" value="([^"]*)"', self.page.content.decode())
        return found[1].replace("&quot;", '"')

    def save(self, **typed):
        self.page = self.client.post(self.address, self.shown | typed)
        if self.page.status_code != 302:
            self.shown["seen"] = self._seen()
        self.shown |= typed
        return self.page


@pytest.fixture
def firm(changan):
    factory = build.factory_at(changan)
    staff = build.staff_of(factory.enterprise)
    return factory, staff, build.person_for(factory.enterprise, name="同事")


def measure_of(factory, by):
    given = {
        "gap": "数据采集",
        "action": "加装传感器",
        "owner": "设备部",
        "due_on": build.DAY.date(),
        "status": "planned",
    }
    return self_assessment.save_measure(factory, given, by=by, at=build.DAY)


def instance_of(factory, by):
    opened = build.open_assessment(factory)
    given = {"scenario_no": 1, "name": "总装线检测", "uses_ai": False}
    return self_assessment.save_instance(opened, given, by=by, at=build.DAY)


FORMS = {
    "factory": (lambda f, by: f, "/factories/{}/edit/", "address", "products"),
    "measure": (measure_of, "/plans/{}/", "gap", "owner"),
    "instance": (instance_of, "/instances/{}/", "problem", "effect"),
}


@pytest.fixture(params=FORMS)
def opened_twice(request, firm):
    factory, staff, colleague = firm
    make, address, one, other = FORMS[request.param]
    row = make(factory, staff)
    address = address.format(row.pk)
    windows = Window(staff, address), Window(colleague, address)
    return row, *windows, one, other


def test_different_fields_merge(opened_twice):
    row, first, second, one, other = opened_twice

    answers = (first.save(**{one: "甲填的"}), second.save(**{other: "乙填的"}))

    row.refresh_from_db()
    assert [answer.status_code for answer in answers] == [302, 302]
    assert (getattr(row, one), getattr(row, other)) == ("甲填的", "乙填的")


def test_same_field_shows_both_and_nothing_is_overwritten(opened_twice):
    row, first, second, one, other = opened_twice

    first.save(**{one: "甲填的"})
    page = second.save(**{one: "乙填的", other: "另一处"}).content.decode()

    row.refresh_from_db()
    assert getattr(row, one) == "甲填的"
    assert getattr(row, other) != "另一处"
    assert "<dt>我填的</dt><dd>乙填的</dd><dt>对方填的</dt><dd>甲填的</dd>" in page
    assert "乙填的" in page


def test_pressed_again_it_keeps_mine(opened_twice):
    row, first, second, one, _ = opened_twice

    first.save(**{one: "甲填的"})
    second.save(**{one: "乙填的"})
    second.save(**{one: "乙填的"})

    row.refresh_from_db()
    assert getattr(row, one) == "乙填的"


def test_theirs_is_taken_where_it_is_preferred(opened_twice):
    row, first, second, one, other = opened_twice

    first.save(**{one: "甲填的"})
    second.save(**{one: "乙填的", other: "另一处"})
    second.save(**{one: "乙填的", other: "另一处", "take": one})

    row.refresh_from_db()
    assert (getattr(row, one), getattr(row, other)) == ("甲填的", "另一处")


def test_third_change_asks_again(opened_twice):
    row, first, second, one, _ = opened_twice

    first.save(**{one: "甲填的"})
    second.save(**{one: "乙填的"})
    first.page = first.client.get(first.address)
    first.shown["seen"] = first._seen()
    first.save(**{one: "甲又改了"})
    page = second.save(**{one: "乙填的"}).content.decode()

    row.refresh_from_db()
    assert getattr(row, one) == "甲又改了"
    assert "<dd>甲又改了</dd>" in page


def test_facts_of_a_firm_show_choices_in_words(firm):
    factory, staff, colleague = firm
    address = f"/enterprises/{factory.enterprise_id}/edit/"
    first, second = Window(staff, address), Window(colleague, address)

    first.save(size="large", above_scale="yes")
    page = second.save(size="small", above_scale="no").content.decode()

    held = Enterprise.objects.get(pk=factory.enterprise_id)
    assert (held.size, held.above_scale) == ("large", True)
    assert f"<dd>{held.get_size_display()}</dd>" in page
    assert "<dd>是</dd>" in page


def test_two_officers_correct_the_same_title(shijiazhuang):
    returned = build.returned_list(shijiazhuang)
    title = returned.entries.first().certification
    officers = build.officer_of(shijiazhuang), build.officer(shijiazhuang, username="second")
    address = f"/filing-lists/{returned.pk}/entries/{returned.entries.first().pk}/correct/"
    first, second = (Window(officer, address) for officer in officers)

    first.save(document_no="石工信〔2026〕7 号")
    page = second.save(document_no="石工信〔2026〕9 号").content.decode()

    title.refresh_from_db()
    assert title.document_no == "石工信〔2026〕7 号"
    assert "<dd>石工信〔2026〕7 号</dd>" in page
