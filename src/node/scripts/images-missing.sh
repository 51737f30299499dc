# Which of some images the container runtime does not have; changes nothing. Arguments: image names. One missing a line.
set -eu
command -v ctr >/dev/null || { echo 'ctr is missing: images are loaded into containerd only' >&2; exit 69; }
have=$(ctr --namespace k8s.io images list -q)
for image in "$@"; do
  case "
$have
" in
  *"
$image
"*) ;;
  *) echo "$image" ;;
  esac
done
