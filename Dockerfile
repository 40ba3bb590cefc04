# An image of the server, from the Debian package that scripts/package makes:
#
#     docker build -t callbridge .
#     docker run -d -p 8443:8443 -v callbridge:/var/lib/callbridge -v ./callbridge:/etc/callbridge:ro callbridge
#
# The password of admin is in the log of the first start, once. Options are variables (API_SERVER_…) or lines of
# /etc/callbridge/api-server.yaml; the address to listen on is the variable below, which goes before the file.

FROM swift:6.3-bookworm AS build
WORKDIR /src
COPY . .
RUN scripts/package /out

FROM debian:bookworm-slim
COPY --from=build /out/ /tmp/callbridge/
# A number of its own, so that a volume's files belong to the same user in each image.
RUN apt-get update \
    && apt-get install -y --no-install-recommends adduser \
    && adduser --system --group --quiet --uid 844 --home /var/lib/callbridge --no-create-home callbridge \
    && apt-get install -y --no-install-recommends ca-certificates curl /tmp/callbridge/*.deb \
    && rm -rf /tmp/callbridge /var/lib/apt/lists/*
USER callbridge
WORKDIR /var/lib/callbridge
VOLUME /var/lib/callbridge
# Other machines reach it, over HTTPS alone.
ENV API_SERVER_LISTEN=0.0.0.0:8443
EXPOSE 8443
# It may be its own certificate, for other names.
HEALTHCHECK --start-period=10s --interval=30s --timeout=5s \
    CMD ["curl", "--fail", "--silent", "--show-error", "--insecure", "--noproxy", "*", "https://127.0.0.1:8443/healthz"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/bin/api-server"]
CMD ["serve"]
