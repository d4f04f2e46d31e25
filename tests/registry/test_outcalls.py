"""Requests to given addresses: what is called, what never is, and that nobody is led elsewhere."""

import ssl
import time
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from registry import outcalls
from tests.receiver import Receiver

NAME = "hook.example.com"

INNER = (
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.127.255.254", "127.0.0.1", "127.9.9.9",
    "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.8", "192.0.2.1", "192.168.1.1",
    "198.18.0.1", "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.255.255.250", "240.0.0.1",
    "255.255.255.255", "::", "::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::8.8.8.8",
    "64:ff9b::7f00:1", "64:ff9b::808:808", "64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1",
    "2002:7f00:1::", "fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1",
    "ff0e::1", "2001:20::1", "192.88.99.1", "3fff::1", "not an address", "",
    "0177.0.0.1", "2130706433",
)  # fmt: skip


@pytest.mark.parametrize("address", INNER)
def test_inner_address_is_none_of_the_world(address):
    assert not outcalls.is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "114.114.114.114", "2400:3200::1", "2606:4700::1"])
def test_address_of_the_world_is_callable(address):
    assert outcalls.is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "http://hook.example.com/", "ftp://hook.example.com/", "hook.example.com", "",
        "https://user:word@hook.example.com/", "https://8.8.8.8@hook.example.com/",
        "https://hook.example.com:8443/", "https://hook.example.com:99999/", "https://8.8.8.8/",
        "https://[2400:3200::1]/", "https://2130706433/", "https://0x7f.1/", "https://localhost/",
        "https://metadata/", "https://hook.example.com/#here", "https://hook.example.com/a b",
        "https://hook.example.com\\@inner.example.com/", "https://hook.example.com/\n",
        "https://接收.example.com/", "https://hook.example.com./", "https:///path",
        "https://hook.example.com/" + "a" * 300,
    ],
)  # fmt: skip
def test_address_of_a_wrong_shape_is_refused(address):
    with pytest.raises(outcalls.NotAllowed):
        outcalls.read(address)


def test_address_of_the_right_shape_is_read():
    assert outcalls.read("https://Hook.Example.com:443/a?b=c").hostname == NAME


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """For that name alone, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("certificate") / "both.pem"
    text = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    file.write_bytes(text + made.public_bytes(serialization.Encoding.PEM))
    return file


@pytest.fixture
def receiver(certificate, settings):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server = Receiver(context)
    settings.PUSH_PORTS = [server.port]
    yield server
    server.close()


class Names:
    """A resolver that gives each answer once, and counts how often it is asked."""

    def __init__(self, *answers):
        self.answers, self.asked = list(answers), []

    def __call__(self, name, port):
        self.asked.append((name, port))
        return self.answers.pop(0)


def send(receiver, names, name=NAME, certificate=None, **more):
    trusted = ssl.create_default_context(cafile=certificate)
    address = f"https://{name}:{receiver.port}/hook?a=b"
    return outcalls.post(
        address, b"{}", {"Webhook-Id": "1"}, resolver=names, context=trusted, **more
    )


def anywhere(address):
    return True


def test_call_goes_to_the_address_that_was_judged(receiver, certificate):
    # A second resolution would come to the machine itself, as the rebinder wants it.
    names = Names(["127.0.0.1"], ["10.0.0.1"])

    answer = send(receiver, names, certificate=certificate, judge=anywhere)

    assert (answer.status, names.asked) == (200, [(NAME, receiver.port)])
    assert receiver.names == [NAME]
    assert receiver.seen[0][0]["Host"] == f"{NAME}:{receiver.port}"


@pytest.mark.parametrize("answer", [["127.0.0.1"], ["8.8.8.8", "127.0.0.1"], ["::1"], ["10.0.0.8"]])
def test_name_that_stands_for_an_inner_address_is_not_called(receiver, certificate, answer):
    with pytest.raises(outcalls.NotAllowed):
        send(receiver, Names(answer), certificate=certificate)
    assert receiver.seen == []


def test_certificate_of_another_name_is_not_trusted(receiver, certificate):
    names = Names(["127.0.0.1"])
    with pytest.raises(outcalls.Failed, match="证书"):
        send(receiver, names, name="other.example.com", certificate=certificate, judge=anywhere)
    assert receiver.seen == []


def test_redirect_is_an_answer_like_any_other(receiver, certificate):
    receiver.answers = [302]
    answer = send(receiver, Names(["127.0.0.1"]), certificate=certificate, judge=anywhere)
    assert (answer.status, len(receiver.seen)) == (302, 1)


def test_answer_is_cut_off_in_size_and_in_time(receiver, certificate):
    receiver.body = b"x" * 100_000
    answer = send(receiver, Names(["127.0.0.1"]), certificate=certificate, judge=anywhere)
    assert len(answer.body) == outcalls.ANSWER_BYTES

    receiver.waits = 1.0
    begun = time.monotonic()
    with pytest.raises(outcalls.Failed, match="没有答完"):
        send(receiver, Names(["127.0.0.1"]), certificate=certificate, judge=anywhere, seconds=0.3)
    assert time.monotonic() - begun < 0.9


def test_proxies_of_the_environment_are_not_asked(receiver, certificate, monkeypatch):
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    answer = send(receiver, Names(["127.0.0.1"]), certificate=certificate, judge=anywhere)
    assert answer.status == 200
