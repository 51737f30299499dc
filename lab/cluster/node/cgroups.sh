#!/bin/bash
# cgroups.sh: every process of a lab lives below one cgroup, so that all of them can be found and ended, whatever became of
# the program that started them. A group is LAB/NODE, or LAB/services.
#
#   cgroups.sh run GROUP COMMAND...   starts the command in the group
#   cgroups.sh count GROUP            how many processes are in it
#   cgroups.sh kill GROUP             ends them all with SIGKILL and removes the group
#
# On a cgroup v1 host the group exists in every hierarchy; on a v2 host there is only one.
set -euo pipefail

readonly TOP=kubeadm-upgrade-lab

hierarchies() {
  if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
    echo /sys/fs/cgroup
  else
    awk '$3 == "cgroup" && $2 ~ "^/sys/fs/cgroup/" { print $2 }' /proc/mounts
  fi
}

# make HIERARCHY GROUP: creates the group, ready to take processes and to be divided further.
make() {
  local dir=$1 part
  for part in "$TOP" ${2//\// }; do
    if [ -e "$dir/cgroup.controllers" ]; then
      # v2: children get the controllers that their parent hands down.
      sed 's/\([^ ]\+\)/+\1/g' "$dir/cgroup.controllers" >"$dir/cgroup.subtree_control"
    fi
    dir=$dir/$part
    mkdir -p "$dir"
    if [ -e "$dir/cpuset.cpus" ] && [ -z "$(cat "$dir/cpuset.cpus")" ] && [ -e "$dir/cgroup.clone_children" ]; then
      # v1: a new cpuset is empty and takes no process before it has CPUs and memory nodes.
      cat "$(dirname "$dir")/cpuset.cpus" >"$dir/cpuset.cpus"
      cat "$(dirname "$dir")/cpuset.mems" >"$dir/cpuset.mems"
      echo 1 >"$dir/cgroup.clone_children"
    fi
  done
}

enter() {
  local hierarchy
  for hierarchy in $(hierarchies); do
    make "$hierarchy" "$1"
    echo $$ >"$hierarchy/$TOP/$1/cgroup.procs"
  done
}

processes() {
  local hierarchy
  for hierarchy in $(hierarchies); do
    [ -d "$hierarchy/$TOP/$1" ] || continue
    # Groups may vanish while find walks.
    find "$hierarchy/$TOP/$1" -name cgroup.procs -exec cat {} + 2>/dev/null || true
  done | sort -un | grep -vx 0 || true
}

kill_all() {
  local left round
  for round in $(seq 100); do
    left=$(processes "$1")
    [ -n "$left" ] || break
    # shellcheck disable=SC2086 # a list of process ids
    kill -KILL $left 2>/dev/null || true
    sleep 0.05
  done
  [ -z "$left" ] || { echo "processes of $1 survive SIGKILL: $left" >&2; return 1; }
  local hierarchy
  for hierarchy in $(hierarchies); do
    [ -d "$hierarchy/$TOP/$1" ] || continue
    find "$hierarchy/$TOP/$1" -depth -type d -exec rmdir {} + 2>/dev/null || true
    # The group was LAB/NODE: the lab's own group goes with its last node.
    rmdir --ignore-fail-on-non-empty "$hierarchy/$TOP/${1%%/*}" "$hierarchy/$TOP" 2>/dev/null || true
  done
  : "$round"
}

command=$1 group=$2
shift 2
case $command in
  run)
    enter "$group"
    exec "$@"
    ;;
  count) processes "$group" | wc -l ;;
  kill) kill_all "$group" ;;
  *) echo "unknown command $command" >&2; exit 2 ;;
esac
