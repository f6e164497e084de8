/** The launcher runs us as a child; when it is killed, nobody else would tell us to end. */

const lookEveryMs = 1_000;

/** Ends this process as SIGTERM does when the launcher that started it is gone. Without a launcher it does nothing. */
export function endWithLauncher(): void {
  const launcher = Number(process.env['EVENTSTREAM_LAUNCHER_PID']);
  if (process.ppid !== launcher) return;
  const timer = setInterval(() => {
    if (process.ppid === launcher) return;
    clearInterval(timer);
    process.kill(process.pid, 'SIGTERM');
  }, lookEveryMs);
  timer.unref();
}
