"""What people do on the pages of a round for the advanced tier, one function for each; they know
no database.
"""

import re
from pathlib import Path

from playwright.sync_api import expect

from tests import build
from tests.browser.steps import button, link, send


def decide(page, pk, outcome, opinion, **fields):
    """At a case's own page, through the page that asks once more."""
    page.goto(f"/applications/{pk}/")
    page.locator(f"input[name=outcome][value={outcome}]").check()
    page.get_by_label("办理意见（企业可见）").fill(opinion)
    for name, value in fields.items():
        box = page.locator(f"#decision [name={name}]")
        box.select_option(value) if name == "off_quota" else box.fill(value)
    send(page, button(page, "核对后提交").last)


def confirm(page):
    send(page, page.get_by_role("button", name=re.compile("^确认")).first)
    expect(page.get_by_role("heading", level=1).first).to_be_visible()


def swap_first_two(page, batch):
    """The city puts its second case first."""
    page.goto(f"/rounds/{batch}/")
    ranks = page.locator("input.rank")
    ranks.nth(0).fill("2")
    ranks.nth(1).fill("1")
    send(page, button(page, "保存次序"))
    expect(page.locator("input.rank").first).to_have_value("1")


# --- formal check and consultation ----------------------------------------


def check_alone(page, pk, *, note):
    """Every question answered; the one that a machine has found something against explained."""
    page.goto(f"/applications/{pk}/formal-check/")
    yes = page.get_by_role("radio", name="符合", exact=True)
    for number in range(yes.count()):
        yes.nth(number).check()
    page.get_by_label("说明").first.fill(note)
    send(page, button(page, "保存"))
    expect(page.get_by_text("各项都已答完，可以办结形式审查")).to_be_visible()


def check_together(page, batch):
    """All in which no machine has found anything passed on at once; how many were chosen."""
    page.goto(f"/rounds/{batch}/check/")
    chosen = page.locator("input[name=case]")
    number = chosen.count()
    for one in range(number):
        chosen.nth(one).check()
    for box in page.get_by_label("所选各件均符合").all():
        box.check()
    page.get_by_label("办理意见（企业可见）").fill("形式审查通过")
    send(page, button(page, "办结选中的申报"))
    expect(page.locator("input[name=case]")).to_have_count(0)
    return number


def ask_departments(page, batch):
    page.goto(f"/rounds/{batch}/consult/")
    number = page.locator("input[name=case]:checked").count()
    send(page, button(page, "发出并通知各部门"))
    expect(page.locator("input[name=case]")).to_have_count(0)
    return number


def reply(page, number, *, ground="", veto=""):
    """A department answers about the case of this number."""
    page.goto("/consultations/")
    page.get_by_role("row", name=number).get_by_role("link").first.click()
    page.get_by_label("有意见" if ground else "无意见", exact=True).check()
    if ground:
        page.get_by_label("理由和依据").fill(ground)
        page.get_by_label("是否属于一票否决事项").select_option(label=veto)
        proof = {"name": "通报.pdf", "mimeType": "application/pdf", "buffer": build.PDF}
        page.get_by_label("证明材料").set_input_files(proof)
    send(page, button(page, "答复"))
    expect(
        page.get_by_text("环节办结前可以更改").or_(page.get_by_text("已答复")).first
    ).to_be_visible()


def lift(page, pk, reason):
    page.goto(f"/applications/{pk}/consultation/")
    link(page, "解除否决事项").click()
    page.get_by_label("理由").fill(reason)
    send(page, button(page, "解除否决事项"))
    expect(link(page, "解除否决事项")).to_have_count(0)


# --- experts ----------------------------------------


def draw(page, batch):
    """The office freezes the lists and lets the server draw; where the public record stands."""
    page.goto(f"/rounds/{batch}/experts/")
    send(page, button(page, "冻结名单"))
    send(page, button(page, "产生种子并抽取"))
    page.get_by_role("link", name=re.compile("^查看")).first.click()
    page.wait_for_url(re.compile(r"/draws/\d+/"))
    return re.search(r"/draws/\d+/", page.url)[0]


