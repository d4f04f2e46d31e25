"""A refused form: the summary takes the focus, its links lead to the fields, and axe is content."""

from itertools import groupby

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from tests import build
from tests.browser import axe, pages
from tests.browser.conftest import becomes

#: Empties the page's form and sends it, as somebody does who has not read it.
SEND_EMPTY = """() => {
    const forms = [...document.querySelectorAll("main form")].filter((form) =>
        form.method === "post" && !form.matches(".inline-form, [data-upload]"));
    const form = forms.at(-1);
    for (const one of form.elements) {
        if (/^(checkbox|radio)$/.test(one.type)) one.checked = false;
        else if (one.tagName === "SELECT") one.selectedIndex = 0;
        else if (one.type !== "hidden" && one.tagName !== "BUTTON") one.value = "";
    }
    form.requestSubmit(form.querySelector("[type=submit].btn-primary, [type=submit].btn-danger"));
}"""
FOCUSED = "() => document.activeElement.matches('[data-error-summary]')"
ROLES = [(role, list(rows)) for role, rows in groupby(pages.FORMS, key=lambda row: row[0])]


@pytest.mark.parametrize(("role", "forms"), ROLES, ids=[role for role, _ in ROLES])
def test_refused_forms_of_a_role(stage, open_browser, role, forms):
    scene, people = stage
    page = open_browser(people[role])
    faults = []

    for _, name, visit in forms:
        path = reverse(name, kwargs=visit.given(scene))
        page.goto(path)
        with page.expect_navigation():
            page.evaluate(SEND_EMPTY)
        page.wait_for_load_state()
        if page.locator("[data-error-summary]").count() != 1:
            faults.append((path, "no summary"))
            continue
        if not becomes(page, FOCUSED):
            faults.append((path, "the summary has not the focus"))
        if not page.title().startswith("错误："):
            faults.append((path, page.title()))
        faults += [(path, fault) for fault in axe.faults_of(page)]
        for link in page.locator("[data-error-summary] a").all():
            link.press("Enter")
            target = link.get_attribute("href").removeprefix("#")
            if not becomes(page, LED_TO, target):
                faults.append((path, "the link leads nowhere", target))

    assert faults == [], "\n".join(map(str, faults))


#: The focus is in the field that the link named, or in the group of that name.
LED_TO = """(id) => {
    const target = document.getElementById(id), one = document.activeElement;
    return !!target && one !== document.body && (target === one || target.contains(one));
}"""


def test_sign_in_refused_leads_back_to_the_field(shijiazhuang, open_browser):
    officer = build.officer_of(shijiazhuang)
    page = open_browser()
    page.goto("/login/")
    page.get_by_label("用户名").fill(officer.username)
    page.get_by_label("密码").fill("wrong-password-2026")
    page.get_by_role("button", name="登录").click()

    expect(page.get_by_role("alert")).to_be_focused()
    assert axe.faults_of(page) == []
