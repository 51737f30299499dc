#!/bin/sh
# Runs inside the systemd unit of a job, from the job's folder: nobody has to be connected.
dir=${0%/*}
umask 077
if [ -f "$dir/proxy" ]; then
  # shellcheck source=/dev/null
  . "$dir/proxy"
fi
date +%s.%N >"$dir/started.new"
mv "$dir/started.new" "$dir/started"
/bin/sh "$dir/script" </dev/null >>"$dir/output" 2>&1
code=$?
# The exit code is the last to appear, and at once: who sees it sees the whole output.
date +%s.%N >"$dir/finished"
echo "$code" >"$dir/exit-code.new"
mv "$dir/exit-code.new" "$dir/exit-code"
exit "$code"
