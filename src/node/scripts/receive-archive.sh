# Takes one piece of an archive of images, if it is the next one. Prints how many bytes are there afterwards.
# $1: SHA-256 of the whole, its name here; $2: bytes that have to be there before; $3: the piece, base64, or empty.
set -eu
folder=/var/lib/kubeadm-upgrade/archives file=$folder/$1.part
mkdir -p "$folder"
size=0
[ ! -f "$file" ] || size=$(wc -c <"$file")
if [ "$((size))" -eq "$2" ] && [ -n "$3" ]; then
  printf '%s' "$3" | base64 -d >>"$file"
  size=$(wc -c <"$file")
fi
echo "$((size))"
