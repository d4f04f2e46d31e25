"""What stands in front: TLS, headers, limits, static files, and words when nobody is behind it."""

import http.client
import json
import re
import socket
import ssl

import pytest
from django.conf import settings

from tests import build
from tests.stack.compose import HOST
from tests.stack.logs import WEBS, line_of

ONCE = (
    "Content-Security-Policy",
    "Referrer-Policy",
    "Strict-Transport-Security",
    "X-Content-Type-Options",
    "X-Request-ID",
)
LIMIT = settings.REQUEST_BODY_LIMIT


def number_on(answer):
    return re.search(r"请求编号 <b>([^<]+)</b>", answer.text)[1]


def plain(stack, host, path="/"):
    """What the port without TLS says."""
    connection = http.client.HTTPConnection("127.0.0.1", stack.ports["http"], timeout=60)
    try:
        connection.request("GET", path, headers={"Host": host})
        answer = connection.getresponse()
        return answer.status, answer.headers["Location"]
    finally:
        connection.close()


def test_plain_http_leads_to_https(stack):
    assert plain(stack, HOST, "/register/?q=1") == (301, f"{stack.url}/register/?q=1")


def test_strange_names_get_no_answer(stack):
    with pytest.raises(ConnectionError):
        plain(stack, "elsewhere.test")
    context = ssl.create_default_context()
    with (
        socket.create_connection(("127.0.0.1", stack.ports["https"]), 60) as raw,
        pytest.raises(ssl.SSLError),
    ):
        context.wrap_socket(raw, server_hostname="elsewhere.test")


def test_old_tls_is_refused(stack):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    context.load_verify_locations(stack.dir / "tls" / "fullchain.pem")
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    with (
        socket.create_connection(("127.0.0.1", stack.ports["https"]), 60) as raw,
        pytest.raises(ssl.SSLError),
    ):
        context.wrap_socket(raw, server_hostname=HOST)


@pytest.mark.parametrize(
    ("path", "status"),
    [("/", 200), ("/login/", 200), ("/static/no-such-file.css", 404), ("/no-such-page/", 404)],
)
def test_every_answer_has_each_header_once(stack, path, status):
    answer = stack.https.get(path)

    assert answer.status == status
    assert {name: len(answer.headers.get_all(name) or []) for name in ONCE} == dict.fromkeys(
        ONCE, 1
    )
    assert answer.headers["Server"] == "nginx"
    assert answer.headers["Strict-Transport-Security"] == (
        "max-age=31536000; includeSubDomains; preload"
    )
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_cookies_are_for_https_only(stack, world):
    person = stack.https
    first = person.get("/login/")
    assert "Secure" in first.headers["Set-Cookie"]
    answer = person.post("/login/", {"username": "city-shijiazhuang", "password": build.PASSWORD})

    session = next(one for one in answer.headers.get_all("Set-Cookie") if "sessionid" in one)
    assert {"Secure", "HttpOnly", "SameSite=Lax"} <= {part.strip() for part in session.split(";")}


def test_static_files_come_from_nginx_and_stay_in_the_browser(stack):
    page = stack.https.get("/").text
    path = re.search(r"/static/css/portal\.[0-9a-f]{12}\.css", page)[0]
    answer = stack.https.get(path, **{"Accept-Encoding": "gzip"})

    assert answer.status == 200
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["Content-Encoding"] == "gzip"
    assert line_of(stack, answer.headers["X-Request-ID"], "nginx-1")["upstream"] == ""


def test_pages_are_compressed(stack):
    answer = stack.https.get("/", **{"Accept-Encoding": "gzip"})

    assert answer.headers["Content-Encoding"] == "gzip"


