#!/bin/sh
# What a job printed since byte OFFSET. Arguments: id, offset, most bytes to send, tenths of a second to wait for news.
# First line: state, exit code, size of the output, started, finished, now, rebooted. Then the bytes in base64, so that a
# character that is cut at the end of a reply stays whole. Needs the functions of job-state.sh.
# shellcheck disable=SC2154 # variables: job-state.sh sets them
dir=$jobs/$1
offset=$2
waited=0
looks=0
if [ ! -d "$dir" ]; then
  echo "there is no job $1" >&2
  exit 1
fi

measure() {
  size=$(wc -c <"$dir/output") || size=0
  size=$((size))
}

measure
until [ -f "$dir/exit-code" ] || [ "$size" -gt "$offset" ] || [ "$waited" -ge "$4" ]; do
  # What has little to do ends in a few hundredths of a second, which are not counted.
  looks=$((looks + 1))
  if [ "$looks" -le 5 ]; then
    sleep 0.02
  else
    sleep 0.1
    waited=$((waited + 1))
  fi
  measure
done

# State before size: what a finished job printed is then all there.
job_state "$1"
measure
read_word "$dir/started"
started=$word
read_word "$dir/finished"
echo "$state $code $size $started $word $(date +%s.%N) $rebooted"
tail -c "+$((offset + 1))" "$dir/output" | head -c "$3" | base64
