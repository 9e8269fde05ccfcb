# syntax=docker/dockerfile:1
# Loket in a container.
#
#   docker build -t loket .
#   docker run -v loket:/data -p 127.0.0.1:29330:29330 -p 127.0.0.1:29331:29331 loket
#
# /data holds config.yaml and the database; no secret is part of the image.

FROM rust:1.95-slim-bookworm AS build
WORKDIR /src
COPY Cargo.toml Cargo.lock config.yaml ./
COPY src ./src
COPY migrations ./migrations
RUN cargo build --locked --release --bin loket

FROM debian:bookworm-slim
# Certificates for the provider's TLS; time zones for teams; curl for the health
# check.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates curl tzdata \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --system --gid 10001 loket \
    && useradd --system --uid 10001 --gid loket --home-dir /data --no-create-home loket \
    && install --directory --owner=loket --group=loket --mode=0700 /data
COPY --from=build /src/target/release/loket /usr/local/bin/loket
USER 10001:10001
WORKDIR /data
VOLUME /data
# Inside a container the listeners must not be on loopback; publish the first
# one to the homeserver only, the second to the reverse proxy.
ENV LOKET_APPSERVICE__LISTEN=0.0.0.0:29330 \
    LOKET_PUBLIC__LISTEN=0.0.0.0:29331 \
    LOKET_LOGGING__FORMAT=json
EXPOSE 29330 29331
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
    CMD ["curl", "--fail", "--silent", "--output", "/dev/null", "http://127.0.0.1:29330/health/live"]
ENTRYPOINT ["loket"]
CMD ["run", "--config", "/data/config.yaml"]
