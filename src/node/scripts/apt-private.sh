# Runs an apt command with sources, lists and a cache of its own: the node's own lists, files and locks are not touched.
# Needs repository-minor.sh.
# $1: folder of these; $2: repository file; $3: minor that it names; $4: minor to read instead;
# $5: base URL of a mirror, or empty; $6...: apt command.
private_apt() {
  own=$1
  mkdir -p "$own/sources" "$own/lists/partial" "$own/cache/archives/partial"
  sed "$(repository_minor "$3" "$4" "$5")" "$2" >"$own/sources/${2##*/}"
  shift 5
  "$@" -o Dir::Etc::sourcelist=/dev/null -o "Dir::Etc::sourceparts=$own/sources" \
    -o "Dir::State::lists=$own/lists" -o "Dir::Cache=$own/cache" -o APT::Sandbox::User=root \
    -o APT::Update::Error-Mode=any -o Acquire::Retries=2 -o Acquire::http::Timeout=30 -o Acquire::Languages=none
}
