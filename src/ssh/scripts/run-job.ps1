# Runs a job, from the job's folder, in a process that belongs to no SSH session: nobody has to be connected.
$utf8 = New-Object Text.UTF8Encoding $false
function Set-Word($Name, $Word) {
    [IO.File]::WriteAllText("$PSScriptRoot\$Name.new", "$Word`n", $utf8)
    Move-Item -Force -LiteralPath "$PSScriptRoot\$Name.new" -Destination "$PSScriptRoot\$Name"
}
function Get-Seconds { "$([DateTimeOffset]::UtcNow.ToUnixTimeMilliseconds() / 1000)" }

Set-Word 'process' "$PID $((Get-Process -Id $PID).StartTime.ToFileTimeUtc())"
Set-Word 'started' (Get-Seconds)
Set-Location -LiteralPath $PSScriptRoot
# cmd.exe redirects bytes; PowerShell's own redirection would make UTF-16 of them, and errors of what goes to stderr.
& cmd.exe /d /c 'powershell.exe -NoProfile -NonInteractive -ExecutionPolicy Bypass -OutputFormat Text -File script.ps1 >>output 2>&1'
$code = $LASTEXITCODE
# The exit code is the last to appear, and at once: who sees it sees the whole output.
Set-Word 'finished' (Get-Seconds)
Set-Word 'exit-code' $code
