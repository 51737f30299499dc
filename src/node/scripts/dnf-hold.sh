# Excludes packages in the repository's own file, as the documentation has it. $1: repository file; $2: id; $3...: packages.
file=$1 id=$2
shift 2
set -eu
cp -p "$file" "$file.kubeadm-upgrade"
awk -v id="[$id]" -v names="$*" '
  function missing(line,   count, all, i, text) {
    count = split(names, all, " ")
    for (i = 1; i <= count; i++) if (line !~ ("[=, \t]" all[i] "([, \t]|$)")) text = text " " all[i]
    return text
  }
  function close_section() { if (inside && !done) { print "exclude=" substr(missing("="), 2); done = 1 } }
  /^\[/ { close_section(); inside = ($0 == id) }
  inside && /^(exclude|excludepkgs)[ \t]*=/ && !done { $0 = $0 missing($0); done = 1 }
  /^[ \t]*$/ && inside && !done { close_section() }
  { print }
  END { close_section() }
' "$file" >"$file.kubeadm-upgrade"
mv "$file.kubeadm-upgrade" "$file"
grep -n '^exclude' "$file"
