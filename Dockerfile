# Two images from one tree: the portal (web, worker, beat, migrate) and the proxy in front. Wheels from the lock,
# ordinary users, no build tools left inside. The proxy is Debian's own nginx, the one that CI tries.
FROM python:3.11-slim-bookworm AS environment
WORKDIR /portal
COPY requirements.txt .
RUN python -m venv .venv \
 && .venv/bin/pip install --no-cache-dir --require-hashes --only-binary :all: -r requirements.txt

FROM python:3.11-slim-bookworm AS portal
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PATH=/portal/.venv/bin:$PATH VAR_DIR=/var/lib/portal \
    STATIC_ROOT=/srv/static PROBLEM_DIR=/srv/problem
RUN apt-get update \
 && apt-get install -y --no-install-recommends postgresql-client \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 10001 --home-dir /var/lib/portal --create-home portal
WORKDIR /portal
COPY --from=environment /portal/.venv .venv
COPY . .
RUN sh deploy/build_static.sh
USER portal
EXPOSE 8000
CMD ["python", "-m", "gunicorn", "--config", "deploy/gunicorn.conf.py", "config.wsgi:application"]

FROM debian:bookworm-slim AS proxy
RUN apt-get update \
 && apt-get install -y --no-install-recommends nginx-light gettext-base curl \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 10001 portal
WORKDIR /portal
COPY deploy/nginx deploy/nginx
COPY --from=portal /srv/static /srv/static
COPY --from=portal /srv/problem /srv/problem
USER portal
EXPOSE 8080 8443
CMD ["sh", "deploy/nginx/start.sh"]
