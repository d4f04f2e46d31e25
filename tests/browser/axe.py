"""What a page must keep for everybody: axe's rules, one heading, no sideways scroll."""

from pathlib import Path

AXE = (Path(__file__).parent / "vendor" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
RUN = """async () => {
    const found = await axe.run(document, {resultTypes: ["violations"]});
    return found.violations.map((one) => ({
        impact: one.impact, id: one.id, count: one.nodes.length,
        node: one.nodes[0].html.slice(0, 160), why: one.nodes[0].failureSummary.slice(0, 240),
    }));
}"""
FRAME = """() => ({
    lang: document.documentElement.lang,
    title: document.title,
    headings: document.querySelectorAll("h1").length,
    sideways: document.documentElement.scrollWidth - document.documentElement.clientWidth,
})"""
WIDTHS = (1366, 320)


def faults_of(page, *, impacts=("serious", "critical"), own=True):
    """Every fault of the page that stands in the window, at each width.

    A page that is not ``own`` keeps axe's rules alone.
    """
    page.wait_for_load_state()  # without its styles a page is wider than the window
    faults = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        frame = page.evaluate(FRAME)
        if own:
            faults += [f"lang {frame['lang']}"] if frame["lang"] != "zh-CN" else []
            faults += [f"{frame['headings']} h1"] if frame["headings"] != 1 else []
            faults += [f"{width}: {frame['sideways']} px sideways"] if frame["sideways"] > 0 else []
        if not page.evaluate("() => 'axe' in window"):
            page.evaluate(AXE)
        faults += [
            f"{width}: {one['impact']} {one['id']} x{one['count']} {one['node']} {one['why']}"
            for one in page.evaluate(RUN)
            if one["impact"] in impacts
        ]
    return faults
