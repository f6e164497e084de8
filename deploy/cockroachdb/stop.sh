#!/usr/bin/env bash
# Stops the three nodes that start.sh started, each by its own process id. Not yet run: no CockroachDB was at hand.
set -euo pipefail

folder="${1:-.eventstream/cockroach}"
for node in 3 2 1; do
  pid_file="$folder/orders-$node.pid"
  [ -f "$pid_file" ] && kill -TERM "$(cat "$pid_file")" || true
done
