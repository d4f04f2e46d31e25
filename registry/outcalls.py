"""Requests to addresses that people have given: out to the world, and never back inside.

The name is resolved once and every address it stands for must be a public one; the connection goes
to that very address, so that a second resolution cannot lead elsewhere. Certificate and ``Host``
are those of the name. Redirects are not followed, proxies of the environment not asked, answers cut
off, and the whole call ends in time.
"""

from __future__ import annotations

import http.client
import ipaddress
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

SECONDS = 10.0
ANSWER_BYTES = 4096
LONGEST = 300
NAME = re.compile(r"(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}")
WRITTEN = re.compile(r"[\x21-\x5b\x5d-\x7e]+")
#: The only addresses of version 6 that are given out for the world at large (RFC 4291).
WORLD = ipaddress.IPv6Network("2000::/3")
#: What the library of some version still takes for public, and what stands for an address of
#: version 4 that might be an inner one (RFC 6890).
SPECIAL = tuple(
    ipaddress.ip_network(one)
    for one in ("192.0.0.0/24", "192.88.99.0/24", "2001::/23", "2002::/16", "3fff::/20")
)

Resolver = Callable[[str, int], Sequence[str]]
Judge = Callable[[str], bool]


class NotAllowed(Exception):
    """This address is not called; says why in words."""


class Failed(Exception):
    """It did not answer this time; says how in words."""


@dataclass(frozen=True)
class Answer:
    """What came back: no more of the body than its beginning."""

    status: int
    body: bytes


def read(address: str) -> SplitResult:
    """The parts of an address that may be called at all, whatever its name stands for."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        raise NotAllowed("地址写法不对，应像 https://erp.example.com/hook") from None
    local = settings.PUSH_TO_LOCAL
    if parts.scheme != "https" and not (local and parts.scheme == "http"):
        raise NotAllowed("地址须以 https:// 开头")
    if len(address) > LONGEST or not WRITTEN.fullmatch(address):
        raise NotAllowed(f"地址不超过 {LONGEST} 个字符，不含空格和中文；中文域名请填写 xn-- 形式")
    if "@" in parts.netloc or parts.fragment:
        raise NotAllowed("地址里不能写用户名、密码，也不能有 # 及其后的内容")
    if port not in (None, *settings.PUSH_PORTS) and not local:
        ports = "、".join(map(str, settings.PUSH_PORTS))
        raise NotAllowed(f"端口须为 {ports}，请去掉地址里的端口号")
    if not (NAME.fullmatch(parts.hostname or "") or (local and parts.hostname == "localhost")):
        raise NotAllowed("请填写域名，不能填写 IP 地址或内部主机名")
    return parts


def is_public(address: str) -> bool:
    """Whether an address belongs to one machine of the world at large."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    if not found.is_global or found.is_multicast or found.is_reserved or found.is_unspecified:
        return False
    if any(found in network for network in SPECIAL if network.version == found.version):
        return False
    return isinstance(found, ipaddress.IPv4Address) or found in WORLD


def is_callable(address: str) -> bool:
    return is_public(address) or (settings.PUSH_TO_LOCAL and address in ("127.0.0.1", "::1"))


def resolve(name: str, port: int) -> list[str]:
    found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(one[4][0]) for one in found))


def post(
    address: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    resolver: Resolver = resolve,
    judge: Judge = is_callable,
    context: ssl.SSLContext | None = None,
    seconds: float = SECONDS,
) -> Answer:
    """Send a body once; NotAllowed or Failed where nothing came back."""
    parts, ends = read(address), time.monotonic() + seconds
    port = parts.port or (443 if parts.scheme == "https" else 80)
    targets = _resolved(str(parts.hostname), port, resolver, judge)
    try:
        plain = socket.create_connection((targets[0], port), timeout=seconds)
    except OSError as error:
        raise Failed(f"连接不上（{type(error).__name__}）") from None
    # A machine that answers a byte at a time is cut off all the same.
    line = [plain]
    watch = threading.Timer(max(ends - time.monotonic(), 0), _cut, [line])
    watch.start()
    try:
        return _asked(line, parts, body, headers, context)
    except ssl.SSLCertVerificationError as error:
        raise Failed(f"证书验证没有通过（{error.verify_message}）"[:200]) from None
    except (OSError, http.client.HTTPException) as error:
        late = time.monotonic() >= ends
        raise Failed(
            f"{seconds:g} 秒内没有答完" if late else f"连接中断（{type(error).__name__}）"
        ) from None
    finally:
        watch.cancel()
        line[0].close()


def _resolved(name: str, port: int, resolver: Resolver, judge: Judge) -> Sequence[str]:
    try:
        targets = resolver(name, port)
    except (OSError, UnicodeError):
        raise Failed("域名解析不到地址") from None
    if not targets:
        raise Failed("域名解析不到地址")
    if not all(judge(one) for one in targets):
        raise NotAllowed("域名指向内部网络或保留地址，不能推送")
    return targets


def _cut(line: list[socket.socket]) -> None:
    try:
        socket.socket.shutdown(line[0], socket.SHUT_RDWR)
    except OSError:
        return


def _asked(
    line: list[socket.socket],
    parts: SplitResult,
    body: bytes,
    headers: Mapping[str, str],
    context: ssl.SSLContext | None,
) -> Answer:
    """Over the connection there is; ``line`` holds it in its present form."""
    name = str(parts.hostname)
    if parts.scheme == "https":
        secure = context or ssl.create_default_context()
        line[0] = talk = secure.wrap_socket(
            line[0], server_hostname=name, do_handshake_on_connect=False
        )
        talk.do_handshake()
    call = http.client.HTTPConnection(name, parts.port or 443)
    call.sock = line[0]
    where = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    call.request("POST", where, body, {"Host": parts.netloc, "Connection": "close", **headers})
    with call.getresponse() as answer:
        return Answer(answer.status, answer.read(ANSWER_BYTES))
