#!/bin/sh
# One line for every job on this node: id, state, exit code, started, finished, boot id, run URL; - for what is missing.
# A job that systemd says nothing about counts as running. Needs the functions of job-state.sh.
# shellcheck disable=SC2154 # variables: job-state.sh sets them
for dir in "$jobs"/*.*; do
  [ -d "$dir" ] || continue
  id=${dir##*/}
  job_state "$id"
  [ "$state" != unknown ] || state=running
  line="$id $state $code"
  for file in started finished boot-id run-url; do
    read_word "$dir/$file"
    line="$line $word"
  done
  echo "$line"
done
