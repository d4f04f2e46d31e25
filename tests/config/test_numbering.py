"""A task's rows in the trail carry a number, like those of a request."""

from celery import shared_task

from config.numbering import NumberedTask, numbered
from registry import audit


@shared_task
def tell():
    return audit.current_request_id.get()


def test_task_carries_the_number_of_the_request_that_asked():
    with numbered("abcd2345"):
        assert tell.apply(headers={"request_id": "abcd2345"}).get() == "abcd2345"


def test_task_of_the_clock_has_a_number_of_its_own():
    first, second = tell.apply().get(), tell.apply().get()

    assert len(first) == 10
    assert first != second
    assert audit.current_request_id.get() == ""


def test_every_task_is_numbered():
    assert isinstance(tell, NumberedTask)
