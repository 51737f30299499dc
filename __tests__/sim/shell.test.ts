import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Files } from '../../lab/sim/posix/files.ts'
import { Shell } from '../../lab/sim/posix/shell.ts'
import type { World } from '../../lab/sim/posix/world.ts'
import { collector, nothing } from '../../lab/sim/posix/streams.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kubeadm-upgrade-shell-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

interface Ended {
  readonly code: number | null
  readonly out: string
}

/** In the simulator's shell. */
async function simulated(script: string, args: readonly string[]): Promise<Ended> {
  const world: World = {
    files: new Files(),
    tool: () => undefined,
    now: () => Date.now(),
    sleep: () => Promise.resolve(),
    kill: () => false,
  }
  const out = collector()
  const streams = new Map([
    [0, nothing],
    [1, out],
    [2, nothing],
  ])
  const shell = new Shell(world, { pid: 1, ended: false }, streams, { positional: args })
  const code = await shell.script(Buffer.from(script).toString('latin1'))
  return { code, out: Buffer.from(out.text(), 'latin1').toString() }
}

let runs = 0

/** In /bin/sh, in an empty folder. */
function real(script: string, args: readonly string[]): Ended {
  const cwd = join(folder, String(++runs))
  spawnSync('mkdir', [cwd])
  const { status, stdout } = spawnSync('/bin/sh', ['-c', script, 'sh', ...args], {
    cwd,
    env: { PATH: process.env['PATH'], LC_ALL: 'C' },
  })
  return { code: status, out: stdout.toString() }
}

/** Everything that the action's scripts use of the shell and of its tools, where it may go wrong. */
const scripts: readonly string[] = [
  'set -eu; hold() { echo held; }; trap hold EXIT; echo a; false; echo b',
  'set -eu; x=$(false) || echo caught; if false; then echo no; fi; false && echo no; ! true; echo on; x=$(exit 3); echo no',
  'set -eu; f() { false; echo still; }; if f; then echo tested; fi; f; echo no',
  'set -eu; echo "${unset_variable:-default}"; echo "$unset_variable"; echo no',
  'trap "echo bye" EXIT; (trap "echo inner" EXIT; exit 4); echo $?; exit 5',
  'x=a.b.c; echo "${x%.*} ${x%%.*} ${x#*.} ${x##*.} ${#x} ${y:+set} ${x:+set}"; p=/a/b/c.list; echo "${p##*/}" "${p%/*}"',
  'for f in "$@"; do printf "<%s>" "$f"; done; echo $#; shift 2; echo "$1"; set -- x "y z"; echo "$# $2"; set --; echo $#',
  'i=0; until [ "$i" -ge 5 ]; do i=$((i + 1)); [ "$i" -ne 2 ] || continue; [ "$i" -lt 4 ] || break; echo "$i"; done; echo $((7 / 2 + 3 * (4 - 2) % 4))',
  'case "  x" in *[!\\ ]*) echo text ;; *) echo blank ;; esac; case v1.37.1 in v1.3[5-7].*) echo yes ;; esac; case "a*c" in "a*c") echo literal ;; esac',
  "printf '\\036%s\\n' section; printf '%s\\t%s\\n' a b c; printf '%5d|%-4s|%04d\\n' 42 ab 7; printf 'no end'",
  'mkdir -p d/e; echo 1 >d/x; echo 2 >>d/x; cat d/x d/x | wc -l; cat <d/x; for f in d/*; do echo "$f"; done; for f in nothing/*; do echo "$f"; done',
  'echo "one two  three" >f; read -r a b <f; echo "[$a] [$b]"; while read -r line; do echo "- $line"; done <f; echo "a:b" | { IFS=: read -r x y; echo "$y$x"; }',
  'exec 9>lock; echo to9 >&9; cat lock; exec 9>&-; { echo out; echo err >&2; } 2>/dev/null; echo both 2>&1 | cat; echo gone >/dev/null',
  'x="a b"; echo $x; echo "$x"; for w in $x c; do echo "$w"; done; y=$x; echo "$y"; v=1 w=2; echo $v$w; z=$(printf "l1\\nl2\\n\\n"); echo "$z"',
  "printf 'a\\n b: 1\\n- --flag=x\\n image: reg/img:v1\\n' >m; sed -n 's/^ *image: //p' m; sed 's#reg/#mirror/#' m; sed -n '/^a/,/^-/p' m; sed -e '/^a/d' -e 's/x$/y/' m; sed 's/ image: \\([^:/]*\\)\\{1,1\\}.*/<\\1>/' m; sed -n 's/^ *- \\(--[a-z].*\\)/m\\t\\1/p' m",
  "printf 'kubeadm\\nother\\nkube-proxy\\n' >l; grep -q kube l && echo found; grep -E '^(kube|x)' l; grep -F -e . l || echo none; grep -v kube l; grep -c kube l; grep -qF '/x' l || echo absent",
  "printf '3\\n1\\n2\\n10\\n' >n; sort n; sort -rn n; sort -r n | tail -n 1; tail -n +2 n; head -n 2 n; head -c 3 n; tail -c +3 n; sort n | head -n 1 | wc -c",
  "printf 'a\\tb\\n' | cut -f1; printf 'größe' | base64; printf 'Z3LDtsOfZQ==' | base64 -d; printf 'größe' | head -c 3 | base64; printf 'größe' | wc -c",
  'mkdir -p a/b; touch a/f.db a/g.txt a/b/h.db; find a -name "*.db" | sort; find a -type d | sort; find a -mindepth 1 -maxdepth 1 -type d; rm -rf a/b; mv a/f.db a/k; cp a/k a/l; [ -d a/b ] || find a -type f | sort',
  'f() { [ "$1" = x ] || return 3; echo x; }; f x; f y; echo $?; g() { x=inner; }; x=outer; g; echo $x; (x=sub); echo $x',
  'if [ -n "" ]; then echo a; elif [ -z "" ] && [ 3 -gt 2 ]; then echo b; else echo c; fi; [ -f nothing ] || [ ! -d nothing ] && echo d; test a != b && echo e',
  'command -v sed >/dev/null && echo has; command -v no-such-command >/dev/null || echo has not; no-such-command 2>/dev/null; echo $?; (cd / && pwd); mkdir s; (cd s && echo in >f); cat s/f',
  'echo "quoted \\"x\\" \\$y \\\\ \'z\'"; echo \'single "$x"\'; echo a\\ b; echo "a\\\nb"; # a comment\necho after # another\n',
  'a() { echo "[$*]"; }; a 1 "2 3"; b() { a "$@"; }; b 1 "2 3"; echo "${1+one}" "${9-none}"; x=; echo "${x-unset}" "${x:-empty}"',
]

test.each(scripts)('the shell of the simulator does what /bin/sh does: %s', async (script) => {
  const args = ["it's", 'two words', 'x*']
  expect(await simulated(script, args)).toEqual(real(script, args))
})