def save_draw(page, address, folder):
    """The record and the program that repeats it, as anybody downloads them."""
    page.goto(address)
    for name in ("下载抽取记录", "下载复算程序"):
        with page.expect_download() as coming:
            link(page, name).click()
        coming.value.save_as(Path(folder) / coming.value.suggested_filename)
    return page.get_by_text("随机种子").locator("xpath=following-sibling::dd").inner_text()


def declare(page, firm, *, conflict=""):
    page.goto("/reviews/")
    page.get_by_role("row", name=firm).get_by_role("link").click()
    words = "需要回避" if conflict else "没有需要回避的情形，愿意评审"
    page.get_by_label(words, exact=True).check()
    if conflict:
        page.get_by_label("回避事由").fill(conflict)
    send(page, button(page, "提交声明"))


def mark(page, firm, marks):
    """Filled in in two goes: what was saved is still there when the sheet is opened again."""
    page.goto("/reviews/")
    page.get_by_role("row", name=firm).get_by_role("link").first.click()
    fields = page.get_by_label("得分（满分")
    for number, value in enumerate(marks[:2]):
        fields.nth(number).fill(str(value))
    send(page, button(page, "保存"))
    page.goto("/reviews/")
    page.get_by_role("row", name=firm).get_by_role("link").first.click()
    fields = page.get_by_label("得分（满分")
    expect(fields.nth(0)).to_have_value(str(marks[0]))
    for number, value in enumerate(marks):
        fields.nth(number).fill(str(value))
    page.get_by_label("总体评审意见").fill("路径清楚，成效可查")
    send(page, button(page, "保存并提交评分"))
    expect(page.get_by_role("row", name=firm)).to_contain_text(str(sum(marks)))


def conclude(page, pk):
    page.goto(f"/applications/{pk}/review-opinion/")
    page.get_by_label("评审意见").fill("专家意见一致，同意推荐")
    send(page, button(page, "保存评审意见"))
    page.wait_for_url(re.compile("/review/"))


# --- site check and meeting ----------------------------------------


def draw_visits(page, batch):
    page.goto(f"/rounds/{batch}/inspect/")
    send(page, page.get_by_role("button", name=re.compile("件中抽取|列入核查")))
    expect(page.get_by_role("heading", name="抽取记录")).to_be_visible()


def visit(page, pk, *, on, name):
    """With a telephone in the hand: planned, checked, photographed, signed."""
    page.goto(f"/applications/{pk}/inspection/")
    page.get_by_label("核查组").fill("王专家、李工程师")
    page.get_by_label("核查日期").fill(f"{on:%Y-%m-%d}")
    send(page, button(page, "保存安排"))
    link(page, "逐项核对").click()
    send(page, page.get_by_role("button", name=re.compile("^其余 .* 项与自评一致")))
    page.goto(f"/applications/{pk}/inspection/")
    photo = {"name": "车间.jpg", "mimeType": "image/jpeg", "buffer": build.JPEG}
    page.get_by_label("从相册选择").set_input_files(photo)
    send(page, button(page, "上传照片"))
    expect(link(page, "车间.jpg")).to_be_visible()
    page.get_by_role("radio", name="符合", exact=True).check()
    page.get_by_label("核查情况").fill("设备在用，数据可追溯")
    page.get_by_label("签名").fill(name)
    send(page, button(page, "签名并定稿"))
    expect(page.get_by_text("签名时已核对")).to_be_visible()
    return page.evaluate("document.documentElement.scrollWidth")


def pass_on(page, batch):
    page.goto(f"/rounds/{batch}/inspect/")
    send(page, page.get_by_role("button", name=re.compile("^未抽中和符合的转入下一环节")))
    expect(page.get_by_text("已离开本环节").first).to_be_visible()


def prepare_meeting(page, batch, *, on, against, reason):
    """All pass but one; who passes and who does not is seen by nobody else yet."""
    page.goto(f"/rounds/{batch}/meeting/")
    words = page.get_by_label(re.compile("^审定意见："))
    for number in range(words.count()):
        words.nth(number).select_option(label="拟认定")
    page.get_by_label(f"审定意见：{against}", exact=True).select_option(label="不予认定")
    page.get_by_label(f"理由：{against}", exact=True).fill(reason)
    page.get_by_label("会议日期").fill(f"{on:%Y-%m-%d}")
    page.get_by_label("参会人员").fill("厅领导、各处室")
    page.get_by_label("会议纪要").fill("逐件审议")
    send(page, button(page, "保存"))
    expect(page.get_by_text("未定 0 件")).to_be_visible()


