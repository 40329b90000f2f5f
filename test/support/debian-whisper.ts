import { spawnSync } from 'node:child_process';

/** One run of a whisper program. */
export interface ToolRun {
  readonly tool: string;
  readonly args: readonly string[];
  /** Working folder. */
  readonly folder: string;
  /** What the program takes for the present, Unix seconds. */
  readonly nowS: number;
  /** Value of TZ. */
  readonly zone: string;
}

export interface ToolResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the programs one after the other in one process, each with its clock set. */
const DRIVER = `
import contextlib, io, json, os, runpy, sys, time, traceback
import whisper

def run(run):
    os.chdir(run['folder'])
    os.environ['TZ'] = run['zone']
    time.tzset()
    time.time = lambda: run['nowS']
    sys.argv = ['/usr/bin/' + run['tool']] + run['args']
    whisper.LOCK = False
    out, err, code = io.StringIO(), io.StringIO(), 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            runpy.run_path(sys.argv[0], run_name='__main__')
        except SystemExit as exit:
            code = exit.code or 0
            if isinstance(code, str):
                print(code, file=sys.stderr)
                code = 1
        except Exception:
            traceback.print_exc()
            code = 1
    return {'code': code, 'stdout': out.getvalue(), 'stderr': err.getvalue()}

json.dump([run(one) for one in json.load(sys.stdin)], sys.stdout)
`;

/** The results of the programs of Debian's python3-whisper. */
export function debianResults(runs: readonly ToolRun[]): ToolResult[] {
  const { status, stdout, stderr } = spawnSync('/usr/bin/python3', ['-c', DRIVER], {
    input: JSON.stringify(runs),
    encoding: 'utf8',
    maxBuffer: 2 ** 30,
  });
  if (status !== 0) throw new Error(`python3 failed: ${stderr}`);
  return JSON.parse(stdout);
}
