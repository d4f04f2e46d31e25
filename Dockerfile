# The portal for production: wheels from the lock, an ordinary user, no build tools in the image.
FROM python:3.11-slim-bookworm AS environment
WORKDIR /portal
COPY requirements.txt .
RUN python -m venv .venv \
 && .venv/bin/pip install --no-cache-dir --require-hashes --only-binary :all: -r requirements.txt

FROM python:3.11-slim-bookworm
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PATH=/portal/.venv/bin:$PATH VAR_DIR=/var/lib/portal \
    STATIC_ROOT=/portal/staticfiles
RUN useradd --system --uid 10001 --home-dir /var/lib/portal --create-home portal
WORKDIR /portal
COPY --from=environment /portal/.venv .venv
COPY . .
# Collecting static files reads settings but no secret: these values exist during this one command only.
RUN SECRET_KEY=unused-while-collecting ALLOWED_HOSTS=localhost DATABASE_URL=postgres://localhost/none \
    BROKER_URL=redis://localhost python manage.py collectstatic --no-input --verbosity 0
USER portal
VOLUME /var/lib/portal
EXPOSE 8000
CMD ["gunicorn", "config.wsgi:application", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", \
     "--workers", "2", "--threads", "4", "--no-control-socket", "--access-logfile", "-"]
