# Points a repository file (apt, dnf, zypper) at another minor; keeps the old file, the key and everything else in it.
# Needs repository-minor.sh.
# $1: repository file; $2: minor that it names now; $3: minor that it is to name; $4: base URL of a mirror, or empty;
# $5: keyring for signed-by of an apt source, or empty.
file=$1 from=$2 to=$3 base=$4 keyring=$5
set -eu
# shellcheck disable=SC2154 # repository-minor.sh sets it
grep -q "${repository_layout}v$from/" "$file"
kept=/var/lib/kubeadm-upgrade/repositories
mkdir -p "$kept"
cp -p "$file" "$kept/${file##*/}.v$from"
# Beside the file under a name that package managers ignore, then renamed: nobody ever reads half a file.
cp -p "$file" "$file.kubeadm-upgrade"
sed "$(repository_minor "$from" "$to" "$base")" "$kept/${file##*/}.v$from" >"$file.kubeadm-upgrade"
case $keyring:$file in
:*) ;;
*.list) sed -i "s#signed-by=[^], ]*#signed-by=$keyring#" "$file.kubeadm-upgrade" ;;
*.sources) sed -i "s#^Signed-By:.*#Signed-By: $keyring#" "$file.kubeadm-upgrade" ;;
esac
mv "$file.kubeadm-upgrade" "$file"
echo "$file: v$from -> v$to (the old file: $kept/${file##*/}.v$from)"
