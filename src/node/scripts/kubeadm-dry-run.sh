# kubeadm's own dry run of a node's upgrade, by the kubeadm of another version; changes nothing. Needs temporary-folder.sh
# and the package manager's fetch_kubeadm.
# $1: apply or node; $2: UpgradeConfiguration (YAML); $3...: arguments of fetch_kubeadm after the folder.
# Exit code: kubeadm's; 65 when there is no kubeadm to ask. Its errors are on stderr.
# shellcheck disable=SC2154 # variables: the scripts before it set them
action=$1 configuration=$2
shift 2
if ! fetch_kubeadm "$temporary/kubeadm" "$@" 2>"$temporary/err"; then
  tail -n 20 "$temporary/err" >&2
  exit 65
fi
printf '%s\n' "$configuration" >"$temporary/configuration"
mkdir "$temporary/dry-run"
export KUBEADM_UPGRADE_DRYRUN_DIR="$temporary/dry-run"
"$kubeadm" upgrade "$action" --dry-run --config "$temporary/configuration" >/dev/null 2>"$temporary/err"
code=$?
tail -c 20000 "$temporary/err" >&2
exit "$code"
