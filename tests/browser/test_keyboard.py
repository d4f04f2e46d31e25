"""With the keyboard alone: the focus is seen wherever it goes, and an officer decides a case."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from tests import build
from tiers.models import Certification

SETTLING = 5_000  # a busy machine scrolls late

#: The element that has the focus: what it is called, whether its ring shows and nothing covers it.
FOCUS = """async () => {
    const one = document.activeElement;
    if (!one || one === document.body) return null;
    const shown = (one.type === "radio" || one.type === "checkbox") && one.closest("label") || one;
    const covered = () => {
        const box = one.getBoundingClientRect();
        const at = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
        if (at && (one.contains(at) || shown.contains(at))) return "";
        return at ? at.outerHTML.slice(0, 99) : `outside, at ${box.left}, ${box.top}`;
    };
    // The page scrolls to it with one of the next pictures, not at once.
    for (let frame = 0; frame < 60 && covered(); frame++) await new Promise(requestAnimationFrame);
    const ring = (part) => {
        const look = getComputedStyle(part);
        return look.boxShadow !== "none" ||
            (look.outlineStyle !== "none" && parseFloat(look.outlineWidth) >= 2);
    };
    const label = one.labels && one.labels.length ? one.labels[0].innerText : "";
    return {
        name: (label || one.getAttribute("aria-label") || one.innerText || "").trim(),
        tag: one.tagName,
        ring: ring(one) || ring(shown),
        covered: covered(),
    };
}"""


def tab(page):
    """The control that has the focus after one more Tab, once the page has scrolled to it."""
    page.keyboard.press("Tab")
    for _ in range(SETTLING // 50):
        found = page.evaluate(FOCUS)
        if found is not None and (found["ring"], found["covered"]) == (True, ""):
            return found
        page.wait_for_timeout(50)
    raise AssertionError(found or "the focus left the page")


def tab_to(page, name, tag=None):
    """Tab until the control of that name has the focus; a trap runs into the limit."""
    passed = []
    for _ in range(200):
        found = tab(page)
        passed.append(found["name"])
        if found["name"].startswith(name) and tag in (None, found["tag"]):
            return
    raise AssertionError(f"{name} was not reached: {passed}")


def enter_main(page):
    """The skip link comes first and leads past the menus."""
    assert tab(page)["name"] == "跳到主要内容"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


@pytest.fixture
def waiting(changan):
    return build.application_at("submitted", where=changan, at=timezone.now())


def test_officer_determines_with_the_keyboard(waiting, city_officer, open_browser):
    page = open_browser()
    page.goto("/login/")
    enter_main(page)
    tab_to(page, "用户名", "INPUT")
    page.keyboard.type(city_officer.username)
    tab_to(page, "密码", "INPUT")
    page.keyboard.type(build.PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/home/")

    page.goto("/desk/")
    enter_main(page)
    tab_to(page, waiting.number, "A")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/applications/{waiting.pk}/")
    enter_main(page)
    tab_to(page, "认定", "INPUT")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_label("认定文件文号")).to_be_hidden()
    page.keyboard.press("ArrowUp")
    tab_to(page, "认定文件文号")
    page.keyboard.type("石工信〔2026〕9号")
    tab_to(page, "已核实主要技术经济指标")
    page.keyboard.press("Space")
    tab_to(page, "核对后提交")
    page.keyboard.press("Enter")
    page.wait_for_url("**/act/")
    enter_main(page)
    tab_to(page, "确认", "BUTTON")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/applications/{waiting.pk}/")

    assert Certification.objects.get(application=waiting).document_no == "石工信〔2026〕9号"
