#!/bin/sh
# users.sh: installs what the cases of cases.ts need and makes their users. Runs in the root that root.sh makes.
set -eu
export DEBIAN_FRONTEND=noninteractive

packages='openssh-server sudo fish tcsh'
install() {
  # shellcheck disable=SC2086 # a list
  apt-get install -y -qq --no-install-recommends $packages >/dev/null
}
install || { apt-get update -qq && install; }

# Whatever root of this machine starts its shells with is no part of a case.
rm -f /root/.bashrc /root/.profile /root/.bash_profile /root/.bash_login

# user NAME SHELL: a user that only keys open.
user() {
  useradd --create-home --shell "$2" "$1"
  usermod --password '*' "$1"
}

user ops /bin/bash
user fish /usr/bin/fish
user csh /usr/bin/tcsh
user noisy /bin/bash
user nologin /usr/sbin/nologin
user asked /bin/bash
user nosudo /bin/bash
user teletype /bin/bash
for name in asked teletype; do echo "$name:open sesame" | chpasswd; done

{
  for name in ops fish csh noisy; do echo "$name ALL=(root) NOPASSWD: ALL"; done
  echo 'asked ALL=(root) ALL'
  echo 'teletype ALL=(root) ALL'
  echo 'Defaults:teletype requiretty'
  # A wrong password must be wrong for every case, however many were right before.
  echo 'Defaults timestamp_timeout=0'
} >/etc/sudoers.d/ssh-lab

# Read by bash also when sshd starts it for a command, as by the others of the user.
cat >/home/noisy/.bashrc <<'NOISE'
echo "Welcome to $(hostname)!"
echo "something went wrong" >&2
printf 'no newline at the end'
NOISE
echo 'echo "fish says hello"' >/home/fish/.config.fish
mkdir -p /home/fish/.config/fish
mv /home/fish/.config.fish /home/fish/.config/fish/config.fish
echo 'echo "csh says hello"' >/home/csh/.cshrc
chown -R fish: /home/fish/.config
chown csh: /home/csh/.cshrc
