from django.contrib.auth import get_user_model, login
from django.http import HttpResponse
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt

from tests.provider import faults


@csrf_exempt
def enter(request):
    """Whoever says who he is, is he; how a provider asks is not what is tried here."""
    user, _ = get_user_model().objects.get_or_create(username=request.POST["name"])
    login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    faults.told["fault"] = request.POST.get("fault", "")
    return HttpResponse("in")


urlpatterns = [path("login/", enter), path("", include("allauth.idp.urls"))]
