# What the scripts of zypper have in common; goes before them, after temporary-folder.sh.

# zypper waits so many seconds for another one.
export ZYPP_LOCK_TIMEOUT=600

# zypper that does not see the locks of Kubernetes packages. They stay where they are, whatever becomes of this call; only a
# copy of the configuration names other locks. $1...: zypper's arguments. Exit code: 0 also where zypper only has news.
unlocked_zypper() {
  # shellcheck disable=SC2154 # of temporary-folder.sh
  cat /etc/zypp/zypp.conf >"$temporary/zypp.conf" 2>/dev/null || cat /usr/etc/zypp/zypp.conf >"$temporary/zypp.conf" 2>/dev/null || :
  sed -i -e '/^[# ]*locksfile.path/d' "$temporary/zypp.conf"
  grep -q '^\[main\]' "$temporary/zypp.conf" || echo '[main]' >>"$temporary/zypp.conf"
  sed -i "s#^\\[main\\]#&\\nlocksfile.path = $temporary/locks#" "$temporary/zypp.conf"
  awk -v RS= -v ORS='\n\n' '!/solvable_name: *(kube|cri-tools)/' /etc/zypp/locks >"$temporary/locks" 2>/dev/null || :
  code=0
  ZYPP_CONF=$temporary/zypp.conf zypper --non-interactive --no-refresh "$@" || code=$?
  # 102: reboot wanted, 103: zypper itself was updated, 107: a scriptlet failed after the installation.
  case $code in 0 | 102 | 103 | 107) return 0 ;; *) return "$code" ;; esac
}

# zypper that sees one repository at another minor, with caches of its own: the node's own are not touched.
# Needs repository-minor.sh.
# $1: folder of these; $2: repository file; $3: minor that it names; $4: minor to read instead; $5: base URL of a mirror, or
# empty; $6...: zypper's arguments.
private_zypper() {
  own=$1
  mkdir -p "$own/repos"
  sed "$(repository_minor "$3" "$4" "$5")" "$2" >"$own/repos/${2##*/}"
  shift 5
  zypper --non-interactive --quiet "--reposd-dir=$own/repos" "--cache-dir=$own/cache" --disable-system-resolvables "$@"
}
