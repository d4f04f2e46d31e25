from django.contrib.auth import get_user_model, login
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt

from tests.provider import faults

FORM = """<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>统一身份认证</title>
<link rel="icon" href="data:,"></head><body><h1>统一身份认证</h1><form method="post">
<label>姓名 <input name="name"></label> <button type="submit">登录</button></form></body></html>"""


@csrf_exempt
def enter(request):
    """Whoever says who he is, is he; how a provider asks is not what is tried here."""
    if request.method == "GET":
        return HttpResponse(FORM)
    user, _ = get_user_model().objects.get_or_create(username=request.POST["name"])
    login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    faults.told["fault"] = request.POST.get("fault", "")
    onward = request.GET.get("next")
    return HttpResponseRedirect(onward) if onward else HttpResponse("in")


urlpatterns = [path("login/", enter), path("", include("allauth.idp.urls"))]
