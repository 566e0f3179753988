#!/bin/sh
# What continuous integration runs on every push: the entry point parses, then the whole suite.
set -eu
cd "$(dirname "$0")"
node --check src/server.js
exec node --test --test-reporter=spec test/*.test.js
