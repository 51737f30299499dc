# Downloads programs beside those that run; installs nothing. Needs windows-programs.ps1.
# Base URL; version with the v; architecture; names.
$base, $version, $architecture, $names = $args
foreach ($name in $names) { Get-Program $base $version $architecture $name }
