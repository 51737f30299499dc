/** What runs scripts on a node: POSIX sh, and PowerShell on Windows. */
export type ShellName = 'sh' | 'powershell'

/** A script that runs on a node, as text; `name` is what logs and errors call it. */
export interface Script {
  readonly name: string
  readonly text: string
  /** Default: `sh`. */
  readonly shell?: ShellName
}

export interface RunOptions {
  /** Positional parameters of the script. They travel on stdin, never in a process list. */
  args?: readonly string[]
  /** Milliseconds after which the command counts as lost. Default: 60 000. */
  timeout?: number
  /** It only reads: when the connection is lost meanwhile, it is run again on a new one. */
  reads?: boolean
}

/** What a finished command left. A lost connection is never an Output: it is a Failure `connection-lost`. */
export interface Output {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/**
 * A machine on which scripts run as root, or as an administrator of Windows.
 *
 * The only way to the nodes: `ssh/connection.ts` implements it over node-ssh, tests pass other implementations in.
 */
export interface Remote {
  /** Name of the node (the Node object's name), for messages. */
  readonly node: string
  /** The shell that its scripts have to be for. */
  readonly shell: ShellName
  /**
   * Runs `script` under `/bin/sh -s` as root (through `sudo -n` when the user is another), or under powershell.exe, and
   * waits for its end.
   * @throws {Failure} `unreachable-node`, `host-key-mismatch`, `authentication-failed`, `connection-lost`
   */
  run(script: Script, options?: RunOptions): Promise<Output>
  /** Ends the connection; commands under way fail with `connection-lost`. */
  close(): void
}
