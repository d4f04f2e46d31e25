"""A newcomer signs up, with and without JavaScript, and is confirmed by his bureau."""

from playwright.sync_api import expect

from tests import build


def fill(page, code):
    page.get_by_label("统一社会信用代码").fill(code)
    page.get_by_label("企业名称").fill("石家庄(新) 机械有限公司")
    page.get_by_label("姓名").fill("王小明")
    page.get_by_label("联系电话").fill("138 1234 5678")
    page.get_by_label("用户名").fill("xinjixie")


def passwords(page):
    page.get_by_label("密码", exact=True).fill("jiaochang-2026")
    page.get_by_label("确认密码").fill("jiaochang-2026")


def place(page):
    return page.locator("#id_seat_levels")


def test_newcomer_signs_up_and_is_confirmed(county_officer, open_browser, live_server):
    page = open_browser()
    page.goto("/sign-up/")
    fill(page, build.credit_code())
    place(page).get_by_label("省（自治区、直辖市）").select_option("河北省")
    place(page).get_by_label("市（地、州）").focus()
    place(page).get_by_label("市（地、州）").select_option("石家庄市")
    # Choosing keeps the focus where it was: on the select just used.
    place(page).get_by_label("县（市、区）").wait_for()
    expect(page.locator("#id_seat_1")).to_be_focused()
    place(page).get_by_label("县（市、区）").select_option("长安区")
    passwords(page)
    page.get_by_role("button", name="注册").click()
    page.wait_for_url(f"{live_server.url}/waiting/")
    expect(page.get_by_text("等待石家庄市长安区工业和信息化局确认").first).to_be_visible()

    desk = open_browser((county_officer.username, build.PASSWORD))
    desk.goto("/people/")
    desk.get_by_role("button", name="确认").click()
    expect(desk.get_by_text("没有待确认的人")).to_be_visible()

    page.goto("/enterprise/")
    expect(page.get_by_role("heading", name="石家庄（新）机械有限公司")).to_be_visible()


def test_newcomer_signs_up_without_javascript(world, open_browser, live_server):
    page = open_browser(javascript=False, width=360)
    page.goto("/sign-up/")
    fill(page, build.credit_code())
    place(page).get_by_label("省（自治区、直辖市）").select_option("河北省")
    place(page).get_by_role("button", name="选择下一级").click()
    place(page).get_by_label("市（地、州）").select_option("石家庄市")
    place(page).get_by_role("button", name="选择下一级").click()
    place(page).get_by_label("县（市、区）").select_option("长安区")
    passwords(page)
    page.get_by_role("button", name="注册").click()

    page.wait_for_url(f"{live_server.url}/waiting/")
