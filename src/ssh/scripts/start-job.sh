#!/bin/sh
# Starts a job, unless one is running. Arguments: purpose, token, run URL, text of run-job.sh, text of the script.
# Prints one line:
#   started ID    a new job, or the one that an earlier call with this token started
#   attached ID   a job of this purpose that was running already
#   busy ID       a job of another purpose runs; nothing was started. Drains do not wait for each other: they are about
#                 other nodes, and one that a budget holds up must not hold up the rest
# Exit code 75: try again. Needs the functions of job-state.sh.
# shellcheck disable=SC2154 # variables: job-state.sh sets them
set -eu
purpose=$1
token=$2

mkdir -p "$jobs"
if ! command -v flock >/dev/null; then
  echo 'flock (package util-linux) is missing on this node' >&2
  exit 1
fi
# Two starters at the same instant: the kernel frees this lock when its holder ends, however it ends.
exec 9>"$jobs/.lock"
tries=0
until flock -n 9; do
  tries=$((tries + 1))
  if [ "$tries" -ge 100 ]; then
    echo 'somebody else has been starting a job for 20 seconds' >&2
    exit 75
  fi
  sleep 0.2
done

last=0
busy=
same=
for dir in "$jobs"/*.*; do
  [ -d "$dir" ] || continue
  id=${dir##*/}
  job_state "$id"
  read_word "$dir/token"
  if [ "$word" = "$token" ]; then
    # Ours, from a call whose reply was lost. If its unit never ran, a new attempt is made below.
    if [ "$state" != lost ] || [ -f "$dir/started" ]; then
      echo "started $id"
      exit 0
    fi
  fi
  if [ "$state" = unknown ]; then
    echo "systemd does not say whether $id is running" >&2
    exit 75
  fi
  [ "${id%.*}" != "$purpose" ] || [ "${id##*.}" -le "$last" ] || last=${id##*.}
  [ "$state" = running ] || continue
  if [ "${id%.*}" = "$purpose" ]; then
    same=$id
    continue
  fi
  case $purpose/$id in drain-*/drain-*) ;; *) busy=$id ;; esac
done
if [ -n "$same" ]; then
  echo "attached $same"
  exit 0
fi
if [ -n "$busy" ]; then
  echo "busy $busy"
  exit 0
fi

# Nothing runs here but drains, if this is one. What the last hundred jobs that have ended did is kept for people.
find "$jobs" -mindepth 1 -maxdepth 1 -type d -name '*.*' -printf '%T@ %f\n' | sort -rn | tail -n +101 |
  while read -r _ old; do
    job_state "$old"
    case $state in finished | lost) rm -rf "${jobs:?}/$old" ;; esac
  done

id=$purpose.$((last + 1))
dir=$jobs/$id
mkdir "$dir"
# With a full disk the script could be cut: then nothing is started and nothing is left behind.
trap 'rm -rf "$dir"' EXIT
printf '%s\n' "$token" >"$dir/token"
printf '%s\n' "$3" >"$dir/run-url"
printf '%s' "$4" >"$dir/run"
printf '%s' "$5" >"$dir/script"
: >"$dir/output"
cat /proc/sys/kernel/random/boot_id >"$dir/boot-id"
# A unit has none of the session's variables, and kubeadm, apt and dnf go by those of the proxy: /etc/environment. A proxy's
# address may have a password in it, and systemd tells anybody what it sets.
proxy_variable() {
  [ -z "$2" ] || printf "export %s='%s'\n" "$1" "$(printf '%s' "$2" | sed "s/'/'\\\\''/g")" >>"$dir/proxy"
}
proxy_variable http_proxy "${http_proxy-}"
proxy_variable https_proxy "${https_proxy-}"
proxy_variable no_proxy "${no_proxy-}"
proxy_variable HTTP_PROXY "${HTTP_PROXY-}"
proxy_variable HTTPS_PROXY "${HTTPS_PROXY-}"
proxy_variable NO_PROXY "${NO_PROXY-}"

# SIGPIPE as in a shell, not ignored as in services: scripts rely on it in pipes. When the machine goes down, the job
# gets a minute to end.
systemd-run --quiet --collect --unit="kubeadm-upgrade-$id.service" --description="kubeadm-upgrade $purpose" \
  --property=IgnoreSIGPIPE=no --property=TimeoutStopSec=60 \
  /bin/sh "$dir/run" </dev/null >"$dir/launch" 2>&1 9>&- || {
  result=$?
  # The answer may have been lost although the unit was made.
  job_state "$id"
  if [ "$state" = lost ] && [ ! -f "$dir/started" ]; then
    cat "$dir/launch" >&2
    echo "systemd-run ended with exit code $result" >&2
    exit 1
  fi
}
trap - EXIT
rm -f "$dir/launch"
echo "started $id"
