# Holds packages, so that nothing but the upgrade moves them. $@: packages.
apt-mark hold "$@"
