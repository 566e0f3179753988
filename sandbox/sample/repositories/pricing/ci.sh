#!/bin/sh
# What continuous integration runs on every push: every file parses, then the whole suite.
set -eu
cd "$(dirname "$0")"
for file in src/*.js checks/*.js; do
  node --check "$file"
done
exec node --test --test-reporter=spec test/*.test.js
