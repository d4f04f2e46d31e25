"""A person at a browser without JavaScript: opens pages, follows links by words, presses buttons.

A field, a link or a button that is not on the page cannot be used, so a journey walks only where a
person could.
"""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlencode, urljoin

from django.test import Client


@dataclass
class Control:
    name: str
    kind: str
    value: str = ""
    on: bool = True
    options: list[str] = field(default_factory=list)
    text: str = ""


@dataclass
class Form:
    id: str
    action: str
    method: str
    controls: list[Control] = field(default_factory=list)
    buttons: list[Control] = field(default_factory=list)


class Page(HTMLParser):
    """What can be read, followed and pressed on a page."""

    def __init__(self, html):
        super().__init__()
        self.words, self.links, self.forms = [], [], []
        self._open, self._link, self._button, self._select, self._area = (
            None,
            None,
            None,
            None,
            None,
        )
        self._elsewhere, self._silent = [], 0
        self.feed(html)
        for owner, part, is_button in self._elsewhere:
            form = next(f for f in self.forms if f.id == owner)
            (form.buttons if is_button else form.controls).append(part)
        self.text = " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag, attrs):
        a = {key: value or "" for key, value in attrs}
        match tag:
            case "form":
                self._open = Form(a.get("id", ""), a.get("action", ""), a.get("method", "get"))
                self.forms.append(self._open)
            case "a" if "href" in a:
                self._link = [a["href"], ""]
                self.links.append(self._link)
            case "script" | "style":
                self._silent += 1
            case "option" if self._select is not None:
                self._select.options.append(a.get("value", ""))
                if "selected" in a or len(self._select.options) == 1:
                    self._select.value = a.get("value", "")
            case "button":
                kind = a.get("type", "submit")
                self._button = Control(a.get("name", ""), kind, a.get("value", ""))
                if kind == "submit":
                    self._add(a, self._button, is_button=True)
            case "input" if a.get("type") == "submit":
                button = Control(a.get("name", ""), "submit", a.get("value", ""))
                button.text = button.value
                self._add(a, button, is_button=True)
            case "input" | "select" | "textarea" if a.get("name") and "disabled" not in a:
                self._control(tag, a)

    def _control(self, tag, a):
        kind = a.get("type", "text") if tag == "input" else tag
        checkable = kind in ("checkbox", "radio")
        value = a.get("value", "on" if checkable else "")
        part = Control(a["name"], kind, value, on=not checkable or "checked" in a)
        self._add(a, part)
        if tag == "select":
            self._select = part
        elif tag == "textarea":
            self._area = part

    def _add(self, a, part, *, is_button=False):
        if a.get("form"):
            self._elsewhere.append((a["form"], part, is_button))
        elif self._open is not None:
            (self._open.buttons if is_button else self._open.controls).append(part)

    def handle_endtag(self, tag):
        match tag:
            case "form":
                self._open = None
            case "a":
                self._link = None
            case "button":
                self._button = None
            case "select":
                self._select = None
            case "textarea":
                self._area = None
            case "script" | "style":
                self._silent -= 1

    def handle_data(self, data):
        if self._silent:
            return
        if self._area is not None:
            self._area.value += data.removeprefix("\n") if not self._area.value else data
            return
        self.words.append(data)
        if self._link is not None:
            self._link[1] += data
        if self._button is not None:
            self._button.text += data


class Visitor:
    """One person's browser, with the CSRF check that tests otherwise leave out."""

    def __init__(self, user=None):
        self.client = Client(enforce_csrf_checks=True)
        self.path, self.page = "/", None
        if user is not None:
            self.client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")

    @property
    def text(self):
        return self.page.text

    def open(self, path):
        return self._shown(self.client.get(path, follow=True), path)

    def _shown(self, answer, path):
        assert answer.status_code == 200, (path, answer.status_code)
        self.path = answer.redirect_chain[-1][0] if answer.redirect_chain else path
        self.page = Page(answer.content.decode())
        return self

    def follow(self, words):
        """Follow the first link that has these words."""
        found = [href for href, text in self.page.links if words in " ".join(text.split())]
        assert found, f"no link “{words}” on {self.path}: {[t.strip() for _, t in self.page.links]}"
        return self.open(urljoin(self.path, found[0]))

    def press(self, words, fields=None):
        """Fill the form that has this button and press it."""
        pressed = [
            (form, button)
            for form in self.page.forms
            for button in form.buttons
            if words in " ".join(button.text.split())
        ]
        here = [b.text.strip() for f in self.page.forms for b in f.buttons]
        assert pressed, f"no button “{words}” on {self.path}: {here}"
        fields = fields or {}
        form, button = next(((f, b) for f, b in pressed if self._fits(f, fields)), pressed[0])
        data = self._filled(form, fields)
        if button.name:
            data[button.name] = button.value
        target = urljoin(self.path, form.action or self.path)
        if form.method.lower() == "get":
            return self.open(f"{target.split('?')[0]}?{urlencode(data, doseq=True)}")
        return self._shown(self.client.post(target, data, follow=True), target)

    def _fits(self, form, fields):
        """Whether this is the one among several forms that was meant: hidden values tell."""
        hidden = {c.name: c.value for c in form.controls if c.kind == "hidden"}
        return set(fields) <= {c.name for c in form.controls} and all(
            fields[name] == value for name, value in hidden.items() if name in fields
        )

    def _filled(self, form, fields):
        names = {c.name for c in form.controls}
        unknown = set(fields) - names
        assert not unknown, f"no field {sorted(unknown)} on {self.path}: {sorted(names)}"
        data = {}
        for part in form.controls:
            if part.name in fields:
                given = fields[part.name]
                choices = {c.value for c in form.controls if c.name == part.name}
                if part.kind == "radio":
                    assert given in choices, f"{part.name}: {given} not in {sorted(choices)}"
                if part.kind == "select":
                    assert given in part.options, f"{part.name}: {given} not in {part.options}"
                data[part.name] = given
            elif part.on and part.kind != "file":
                data.setdefault(part.name, []).append(part.value)
        return data
