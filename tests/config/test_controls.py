"""Controls printed by code say what Django's own templates say."""

import re

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates
from django.http import QueryDict
from django.utils.http import urlencode
from django.utils.safestring import mark_safe

from config.controls import INPUTS, WRITTEN, Renderer

ODD = "<甲>&\"'"
CHOICES = [("", "全部"), ("a", ODD), (ODD, mark_safe("<b>乙</b>")), ("组", [(1, "一"), (2, 2)])]


class Everything(forms.Form):
    text = forms.CharField(widget=forms.TextInput(attrs={"title": ODD, "hidden": False}))
    email = forms.EmailField(max_length=30, disabled=True)
    secret = forms.CharField(widget=forms.PasswordInput(render_value=True))
    number = forms.IntegerField(min_value=2, help_text="几个")
    day = forms.DateField(widget=forms.DateInput(attrs={"type": "date"}))
    link = forms.URLField(assume_scheme="https")
    quiet = forms.CharField(widget=forms.HiddenInput)
    tick = forms.BooleanField(required=False)
    one = forms.ChoiceField(choices=CHOICES, required=False)
    some = forms.MultipleChoiceField(choices=CHOICES)
    boxes = forms.MultipleChoiceField(
        choices=CHOICES, widget=forms.CheckboxSelectMultiple(attrs={"class": "row"})
    )
    dots = forms.ChoiceField(choices=CHOICES, widget=forms.RadioSelect)
    telling = forms.CharField(widget=forms.Textarea)


def printed(renderer, data):
    form = Everything(data, renderer=renderer)
    # Whitespace between tags counts for nothing here.
    return {field.name: re.sub(r"\s*([<>])\s*", r"\1", str(field)) for field in form}


@pytest.mark.parametrize(
    "query",
    [
        None,
        {},
        {"text": ODD, "number": "3", "day": "2026-03-05", "tick": "on", "one": ODD},
        {"some": ["a", "2"], "boxes": [ODD, "1"], "dots": "", "quiet": ODD, "secret": ODD},
    ],
)
def test_controls_are_printed_as_django_prints_them(query):
    data = None if query is None else QueryDict(urlencode(query, doseq=True))

    assert printed(Renderer(), data) == printed(DjangoTemplates(), data)


def test_what_is_written_are_templates_of_django():
    known = DjangoTemplates()

    assert [known.get_template(name) is not None for name in WRITTEN] == [True] * len(WRITTEN)
    assert len(WRITTEN) == len(INPUTS) + 3
