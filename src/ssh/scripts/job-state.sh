#!/bin/sh
# What became of a job. A job is a folder <purpose>.<attempt> in $jobs:
#   script     what it does, with its arguments
#   run        run-job.sh, which the systemd unit kubeadm-upgrade-<purpose>.<attempt> starts
#   token      random word of the caller, so that a start whose reply was lost is not done twice
#   run-url    the workflow run that started it
#   proxy      the session's variables of its proxy, if it has one
#   boot-id    boot of the machine on which it was started
#   started    time, seconds since the epoch
#   output     stdout and stderr
#   finished   time
#   exit-code  written last, by rename: there is one only when the job came to its end
# shellcheck disable=SC2034 # variables: used by the scripts that follow it

jobs=/var/lib/kubeadm-upgrade/jobs

# read_word FILE: sets $word to the first line of FILE, or to - when there is none.
read_word() {
  word=
  if [ -f "$1" ]; then
    read -r word <"$1" || :
  fi
  word=${word:--}
}

# job_state ID: sets $state to finished, running, lost or unknown (systemd did not answer), $code, and $rebooted to yes
# when the machine was started anew since the job was.
job_state() {
  state=finished
  rebooted=no
  read_word "$jobs/$1/exit-code"
  code=$word
  [ "$code" = - ] || return 0
  read_word /proc/sys/kernel/random/boot_id
  boot=$word
  read_word "$jobs/$1/boot-id"
  state=lost
  if [ "$word" != "$boot" ]; then
    rebooted=yes
    return 0
  fi
  unit_state "kubeadm-upgrade-$1.service"
  case $unit in
    active | activating | deactivating | reloading | refreshing) state=running ;;
    '') state=unknown ;;
    *)
      # It may have come to its end between the two looks.
      read_word "$jobs/$1/exit-code"
      code=$word
      [ "$code" = - ] || state=finished
      ;;
  esac
}

# unit_state UNIT: sets $unit to the unit's ActiveState. Empty if systemd is silent for a second, as while it is
# executed anew by an update of itself: then nothing is known, which is not the same as ended.
unit_state() {
  for _ in 1 2 3 4 5; do
    unit=$(systemctl show --property=ActiveState --value "$1" 2>/dev/null) || unit=
    [ -z "$unit" ] || return 0
    sleep 0.2
  done
}
