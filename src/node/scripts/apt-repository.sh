# Points a repository file at another minor; keeps the old file, the keyring and everything else in it.
# $1: repository file; $2: minor that it names now; $3: minor that it is to name.
file=$1 from=$2 to=$3
set -eu
grep -q "core:/stable:/v$from/" "$file"
kept=/var/lib/kubeadm-upgrade/repositories
mkdir -p "$kept"
cp -p "$file" "$kept/${file##*/}.v$from"
# Beside the file under a name that apt ignores, then renamed: apt never reads half a file.
cp -p "$file" "$file.kubeadm-upgrade"
sed "s#core:/stable:/v$from/#core:/stable:/v$to/#" "$kept/${file##*/}.v$from" >"$file.kubeadm-upgrade"
mv "$file.kubeadm-upgrade" "$file"
echo "$file: v$from -> v$to (the old file: $kept/${file##*/}.v$from)"
