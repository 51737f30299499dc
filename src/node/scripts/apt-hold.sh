# Holds packages, so that nothing but the upgrade moves them. $@: packages. Needs apt-mark.sh.
mark hold "$@"
