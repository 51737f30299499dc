# What the scripts of dnf 4 and dnf5 have in common; goes before them.

# dnf with everything that keeps the Kubernetes packages in place lifted for this one call; the files stay as they are.
# $1: dnf or dnf5; $2: id of the repository; $3...: the rest of the command.
lifted() {
  command=$1 id=$2
  shift 2
  # A repository of somebody else that is broken must not stop the upgrade.
  if [ "$command" = dnf5 ]; then
    # A versionlock is an exclude of a kind of its own, which only the wildcard lifts.
    lift="$id,main"
    ! grep -qs 'name *= *"kube' /etc/dnf/versionlock.toml || lift='*'
    dnf5 -y '--setopt=*.skip_if_unavailable=1' "--setopt=disable_excludes=$lift" "$@"
  else
    lift=
    ! grep -qs '^[0-9:]*kube' /etc/dnf/plugins/versionlock.list || lift=--disableplugin=versionlock
    # shellcheck disable=SC2086 # one option or none
    dnf -y '--setopt=*.skip_if_unavailable=1' $lift "--disableexcludes=$id" --disableexcludes=main "$@"
  fi
}

# dnf that sees one repository at another minor, with caches of its own: the node's own are not touched.
# Needs repository-minor.sh.
# $1: folder of these; $2: dnf or dnf5; $3: repository file; $4: id; $5: minor that it names; $6: minor to read instead;
# $7: base URL of a mirror, or empty; $8...: the rest of the command.
private_dnf() {
  own=$1 command=$2 id=$4
  mkdir -p "$own/repos" "$own/cache" "$own/state"
  sed -e "$(repository_minor "$5" "$6" "$7")" -e '/^exclude/d' "$3" >"$own/repos/${3##*/}"
  sed -e '/^exclude/d' /etc/dnf/dnf.conf >"$own/dnf.conf" 2>/dev/null || echo '[main]' >"$own/dnf.conf"
  shift 7
  if [ "$command" = dnf5 ]; then
    set -- "--setopt=system_cachedir=$own/cache" "$@"
  else
    set -- --noplugins "$@"
  fi
  "$command" -q -y "--config=$own/dnf.conf" "--setopt=reposdir=$own/repos" "--setopt=cachedir=$own/cache" \
    "--setopt=persistdir=$own/state" "--setopt=logdir=$own/state" "--setopt=$id.skip_if_unavailable=0" "--repo=$id" \
    --setopt=disable_excludes=\* --setopt=retries=2 --setopt=timeout=30 "$@"
}
