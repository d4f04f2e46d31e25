"""The description of the interface works under the strict policy, from our own server alone."""


def test_description_lists_the_resources(db, open_browser):
    page = open_browser()

    page.goto("/api/v1/docs/")

    page.get_by_text("/api/v1/applications/", exact=True).first.wait_for()
