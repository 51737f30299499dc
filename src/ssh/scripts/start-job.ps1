# Starts a job, unless one is running: arguments, replies and exit code 75 are those of start-job.sh. Needs job-state.ps1.
$purpose, $token, $runUrl, $wrapper, $text = $args

if (-not (Test-Path -LiteralPath $jobs)) {
    $null = New-Item -ItemType Directory -Force -Path $jobs
    # For SYSTEM and the administrators only, by their ids: their names are translated.
    & icacls.exe $root /inheritance:r /grant:r '*S-1-5-18:(OI)(CI)F' '*S-1-5-32-544:(OI)(CI)F' | Out-Null
}

# Two starters at the same instant: the file is open for one of them, and Windows closes it with that process.
for ($try = 0; -not $lock; $try++) {
    try {
        $lock = [IO.File]::Open("$jobs\.lock", 'OpenOrCreate', 'ReadWrite', 'None')
    } catch {
        if ($try -ge 100) {
            [Console]::Error.WriteLine('somebody else has been starting a job for 20 seconds')
            exit 75
        }
        Start-Sleep -Milliseconds 200
    }
}

$last = 0
foreach ($known in Get-ChildItem -Directory -Path $jobs | Where-Object Name -Match '\.\d+$') {
    $id = $known.Name
    $job = Get-JobState $id
    # Ours, from a call whose reply was lost. If its process never ran, a new attempt is made below.
    if ((Read-Word "$jobs\$id\token") -eq $token) {
        if ($job.State -ne 'lost' -or (Test-Path -LiteralPath "$jobs\$id\started")) {
            "started $id"
            exit 0
        }
    }
    $dot = $id.LastIndexOf('.')
    $isSame = $id.Substring(0, $dot) -eq $purpose
    if ($isSame) { $last = [Math]::Max($last, [int]$id.Substring($dot + 1)) }
    if ($job.State -ne 'running') { continue }
    if ($isSame) { $same = $id } else { $busy = $id }
}
if ($same) {
    "attached $same"
    exit 0
}
if ($busy) {
    "busy $busy"
    exit 0
}

# Every job has ended here. What the last hundred of them did is kept for people.
Get-ChildItem -Directory -Path $jobs | Sort-Object LastWriteTime -Descending | Select-Object -Skip 100 |
    Remove-Item -Recurse -Force

$id = "$purpose.$($last + 1)"
$folder = "$jobs\$id"
$null = New-Item -ItemType Directory -Path $folder
$files = @{ 'token' = $token; 'run-url' = $runUrl; 'boot-id' = (Get-BootId); 'output' = '' }
foreach ($name in $files.Keys) { [IO.File]::WriteAllText("$folder\$name", $files[$name]) }
# With a byte order mark: without one Windows PowerShell reads a script in the machine's code page.
[IO.File]::WriteAllText("$folder\run.ps1", $wrapper, (New-Object Text.UTF8Encoding $true))
[IO.File]::WriteAllText("$folder\script.ps1", $text, (New-Object Text.UTF8Encoding $true))

# sshd ends what its sessions started; a process that the management service makes is none of them.
$command = 'powershell.exe -NoProfile -NonInteractive -ExecutionPolicy Bypass -File "' + "$folder\run.ps1" + '"'
$made = Invoke-CimMethod -ClassName Win32_Process -MethodName Create -Arguments @{ CommandLine = $command }
for ($try = 0; $made.ReturnValue -eq 0 -and $try -lt 100; $try++) {
    if (Test-Path -LiteralPath "$folder\started") {
        "started $id"
        exit 0
    }
    Start-Sleep -Milliseconds 200
}
if ($made.ProcessId) { Stop-Process -Id $made.ProcessId -Force -ErrorAction SilentlyContinue }
Remove-Item -Recurse -Force -LiteralPath $folder
[Console]::Error.WriteLine("the process of the job did not begin (Win32_Process.Create: $($made.ReturnValue))")
exit 1