def confirm_meeting(page, batch):
    page.goto(f"/rounds/{batch}/meeting/")
    send(page, button(page, "确认审定意见"))
    expect(button(page, "公布审定结果")).to_be_visible()


def release_meeting(page, batch):
    page.goto(f"/rounds/{batch}/meeting/")
    send(page, button(page, "公布审定结果"))
    expect(page.get_by_role("heading", name="已公布的会议")).to_be_visible()


# --- public notice ----------------------------------------


def prepare_notice(page, batch):
    page.goto(f"/rounds/{batch}/notice/")
    page.get_by_label("联系电话").fill("0311-87000000")
    page.get_by_label("通信地址").fill("和平路1号")
    send(page, page.get_by_role("button", name=re.compile("^准备")))
    expect(page.get_by_text("名单由您准备，请同事核对后发布")).to_be_visible()


def publish_notice(page, batch):
    page.goto(f"/rounds/{batch}/notice/")
    send(page, button(page, "核对无误，发布公示"))
    expect(page.get_by_text("还没有收到异议")).to_be_visible()


def object_to(page, firm, ground):
    """Anybody, from the public's first page on; the receipt he is given."""
    page.goto("/notices/")
    page.get_by_role("link", name=re.compile("名单公示")).first.click()
    link(page, "提出异议").click()
    choice = page.get_by_label("对哪座工厂有异议")
    value = choice.locator("option", has_text=firm).get_attribute("value")
    choice.select_option(value)
    page.get_by_label("异议内容").fill(ground)
    page.get_by_label("姓名或单位名称").fill("王五")
    page.get_by_label("联系电话").fill("13911112222")
    page.get_by_label("与被异议企业的关系").select_option(label="同行企业")
    send(page, button(page, "提交异议"))
    found = page.get_by_text(re.compile(r"YY-\d{4}-\d{4}-\w{6}")).first
    return re.search(r"YY-\d{4}-\d{4}-\w{6}", found.inner_text())[0]


def handle_objection(page, batch, *, name, reason):
    """Somebody without a part in it takes it, reads it for a stated reason, and finds it right."""
    page.goto(f"/rounds/{batch}/notice/")
    page.get_by_role("link", name=re.compile("^YY-")).first.click()
    choice = page.get_by_label("处理人")
    choice.select_option(choice.locator("option", has_text=name).get_attribute("value"))
    send(page, button(page, "分办"))
    page.get_by_label("查阅原因").fill("承办本件异议")
    send(page, button(page, "查阅异议内容"))
    expect(page.get_by_text("13911112222")).to_be_visible()
    page.get_by_role("radio", name="成立", exact=True).check()
    page.get_by_label("对异议人的答复").fill("反映属实，不予认定")
    page.get_by_label("不予认定的理由").fill(reason)
    send(page, button(page, "办结并答复"))
    expect(page.get_by_text("异议已办结")).to_be_visible()


def close_notice(page, batch):
    page.goto(f"/rounds/{batch}/notice/")
    send(page, button(page, "办结公示"))
    expect(page.get_by_text("公示办结记录")).to_be_visible()


# --- determination ----------------------------------------


def prepare_list(page, batch, document):
    page.goto(f"/rounds/{batch}/determine/")
    number = page.locator("input[name=cases]").count()
    for one in page.locator("input[name=cases]").all():
        one.check()
    page.get_by_label("文号").fill(document)
    page.get_by_label("已核实").check()
    send(page, button(page, "准备名单"))
    expect(page.get_by_text("还没有确认")).to_be_visible()
    return number


def confirm_list(page, batch):
    page.goto(f"/rounds/{batch}/determine/")
    send(page, button(page, "确认名单"))
    expect(button(page, "印发名单")).to_be_visible()


def issue_list(page, batch):
    page.goto(f"/rounds/{batch}/determine/")
    send(page, button(page, "印发名单"))
    expect(page.get_by_role("heading", name="已印发的名单")).to_be_visible()
