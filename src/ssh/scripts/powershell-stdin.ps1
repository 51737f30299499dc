# What the SSH command is, encoded: takes the script from stdin, as base64, and runs it. The same for every script, so that
# nothing of one is ever in a process list, and neither code pages nor the shell that sshd starts matter.
$sent = -join @($input)
try {
    $text = [Text.Encoding]::UTF8.GetString([Convert]::FromBase64String($sent))
    & ([ScriptBlock]::Create($text))
} catch {
    [Console]::Error.WriteLine("$_")
    exit 1
}
