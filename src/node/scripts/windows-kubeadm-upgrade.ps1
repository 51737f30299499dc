# kubeadm upgrade node by the kubeadm of exactly the wanted version. Needs windows-programs.ps1.
# Path of kubeadm, or nothing: then it is downloaded and not installed; base URL; version with the v; architecture;
# UpgradeConfiguration (YAML).
$kubeadm, $base, $version, $architecture, $configuration = $args
if (-not $kubeadm) { $kubeadm = Get-Program $base $version $architecture 'kubeadm' }
$installed = Get-ProgramVersion 'kubeadm' $kubeadm
if ($installed -ne $version) {
    [Console]::Error.WriteLine("kubeadm is $installed, wanted is $version")
    exit 64
}
$file = Join-Path $env:ProgramData 'kubeadm-upgrade\upgrade-configuration.yaml'
[IO.File]::WriteAllText($file, $configuration)
Invoke-Program $kubeadm upgrade node --config $file
