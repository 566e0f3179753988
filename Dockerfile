# One image for `baton worker` and `baton gateway`; see docker-compose.yml. It was written against the tested
# versions of Node, but not built or started where this project's tests run.
FROM node:24-bookworm-slim AS build
RUN apt-get update && apt-get install -y --no-install-recommends git && rm -rf /var/lib/apt/lists/*
WORKDIR /baton
COPY package.json package-lock.json .npmrc ./
RUN npm ci --include=dev --loglevel=error
COPY . .
RUN node cli/set-up.js --only build && npm prune --omit=dev --loglevel=error

FROM node:24-bookworm-slim
# git for working copies, bubblewrap to contain what agents and repositories run.
RUN apt-get update \
  && apt-get install -y --no-install-recommends bubblewrap ca-certificates git \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /baton
COPY --from=build /baton/package.json /baton/package-lock.json ./
COPY --from=build /baton/node_modules ./node_modules
COPY --from=build /baton/cli ./cli
COPY --from=build /baton/dist ./dist
USER node
EXPOSE 7460
ENTRYPOINT ["node", "/baton/cli/baton.js"]
CMD ["--help"]
