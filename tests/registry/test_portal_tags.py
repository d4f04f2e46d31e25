"""How facts look: badges, error summary, filter tags, and the geometry of the small charts."""

from datetime import date

import pytest
from django import forms
from django.template import Context, Template
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils.safestring import mark_safe
from pytest_django.asserts import assertHTMLEqual

from registry.policy import Tier
from registry.templatetags import filtering, portal
from registry.templatetags.portal import RadarPoint
from tiers import clocks


class Machine(forms.Form):
    total = forms.IntegerField(label="设备总台数", help_text="填在用的台数。")
    kind = forms.ChoiceField(label="行业类型", choices=[("a", "流程"), ("b", "离散")])
    scale = forms.ChoiceField(label="规模", choices=[("y", "是")], widget=forms.RadioSelect)
    true = forms.BooleanField(label="真实性承诺")
    proof = forms.FileField(label="证明")


class Search(forms.Form):
    q = forms.CharField(label="名称", required=False, help_text="一部分即可")
    on = forms.DateField(label="日期", required=False)
    page = forms.CharField(required=False, widget=forms.HiddenInput)
    state = forms.MultipleChoiceField(
        label="状态", required=False, choices=[("valid", "有效"), ("revoked", "已撤销")]
    )


def bound(**data):
    form = Machine(data)
    form.is_valid()
    return form


@pytest.mark.parametrize(("rank", "tier"), list(enumerate(Tier, start=1)))
def test_tier_badge_has_word_and_stair(rank, tier):
    html = render_to_string("components/_badge_tier.html", {"tier": tier.value})

    assert f"tier-{rank}" in html
    assert f"#tier-{rank}" in html
    assert tier.label in html


def test_no_tier_prints_nothing():
    assert render_to_string("components/_badge_tier.html", {"tier": ""}).strip() == ""


def test_every_state_has_a_symbol_in_the_sprite(settings):
    sprite = (settings.BASE_DIR / "static/img/icons.svg").read_text(encoding="utf-8")

    missing = {icon for _, icon in portal.STATES.values() if f'id="{icon}"' not in sprite}

    assert missing == set()


def test_required_fields_are_named_in_the_error():
    found = [problem.text for problem in portal.error_list(bound())]

    assert found == [
        "请填写设备总台数",
        "请选择行业类型",
        "请选择规模",
        "请勾选真实性承诺",
        "请选择证明",
    ]


def test_error_summary_links_to_the_first_control():
    targets = [problem.target for problem in portal.error_list(bound())]

    assert targets == ["id_total", "id_kind", "id_scale_0", "id_true", "id_proof"]


def test_unbound_form_has_no_summary():
    assert "提交有问题" not in render_to_string("components/_errors.html", {"form": Machine()})


def test_refused_act_is_a_sentence_without_a_link():
    html = render_to_string("components/_errors.html", {"problems": ["这件已由他人办理"]})

    assert "<li>这件已由他人办理</li>" in html


def test_field_ties_hint_and_error_to_the_control():
    html = bound(total="很多")["total"].as_field_group()

    assert 'aria-describedby="id_total_helptext id_total_error"' in html
    assert 'id="id_total_helptext"' in html
    assert 'id="id_total_error"' in html
    assert 'aria-invalid="true"' in html


def test_chosen_filters_can_be_taken_away_one_by_one():
    request = RequestFactory().get("/", {"q": "轴承", "state": ["valid", "revoked"], "page": "3"})
    context = Context({"request": request})

    tags = filtering.applied_filters(context, Search(request.GET))

    assert [(tag.label, tag.value) for tag in tags] == [
        ("名称", "轴承"),
        ("状态", "有效"),
        ("状态", "已撤销"),
    ]
    assert tags[1].query == "?q=%E8%BD%B4%E6%89%BF&state=revoked"


@pytest.mark.parametrize("data", [{}, {"q": "轴承", "state": ["valid"]}, {"on": "昨天"}])
def test_panel_of_filters_says_what_the_components_say(data):
    form = Search(data)

    written = filtering.filter_panel(form)

    fields = (render_to_string("components/_field.html", {"field": f, "plain": True}) for f in form)
    assertHTMLEqual(written, "".join(fields))


def test_radar_has_a_point_for_every_axis_and_a_table_with_the_same_figures():
    points = [
        RadarPoint("工厂建设", 2.1),
        RadarPoint("生产作业", 2.6, gate=2.0),
        RadarPoint("运营管理", None, gate=2.0),
    ]

    html = render_to_string("components/_radar.html", {"points": points, "name": "环节得分"})

    assert html.count('class="dot"') == len(points) + 1  # and one in the key
    assert html.count('class="gate" x1') == 2
    assert '<td class="num">2.6</td>' in html
    assert '<td class="num">—</td>' in html


def test_radar_of_two_axes_is_only_a_table():
    points = [RadarPoint("甲", 1), RadarPoint("乙", 2)]

    assert "<svg" not in render_to_string("components/_radar.html", {"points": points})


def test_first_radar_axis_points_up_and_full_value_reaches_the_ring():
    chart = portal.radar_chart([RadarPoint(name, 5) for name in "甲乙丙丁"])

    assert chart["own"] == chart["rings"][-1]
    assert chart["axes"][0]["own"] == f"{portal.CENTRE_X},{portal.CENTRE_Y - portal.RADIUS}"


@pytest.mark.parametrize(
    ("value", "of", "width"), [(50, 100, "50.0"), (0, 0, "0.0"), (300, 100, "100.0")]
)
def test_bar_stays_between_nothing_and_full(value, of, width):
    assert portal.meter(value, of)["width"] == width


@pytest.mark.parametrize(
    ("size", "text"), [(10, "1 KB"), (66 * 1024, "66 KB"), (1258291, "1.2 MB"), (None, "")]
)
def test_file_size_reads_like_a_person_would_say_it(size, text):
    assert portal.file_size(size) == text


def test_overdue_days_are_words():
    due = clocks.Due(on=date(2026, 3, 2), days=-2, overdue=True)
    late = Template("{% include 'components/_due.html' %}").render(Context({"due": due}))

    assert "超期 2 个工作日" in late


def test_component_made_once_escapes_words_that_are_not_marked_as_safe():
    badge = "components/_badge_status.html"
    marked = [mark_safe("<b>甲</b>"), "<b>甲</b>", mark_safe("<b>甲</b>")]

    found = [portal.drawn(badge, status="valid", label=label) for label in marked]

    assert ["<b>甲</b>" in one for one in found] == [True, False, True]
    assert "&lt;b&gt;甲&lt;/b&gt;" in found[1]
    assert portal.drawn(badge, status="valid", label="有效") is portal.drawn(
        badge, status="valid", label="有效"
    )
