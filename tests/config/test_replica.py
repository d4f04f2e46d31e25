"""Which database a read goes to. The replica itself is tried in tests/stack/."""

import pytest
from django.conf import settings as given
from django.core.exceptions import MiddlewareNotUsed
from django.db import router
from django.http import HttpResponse
from django.urls import resolve, reverse
from django.utils.connection import ConnectionDoesNotExist

from config import replica
from registry.composed import Composed
from registry.listing import counted_each
from registry.models import Factory

OF_ONE = ("api:register-detail", "tiers:public_factory", "tiers:public_title")


def test_everything_is_read_from_the_first_database_unless_a_request_says_otherwise():
    assert router.db_for_read(Factory) == "default"
    token = replica.reads_from.set("replica")
    try:
        assert router.db_for_read(Factory) == "replica"
        assert router.db_for_write(Factory) == "default"
    finally:
        replica.reads_from.reset(token)


def test_counts_and_questions_composed_once_go_where_the_request_was_sent(db):
    question = Composed(lambda _shape: Factory.objects.values_list("pk"))
    acts = (lambda: question.rows(None), lambda: counted_each({"all": Factory.objects.all()}))
    assert [act() for act in acts] == [[], {"all": 0}]

    token = replica.reads_from.set("replica")
    try:
        for act in acts:
            with pytest.raises(ConnectionDoesNotExist):  # no test has a second database
                act()
    finally:
        replica.reads_from.reset(token)


def test_replica_is_never_migrated():
    assert router.allow_migrate("default", "registry") is True
    assert router.allow_migrate("replica", "registry") is False


def test_without_a_replica_nothing_stands_between():
    with pytest.raises(MiddlewareNotUsed):
        replica.ReadReplica(HttpResponse)


def test_pages_for_the_replica_exist():
    assert {
        resolve(reverse(name, args=[1] if name in OF_ONE else [])).view_name
        for name in given.REPLICA_PAGES
    } == given.REPLICA_PAGES
