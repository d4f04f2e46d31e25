"""What the provider does wrong when it is told to, and in whose name it speaks."""

import json
import time

import jwt
from allauth.idp.oidc.adapter import DefaultOIDCAdapter
from django.contrib.auth import get_user_model
from django.http import HttpResponse

SECRET = "a-secret-of-portal-and-provider-alone"
told = {"fault": ""}

CLAIMS = {
    "nonce": {"nonce": "of-another-browser"},
    "audience": {"aud": "another-portal"},
    "party": {"aud": ["portal", "another-portal"], "azp": "another-portal"},
    "issuer": {"iss": "http://127.0.0.1:1"},
    "amr": {"amr": ["pwd", "otp"]},
    "acr": {"acr": "level-3"},
}


class Adapter(DefaultOIDCAdapter):
    def get_user_sub(self, client, user):
        return user.username

    def get_user_by_sub(self, client, sub):
        return get_user_model().objects.filter(username=sub).first()

    def populate_id_token(self, id_token, client, scopes, **kwargs):
        # What a careless client might take for the person.
        id_token.update(email=f"{id_token['sub']}@example.cn", email_verified=True)
        id_token.update(CLAIMS.get(told["fault"], {}))
        if told["fault"] == "no nonce":
            id_token.pop("nonce", None)
        if told["fault"] == "expired":
            id_token.update(iat=int(time.time()) - 7200, exp=int(time.time()) - 3600)
        if told["fault"] == "no end":
            del id_token["exp"]


def forged(token):
    """The same token, changed as somebody would who has not the provider's key."""
    claims = jwt.decode(token, options={"verify_signature": False})
    header = {"kid": jwt.get_unverified_header(token)["kid"]}
    if told["fault"] == "unsigned":
        return jwt.encode(claims, None, algorithm="none", headers=header)
    if told["fault"] == "by the secret":
        return jwt.encode(claims, SECRET, algorithm="HS256", headers=header)
    head, _, signature = token.split(".")
    if told["fault"] == "signature":
        return token[:-8] + "AAAAAAAA"
    claims["sub"] = "li"
    payload = jwt.utils.base64url_encode(json.dumps(claims).encode()).decode()
    return f"{head}.{payload}.{signature}"


FORGED = ("unsigned", "by the secret", "signature", "payload")


def middleware(get_response):
    def middleware(request):
        if told["fault"] == "down" and request.path.endswith("/token"):
            return HttpResponse("down", status=500)
        answer = get_response(request)
        if request.path.endswith("/token") and told["fault"] in FORGED:
            said = json.loads(answer.content)
            said["id_token"] = forged(said["id_token"])
            answer.content = json.dumps(said)
            answer["Content-Length"] = str(len(answer.content))
        return answer

    return middleware
