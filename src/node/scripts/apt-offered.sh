# The versions of kubeadm that the repositories of some minors offer, without touching the node's own lists.
# $1: repository file; $2: minor that it names now; $3...: minors to read.
# Prints a section per minor: what `apt-cache madison` prints; or a section "error MINOR" with apt's last words.
section() { printf '\036%s\n' "$1"; }
file=$1 current=$2
shift 2
root=/var/lib/kubeadm-upgrade
[ -d "$root" ] || created=1
mkdir -p "$root"
temporary=$(mktemp -d "$root/offered.XXXXXX") || exit 1
trap 'rm -rf "$temporary"; [ -z "${created:-}" ] || rmdir "$root" 2>/dev/null' EXIT
trap 'exit 130' INT TERM HUP

offered() { # $1: the minor's own folder; $2...: apt command
  folder=$1
  shift
  "$@" -o Dir::Etc::sourcelist=/dev/null -o "Dir::Etc::sourceparts=$folder/sources" \
    -o "Dir::State::lists=$folder/lists" -o "Dir::Cache=$folder/cache" -o APT::Sandbox::User=root \
    -o APT::Update::Error-Mode=any -o Acquire::Retries=2 -o Acquire::http::Timeout=30 -o Acquire::Languages=none
}

for minor in "$@"; do
  mkdir -p "$temporary/$minor/sources" "$temporary/$minor/lists/partial" "$temporary/$minor/cache/archives/partial"
  sed "s#core:/stable:/v$current/#core:/stable:/v$minor/#" "$file" >"$temporary/$minor/sources/${file##*/}"
  if offered "$temporary/$minor" apt-get update -q >"$temporary/log" 2>&1; then
    section "offered $minor"
    offered "$temporary/$minor" apt-cache madison kubeadm
  else
    section "error $minor"
    tail -n 20 "$temporary/log"
  fi
done
section end
