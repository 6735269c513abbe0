# One image for collector, agent and simulator: docker build -t mangrove:0.1.0 .
# The base is pinned by its version; add its digest (docker buildx imagetools inspect) where your registry must not move.
FROM python:3.11.14-slim-bookworm AS build
WORKDIR /src
# Everything in the lock is fetched and held against its hashes; only what the collector needs is installed from there.
COPY requirements.lock ./
RUN pip wheel --quiet --no-cache-dir --require-hashes --wheel-dir /wheels -r requirements.lock
COPY . .
RUN python -m venv --without-pip /opt/mangrove \
 && pip --python /opt/mangrove/bin/python install --quiet --no-cache-dir --no-index --find-links /wheels --compile '.[collector]'

FROM python:3.11.14-slim-bookworm
RUN pip uninstall --quiet --yes --root-user-action=ignore pip setuptools wheel
COPY --from=build /opt/mangrove /opt/mangrove
ENV PATH=/opt/mangrove/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER 10001:10001
WORKDIR /var/lib/mangrove
ENTRYPOINT ["mangrove"]
CMD ["--help"]
