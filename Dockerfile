# The simulator in a container, with a redis-server of its own for the process engine.
#   docker build -t frostgate . && docker run --init -p 127.0.0.1:7480:7480 -p 127.0.0.1:6400-6409:6400-6409 frostgate
# With Docker as its engine: docker-compose.yml.

FROM node:20-bookworm AS build
WORKDIR /frostgate
COPY package.json package-lock.json ./
RUN npm ci
COPY tsconfig.json tsconfig.build.json vite.config.ts ./
COPY src src
RUN npm run build && npm prune --omit=dev

FROM node:20-bookworm-slim
RUN apt-get update \
  && apt-get install -y --no-install-recommends redis-server \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /frostgate
COPY package.json LICENSE ./
COPY bin bin
COPY schemas schemas
COPY examples/scenarios examples/scenarios
COPY --from=build /frostgate/node_modules node_modules
COPY --from=build /frostgate/dist dist
RUN ln -s /frostgate/bin/frostgate.js /usr/local/bin/frostgate

# Loopback would be the container's own, and no client comes from there. What can be reached from outside is what is published.
ENV FROSTGATE_DATA_DIR=/data \
  FROSTGATE_SECURITY_IPS=0.0.0.0/0,::/0 \
  FROSTGATE_API_HOST=0.0.0.0 \
  FROSTGATE_HOST=0.0.0.0 \
  FROSTGATE_PORTS=6400-6409
VOLUME /data
HEALTHCHECK --interval=5s --timeout=3s --start-period=20s CMD ["frostgate", "health", "--url", "http://127.0.0.1:7480"]
EXPOSE 7480 6400-6409
ENTRYPOINT ["frostgate"]
CMD ["up", "--demo"]
