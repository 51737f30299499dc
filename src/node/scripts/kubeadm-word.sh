# What another version's kubeadm says of an upgrade to it, on the control plane node that would be the first. Needs
# kubectl.sh, temporary-folder.sh and the package manager's fetch_kubeadm. Changes nothing but for the Job of kubeadm's
# own health check, which is removed.
# $1: UpgradeConfiguration (YAML); $2: "yes": let kubeadm make its health check's Job; $3...: arguments of fetch_kubeadm
# after the folder. Prints a section per answer, and "failed" when there is no kubeadm to ask.
# shellcheck disable=SC2154 # variables: the scripts before it set them
configuration=$1 health=$2
shift 2

list_jobs() { admin get jobs -n kube-system -o name; }
# kubeadm's Job would expire by itself a minute later; the plan leaves none behind, also when it is ended on the way.
remove_health_job() {
  [ "$asked" = yes ] || return
  asked=
  for job in $(list_jobs | grep /upgrade-health-check-); do
    case $before in *"$job"*) continue ;; esac
    admin delete "$job" -n kube-system --cascade=foreground --wait --timeout=60s >/dev/null && echo "${job##*/}"
  done
}
asked=
leave() { remove_health_job >/dev/null 2>&1; }

# $1: name of the section; $2...: arguments of kubeadm upgrade.
ask() {
  name=$1
  shift
  "$kubeadm" upgrade "$@" --config "$temporary/configuration" >"$temporary/out" 2>"$temporary/err"
  code=$?
  section "$name"
  # The dry run prints every file that it would write; what is looked at is whether it came to its end.
  [ "$name" = apply ] || cat "$temporary/out"
  section "$name errors"
  tail -c 20000 "$temporary/err"
  section "$name code"
  echo "$code"
}

if ! fetch_kubeadm "$temporary/kubeadm" "$@" 2>"$temporary/err"; then
  section failed
  tail -n 20 "$temporary/err"
  section end
  exit
fi
printf '%s\n' "$configuration" >"$temporary/configuration"
mkdir "$temporary/dry-run"
export KUBEADM_UPGRADE_DRYRUN_DIR="$temporary/dry-run"
section version
"$kubeadm" version -o short
# Without this list it could not be told which Job is kubeadm's own, and with this API server away none could be removed.
if [ "$health" = yes ] && before=$(list_jobs); then
  asked=yes
  ask plan plan -o json
  section health-check-job
  remove_health_job
fi
ask diff diff
ask apply apply --dry-run
section end
