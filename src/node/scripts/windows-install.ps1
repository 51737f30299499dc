# Replaces programs by those of an exact version; keeps the old ones. A service of that name is stopped, since Windows does
# not let the file of a running program be replaced; windows-restart.ps1 starts it. Needs windows-programs.ps1.
# Base URL; version with the v; architecture; then name and path of each.
$base, $version, $architecture, $pairs = $args
function Get-Number($Text) { [version](($Text -replace '^v') -replace '-.*') }

for ($at = 0; $at -lt $pairs.Count; $at += 2) {
    $name, $path = $pairs[$at, ($at + 1)]
    $installed = Get-ProgramVersion $name $path
    if ($installed -eq $version) { continue }
    if ($installed -and (Get-Number $installed) -gt (Get-Number $version)) {
        [Console]::Error.WriteLine("$name $installed is installed; $version would be a downgrade")
        exit 64
    }
    $staged = Get-Program $base $version $architecture $name
    $found = Get-ProgramVersion $name $staged
    if ($found -ne $version) {
        [Console]::Error.WriteLine("the program at $base says it is $found, wanted is $version")
        exit 65
    }
    if ($name -ne 'kubeadm') {
        Stop-Service -Name $name
        # The service may be a wrapper that ends before the program does.
        Wait-Process -Name $name -Timeout 60 -ErrorAction SilentlyContinue
    }
    if ($installed) {
        $null = New-Item -ItemType Directory -Force -Path "$programs\replaced"
        Copy-Item -Force -LiteralPath $path -Destination "$programs\replaced\$name-$installed.exe"
    }
    # Beside the old one and renamed: nobody ever starts half a program.
    Copy-Item -Force -LiteralPath $staged -Destination "$path.kubeadm-upgrade"
    Move-Item -Force -LiteralPath "$path.kubeadm-upgrade" -Destination $path
    Remove-Item -Force -LiteralPath $staged, "$staged.sha256"
    "${path}: $installed -> $version"
}
