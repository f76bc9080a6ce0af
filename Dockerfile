# syntax=docker/dockerfile:1
# One image for every part of the farm: `docker run reelfarm worker`, `... api`, `... migrate`.
# Its Python is the one the tests run with; every package has the version they ran with.

FROM python:3.11-slim-bookworm AS build
WORKDIR /source
RUN python -m venv /opt/reelfarm
COPY . .
# The scripts of reports and pages; npm comes from a wheel.
RUN python deploy/assets.py deploy/assets.txt qc/report/vendor
RUN python deploy/assets.py deploy/pages.txt api/static/vendor
# Wheels only: there is no compiler here, and none is wanted.
RUN --mount=type=cache,target=/root/.cache/pip \
    pip wheel --quiet --no-deps --wheel-dir /wheels . \
    && /opt/reelfarm/bin/pip install --only-binary :all: --constraint constraints.txt \
       /wheels/reelfarm-*.whl \
    && /opt/reelfarm/bin/reelfarm --help >/dev/null

FROM python:3.11-slim-bookworm
LABEL org.opencontainers.image.title="ReelFarm" \
      org.opencontainers.image.description="A media transcoding and ABR packaging farm" \
      org.opencontainers.image.version="0.1.0"
# FFmpeg comes with the packages; what it needs of the system is fonts, to burn text into pictures.
RUN apt-get update \
    && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends \
       fontconfig fonts-dejavu-core \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --system --gid 10001 reelfarm \
    && useradd --system --uid 10001 --gid reelfarm --home-dir /var/lib/reelfarm --create-home \
       --shell /usr/sbin/nologin reelfarm \
    && fc-cache --force
COPY --from=build /opt/reelfarm /opt/reelfarm
ENV PATH=/opt/reelfarm/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    REELFARM_STATE_DIR=/var/lib/reelfarm
USER reelfarm
WORKDIR /var/lib/reelfarm
VOLUME /var/lib/reelfarm
EXPOSE 8000 5555
# A worker takes SIGTERM as: no more steps, end those that run, give back the rest.
STOPSIGNAL SIGTERM
ENTRYPOINT ["reelfarm"]
CMD ["--help"]