def test_limit_of_nginx_is_the_limit_of_the_portal(stack):
    at_limit = stack.https.ask("POST", "/login/", b"x" * LIMIT)
    above = stack.https.ask("POST", "/login/", b"x" * (LIMIT + 1))

    assert (at_limit.status, above.status) == (403, 413)
    assert line_of(stack, at_limit.headers["X-Request-ID"], "nginx-1")["upstream"] != ""
    assert line_of(stack, above.headers["X-Request-ID"], "nginx-1")["upstream"] == ""
    assert "<h1>上传的内容太大</h1>" in above.text
    assert "每个文件不超过 20 MB" in above.text
    assert number_on(above) == above.headers["X-Request-ID"]


def test_limit_speaks_json_to_the_api(stack):
    answer = stack.https.ask("POST", "/api/v1/applications/1/act/", b"x" * (LIMIT + 1))

    assert answer.status == 413
    told = json.loads(answer.text)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert (told["detail"], told["codes"]) == ("上传的内容超过大小限制。", ["too_large"])
    assert told["request_id"] == answer.headers["X-Request-ID"]


def test_what_the_asker_writes_about_himself_is_not_believed(stack):
    forged = {
        "X-Forwarded-For": "203.0.113.9",
        "X-Forwarded-Proto": "http",
        "X-Request-ID": "forged-number-1",
        "X-Real-IP": "203.0.113.9",
    }
    person = stack.https
    person.get("/login/")
    answer = person.post("/login/", {"username": "nobody", "password": "wrong"}, forged)
    number = answer.headers["X-Request-ID"]
    refusal = line_of(stack, number, *WEBS, event="sign-in refused")

    assert answer.status == 200  # not sent to https once more
    assert (refusal["address"], refusal["user"]) == ("127.0.0.1", "nobody")
    assert re.fullmatch("[0-9a-f]{12}", number)


def test_one_number_from_the_proxy_to_the_portal(stack):
    answer = stack.https.get("/register/?q=secret-name")
    number = answer.headers["X-Request-ID"]
    seen = line_of(stack, number, *WEBS, event="request")

    assert (seen["path"], seen["status"]) == ("/register/", 200)
    assert line_of(stack, number, "nginx-1")["path"] == "/register/"
    assert "secret-name" not in stack.log("nginx-1") + stack.log("web-1") + stack.log("web-2")


def slow_upload(stack):
    """Somebody sends a byte of a long body and then nothing."""
    context = ssl.create_default_context(cafile=stack.dir / "tls" / "fullchain.pem")
    raw = socket.create_connection(("127.0.0.1", stack.ports["https"]), 60)
    secure = context.wrap_socket(raw, server_hostname=HOST)
    head = f"POST /login/ HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 20000000\r\n\r\nx"
    secure.sendall(head.encode())
    return secure


def test_slow_senders_hold_up_nobody_and_one_address_is_not_everybody(stack):
    slow = [slow_upload(stack) for _ in range(60)]
    try:
        assert stack.https.get("/").status == 200
        slow += [slow_upload(stack) for _ in range(45)]
        refused = stack.https.get("/")
    finally:
        for one in slow:
            one.close()

    assert refused.status == 429
    assert "<h1>操作过于频繁，暂停受理</h1>" in refused.text
    assert refused.headers["Retry-After"] == "60"


def test_when_one_replica_dies_the_other_answers_and_when_both_do_nginx_does(stack):
    stack.kill("web-1")
    try:
        assert [stack.https.get("/").status for _ in range(12)] == [200] * 12

        stack.kill("web-2")
        away, api = stack.https.get("/"), stack.https.get("/api/v1/register/")
        style = re.search(r"/static/css/portal\.[0-9a-f]{12}\.css", away.text)[0]

        assert away.status in (502, 504)
        assert "<h1>系统正在维护</h1>" in away.text
        assert away.headers["Retry-After"] is not None
        assert number_on(away) == away.headers["X-Request-ID"]
        assert json.loads(api.text)["detail"] == "系统暂时不能使用，请几分钟后再试。"
        assert stack.https.get(style).status == 200
    finally:
        for name in ("web-1", "web-2"):
            if name not in stack.processes:
                stack.start(name)
    for name in ("web-1", "web-2"):
        stack.wait_healthy(name)
    assert stack.https.get("/").status == 200
